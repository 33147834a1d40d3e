import type { Answer } from '../schemas/answer.js';
import type { Clock, Random } from '../schemas/clock.js';
import type { InterviewAction, InterviewEvent, Interviewer, Utterance } from '../schemas/ports/interviewer.js';
import type { LanguageModel } from '../schemas/ports/language-model.js';
import { findCommand } from './commands.js';
import { isInstruction } from './instructions.js';
import { asksAboutCall } from './interview/call-facts.js';
import { type InterviewContext, type InterviewState, next, nextProposed, type Say, type Step, startInterview } from './interview/index.js';
import { keysIn } from './interview/keypad.js';
import { filled } from './interview/plan.js';
import { checkProposals, doubted } from './interview/proposals.js';
import { splitQuestions } from './knowledge.js';
import { createConversation } from './llm/conversation.js';
import { createDialogue, type Heard, type TurnRequest } from './llm/dialogue.js';
import type { GuardFacts } from './llm/output-guard.js';
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

  const requestFor = (event: CandidateTurn, rules: Step): TurnRequest => ({
    context,
    state,
    conversation: conversation.messages(),
    sayNext: sayNext(rules),
    text: event.turn.text,
  });

  const factsFor = (event: CandidateTurn): GuardFacts => ({
    known: [
      filled(context, context.bot.knowledge_base),
      context.company.name,
      context.bot.name,
      ...context.bot.script.questions.map(({ text }) => filled(context, text)),
    ].join('\n'),
    said: isInstruction(event.turn.text) ? '' : event.turn.text,
    answering: splitQuestions(event.turn.text).questions.length > 0,
    last: words.before,
  });

  const remember = (utterance: Utterance): Utterance => {
    words.now.push(utterance.text);
    return utterance;
  };

  const turnBegins = () => {
    if (words.now.length > 0) words.before = words.now.splice(0).join(' ');
  };

  /** The plan's state when nothing of a step's words was heard. */
  const unheard = (step: Step, lineMs: number): InterviewState =>
    step.say.reduce((before, { id }) => {
      const cut: InterviewEvent = { kind: 'utterance-heard', utteranceId: id, heardText: '', complete: false, lineMs };
      return next(context, before, cut).state;
    }, step.state);

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

  async function* converse(event: CandidateTurn, signal: AbortSignal): AsyncGenerator<Utterance | InterviewAction> {
    const rules = next(context, state, event);
    const heard: Heard = { clauses: [], proposals: [], engine: undefined };
    const facts = factsFor(event);
    const check = (proposals: readonly Proposal[]) => checkProposals(context, state, event.turn, proposals);
    for await (const item of dialogue.reply(requestFor(event, rules), facts, check, heard, signal)) {
      if (item.kind === 'stage') yield item;
      else {
        spokenByModel += 1;
        yield remember({ kind: 'say', id: `m${spokenByModel}`, text: item.text, act: { act: 'acknowledge' }, compulsory: false });
      }
    }
    if (signal.aborted) return;
    const checked = check(heard.proposals).proposed;
    // An answer that the guard held back was not given: the plan answers then.
    const proposed = { ...checked, answered: checked.answered && heard.clauses.length > 0 };
    const read = new Map(rules.actions.flatMap((action) => (action.kind === 'answer-updated' ? [readingOf(action.answer)] : [])));
    const step = modelSpoke(proposed) ? nextProposed(context, state, event, doubted(proposed, read)) : rules;
    undecided = undefined;
    yield { kind: 'stage', stage: 'served', engine: heard.engine ?? 'scripted' };
    yield* scripted({ ...step, ...trimmed(step, heard, proposed.answered) }, signal, heard.clauses.join(' '));
  }

  return {
    async *handle(event, signal) {
      if (signal.aborted) return;
      if (undecided) {
        const step = next(context, state, undecided);
        // Its words were talked over before they were said, so they get none, and the plan hears of them as cut off; what the turn taught is kept.
        state = unheard(step, undecided.turn.end_ms);
        undecided = undefined;
        yield* step.actions.filter(({ kind }) => kind !== 'hang-up');
      }
      conversation.take(event);
      if (event.kind === 'candidate-turn' || event.kind === 'dtmf') turnBegins();
      if (!isConversed(event)) return yield* scripted(next(context, state, event), signal);
      undecided = event;
      yield* converse(event, signal);
    },
    speculate(text) {
      const turn = { id: '', speaker: 'candidate' as const, text, start_ms: 0, end_ms: 0, words: [], interrupted: false };
      const event: CandidateTurn = { kind: 'candidate-turn', turn, confidence: 1 };
      if (!isConversed(event)) return dialogue.dropSpeculation();
      const messages = [...conversation.messages(), { role: 'user' as const, text }];
      dialogue.speculate({ ...requestFor(event, next(context, state, event)), conversation: messages });
    },
    dropSpeculation: () => dialogue.dropSpeculation(),
  };
};

const readingOf = ({ variable, value }: Answer) => [variable, value] as const;

/** The plan's words without what the model has said already, and without their reports. */
const trimmed = (step: Step, heard: Heard, answered: boolean): Pick<Step, 'say' | 'state'> => {
  if (heard.clauses.length === 0) return { say: step.say, state: step.state };
  const say = afterModelWords(step.say, answered).map(
    (one): Say => (one.act.act === 'acknowledge' && one.manner === undefined ? { ...one, manner: 'value-only' } : one),
  );
  const ids = new Set(say.map(({ id }) => id));
  const dropped = new Set(step.say.map(({ id }) => id).filter((id) => !ids.has(id)));
  return { say, state: { ...step.state, pending: step.state.pending.filter(({ id }) => !dropped.has(id)) } };
};
