import type { AnswerValue } from '../../schemas/answer.js';
import { fetchQuestion, greetingQuestion, NOTICE_PARTS, RECORDING_QUESTION, rightNumberQuestion, rightPersonQuestion } from '../opening.js';
import { giveUp } from './answering.js';
import { act, type Draft, goTo, itemOf, type Manner, speak } from './draft.js';
import { sayGoodbye, startReadBack } from './ending.js';
import { KEYPAD_TYPES } from './keypad.js';
import { factsOf, filled, orderedQuestions, questionOf, variableOf } from './plan.js';

/*
 * Putting prompts: the next question, a question again, a confirmation, a repair. The bot's question text always ends the utterance, unaltered.
 */

/** Goes on with the first question that is open, or with the read-back when none is. */
export const askNext = (draft: Draft): void => {
  const open = orderedQuestions(draft.context.bot).find(({ variable }) => !itemOf(draft, variable).done);
  if (!open) return startReadBack(draft);
  const item = itemOf(draft, open.variable);
  if (item.toConfirm && item.answer?.value !== undefined) return askToConfirm(draft, open.variable, item.answer.value);
  goTo(draft, { at: 'question', variable: open.variable });
  ask(draft, open.variable);
};

/** Says the question of a variable. `rephrased` uses the author's follow-up wording where there is one. */
export const ask = (draft: Draft, variable: string, rephrased = false): void => {
  const item = itemOf(draft, variable);
  const question = questionOf(draft.context, variable);
  item.asks += 1;
  const text = filled(draft.context, rephrased && question.follow_up ? question.follow_up : question.text);
  speak(draft, { act: 'ask', variable, attempt: item.asks }, { text });
};

export const askToConfirm = (draft: Draft, variable: string, value: AnswerValue): void => {
  goTo(draft, { at: 'confirm', variable });
  speak(draft, { act: 'confirm', variable, value });
};

/** Repeat, then rephrase; a third time would only annoy. */
export const MAX_REPAIRS = 2;

/** What was wrong with the answer, as a manner of the first repair. */
export type Problem = 'out-of-range' | 'past' | 'future' | 'again';

/**
 * Not understood: repeat, then rephrase, then the keypad or the value on file, then a text link or nothing: the answer is missing and the interview goes on.
 */
export const repairQuestion = (draft: Draft, name: string, problem: Problem): void => {
  const variable = variableOf(draft.context, name);
  const item = itemOf(draft, name);
  const reason = problem === 'out-of-range' || problem === 'past' || problem === 'future' ? 'out-of-range' : 'not-understood';
  const askAgain = (manner: Manner, rephrased = false) => {
    if (draft.state.prompt.at !== 'question') goTo(draft, { at: 'question', variable: name });
    speak(draft, { act: 'repair', variable: name, reason }, { manner });
    ask(draft, name, rephrased);
  };
  draft.state.pieces = [];
  if (item.repairs < MAX_REPAIRS) {
    item.repairs += 1;
    return item.repairs === 1 ? askAgain(problem) : askAgain('rephrase', true);
  }
  if (!item.lastTry) {
    item.lastTry = true;
    if (variable.type === 'email' || variable.type === 'phone') {
      const known = draft.context.on_file[name];
      if (known !== undefined) return offerOnFile(draft, name, known);
    }
    if (KEYPAD_TYPES.has(variable.type)) return askAgain('keypad');
  }
  giveUpAndGoOn(draft, name);
};

/** Reads out the value on file; a yes to it is its proof. */
export const offerOnFile = (draft: Draft, name: string, known: AnswerValue): void => {
  const item = itemOf(draft, name);
  item.answer = { ...(item.answer ?? {}), variable: name, status: 'inferred', value: known, confidence: 0.9, normalized_from: 'on file' };
  delete item.answer.evidence;
  item.toConfirm = true;
  askToConfirm(draft, name, known);
};

/** The fallback after the repairs. Closed answers are simply left out; what is hard to say can be typed by way of a link. */
export const giveUpAndGoOn = (draft: Draft, name: string): void => {
  const { type } = variableOf(draft.context, name);
  const linked = draft.context.can_text_link && type !== 'yes-no' && type !== 'choice' && type !== 'number';
  if (linked) act(draft, { kind: 'send-link', variable: name });
  speak(draft, { act: 'repair', variable: name, reason: 'not-understood' }, { manner: linked ? 'link' : 'give-up' });
  giveUp(draft, name);
  askNext(draft);
};

/** Says the open prompt again, without a lead. Prompts that wait in silence say nothing. */
export const reprompt = (draft: Draft): void => {
  const { prompt } = draft.state;
  const facts = factsOf(draft.context);
  switch (prompt.at) {
    case 'name':
      return speak(draft, { act: 'ask-right-person' }, { text: greetingQuestion(facts) });
    case 'recording':
      return sayNotice(draft);
    case 'person':
      return speak(draft, { act: 'ask-right-person' }, { text: rightPersonQuestion(facts) });
    case 'someone-else':
      return speak(draft, { act: 'ask-right-person' }, { text: fetchQuestion(facts) });
    case 'right-number':
      return speak(draft, { act: 'ask-right-person' }, { text: rightNumberQuestion(facts) });
    case 'question':
      return ask(draft, prompt.variable);
    case 'confirm': {
      const value = itemOf(draft, prompt.variable).answer?.value;
      return value === undefined ? ask(draft, prompt.variable) : speak(draft, { act: 'confirm', variable: prompt.variable, value });
    }
    case 'read-back':
      return speak(draft, { act: 'read-back' });
    case 'change':
      return speak(draft, { act: 'ask-change' });
    case 'their-questions':
      return speak(draft, { act: 'invite-questions' });
    case 'call-back-time':
      return speak(draft, { act: 'ask-call-back-time' });
    case 'stop-check':
      return speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'stop-check' });
    case 'farewell':
      return sayGoodbye(draft);
    case 'pick-up':
    case 'voicemail':
    case 'message':
    case 'screener':
    case 'fetching':
      return undefined;
    default:
      return prompt satisfies never;
  }
};

/** The open prompt again after it was talked over, with a lead, so that nothing is said twice alike. */
export const again = (draft: Draft): void => {
  speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'once-more' });
  reprompt(draft);
};

/** Says what is still unheard of the compulsory notice, and asks whether it is all right to record. */
export const sayNotice = (draft: Draft): void => {
  for (const part of NOTICE_PARTS) {
    const text = draft.state.notice[part];
    if (text !== '') speak(draft, { act: 'disclose' }, { text, compulsory: true, notice: part });
  }
  // An answer that came during the notice needs no question any more; the rest of the notice is still owed.
  if (draft.state.consent === 'unasked' || draft.state.consent === 'asked')
    speak(draft, { act: 'ask-recording' }, { text: RECORDING_QUESTION, compulsory: true });
};
