/*
 * A windowed-sinc polyphase filter for whole pieces of audio (a synthesised sentence, a file). It has no state between calls, so it is not for a live
 * stream: each call sees silence before and after its samples.
 */

/** Zero crossings of the sinc on each side: 16 keep the stop band below about -60 dB, enough for 8-bit telephone audio. */
const ZERO_CROSSINGS = 16;

/** Pass band as a share of the lower of the two Nyquist frequencies; the rest is the filter's slope. */
const PASS_BAND = 0.95;

interface Filter {
  /** One tap set for each fraction of an input sample, each of `2 * halfWidth` taps with a sum of 1. */
  phases: Float32Array[];
  halfWidth: number;
  up: number;
  down: number;
}

const filters = new Map<string, Filter>();

/**
 * Converts samples from one rate to another, keeping time: output sample i is at i / toHz. Length is `floor(n * toHz / fromHz)`. Rates are positive whole
 * Hz. Returns the input itself when the rates are equal.
 */
export const resample = (samples: Int16Array, fromHz: number, toHz: number): Int16Array => {
  if (fromHz === toHz) return samples;
  const { phases, halfWidth, up, down } = filterFor(fromHz, toHz);
  const out = new Int16Array(Math.floor((samples.length * up) / down));
  for (let i = 0; i < out.length; i += 1) {
    const position = i * down;
    const first = Math.floor(position / up) - halfWidth + 1;
    const taps = phases[position % up];
    if (taps === undefined) continue;
    let sum = 0;
    const from = Math.max(0, -first);
    const to = Math.min(taps.length, samples.length - first);
    for (let k = from; k < to; k += 1) sum += (samples[first + k] ?? 0) * (taps[k] ?? 0);
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
};

const filterFor = (fromHz: number, toHz: number): Filter => {
  const key = `${fromHz}/${toHz}`;
  const known = filters.get(key);
  if (known) return known;
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const ratio = Math.min(1, toHz / fromHz);
  const halfWidth = Math.ceil(ZERO_CROSSINGS / ratio);
  const phases = Array.from({ length: up }, (_, phase) => tapsAt(phase / up, halfWidth, ratio * PASS_BAND));
  const filter = { phases, halfWidth, up, down: fromHz / divisor };
  filters.set(key, filter);
  return filter;
};

const tapsAt = (fraction: number, halfWidth: number, cutoff: number): Float32Array => {
  const taps = Float32Array.from({ length: 2 * halfWidth }, (_, k) => {
    const distance = k - halfWidth + 1 - fraction;
    const angle = Math.PI * distance * cutoff;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / halfWidth);
    return (Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle) * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
};

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
