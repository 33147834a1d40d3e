import type { Turn } from '../../schemas/transcript.js';
import { plainText } from '../commands.js';
import { NOTICE_PARTS, noticeText, rightNumberQuestion } from '../opening.js';
import { asksWhoCalls } from './call-facts.js';
import { type Draft, goTo, speak } from './draft.js';
import { callLater, close, identify } from './ending.js';
import { askAgain, greet, QUESTION_TRIES, waitForThem, wrongNumber } from './opening-flow.js';
import { factsOf } from './plan.js';
import { saysName, speaksOfThem, tellsOfAbsence, whoIsThis } from './who-is-this.js';

/*
 * Somebody else has the telephone: can the candidate come to it, is this their number at all, and the voice that was fetched.
 */

const NOT_NOW = /\b(?:not|isn't) (?:right )?(?:now|at the moment|today|yet)\b/;

/** Somebody else has the telephone. That the person does not come to it says nothing about the number yet. */
export const onSomeoneElse = (draft: Draft, turn: Turn): void => {
  if (NOT_NOW.test(plainText(turn.text))) return callLater(draft, turn.text, 'someone-else');
  if (isThem(draft, turn.text)) return onNewVoice(draft, turn.text);
  const who = whoIsThis(draft, turn.text);
  if (who === 'absent') return callLater(draft, turn.text, 'someone-else');
  if (who === 'yes' || who === 'fetching') return waitForThem(draft);
  if (who === undefined) return askAgain(draft, turn.text);
  goTo(draft, { at: 'right-number' });
  speak(draft, { act: 'ask-right-person' }, { text: rightNumberQuestion(factsOf(draft.context)) });
};

/** The one question whose no means that this number is never called again. */
export const onRightNumber = (draft: Draft, turn: Turn): void => {
  if (isThem(draft, turn.text)) return onNewVoice(draft, turn.text);
  const who = whoIsThis(draft, turn.text);
  if (who === 'no' && !speaksOfThem(draft, turn.text)) return wrongNumber(draft, turn);
  if (who === 'fetching') return waitForThem(draft);
  if (who === undefined) return askAgain(draft, turn.text);
  callLater(draft, turn.text, 'someone-else');
};

/** Asked by the one who is about to fetch the person. */
const BEFORE_FETCHING = /\b(?:who|whom|what) (?:shall|should|may|can|do) i (?:say|tell)\b/;

/** Words after "one moment": of the one who fetches, or of the one who was fetched. */
export const onFetched = (draft: Draft, turn: Turn): void => {
  const { state } = draft;
  if (tellsOfAbsence(turn.text) || state.fetched) return callLater(draft, turn.text, 'someone-else');
  if (BEFORE_FETCHING.test(plainText(turn.text))) {
    state.tries += 1;
    return state.tries > QUESTION_TRIES ? close(draft, 'call-later') : identify(draft);
  }
  onNewVoice(draft, turn.text);
};

/** A new voice: everything compulsory is said again to it. */
const onNewVoice = (draft: Draft, said: string): void => {
  const { state, context } = draft;
  const facts = factsOf(context);
  state.fetched = true;
  for (const part of NOTICE_PARTS) state.notice[part] = noticeText(facts, part);
  state.identified = false;
  state.consent = 'unasked';
  state.recording = 'unasked';
  if (asksWhoCalls(said)) identify(draft);
  greet(draft, said);
};

const isThem = (draft: Draft, said: string): boolean =>
  saysName(draft, said) || /\b(?:speaking|this is (?:she|he|me)|that's me)$/.test(plainText(said));
