import { MU_LAW_TO_PCM } from './audio/g711.js';

/** How the voice detector decides. Levels are dBFS of the mean square against a full-scale square wave; times are line ms. */
export interface VoiceDetectorOptions {
  /** Silence after the last voiced frame that ends a stretch of voice. */
  endHangMs: number;
  /** How far above the noise floor a frame counts as voiced. */
  marginDb: number;
  /** A frame below this is never voiced, however quiet the line is. */
  gateDb: number;
  /** Time at the start of the line during which frames are kept back to learn the floor; they are judged at its end, with their true times. */
  calibrationMs: number;
  /** The floor is never taken to be below or, after calibration alone, above these. */
  lowestFloorDb: number;
  highestCalibratedFloorDb: number;
  /** Share of the distance that the floor moves in one frame: down to a quieter frame, up to a louder one that is not voiced. */
  floorFall: number;
  floorRise: number;
  /** The floor is at least the quietest 5 ms of this long a window, plus `minimumBiasDb`. */
  minimumWindowMs: number;
  minimumBiasDb: number;
  /** Voice starts when `startVoiced` of the last `startWindow` frames are voiced. */
  startVoiced: number;
  startWindow: number;
}

export const VOICE_DETECTOR_DEFAULTS: Readonly<VoiceDetectorOptions> = {
  // Longer than the closure of a stop consonant and the pauses of the modem voice, shorter than any end-of-turn wait that builds on it.
  endHangMs: 200,
  // Measured: finds speech at 20 dB SNR without false starts in steady noise (reference, embedded speech, section 5).
  marginDb: 9,
  // Keeps the residue of a quiet line out; speech on a telephone line lies at -35 dBFS and above.
  gateDb: -50,
  // Steady noise at the very start must not look like the candidate's "Hello?".
  calibrationMs: 300,
  // Digital silence has no level; a floor below this would let a breath reach the margin first and the gate alone decides there anyway.
  lowestFloorDb: -65,
  // A candidate who speaks from the first frame must not become the floor.
  highestCalibratedFloorDb: -40,
  // Down within three frames, so the first pause of a talker corrects a floor that was too high; up in half a second.
  floorFall: 0.3,
  floorRise: 0.05,
  // Speech falls to the background for some 5 ms within any 1.5 s; noise that has become louder does not, so it is taken for the floor after this time.
  minimumWindowMs: 1500,
  // The quietest 5 ms of steady pink noise lies about 6 dB below its mean.
  minimumBiasDb: 4,
  // 80 ms at the least: clicks and knocks are shorter.
  startVoiced: 4,
  startWindow: 5,
};

export type VoiceEvent =
  /** Confirmed at `lineMs` (the end of the deciding frame); the first voiced frame began at `startedMs`. */
  | { kind: 'voice-start'; lineMs: number; startedMs: number }
  /** Known at `lineMs`; the last voiced frame ended at `endedMs`. */
  | { kind: 'voice-end'; lineMs: number; endedMs: number };

export interface VoiceDetector {
  /** Takes one frame of mu-law (160 bytes; others are measured by their own length) that began at `lineMs`. A gap in line time counts as silence. */
  push(frame: Buffer, lineMs: number): VoiceEvent[];
  /** Level of the last frame in dBFS, -100 for digital silence. */
  level(): number;
}

const BYTES_PER_MS = 8;
/** 5 ms: short enough to fall wholly into a 20 ms pause at any alignment of frames. */
const BLOCK_BYTES = 40;
const BUCKET_MS = 100;
const SILENCE_DB = -100;

const SQUARES = Float64Array.from(MU_LAW_TO_PCM, (sample) => (sample / 32_768) ** 2);

const toDb = (sumOfSquares: number, samples: number): number =>
  samples === 0 ? SILENCE_DB : Math.max(SILENCE_DB, 10 * Math.log10(sumOfSquares / samples + 1e-12));

interface Measured {
  lineMs: number;
  endMs: number;
  level: number;
  /** Level of the quietest 5 ms. */
  quietest: number;
}

/**
 * Finds voice by its energy over an adapting noise floor: a few microseconds a frame, no model, no clock. Works on level alone, so music and other voices
 * are voice to it. Made for one direction of one call; frames come in line order.
 */
/** Lost frames in a row that are bridged; a longer silence is one, and the line's floor has changed. */
const LONGEST_HOLE_MS = 200;

