import type { Cancel, Clock } from '../../schemas/clock.js';
import type { Lease } from '../store/repositories/screening-lease.js';

/** A lease that is renewed in the background, however long a provider or a conversation takes. */
export interface KeptLease {
  /** For fenced writes; they do nothing once it is lost. */
  readonly lease: Lease;
  /** Somebody else owns the screening: write nothing more. */
  readonly lost: boolean;
  /** Ends the renewals; the lease runs out by itself unless a write has ended it. */
  letGo(): void;
}

/**
 * Renews `lease` every `everyMs`, which is well below its length. `renew` resolves to undefined when the lease is lost; when it rejects (the store is away)
 * it is tried again at the next turn. The caller lets go.
 */
export const keepLease = (
  lease: Lease,
  deps: {
    clock: Clock;
    everyMs: number;
    renew: (lease: Lease) => Promise<Lease | undefined>;
    onLost: () => void;
    onTrouble: (error: unknown) => void;
  },
): KeptLease => {
  let lost = false;
  let released = false;
  let timer: Cancel | undefined;
  const renew = async () => {
    try {
      if (await deps.renew(lease)) return;
      lost = true;
      if (!released) deps.onLost();
    } catch (error) {
      deps.onTrouble(error);
    }
  };
  const schedule = () => {
    timer = deps.clock.after(deps.everyMs, () => {
      // renew reports its own trouble and never rejects.
      void renew().finally(() => {
        if (!lost && !released) schedule();
      });
    });
  };
  schedule();
  return {
    lease,
    get lost() {
      return lost;
    },
    letGo() {
      released = true;
      timer?.();
    },
  };
};
