import type { Answer } from '../schemas/answer.js';
import type { Clock, Random } from '../schemas/clock.js';
import type { InterviewAction, InterviewEvent, Interviewer, Utterance } from '../schemas/ports/interviewer.js';
import type { LanguageModel, ModelMessage } from '../schemas/ports/language-model.js';
import { findCommand, plainText } from './commands.js';
import { isInstruction } from './instructions.js';
import { asksAboutCall } from './interview/call-facts.js';
import { type InterviewContext, type InterviewState, next, nextProposed, type Say, type Step, startInterview } from './interview/index.js';
import { keysIn } from './interview/keypad.js';
import { filled } from './interview/plan.js';
import { checkProposals, type ProposedTurn } from './interview/proposals.js';
import { doubted, isReadAlike, withReadings } from './interview/proposals-and-readings.js';
import { splitQuestions } from './knowledge.js';
import { createConversation } from './llm/conversation.js';
import { createDialogue, type Heard, type TurnRequest } from './llm/dialogue.js';
import { type GuardFacts, isAnswer } from './llm/output-guard.js';
import { afterModelWords, modelSpoke } from './llm/shared-floor.js';
import type { Proposal } from './llm/tools.js';
import { createPhrasing } from './phrasing.js';
import { wordsFor } from './wording.js';

export interface LlmInterviewerOptions {
  context: InterviewContext;
  progress?: string | undefined;
  random: Pick<Random, 'next'>;
  clock: Clock;
  model: LanguageModel;
  /** Something that people should know of: a model that failed, words that were held back, a call that was refused. Never what was said. */
  onTrouble?: (trouble: { kind: 'engine' | 'guard' | 'refused'; reason: string }) => void;
}

type CandidateTurn = Extract<InterviewEvent, { kind: 'candidate-turn' }>;

/** Prompts at which a model listens and finds words. The opening, the goodbye and machines on the line are the plan's alone. */
const CONVERSED: ReadonlySet<InterviewState['prompt']['at']> = new Set(['question', 'confirm', 'read-back', 'change', 'their-questions']);

/**
 * The interviewer with a model for its wording and understanding. The plan decides as it does without one: what the model proposes is checked against the
 * candidate's words, what it says against the guard, and when it fails the templates go on in the same state, in the same turn.
 */
