import type { Turn } from '../../schemas/transcript.js';
import { plainText } from '../commands.js';
import { obey } from './anytime.js';
import { reprompt } from './asking.js';
import { answerQuestion } from './call-facts.js';
import { isBare } from './confirm-flow.js';
import { type Draft, goTo, speak } from './draft.js';
import { variableOf } from './plan.js';
import type { Said } from './question-flow.js';
import { plainYesOrNo, understand } from './understanding.js';

/*
 * "Do you want us to stop contacting you?" A wish to be left alone that the rules do not hear in the words ends all contact for good, so it is asked back; but
 * who does not deny it is left alone.
 */

/** Puts the question. `quote` are the words of `turn` that may be the wish; what was open is gone back to after a no. */
export const checkStop = (draft: Draft, turn: Turn, quote: string): void => {
  goTo(draft, { at: 'stop-check', quote, turnId: turn.id, back: draft.state.prompt });
  reprompt(draft);
};

const PLEASE = /^(?:please|yes please|no more)$/;

/** The reply to it. False when the candidate goes on with the question before, which is open again then. */
export const onStopCheck = (draft: Draft, said: Said, questions: readonly string[]): boolean => {
  const { prompt } = draft.state;
  if (prompt.at !== 'stop-check') return false;
  const { back } = prompt;
  const yes = PLEASE.test(plainText(said.statement)) ? true : plainYesOrNo(draft.context, said.turn.text);
  if (yes === true) stopContact(draft, said.turn);
  else if (back.at === 'question' && answers(draft, back.variable, said)) {
    goTo(draft, back);
    return false;
  } else if (yes === false) {
    goTo(draft, back);
    speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'back-to-it' });
    reprompt(draft);
  } else if (questions.length > 0) {
    // Who asks something wants to know, not to be rid of us.
    for (const question of questions.slice(0, 2)) answerQuestion(draft, question);
    reprompt(draft);
  } else {
    draft.state.tries += 1;
    if (draft.state.tries > 1) stopContact(draft, said.turn);
    else {
      speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
      reprompt(draft);
    }
  }
  return true;
};

/** Any words answer a question for free text, and a yes or no this one: neither proves a wish to go on. */
const answers = (draft: Draft, variable: string, { statement }: Said): boolean => {
  const { type } = variableOf(draft.context, variable);
  return type !== 'text' && type !== 'yes-no' && !isBare(statement) && understand(draft.context, variable, statement).status === 'understood';
};

/** Nobody answers: asked once more, then left alone. */
export const onStopCheckSilence = (draft: Draft): void => {
  draft.state.idle += 1;
  if (draft.state.idle <= 1) return reprompt(draft);
  stopContact(draft);
};

/** They hang up over the question, which is no denial. */
export const onStopCheckUnanswered = (draft: Draft): void => stopContact(draft);

/** Obeyed in the words of the wish, not of the yes to it. */
const stopContact = (draft: Draft, last?: Turn): void => {
  const { prompt } = draft.state;
  if (prompt.at !== 'stop-check') return;
  const { quote, turnId } = prompt;
  const at = { speaker: 'candidate' as const, start_ms: 0, end_ms: 0, words: [], interrupted: false, ...last };
  obey(draft, 'stop-contact', { turn: { ...at, id: turnId, text: quote } });
};
