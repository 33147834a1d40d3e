import type { Clock } from '../../schemas/clock.js';

/*
 * How long a candidate waits for a model's words: a filler when nothing is heard for a while, and an end to all waiting, whatever the model is doing meanwhile.
 */

/** What a model's reply comes to, piece by piece. */
export type DialogueItem = { kind: 'clause'; text: string } | { kind: 'stage'; stage: 'first-token' | 'first-clause' };

/** Said when nothing could be heard for so long after the candidate's turn, ms. */
const FILLER_AFTER_MS = 1500;
/** Without words for so long, since the reply was begun or since the last clause, the model is not waited for any longer, ms. */
const LONGEST_WAIT_MS = 3000;

export interface Pace {
  clock: Clock;
  filler(): string;
  /** Makes the error that ends the waiting; whoever reads the model stops. */
  late(): Error;
}

/** The items of `source` as they come, with a filler among them when there is none to say for long. Throws what `late` makes when the wait gets too long. */
export async function* paced(source: AsyncGenerator<DialogueItem>, { clock, filler, late }: Pace): AsyncGenerator<DialogueItem> {
  const timer = <What>(ms: number, what: What) => {
    let cancel = () => {};
    const done = new Promise<What>((resolve) => {
      cancel = clock.after(ms, () => resolve(what));
    });
    return { done, cancel: () => cancel() };
  };
  const silence = timer(FILLER_AFTER_MS, 'silence' as const);
  let mayFill = true;
  let end = timer(LONGEST_WAIT_MS, 'late' as const);
  try {
    let pending = source.next();
    for (;;) {
      const item = await Promise.race([pending, end.done, ...(mayFill ? [silence.done] : [])]);
      if (item === 'late') throw late();
      if (item === 'silence') {
        mayFill = false;
        yield { kind: 'clause', text: filler() };
        continue;
      }
      if (item.done) return;
      yield item.value;
      if (item.value.kind === 'clause') {
        mayFill = false;
        end.cancel();
        end = timer(LONGEST_WAIT_MS, 'late' as const);
      }
      pending = source.next();
    }
  } finally {
    silence.cancel();
    end.cancel();
  }
}
