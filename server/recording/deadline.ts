import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';

/** Waits for `work`, settled either way, but not longer than `timeoutMs`; tells whether it settled. The work itself goes on. */
export const waitAtMost = (clock: Clock, work: Promise<unknown>, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () => resolve(false));
    const settled = () => {
      cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });

/** The result of a store operation, or `AppError('store_unavailable')` after `timeoutMs`: drivers wait for a lost server longer than a call can. */
export const withDeadline = <Result>(clock: Clock, work: Promise<Result>, timeoutMs: number): Promise<Result> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new AppError('store_unavailable')));
    work.then(
      (result) => {
        cancel();
        resolve(result);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
