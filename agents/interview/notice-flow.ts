import type { Turn } from '../../schemas/transcript.js';
import { isGreeting, plainText } from '../commands.js';
import { reprompt, sayNotice } from './asking.js';
import { answerQuestion, asksWhoCalls } from './call-facts.js';
import { act, type Draft, detour, speak } from './draft.js';
import { close } from './ending.js';
import { afterConsent, allowRecording, noticeOpen, notThem, QUESTION_TRIES } from './opening-flow.js';
import { factsOf } from './plan.js';
import { isNod, type Said } from './question-flow.js';
import { answerToRecording } from './understanding.js';
import { saysName, speaksOfThem, tellsOfAbsence } from './who-is-this.js';

/*
 * The compulsory notice and the question at its end: is it all right to record? The law behind it: no recording before it was mentioned, no consent without a
 * question that was put, a refusal at any time. So a yes counts when both were heard, and a no as soon as the recording was mentioned.
 */

const NOTICE_TRIES = 6;
/** Answered at once; more questions in one breath are rare, and the notice waits. */
const MAX_ANSWERS = 2;

/** Words while the notice is said, or after its question. */
export const onRecording = (draft: Draft, said: Said, questions: readonly string[]): void => {
  const { state, context } = draft;
  const { turn } = said;
  const named = state.person !== 'confirmed' && saysName(draft, turn.text);
  if (named) state.person = 'confirmed';
  if (speaksOfThem(draft, turn.text) || (state.person !== 'confirmed' && tellsOfThem(turn.text)))
    return notThem(draft, tellsOfAbsence(turn.text) ? 'absent' : 'no', turn);
  const yes = said.statement === '' ? undefined : answerToRecording(context, said.statement);
  const put = state.consent === 'asked' && state.notice.recorded === '';
  const objection = yes === false && questions.length === 0 && state.notice.recorded === '';
  if (yes !== undefined && (put || objection)) return settleRecording(draft, turn, yes, questions);
  if (noticeOpen(draft) || !put) return overNotice(draft, said, questions, named);
  const asked = questions.slice(0, MAX_ANSWERS);
  for (const question of asked) answerQuestion(draft, question);
  if (asked.length > 0 && detour(draft)) return reprompt(draft);
  state.tries += 1;
  // Neither a yes nor a no: what was agreed before the call is no yes in it. Where a notice is not enough, the call goes on unrecorded.
  if (state.tries > QUESTION_TRIES) return afterConsent(draft);
  if (asked.length === 0) speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
  reprompt(draft);
};

/** "She's at work": not the candidate's words, whatever yes or no is in them. */
const tellsOfThem = (said: string): boolean => tellsOfAbsence(said) && /\b(?:she|he|they)\b/.test(plainText(said));

/** Talk over the notice: a short answer, and then what was not heard of it, from the clause in which it broke off. */
const overNotice = (draft: Draft, said: Said, questions: readonly string[], named: boolean): void => {
  draft.state.tries += 1;
  if (draft.state.tries > NOTICE_TRIES) return close(draft, 'call-later');
  replyBriefly(draft, said, questions, named);
  sayNotice(draft);
};

const replyBriefly = (draft: Draft, said: Said, questions: readonly string[], named: boolean): void => {
  const { state, context } = draft;
  // The notice itself begins with who calls.
  const answeredNext = (text: string) => state.notice.who !== '' && asksWhoCalls(text);
  const asked = questions.filter((question) => !answeredNext(question)).slice(0, MAX_ANSWERS);
  for (const question of asked) answerQuestion(draft, question);
  if (questions.length > 0 || answeredNext(said.turn.text)) return;
  if (named) return speak(draft, { act: 'greet' }, { text: `Hello ${factsOf(context).firstName}.` });
  if (isGreeting(said.turn.text)) return speak(draft, { act: 'greet' }, { text: 'Hello.' });
  // A yes or a no was heard, but is asked for once more when its question comes.
  if (answerToRecording(context, said.statement) !== undefined) return speak(draft, { act: 'acknowledge' }, { manner: 'one-moment' });
  if (!isNod(said.statement)) speak(draft, { act: 'acknowledge' });
};

/**
 * The candidate's word on the recording, whenever it comes: written down with its quote, obeyed at once and acknowledged; then the open prompt goes on.
 */
export const settleRecording = (draft: Draft, turn: Turn, granted: boolean, questions: readonly string[] = []): void => {
  const { state, context } = draft;
  const ran = state.recording === 'allowed';
  const atQuestion = state.prompt.at === 'recording';
  act(draft, { kind: 'consent', channel: 'recording', granted, quote: turn.text, turnId: turn.id });
  state.consent = granted ? 'given' : 'refused';
  if (granted) allowRecording(draft);
  else refuseRecording(draft);
  if (!granted && context.recording.when_refused === 'end') return close(draft, 'recording-refused');
  if (granted) speak(draft, { act: 'acknowledge' }, { manner: atQuestion || ran ? 'thanks' : 'recorded' });
  else speak(draft, { act: 'acknowledge' }, { manner: ran ? 'recording-stopped' : 'not-recorded' });
  for (const question of questions.slice(0, MAX_ANSWERS)) answerQuestion(draft, question);
  if (atQuestion && !noticeOpen(draft)) return afterConsent(draft);
  reprompt(draft);
};

const refuseRecording = (draft: Draft): void => {
  if (draft.state.recording === 'refused') return;
  draft.state.recording = 'refused';
  act(draft, { kind: 'recording', allowed: false });
};

/** The notice was heard: recording may start where a notice is enough, and an answer that came early is acted upon. */
export const afterNoticeHeard = (draft: Draft): void => {
  const { state, context } = draft;
  if (state.notice.recorded === '' && context.recording.consent === 'notice' && state.recording === 'unasked') allowRecording(draft);
  const settled = state.consent === 'given' || state.consent === 'refused';
  if (!noticeOpen(draft) && state.prompt.at === 'recording' && settled && state.closing === null) afterConsent(draft);
};
