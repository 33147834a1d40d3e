import type { Clock } from '../../../schemas/clock.js';
import { EngineError, type EngineFailure } from '../../../schemas/engine-error.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../../schemas/ports/language-model.js';

/*
 * A vendor's model that says what the test wants: for what the interviewer makes of a reply, whatever it is. The real adapter and its wire are tested elsewhere.
 */

export type Reply = {
  text?: string;
  calls?: { name: string; arguments: unknown }[];
  /** Before the first part. */
  afterMs?: number;
  /** Between the text and what follows it. */
  restAfterMs?: number;
  fails?: EngineFailure;
  /** After the text. */
  breaks?: EngineFailure;
  ends?: Extract<ModelPart, { kind: 'end' }>['reason'];
};

export interface StandInModel extends LanguageModel {
  readonly requests: ModelRequest[];
  /** Requests that were aborted before their end. */
  readonly dropped: ModelRequest[];
}

/** Replies by turns; the last one stays. */
export const standInModel = (replies: readonly Reply[] | ((request: ModelRequest, nth: number) => Reply), clock: Clock): StandInModel => {
  const requests: ModelRequest[] = [];
  const dropped: ModelRequest[] = [];
  return {
    name: 'stand-in',
    requests,
    dropped,
    async *stream(request, signal) {
      const nth = requests.length;
      requests.push(request);
      const reply = (typeof replies === 'function' ? replies(request, nth) : (replies[nth] ?? replies.at(-1))) ?? {};
      let whole = false;
      try {
        if (reply.afterMs) await clock.sleep(reply.afterMs, signal).catch(() => undefined);
        if (signal.aborted) return;
        if (reply.fails) throw new EngineError('stand-in', reply.fails, 'as the test wanted');
        for (const [index, word] of (reply.text ?? '').split(/(?<=\s)/).entries()) {
          if (signal.aborted) return;
          if (word !== '' || index > 0) yield { kind: 'text-delta', text: word };
        }
        if (reply.restAfterMs) await clock.sleep(reply.restAfterMs, signal).catch(() => undefined);
        if (signal.aborted) return;
        if (reply.breaks) throw new EngineError('stand-in', reply.breaks, 'as the test wanted');
        for (const [index, call] of (reply.calls ?? []).entries())
          yield {
            kind: 'tool-call',
            id: `call_${nth}_${index}`,
            name: call.name,
            arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
          };
        yield { kind: 'end', reason: reply.ends ?? (reply.calls ? 'tool-calls' : 'stop') };
        whole = true;
      } finally {
        if (!whole && !reply.fails && !reply.breaks) dropped.push(request);
      }
    },
  };
};
