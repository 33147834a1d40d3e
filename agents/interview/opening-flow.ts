import type { Turn } from '../../schemas/transcript.js';
import { isQuestion } from '../knowledge.js';
import { fetchQuestion, greetingQuestion, NOTICE_PARTS, noticeText, rightPersonQuestion } from '../opening.js';
import { askNext, reprompt, sayNotice } from './asking.js';
import { answerQuestion } from './call-facts.js';
import { act, type Draft, goTo, speak } from './draft.js';
import { callLater, close, identify } from './ending.js';
import { answeredBy } from './line-flow.js';
import { factsOf, filled } from './plan.js';
import { yesOrNo } from './understanding.js';
import { saysName, whoIsThis } from './who-is-this.js';

/*
 * From the pick-up to the first question: greeting by name, compulsory notice, consent to recording, the right person. Nothing of the script is said before
 * every part of the notice was heard to its end and the person is who was called.
 */

const NOTICE_TRIES = 6;
export const QUESTION_TRIES = 2;

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

const notThem = (draft: Draft, who: 'no' | 'absent' | 'fetching', said: string): void => {
  if (who === 'absent') return callLater(draft, said, 'someone-else');
  if (who === 'fetching') return waitForThem(draft);
  goTo(draft, { at: 'someone-else' });
  speak(draft, { act: 'ask-right-person' }, { text: `Sorry. ${fetchQuestion(factsOf(draft.context))}` });
};

export const waitForThem = (draft: Draft): void => {
  goTo(draft, { at: 'fetching' });
  speak(draft, { act: 'acknowledge' }, { manner: 'thanks' });
};

export const onName = (draft: Draft, turn: Turn): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'yes') draft.state.person = 'confirmed';
  if (who === 'yes' || who === undefined) return startNotice(draft);
  notThem(draft, who, turn.text);
};

export const wrongNumber = (draft: Draft): void => {
  if (draft.state.closing === null) act(draft, { kind: 'suppress', reason: 'wrong_number' });
  close(draft, 'wrong-number');
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

/** Neither yes nor no to who this is: a question is answered. Without an answer the call is better had another time. */
export const askAgain = (draft: Draft, said: string): void => {
  const { prompt } = draft.state;
  draft.state.tries += 1;
  if (draft.state.tries > QUESTION_TRIES) return close(draft, 'call-later');
  if (isQuestion(said) && prompt.at !== 'person') identify(draft);
  else if (isQuestion(said)) answerQuestion(draft, said);
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
