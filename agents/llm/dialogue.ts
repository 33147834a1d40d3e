import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { LanguageModel, ModelMessage, ModelRequest, ModelToolCall } from '../../schemas/ports/language-model.js';
import { plainText } from '../commands.js';
import { withoutCourtesy } from '../courtesies.js';
import type { InterviewContext } from '../interview/plan.js';
import type { InterviewState } from '../interview/state.js';
import { createClauseStream } from './clause-stream.js';
import { checkClause, type GuardFacts } from './output-guard.js';
import { type DialogueItem, paced } from './pace.js';
import { turnRequest } from './prompt.js';
import { beginReply, type Reply } from './reply.js';
import { type Proposal, type Rejection, readToolCall } from './tools.js';

/*
 * One exchange with the model: its words come out clause by clause as they pass the guard, its tool calls are read, and a call that does not hold is answered
 * with the reason, once. Nothing here changes the interview.
 */

export interface TurnRequest {
  context: InterviewContext;
  state: InterviewState;
  conversation: readonly ModelMessage[];
  sayNext: string;
}

/** What came of the exchange, filled while it goes on. */
export interface Heard {
  clauses: string[];
  /** Words were held back: what was said is not all that the model meant to say. */
  blocked: boolean;
  proposals: Proposal[];
  /** The model that served the turn to its end; undefined when none did. */
  engine: string | undefined;
}

export interface Dialogue {
  /** Yields speakable clauses. Ends quietly when the model fails or takes too long: `heard.engine` is then undefined, since others finish the turn. */
  reply(
    request: TurnRequest,
    facts: GuardFacts,
    check: (proposals: readonly Proposal[]) => { rejected: Rejection[] },
    heard: Heard,
    signal: AbortSignal,
  ): AsyncIterable<DialogueItem>;
  /** Begins the reply to a turn that is not final yet. One at a time; the same words in the same state again change nothing. */
  speculate(request: TurnRequest): void;
  dropSpeculation(): void;
}

const FILLERS = ['One moment, please.', 'Just a second.', 'Let me see.'] as const;
/** Tool calls of one reply beyond this are a model gone wild. */
const MAX_CALLS = 12;

