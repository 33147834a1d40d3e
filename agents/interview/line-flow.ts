import type { AnsweredBy } from '../../schemas/call-state.js';
import type { Turn } from '../../schemas/transcript.js';
import { classifyLine } from '../line-classifier.js';
import { screeningReply, voicemailMessage } from '../opening.js';
import { act, type Draft, goTo, speak } from './draft.js';
import { close } from './ending.js';
import { factsOf, filled } from './plan.js';

/*
 * Machines on the line: an answering machine gets the message after its greeting, a call screener one sentence, menus and fax a hang-up.
 */

const SCREENER_TURNS = 3;
const MESSAGE_TRIES = 2;

/** Says who answered, once for each change of mind. */
export const answeredBy = (draft: Draft, who: AnsweredBy): void => {
  if (draft.state.answeredBy === who) return;
  draft.state.answeredBy = who;
  act(draft, { kind: 'answered-by', who });
};

/** Starts the flow of a machine; false when this is, or may be, a person. */
export const onMachine = (draft: Draft, who: AnsweredBy): boolean => {
  switch (who) {
    case 'voicemail':
      answeredBy(draft, who);
      if (draft.context.bot.voicemail.action === 'hang_up') close(draft, 'voicemail', { silent: true });
      else goTo(draft, { at: 'voicemail' });
      return true;
    case 'call-screening':
      answeredBy(draft, who);
      if (draft.state.prompt.at === 'screener' && draft.state.tries >= SCREENER_TURNS) close(draft, 'not-a-person', { silent: true });
      else replyToScreener(draft);
      return true;
    case 'ivr':
    case 'fax':
      answeredBy(draft, who);
      close(draft, 'not-a-person', { silent: true });
      return true;
    case 'human':
    case 'silence':
    case 'unknown':
      return false;
    default:
      return who satisfies never;
  }
};

const replyToScreener = (draft: Draft): void => {
  const tries = draft.state.prompt.at === 'screener' ? draft.state.tries : 0;
  goTo(draft, { at: 'screener' });
  draft.state.tries = tries + 1;
  speak(draft, { act: 'greet' }, { text: screeningReply(factsOf(draft.context)) });
};

/** The greeting and the beep are over: leave the message. */
export const leaveMessage = (draft: Draft): void => {
  const { voicemail } = draft.context.bot;
  const tries = draft.state.tries + 1;
  goTo(draft, { at: 'message' });
  draft.state.tries = tries;
  speak(draft, { act: 'voicemail' }, { text: voicemailMessage(factsOf(draft.context), voicemail.text && filled(draft.context, voicemail.text)) });
};

/**
 * Words while a machine is on the line. More of the greeting: wait for its end. A short "hello?": a person took over; returns true for the caller to greet.
 */
export const onMachineTalk = (draft: Draft, turn: Turn): boolean => {
  const { who, rule } = classifyLine(turn.text, false);
  const { prompt } = draft.state;
  if (prompt.at === 'message' && who === 'voicemail') {
    // The message ran into the greeting: it is left again after it, once.
    if (draft.state.tries >= MESSAGE_TRIES) close(draft, 'voicemail', { silent: true });
    else draft.state.prompt = { at: 'voicemail' };
    return false;
  }
  if (prompt.at === 'screener' && /\b(?:hold|wait|moment|connect|one second|stay on the line|thank you|thanks)\b/i.test(turn.text)) return false;
  if (who === 'human' && rule === 'asks back') return true;
  if (who === 'human' && prompt.at !== 'voicemail' && turn.text.split(/\s+/).length <= 6 && turn.text !== '') return true;
  if (who !== 'human' && who !== 'unknown' && who !== draft.state.answeredBy) onMachine(draft, who);
  else if (who === 'call-screening') onMachine(draft, who);
  return false;
};
