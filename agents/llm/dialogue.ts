import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { LanguageModel, ModelMessage, ModelRequest, ModelToolCall } from '../../schemas/ports/language-model.js';
import { plainText } from '../commands.js';
import type { InterviewContext } from '../interview/plan.js';
import type { InterviewState } from '../interview/state.js';
import { createClauseStream } from './clause-stream.js';
import { withoutCourtesy } from './courtesies.js';
import { checkClause, type GuardFacts } from './output-guard.js';
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
  /** The candidate's turn, to know a speculation by. */
  text: string;
}

/** What came of the exchange, filled while it goes on. */
export interface Heard {
  clauses: string[];
  proposals: Proposal[];
  /** The model that served the turn; undefined when none did. */
  engine: string | undefined;
}

export type DialogueItem = { kind: 'clause'; text: string } | { kind: 'stage'; stage: 'first-token' | 'first-clause' };

export interface Dialogue {
  /** Yields speakable clauses. Ends quietly when the model fails: `heard.engine` is then undefined unless words were spoken. */
  reply(
    request: TurnRequest,
    facts: GuardFacts,
    check: (proposals: readonly Proposal[]) => { rejected: Rejection[] },
    heard: Heard,
    signal: AbortSignal,
  ): AsyncIterable<DialogueItem>;
  /** Begins the reply to a turn that is not final yet. One at a time; the same words again change nothing. */
  speculate(request: TurnRequest): void;
  dropSpeculation(): void;
}

/** Said when nothing could be heard for so long after the candidate's turn, ms. */
const FILLER_AFTER_MS = 1500;
const FILLERS = ['One moment, please.', 'Just a second.', 'Let me see.'] as const;
/** Tool calls of one reply beyond this are a model gone wild. */
const MAX_CALLS = 12;

export const createDialogue = (options: {
  model: LanguageModel;
  clock: Clock;
  onTrouble: ((trouble: { kind: 'engine' | 'guard' | 'refused'; reason: string }) => void) | undefined;
}): Dialogue => {
  const { model, clock, onTrouble } = options;
  let speculation: { text: string; reply: Reply } | undefined;
  let fillers = 0;

  const requestOf = ({ context, state, conversation, sayNext }: TurnRequest): ModelRequest => turnRequest(context, state, conversation, sayNext);

  const dropSpeculation = () => {
    speculation?.reply.drop();
    speculation = undefined;
  };

  /** The speculation when it was begun for these very words, case and punctuation aside. */
  const takeSpeculation = (text: string): Reply | undefined => {
    const ready = speculation && plainText(speculation.text) === plainText(text) ? speculation.reply : undefined;
    if (!ready) dropSpeculation();
    speculation = undefined;
    return ready;
  };

  /** Yields the clauses of one reply and gathers its calls. `speaks` is false for a second reply: its words would only repeat the first. */
  async function* listen(reply: Reply, facts: GuardFacts, speaks: boolean, heard: Heard, calls: ModelToolCall[]): AsyncGenerator<DialogueItem> {
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
    yield* pass(clauses.end());
  }

  /** The first reply with a filler when nothing speakable comes for long. */
  async function* listenOrFill(source: AsyncGenerator<DialogueItem>, heard: Heard, signal: AbortSignal): AsyncGenerator<DialogueItem> {
    let late: (() => void) | undefined;
    const silence = new Promise<'silence'>((resolve) => {
      late = clock.after(FILLER_AFTER_MS, () => resolve('silence'));
    });
    let mayFill = true;
    try {
      let pending = source.next();
      for (;;) {
        const item = await (mayFill && heard.clauses.length === 0 ? Promise.race([pending, silence]) : pending);
        if (item === 'silence') {
          mayFill = false;
          const filler = FILLERS[fillers % FILLERS.length] ?? FILLERS[0];
          fillers += 1;
          if (!signal.aborted && heard.clauses.length === 0) yield { kind: 'clause', text: filler };
          continue;
        }
        if (item.done) return;
        yield item.value;
        pending = source.next();
      }
    } finally {
      late?.();
    }
  }

  return {
    async *reply(request, facts, check, heard, signal) {
      const messages = requestOf(request);
      const reply = takeSpeculation(request.text) ?? beginReply(model, messages, signal);
      const calls: ModelToolCall[] = [];
      try {
        yield* listenOrFill(listen(reply, facts, true, heard, calls), heard, signal);
        if (signal.aborted) return;
        const first = sort(calls, check);
        heard.proposals.push(...first.held);
        for (const { reason } of first.rejected) onTrouble?.({ kind: 'refused', reason });
        if (first.rejected.length === 0) return;
        const again: ModelToolCall[] = [];
        const second = beginReply(model, withReasons(messages, heard.clauses.join(' '), calls, first.rejected), signal);
        for await (const _ of listen(second, facts, false, heard, again));
        // What was taken from the first reply is not taken twice.
        const { held } = sort(again, check);
        heard.proposals.push(...held.filter((one) => !heard.proposals.some((before) => sameProposal(before, one))));
      } catch (error) {
        onTrouble?.({ kind: 'engine', reason: error instanceof EngineError ? `${error.engine}: ${error.failure}` : 'the model failed' });
      } finally {
        reply.drop();
      }
    },
    speculate(request) {
      if (speculation && plainText(speculation.text) === plainText(request.text)) return;
      dropSpeculation();
      speculation = { text: request.text, reply: beginReply(model, requestOf(request), new AbortController().signal) };
    },
    dropSpeculation,
  };
};

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