export const createDialogue = (options: {
  model: LanguageModel;
  clock: Clock;
  onTrouble: ((trouble: { kind: 'engine' | 'guard' | 'refused'; reason: string }) => void) | undefined;
}): Dialogue => {
  const { model, clock, onTrouble } = options;
  let speculation: { request: ModelRequest; reply: Reply } | undefined;
  let fillers = 0;

  const requestOf = ({ context, state, conversation, sayNext }: TurnRequest): ModelRequest => turnRequest(context, state, conversation, sayNext);

  const dropSpeculation = () => {
    speculation?.reply.drop();
    speculation = undefined;
  };

  /** The speculation when it was begun for this very question. */
  const takeSpeculation = (request: ModelRequest): Reply | undefined => {
    const ready = speculation && sameQuestion(speculation.request, request) ? speculation.reply : undefined;
    if (!ready) dropSpeculation();
    speculation = undefined;
    return ready;
  };

  /** Yields the clauses of one reply and gathers its calls. `speaks` is false for a second reply: its words would only repeat the first. */
  async function* listen(
    reply: Reply,
    facts: GuardFacts,
    speaks: boolean,
    heard: Heard,
    calls: ModelToolCall[],
    signal: AbortSignal,
  ): AsyncGenerator<DialogueItem> {
    const clauses = createClauseStream();
    let silenced = !speaks;
    let began = false;
    const pass = function* (texts: readonly string[]): Generator<DialogueItem> {
      for (const text of texts) {
        if (silenced) return;
        if (withoutCourtesy(heard.clauses.join(' '), text) === '') continue;
        const verdict = checkClause(text, heard.clauses.join(' '), facts);
        if (!verdict.allowed) {
          onTrouble?.({ kind: 'guard', reason: verdict.reason });
          if (verdict.reason === 'repeat') continue;
          silenced = true;
          heard.blocked = true;
          return;
        }
        if (heard.clauses.length === 0) yield { kind: 'stage', stage: 'first-clause' };
        heard.clauses.push(text);
        yield { kind: 'clause', text };
      }
    };
    for await (const part of reply.parts()) {
      if (!began) yield { kind: 'stage', stage: 'first-token' };
      began = true;
      if (part.kind === 'text-delta') yield* pass(clauses.push(part.text));
      else if (part.kind === 'tool-call') {
        if (calls.length < MAX_CALLS) calls.push(part);
      } else if (part.reason === 'length' || part.reason === 'filtered') {
        throw new EngineError(model.name, 'malformed', `the reply ended with ${part.reason}`);
      } else if (speaks) heard.engine = part.engine ?? model.name;
    }
    if (!signal.aborted) yield* pass(clauses.end());
  }

  /** The model's reply, and once more when a call of it does not hold. */
  async function* exchange(
    request: ModelRequest,
    facts: GuardFacts,
    check: (proposals: readonly Proposal[]) => { rejected: Rejection[] },
    heard: Heard,
    signal: AbortSignal,
  ): AsyncGenerator<DialogueItem> {
    const calls: ModelToolCall[] = [];
    yield* listen(endingWith(signal, takeSpeculation(request) ?? beginReply(model, request)), facts, true, heard, calls, signal);
    if (signal.aborted) return;
    const first = sort(calls, check);
    heard.proposals.push(...first.held);
    for (const { reason } of first.rejected) onTrouble?.({ kind: 'refused', reason });
    if (first.rejected.length === 0) return;
    const again: ModelToolCall[] = [];
    const second = beginReply(model, withReasons(request, heard.clauses.join(' '), calls, first.rejected));
    for await (const _ of listen(endingWith(signal, second), facts, false, heard, again, signal));
    if (signal.aborted) return;
    // What was taken from the first reply is not taken twice.
    const { held } = sort(again, check);
    heard.proposals.push(...held.filter((one) => !heard.proposals.some((before) => sameProposal(before, one))));
  }

  const filler = (): string => {
    fillers += 1;
    return FILLERS[(fillers - 1) % FILLERS.length] ?? FILLERS[0];
  };

  return {
    async *reply(request, facts, check, heard, signal) {
      // Of replies that are still under way when the turn is over, for whatever reason, nothing is wanted any more.
      const over = new AbortController();
      const source = exchange(requestOf(request), facts, check, heard, AbortSignal.any([signal, over.signal]));
      const late = () => new EngineError(model.name, 'timeout', 'no words within the time of the turn');
      try {
        yield* paced(source, { clock, filler, late });
      } catch (error) {
        onTrouble?.({ kind: 'engine', reason: error instanceof EngineError ? `${error.engine}: ${error.failure}` : 'the model failed' });
      } finally {
        over.abort();
      }
    },
    speculate(request) {
      const asked = requestOf(request);
      if (speculation && sameQuestion(speculation.request, asked)) return;
      dropSpeculation();
      speculation = { request: asked, reply: beginReply(model, asked) };
    },
    dropSpeculation,
  };
};

/** The reply, dropped when the signal is aborted. */
const endingWith = (signal: AbortSignal, reply: Reply): Reply => {
  signal.addEventListener('abort', () => reply.drop(), { once: true });
  if (signal.aborted) reply.drop();
  return reply;
};

/** Do both requests ask for the reply to the same words in the same state? Case and punctuation of what the candidate said aside. */
const sameQuestion = (a: ModelRequest, b: ModelRequest): boolean => questionOf(a) === questionOf(b);

const questionOf = ({ messages }: ModelRequest): string =>
  JSON.stringify(messages.map((message) => (message.role === 'user' ? { ...message, text: plainText(message.text) } : message)));

const sort = (calls: readonly ModelToolCall[], check: (proposals: readonly Proposal[]) => { rejected: Rejection[] }) => {
  const read = calls.map(readToolCall);
  const proposals = read.flatMap((one) => ('proposal' in one ? [one.proposal] : []));
  const rejected = [...read.flatMap((one) => ('rejection' in one ? [one.rejection] : [])), ...check(proposals).rejected];
  const refused = new Set(rejected.map(({ id }) => id));
  return { held: proposals.filter(({ id }) => !refused.has(id)), rejected };
};

/** As models know refusals: said at the beginning. */
const refusalOf = (rejected: readonly Rejection[], id: string): string | undefined => {
  const reason = rejected.find((one) => one.id === id)?.reason;
  return reason === undefined ? undefined : `Refused. ${reason}`;
};

const sameProposal = (a: Proposal, b: Proposal): boolean => JSON.stringify({ ...a, id: '' }) === JSON.stringify({ ...b, id: '' });

/** The same request with the model's own calls and what became of each. */
const withReasons = (request: ModelRequest, text: string, calls: readonly ModelToolCall[], rejected: readonly Rejection[]): ModelRequest => ({
  ...request,
  messages: [
    ...request.messages,
    { role: 'assistant', text, toolCalls: calls },
    ...calls.map(({ id }) => ({
      role: 'tool' as const,
      toolCallId: id,
      text: refusalOf(rejected, id) ?? 'Taken.',
    })),
  ],
});
