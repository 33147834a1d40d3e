import type { Turn } from '../../schemas/transcript.js';
import { splitQuestions } from '../knowledge.js';
import { fetchQuestion, greetingQuestion, NOTICE_PARTS, rightPersonQuestion } from '../opening.js';
import { askNext, reprompt, sayNotice } from './asking.js';
import { answerQuestion } from './call-facts.js';
import { act, type Draft, goTo, speak } from './draft.js';
import { callLater, close, identify } from './ending.js';
import { answeredBy } from './line-flow.js';
import { factsOf, filled } from './plan.js';
import { saysName, whoIsThis } from './who-is-this.js';

/*
 * From the pick-up to the first question: greeting by name, compulsory notice with consent to recording (notice-flow.ts), the right person. Nothing of the script is said before
 * every part of the notice was heard to its end and the person is who was called.
 */

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

/** Whoever has spoken so far is not the candidate. */
export const notThem = (draft: Draft, who: 'no' | 'absent' | 'fetching', turn: Turn): void => {
  draft.state.person = 'unknown';
  forgetConsent(draft, turn);
  if (who === 'absent') return callLater(draft, turn.text, 'someone-else');
  if (who === 'fetching') return waitForThem(draft);
  goTo(draft, { at: 'someone-else' });
  speak(draft, { act: 'ask-right-person' }, { text: `Sorry. ${fetchQuestion(factsOf(draft.context))}` });
};

/** What somebody else said of the recording is not the candidate's word: a yes is taken back, and everything is asked anew of the candidate. */
const forgetConsent = (draft: Draft, turn: Turn): void => {
  const { state } = draft;
  if (state.consent === 'given') act(draft, { kind: 'consent', channel: 'recording', granted: false, quote: turn.text, turnId: turn.id });
  if (state.recording === 'allowed') act(draft, { kind: 'recording', allowed: false });
  state.consent = 'unasked';
  state.recording = 'unasked';
};

export const waitForThem = (draft: Draft): void => {
  goTo(draft, { at: 'fetching' });
  speak(draft, { act: 'acknowledge' }, { manner: 'thanks' });
};

export const onName = (draft: Draft, turn: Turn): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'yes') draft.state.person = 'confirmed';
  if (who === 'yes' || who === undefined) return startNotice(draft);
  notThem(draft, who, turn);
};

/** Somebody may have taken over, or the number may be wrong: who this is, is asked before anything more is told. */
export const checkPerson = (draft: Draft): void => {
  draft.state.person = 'unknown';
  goTo(draft, { at: 'person' });
  reprompt(draft);
};

export const wrongNumber = (draft: Draft, turn: Turn): void => {
  forgetConsent(draft, turn);
  if (draft.state.closing === null) act(draft, { kind: 'suppress', reason: 'wrong_number' });
  close(draft, 'wrong-number');
};

export const noticeOpen = (draft: Draft): boolean => NOTICE_PARTS.some((part) => draft.state.notice[part] !== '');

export const allowRecording = (draft: Draft): void => {
  if (draft.state.recording === 'allowed') return;
  draft.state.recording = 'allowed';
  act(draft, { kind: 'recording', allowed: true });
};

/** Consent is settled either way: next is the person, unless the greeting already told. */
export const afterConsent = (draft: Draft): void => {
  if (draft.state.person === 'confirmed') return begin(draft);
  goTo(draft, { at: 'person' });
  speak(draft, { act: 'ask-right-person' }, { text: rightPersonQuestion(factsOf(draft.context)) });
};

export const onPerson = (draft: Draft, turn: Turn, questions: readonly string[]): void => {
  const who = whoIsThis(draft, turn.text);
  if (who === 'yes') {
    draft.state.person = 'confirmed';
    for (const question of questions.slice(0, 1)) answerQuestion(draft, question);
    return begin(draft);
  }
  if (who !== undefined) return notThem(draft, who, turn);
  askAgain(draft, turn.text);
};

/** Neither yes nor no to who this is: a question is answered. Without an answer the call is better had another time. */
export const askAgain = (draft: Draft, said: string): void => {
  const [question] = splitQuestions(said).questions;
  draft.state.tries += 1;
  if (draft.state.tries > QUESTION_TRIES) return close(draft, 'call-later');
  if (question !== undefined && draft.state.prompt.at === 'person') answerQuestion(draft, question);
  else if (question !== undefined) identify(draft);
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
