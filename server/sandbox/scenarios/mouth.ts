import type { Random } from '../../../schemas/clock.js';
import type { FarEndFrame } from '../far-end.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE } from '../g711.js';
import { addNoise, isAudible, pinkNoise } from './sounds.js';
import { renderSpeech } from './speech-script.js';

/** Time between two keys pressed, ms: a quick thumb. */
const KEY_INTERVAL_MS = 240;

export interface MouthOptions {
  /** 8 kHz mu-law of some words. */
  speak: (text: string) => Buffer;
  random: Random;
  /** RMS of the steady background of the line, in 16-bit units; 0 is digital silence. */
  backgroundRms: number;
}

/** What a virtual candidate sends into the line: one frame every 20 ms, whatever is queued, else the background. */
export interface Mouth {
  say(text: string): void;
  /** Queues any 8 kHz mu-law, such as a beep. */
  play(audio: Buffer): void;
  press(keys: string): void;
  /** True while something is queued, pauses inside an utterance included. */
  readonly busy: boolean;
  /** The next frame; `audible` tells whether the other side can hear something in it besides the background. */
  frame(): FarEndFrame & { audible: boolean };
}

export const createMouth = (options: MouthOptions): Mouth => {
  let queue = Buffer.alloc(0);
  const keys: string[] = [];
  let framesToNextKey = 0;
  const background = options.backgroundRms > 0 ? pinkNoise(options.backgroundRms, options.random) : undefined;
  const play = (audio: Buffer) => {
    queue = Buffer.concat([queue, audio]);
  };
  return {
    say: (text) => play(renderSpeech(text, options.speak, options.random)),
    play,
    press: (pressed) => {
      keys.push(...pressed);
    },
    get busy() {
      return queue.length > 0 || keys.length > 0;
    },
    frame() {
      const own = Buffer.alloc(MU_LAW_FRAME_BYTES, MU_LAW_SILENCE);
      queue.copy(own, 0, 0, MU_LAW_FRAME_BYTES);
      queue = queue.subarray(MU_LAW_FRAME_BYTES);
      const frame: FarEndFrame & { audible: boolean } = { audio: background ? addNoise(own, background) : own, audible: isAudible(own) };
      framesToNextKey = Math.max(0, framesToNextKey - 1);
      const key = framesToNextKey === 0 ? keys.shift() : undefined;
      if (key !== undefined) {
        frame.dtmf = key;
        framesToNextKey = KEY_INTERVAL_MS / 20;
      }
      return frame;
    },
  };
};