export const createVoiceDetector = (options: Partial<VoiceDetectorOptions> = {}): VoiceDetector => {
  const rules = { ...VOICE_DETECTOR_DEFAULTS, ...options };
  let calibrating: Measured[] | undefined = rules.calibrationMs > 0 ? [] : undefined;
  let floor = rules.lowestFloorDb;
  let lastLevel = SILENCE_DB;
  let lastEndMs: number | undefined;
  let recent: { lineMs: number; voiced: boolean }[] = [];
  /** Set while a stretch of voice lasts: the end of its last voiced frame. */
  let voicedUntilMs: number | undefined;
  let holeMs = 0;
  const quietest = createWindowMinimum(Math.max(1, Math.round(rules.minimumWindowMs / BUCKET_MS)));

  const endIfSilent = (atMs: number): VoiceEvent[] => {
    if (voicedUntilMs === undefined || atMs - voicedUntilMs < rules.endHangMs) return [];
    const event: VoiceEvent = { kind: 'voice-end', lineMs: atMs, endedMs: voicedUntilMs };
    voicedUntilMs = undefined;
    recent = [];
    return [event];
  };

  /** A frame that got lost arrives as digital silence: on a line with a noise floor it says nothing, unless it goes on. */
  const isHole = (frame: Measured): boolean => {
    holeMs = frame.level <= SILENCE_DB && floor > rules.lowestFloorDb ? holeMs + (frame.endMs - frame.lineMs) : 0;
    return holeMs > 0 && holeMs <= LONGEST_HOLE_MS;
  };

  const followFloor = ({ level, quietest: blockLevel, lineMs }: Measured, voiced: boolean): void => {
    if (level < floor) floor += (level - floor) * rules.floorFall;
    else if (!voiced) floor += (level - floor) * rules.floorRise;
    const minimum = quietest.push(blockLevel, lineMs);
    if (minimum !== undefined) floor = Math.max(floor, Math.min(minimum + rules.minimumBiasDb, level));
    floor = Math.max(floor, rules.lowestFloorDb);
  };

  const judge = (frame: Measured): VoiceEvent[] => {
    const events = endIfSilent(frame.lineMs);
    if (lastEndMs !== undefined && frame.lineMs - lastEndMs >= rules.endHangMs) recent = [];
    lastEndMs = frame.endMs;
    if (isHole(frame)) {
      // It still counts as a pause of what sounds like steady noise: speech that lasts from the first frame has no other.
      quietest.push(frame.quietest, frame.lineMs);
      return events;
    }
    const voiced = frame.level > floor + rules.marginDb && frame.level > rules.gateDb;
    followFloor(frame, voiced);
    if (voicedUntilMs !== undefined) {
      if (voiced) voicedUntilMs = frame.endMs;
      return [...events, ...endIfSilent(frame.endMs)];
    }
    recent = [...recent, { lineMs: frame.lineMs, voiced }].slice(-rules.startWindow);
    const voicedFrames = recent.filter((one) => one.voiced);
    const first = voicedFrames[0];
    if (voiced && first && voicedFrames.length >= rules.startVoiced) {
      voicedUntilMs = frame.endMs;
      events.push({ kind: 'voice-start', lineMs: frame.endMs, startedMs: first.lineMs });
    }
    return events;
  };

  return {
    push(frame, lineMs) {
      const measured = measure(frame, lineMs);
      lastLevel = measured.level;
      if (!calibrating) return judge(measured);
      calibrating.push(measured);
      if (measured.endMs - (calibrating[0]?.lineMs ?? lineMs) < rules.calibrationMs) return [];
      const kept = calibrating;
      calibrating = undefined;
      const levels = kept.map((one) => one.level).sort((a, b) => a - b);
      // The lower quartile: a word during calibration does not lift it, and a single dip does not sink it.
      const learnt = levels[Math.floor(levels.length / 4)] ?? rules.lowestFloorDb;
      floor = Math.min(Math.max(learnt, rules.lowestFloorDb), rules.highestCalibratedFloorDb);
      // What the kept frames started becomes known only now.
      return kept.flatMap(judge).map((event) => ({ ...event, lineMs: measured.endMs }));
    },
    level: () => lastLevel,
  };
};

const measure = (frame: Buffer, lineMs: number): Measured => {
  let total = 0;
  let quietest = 0;
  for (let from = 0; from < frame.length; from += BLOCK_BYTES) {
    const to = Math.min(frame.length, from + BLOCK_BYTES);
    let sum = 0;
    for (let i = from; i < to; i += 1) sum += SQUARES[frame[i] ?? 0xff] ?? 0;
    total += sum;
    const level = toDb(sum, to - from);
    quietest = Math.min(quietest, level);
  }
  return { lineMs, endMs: lineMs + frame.length / BYTES_PER_MS, level: toDb(total, frame.length), quietest };
};

/** The least value of the last `buckets` times 100 ms of line time; nothing before that much was seen. */
const createWindowMinimum = (buckets: number) => {
  let minima: number[] = [];
  let bucketStartMs: number | undefined;
  let current = Number.POSITIVE_INFINITY;
  return {
    push(value: number, lineMs: number): number | undefined {
      bucketStartMs ??= lineMs;
      if (lineMs - bucketStartMs >= BUCKET_MS) {
        minima = [...minima, current].slice(-buckets);
        current = Number.POSITIVE_INFINITY;
        bucketStartMs = lineMs;
      }
      current = Math.min(current, value);
      return minima.length < buckets ? undefined : Math.min(current, ...minima);
    },
  };
};
