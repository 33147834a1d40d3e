import type { Turn } from '../../schemas/transcript.js';
import { plainText } from '../commands.js';
import { isQuestion } from '../knowledge.js';
import { fetchQuestion, greetingQuestion, NOTICE_PARTS, noticeText, rightPersonQuestion } from '../opening.js';
import { askNext, reprompt, sayNotice } from './asking.js';
import { act, type Draft, goTo, speak } from './draft.js';
import { callLater, close } from './ending.js';
import { answeredBy } from './line-flow.js';
import { factsOf, filled } from './plan.js';
import { yesOrNo } from './understanding.js';

/*
 * From the pick-up to the first question: greeting by name, compulsory notice, consent to recording, the right person. Nothing of the script is said before
 * every part of the notice was heard to its end and the person is who was called.
 */

const NOTICE_TRIES = 6;
const QUESTION_TRIES = 2;

/** "This is Dana", "Dana speaking", "hi, it's Dana here". */
const saysName = (draft: Draft, said: string): boolean => {
  const name = plainText(draft.context.candidate.first_name).replace(/[^\p{L}\p{N} ']/gu, '');
  const plain = plainText(said);
  return (
    name !== '' &&
    !/\b(?:not|isn't|no)\b/.test(plain) &&
    new RegExp(`\\b(?:this is|it's|it is|i'm|i am|yes|hello|hi) ${name}\\b|^${name}$|\\b${name}(?: \\w+)? (?:speaking|here)\\b`).test(plain)
  );
};

/** The first words, or none: greet, and let the answer to the greeting check the person where it can. */
export const greet = (draft: Draft, said: string): void => {
  const facts = factsOf(draft.context);
  if (saysName(draft, said)) {
    draft.state.person = 'confirmed';
    speak(draft, { act: 'greet' }, { text: `Hello ${facts.firstName}.` });
    return startNotice(draft);
  }
  goTo(draft, { at: 'name' });
  speak(draft, { act: 'ask-right-person' }, { text: greetingQuestion(facts) });
};

export const startNotice = (draft: Draft): void => {
  goTo(draft, { at: 'recording' });
  sayNotice(draft);
};

/** A person picked up, or took over from a machine: greeted at once. */
export const onPickUp = (draft: Draft, turn: Turn): void => {
  answeredBy(draft, 'human');
  draft.state.spoken = true;
  greet(draft, turn.text);
};

const ABSENT =
  /\b(?:(?:she|he|they)(?:'s| is|'re| are)? ?(?:not|isn't|out|away|at work|asleep|sleeping|busy|gone|in the shower|in bed|driving)|isn't (?:here|in|home|available)|not (?:here|in|home|available|around)(?: right now| at the moment)?|(?:she|he|they)(?:'ll| will) be back|call (?:her|him|them)|stepped out)\b/;
const FETCHING =
  /\b(?:hold on|hang on|one (?:moment|second|minute|sec)|just a (?:moment|second|minute|sec)|i'll get|let me get|i'll (?:put|pass)|here (?:she|he|they)|wait)\b/;

/** The answer to "am I speaking with Dana?", at the greeting or after the notice. True when it said something about who this is. */
const whoIsThis = (draft: Draft, said: string): 'yes' | 'no' | 'absent' | 'fetching' | undefined => {
  const plain = plainText(said);
  if (saysName(draft, said)) return 'yes';
  if (ABSENT.test(plain)) return 'absent';
  const yes = yesOrNo(draft.context, said);
  if (yes !== true && FETCHING.test(plain)) return 'fetching';
  if (yes !== undefined) return yes ? 'yes' : 'no';
  return undefined;
};

const notThem = (draft: Draft, who: 'no' | 'absent' | 'fetching', said: string): void => {
  if (who === 'absent') return callLater(draft, said, 'someone-else');
  if (who === 'fetching') return waitForThem(draft);
  goTo(draft, { at: 'someone-else' });
  speak(draft, { act: 'ask-right-person' }, { text: `Sorry. ${fetchQuestion(factsOf(draft.context))}` });
};

const waitForThem = (draft: Draft): void => {
  goTo(draft, { at: 'fetching' });
  speak(draft, { act: 'acknowledge' }, { manner: 'thanks' });
};

export const onName = (draft: Draft, turn: Turn): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'yes') draft.state.person = 'confirmed';
  if (who === 'yes' || who === undefined) return startNotice(draft);
  notThem(draft, who, turn.text);
};

/** Somebody else has the telephone. A no here means that the person is not to be reached on this number. */
export const onSomeoneElse = (draft: Draft, turn: Turn): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'absent') return callLater(draft, turn.text, 'someone-else');
  if (who === 'yes' || who === 'fetching') return waitForThem(draft);
  if (who === 'no') return wrongNumber(draft);
  askAgain(draft, turn.text);
};

export const wrongNumber = (draft: Draft): void => {
  if (draft.state.closing === null) act(draft, { kind: 'suppress', reason: 'wrong_number' });
  close(draft, 'wrong-number');
};

/** A new voice: everything compulsory is said again to it. */
export const onFetched = (draft: Draft, turn: Turn): void => {
  const plain = plainText(turn.text);
  if (ABSENT.test(plain) || draft.state.fetched) return callLater(draft, turn.text, 'someone-else');
  draft.state.fetched = true;
  const facts = factsOf(draft.context);
  for (const part of NOTICE_PARTS) draft.state.notice[part] = noticeText(facts, part);
  greet(draft, turn.text);
};

export const noticeOpen = (draft: Draft): boolean => NOTICE_PARTS.some((part) => draft.state.notice[part] !== '');

/** Talk during the notice is answered briefly; then the rest of the notice is said. */
export const onRecording = (draft: Draft, turn: Turn, cutShare: number | undefined): void => {
  const { state, context } = draft;
  const who = state.person === 'confirmed' ? undefined : saysName(draft, turn.text) ? 'yes' : undefined;
  if (who === 'yes') state.person = 'confirmed';
  if (noticeOpen(draft) || (cutShare !== undefined && cutShare < 0.5)) {
    state.tries += 1;
    if (state.tries > NOTICE_TRIES) return close(draft, 'call-later');
    if (isQuestion(turn.text) && state.notice.who === '') sayWhoCalls(draft, turn.text);
    return sayNotice(draft);
  }
  const yes = turn.text === '' ? undefined : yesOrNo(context, turn.text);
  if (yes === undefined) {
    state.tries += 1;
    if (isQuestion(turn.text)) sayWhoCalls(draft, turn.text);
    if (state.tries <= QUESTION_TRIES) {
      if (!isQuestion(turn.text)) speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
      return reprompt(draft);
    }
    // Neither a yes nor a no: what was agreed before the call is no yes in it. Where a notice is not enough, the call goes on unrecorded.
    return afterConsent(draft);
  }
  act(draft, { kind: 'consent', channel: 'recording', granted: yes, quote: turn.text, turnId: turn.id });
  if (yes) allowRecording(draft);
  else refuseRecording(draft);
  if (!yes && context.recording.when_refused === 'end') return close(draft, 'recording-refused');
  speak(draft, { act: 'acknowledge' }, { manner: yes ? 'thanks' : 'not-recorded' });
  afterConsent(draft);
};

const sayWhoCalls = (draft: Draft, question: string): void => {
  speak(draft, { act: 'answer', question }, { text: noticeText(factsOf(draft.context), 'who') });
};

const allowRecording = (draft: Draft): void => {
  if (draft.state.recording === 'allowed') return;
  draft.state.recording = 'allowed';
  act(draft, { kind: 'recording', allowed: true });
};

export const refuseRecording = (draft: Draft): void => {
  if (draft.state.recording === 'refused') return;
  draft.state.recording = 'refused';
  act(draft, { kind: 'recording', allowed: false });
};

/** The notice was heard: recording may start where a notice is enough, and a refusal that came early is acted upon. */
export const afterNoticeHeard = (draft: Draft): void => {
  const { state, context } = draft;
  if (state.notice.recorded === '' && context.recording.consent === 'notice' && state.recording === 'unasked') allowRecording(draft);
  if (!noticeOpen(draft) && state.prompt.at === 'recording' && state.recording === 'refused' && state.closing === null) afterConsent(draft);
};

/** Consent is settled either way: next is the person, unless the greeting already told. */
export const afterConsent = (draft: Draft): void => {
  if (draft.state.person === 'confirmed') return begin(draft);
  goTo(draft, { at: 'person' });
  speak(draft, { act: 'ask-right-person' }, { text: rightPersonQuestion(factsOf(draft.context)) });
};

export const onPerson = (draft: Draft, turn: Turn): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'yes') {
    draft.state.person = 'confirmed';
    return begin(draft);
  }
  if (who !== undefined) return notThem(draft, who, turn.text);
  askAgain(draft, turn.text);
};

/** Neither yes nor no to who this is: who calls is told when that was asked. Without an answer the call is better had another time. */
const askAgain = (draft: Draft, said: string): void => {
  draft.state.tries += 1;
  if (draft.state.tries > QUESTION_TRIES) return close(draft, 'call-later');
  if (isQuestion(said)) sayWhoCalls(draft, said);
  else speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
  reprompt(draft);
};

/** The right person, who knows what this is: now the script may speak. */
const begin = (draft: Draft): void => {
  const { state, context } = draft;
  if (!state.introduced) {
    state.introduced = true;
    const text = state.resumed ? "Let's pick up where we left off." : filled(context, context.bot.script.introduction);
    if (text !== '') speak(draft, { act: 'introduce' }, { text });
  }
  askNext(draft);
};
