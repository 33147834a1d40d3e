import { z } from 'zod';
import type { ModelPart, ModelToolCall } from '../../schemas/ports/language-model.js';

/** More than any spoken turn or extraction needs; what is longer comes from a server that ignores the token limit. */
const MAX_REPLY_CHARS = 256 * 1024;
const MAX_TOOL_CALLS = 32;

/** The reply broke the protocol. The message names the rule, never the content. */
export class BrokenReply extends Error {}

const toolPieceSchema = z.object({
  index: z.number().int().min(0),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const chunkSchema = z.object({
  choices: z.array(
    z.object({
      index: z.number().optional(),
      delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish(), tool_calls: z.array(toolPieceSchema).nullish() }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z
    .object({
      prompt_tokens: z.number(),
      completion_tokens: z.number(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

type End = Extract<ModelPart, { kind: 'end' }>;
const REASONS: ReadonlyMap<string, End['reason']> = new Map([
  ['stop', 'stop'],
  ['tool_calls', 'tool-calls'],
  ['length', 'length'],
  ['content_filter', 'filtered'],
]);

/** Makes parts of the chunks of one reply. */
export interface ReplyAssembler {
  /** The parts that this chunk completes, in order. Throws BrokenReply. */
  take(chunk: unknown): ModelPart[];
  /** Rises with every chunk that brought something of the reply: empty ones and those about the stream itself do not count as progress. */
  readonly progress: number;
  /** The finish reason is known: the reply is whole, whatever becomes of the stream. */
  readonly isWhole: boolean;
  /** Throws BrokenReply when there is no finish reason. */
  mustBeWhole(): void;
  /** The `end` that is still owed; undefined when it was given, or while the reply is not whole. */
  end(): End | undefined;
}

/**
 * Tool calls are assembled by index and given when the reply is whole, so that a reply that breaks leaves no side effect behind. A call that the token limit
 * or the filter cut is dropped. A refusal ends as `filtered`; its text is not passed on. `end` waits for the usage, which comes in a chunk of its own.
 *
 * Follows: platform.openai.com, "The chat completion chunk object".
 */
export const createReplyAssembler = (): ReplyAssembler => {
  const calls = new Map<number, ModelToolCall>();
  let openCall: number | undefined;
  let chars = 0;
  let progress = 0;
  let refused = false;
  let reason: End['reason'] | undefined;
  let usage: End['usage'];
  let ended = false;

  const takeToolPiece = (piece: z.infer<typeof toolPieceSchema>) => {
    const call = calls.get(piece.index) ?? { id: '', name: '', arguments: '' };
    // Some servers repeat id and name in every piece.
    call.id ||= piece.id ?? '';
    call.name ||= piece.function?.name ?? '';
    call.arguments += piece.function?.arguments ?? '';
    chars += piece.function?.arguments?.length ?? 0;
    calls.set(piece.index, call);
    openCall = piece.index;
    if (calls.size > MAX_TOOL_CALLS) throw new BrokenReply(`more than ${MAX_TOOL_CALLS} tool calls`);
  };

  const wholeCalls = (because: End['reason']): ModelPart[] => {
    const cut = because === 'length' || because === 'filtered';
    return [...calls]
      .sort(([a], [b]) => a - b)
      .filter(([index]) => !(cut && index === openCall))
      .map(([, call]) => {
        if (!call.id || !call.name) throw new BrokenReply('a tool call without id or name');
        return { kind: 'tool-call', ...call };
      });
  };

  const end = (): End | undefined => {
    if (ended || reason === undefined) return undefined;
    ended = true;
    return { kind: 'end', reason, ...(usage ? { usage } : {}) };
  };

  return {
    get progress() {
      return progress;
    },
    get isWhole() {
      return reason !== undefined;
    },
    mustBeWhole() {
      if (reason === undefined) throw new BrokenReply('the stream ended without a finish reason');
    },
    end,
    take(data) {
      const parsed = chunkSchema.safeParse(data);
      if (!parsed.success) throw new BrokenReply('a chunk is not of the documented shape');
      const { choices, usage: counted } = parsed.data;
      const parts: ModelPart[] = [];
      const choice = choices.find(({ index }) => (index ?? 0) === 0);
      if (choice && reason === undefined) {
        const { content, refusal, tool_calls: pieces } = choice.delta;
        if (content || refusal || pieces?.length || choice.finish_reason) progress += 1;
        if (refusal) refused = true;
        if (content && !refused) parts.push({ kind: 'text-delta', text: content });
        chars += (content?.length ?? 0) + (refusal?.length ?? 0);
        for (const piece of pieces ?? []) takeToolPiece(piece);
        if (chars > MAX_REPLY_CHARS) throw new BrokenReply(`more than ${MAX_REPLY_CHARS} characters`);
        if (choice.finish_reason) {
          const told = REASONS.get(choice.finish_reason);
          if (!told) throw new BrokenReply('an unknown finish reason');
          // Compatible servers say `stop` after tool calls too.
          const because = refused ? 'filtered' : told === 'stop' && calls.size > 0 ? 'tool-calls' : told;
          parts.push(...wholeCalls(because));
          reason = because;
        }
      }
      if (counted) {
        usage = {
          promptTokens: counted.prompt_tokens,
          cachedTokens: counted.prompt_tokens_details?.cached_tokens ?? 0,
          completionTokens: counted.completion_tokens,
        };
        const owed = end();
        if (owed) parts.push(owed);
      }
      return parts;
    },
  };
};
