import type { Random } from '../../../schemas/clock.js';

/** How fast a model writes. */
export interface TimingProfile {
  /** Median and cap of the time from the request to the first token, ms. */
  firstTokenMs: { median: number; max: number };
  tokensPerSecond: number;
}

/**
 * A quick non-reasoning model as third parties measured it: 200 to 500 ms to the first token, seldom a second (reference/peers.md 3, speech.md 2.5). The cap
 * lies below the usual watchdog of 1.2 s, so that only a fault makes a model late.
 */
export const USUAL_TIMING: TimingProfile = { firstTokenMs: { median: 380, max: 900 }, tokensPerSecond: 80 };
/** Nobody waits. */
export const INSTANT_TIMING: TimingProfile = { firstTokenMs: { median: 0, max: 0 }, tokensPerSecond: Number.POSITIVE_INFINITY };

/** Spread of the logarithm of the first token's time: the slowest twentieth takes twice the median. */
const SPREAD = 0.42;

/** The waits of one reply, ms, drawn in order. */
export interface Pace {
  firstTokenMs(): number;
  tokenMs(): number;
}

export const drawPace = ({ firstTokenMs, tokensPerSecond }: TimingProfile, random: Random): Pace => ({
  firstTokenMs: () => Math.min(firstTokenMs.max, firstTokenMs.median * Math.exp(SPREAD * normal(random))),
  tokenMs: () => (1000 / tokensPerSecond) * (0.5 + random.next()),
});

/** A draw of the standard normal distribution (Box and Muller). */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
