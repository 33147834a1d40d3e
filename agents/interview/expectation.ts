import type { ExpectedAnswer } from '../../schemas/ports/interviewer.js';
import { answerGrammar, answerProgress, openGrammar, openingGrammar, yesNoGrammar } from '../answers/index.js';
import { topicWords } from '../knowledge.js';
import { type InterviewContext, variableOf } from './plan.js';
import type { InterviewState } from './state.js';

/*
 * What the candidate may say next, for the recogniser and the turn-taking: made from the open prompt and the bot's own question alone.
 */

/** Nobody says hello within this time: greet anyway. */
const PICK_UP_MS = 1500;
/** The greeting is a courtesy; the notice follows soon even without an answer. */
const NAME_MS = 2500;
/** A machine's greeting has ended and its beep as well. */
const GREETING_OVER_MS = 1500;
const SCREENER_MS = 12_000;
/** Someone went to get the person, or asked for a moment. */
const MOMENT_MS = 30_000;
/** The goodbye was said; whatever was still to come has come. */
const FAREWELL_MS = 3000;

const yesNo = (): ExpectedAnswer => ({
  type: 'yes-no',
  grammar: yesNoGrammar(),
  progress: (text) => answerProgress(text, { type: 'yes-no' }),
});

const open = (context: InterviewContext): ExpectedAnswer => {
  const topics = topicWords(context.bot.knowledge_base, MAX_TOPICS);
  return { type: 'open', grammar: openGrammar(topics), keyterms: [context.company.name, context.bot.name, ...topics] };
};

/** Enough for a closed recogniser; more would cost it accuracy. */
const MAX_TOPICS = 12;

const pickedUp = ({ candidate }: InterviewContext, idleMs: number): ExpectedAnswer => ({
  type: 'opening',
  grammar: openingGrammar([candidate.first_name, `${candidate.first_name} ${candidate.last_name}`.trim()]),
  keyterms: [candidate.first_name, candidate.last_name].filter((name) => name !== ''),
  idleMs,
});

const promptExpectation = (context: InterviewContext, state: InterviewState): ExpectedAnswer => {
  const { prompt } = state;
  switch (prompt.at) {
    case 'pick-up':
      return pickedUp(context, PICK_UP_MS);
    case 'name':
      return { ...yesNo(), idleMs: NAME_MS };
    case 'fetching':
      return pickedUp(context, MOMENT_MS);
    case 'screener':
      return pickedUp(context, SCREENER_MS);
    case 'voicemail':
    case 'message':
      return { type: 'voicemail-greeting', idleMs: GREETING_OVER_MS };
    case 'recording':
    case 'person':
    case 'someone-else':
    case 'right-number':
    case 'read-back':
    case 'stop-check':
      return yesNo();
    case 'confirm':
      return { ...yesNo(), variable: prompt.variable };
    case 'question': {
      const spec = variableOf(context, prompt.variable);
      const grammar = answerGrammar(spec);
      return {
        type: spec.type,
        variable: spec.name,
        progress: (text) => answerProgress(text, spec),
        ...(grammar === undefined ? {} : { grammar }),
        ...(spec.options ? { keyterms: spec.options.flatMap((option) => [option.label ?? option.value, ...option.synonyms]) } : {}),
      };
    }
    case 'change':
    case 'their-questions':
    case 'call-back-time':
      return open(context);
    case 'farewell':
      return { ...open(context), idleMs: FAREWELL_MS };
    default:
      return prompt satisfies never;
  }
};

/** The expectation of the open prompt; a candidate who asked for a moment, or to go slower, gets more time. */
export const expectation = (context: InterviewContext, state: InterviewState): ExpectedAnswer => {
  const expected = promptExpectation(context, state);
  if (state.waiting) return { ...expected, idleMs: MOMENT_MS };
  return expected;
};