export const llmInterviewer = (options: LlmInterviewerOptions): Interviewer => {
  const { context, clock, model, onTrouble } = options;
  let state = startInterview(context, options.progress);
  const phrasing = createPhrasing(context, options.random);
  const conversation = createConversation();
  const dialogue = createDialogue({ model, clock, onTrouble });
  /** The agent's words since the candidate's last turn, and those of the turn before. */
  const words = { now: [] as string[], before: '' };
  let spokenByModel = 0;
  /** A turn whose handling was cut off before it was decided: the rules decide it before anything else, so that no answer is lost. */
  let undecided: CandidateTurn | undefined;

  const isConversed = (event: InterviewEvent): event is CandidateTurn =>
    event.kind === 'candidate-turn' &&
    CONVERSED.has(state.prompt.at) &&
    event.turn.text.trim() !== '' &&
    keysIn(event.turn.text) === undefined &&
    findCommand(event.turn.text) === undefined &&
    !splitQuestions(event.turn.text).questions.some(asksAboutCall);

  /** What the plan would say to this turn by rules alone, without its lead-in: told to the model, so that it does not say it too. */
  const sayNext = (rules: Step): string =>
    afterModelWords(rules.say, false)
      .map((say) => wordsFor(context, rules.state, say, (forms) => forms[0]))
      .join(' ');

  const requestFor = (rules: Step, said: readonly ModelMessage[]): TurnRequest => ({
    context,
    state,
    conversation: said,
    sayNext: sayNext(rules),
  });

  const factsFor = (event: CandidateTurn): GuardFacts => {
    const { statement, questions } = splitQuestions(event.turn.text);
    return {
      known: [filled(context, context.bot.knowledge_base), context.company.name, context.bot.name].join('\n'),
      script: context.bot.script.questions.map(({ text }) => filled(context, text)).join('\n'),
      said: isInstruction(event.turn.text) ? '' : statement,
      asked: questions,
      last: words.before,
    };
  };

  const remember = (utterance: Utterance): Utterance => {
    words.now.push(utterance.text);
    return utterance;
  };

  const turnBegins = () => {
    if (words.now.length > 0) words.before = words.now.splice(0).join(' ');
  };

  async function* scripted(step: Step, signal: AbortSignal, lead = ''): AsyncGenerator<Utterance | InterviewAction> {
    const phrased = phrasing.phrase(step, lead);
    state = phrased.state;
    yield* phrased.actions;
    for (const utterance of phrased.utterances) {
      if (signal.aborted) return;
      yield remember(utterance);
    }
    yield* phrased.hangUps;
  }

  /** The step of the rules where the model adds nothing to it, otherwise one of what both have heard. */
  const decided = (event: CandidateTurn, rules: Step, proposed: ProposedTurn): Step => {
    if (!modelSpoke(proposed)) return rules;
    const whole = withReadings(context, state, event, proposed, rules.state);
    if (whole.answers.length > 0 && !asksSomething(event) && isReadAlike(whole, rules.state)) return rules;
    const read = new Map(rules.actions.flatMap((action) => (action.kind === 'answer-updated' ? [readingOf(action.answer)] : [])));
    return nextProposed(context, state, event, doubted(whole, read));
  };

  async function* converse(event: CandidateTurn, signal: AbortSignal): AsyncGenerator<Utterance | InterviewAction> {
    const rules = next(context, state, event);
    const heard: Heard = { clauses: [], blocked: false, proposals: [], engine: undefined };
    const facts = factsFor(event);
    const check = (proposals: readonly Proposal[]) => checkProposals(context, state, event.turn, proposals);
    for await (const item of dialogue.reply(requestFor(rules, conversation.messages()), facts, check, heard, signal)) {
      if (item.kind === 'stage') yield item;
      else {
        spokenByModel += 1;
        yield remember({ kind: 'say', id: `m${spokenByModel}`, text: item.text, act: { act: 'acknowledge' }, compulsory: false });
      }
    }
    if (signal.aborted) return;
    // Whether the candidate got an answer shows in what was said, whatever the model reports: one held back, or half of one, was not given.
    const answered = !heard.blocked && heard.clauses.some((clause) => isAnswer(clause, facts));
    const proposed = { ...check(heard.proposals).proposed, answered };
    const step = decided(event, rules, proposed);
    undecided = undefined;
    yield { kind: 'stage', stage: 'served', engine: heard.engine ?? 'scripted' };
    yield* scripted({ ...step, ...trimmed(step, heard, proposed.answered) }, signal, heard.clauses.join(' '));
  }

  return {
    async *handle(event, signal) {
      if (signal.aborted) return dialogue.dropSpeculation();
      if (undecided) {
        const step = next(context, state, undecided);
        undecided = undefined;
        // Its words were talked over before they were said, so they get none; what it taught is kept.
        state = { ...step.state, pending: [] };
        yield* step.actions.filter(({ kind }) => kind !== 'hang-up');
      }
      conversation.take(event);
      if (event.kind === 'candidate-turn' || event.kind === 'dtmf') turnBegins();
      if (!isConversed(event)) {
        dialogue.dropSpeculation();
        return yield* scripted(next(context, state, event), signal);
      }
      undecided = event;
      yield* converse(event, signal);
    },
    speculate(text) {
      const turn = { id: '', speaker: 'candidate' as const, text, start_ms: 0, end_ms: 0, words: [], interrupted: false };
      const event: CandidateTurn = { kind: 'candidate-turn', turn, confidence: 1 };
      if (!isConversed(event)) return dialogue.dropSpeculation();
      dialogue.speculate(requestFor(next(context, state, event), conversation.messages(text)));
    },
    dropSpeculation: () => dialogue.dropSpeculation(),
  };
};

const asksSomething = ({ turn }: CandidateTurn): boolean => splitQuestions(turn.text).questions.length > 0;

const readingOf = ({ variable, value }: Answer) => [variable, value] as const;

/** The plan's words without what the model has said already, and without their reports. */
const trimmed = (step: Step, heard: Heard, answered: boolean): Pick<Step, 'say' | 'state'> => {
  if (heard.clauses.length === 0) return { say: step.say, state: step.state };
  const said = plainText(heard.clauses.join(' '));
  const isSaid = ({ act, text = '' }: Say) => act.act === 'answer' && text !== '' && said.includes(plainText(text));
  const left = afterModelWords(step.say, answered).filter((one) => !isSaid(one));
  const say = left.map((one): Say => (one.act.act === 'acknowledge' && one.manner === undefined ? { ...one, manner: 'value-only' } : one));
  const ids = new Set(say.map(({ id }) => id));
  const dropped = new Set(step.say.map(({ id }) => id).filter((id) => !ids.has(id)));
  return { say, state: { ...step.state, pending: step.state.pending.filter(({ id }) => !dropped.has(id)) } };
};
