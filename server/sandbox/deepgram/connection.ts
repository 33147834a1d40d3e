import type { RawData, WebSocket } from 'ws';
import type { Clock, Random } from '../../../schemas/clock.js';
import type { ConnectionFaults } from './faults.js';
import { createFluxSession } from './flux-session.js';
import type { SandboxHearing } from './hearing.js';
import type { FluxParameters, NovaParameters } from './listen-parameters.js';
import { createNovaSession } from './nova-session.js';
import { createOutbox } from './outbox.js';
import type { DeepgramProfile, Range } from './profile.js';

/** One connection as the sandbox saw it. */
export interface SandboxConnection {
  readonly parameters: NovaParameters | FluxParameters;
  /** Lengths of the audio messages in bytes, in order; the latest 20,000. */
  readonly audioBytes: readonly number[];
  /** Text messages as they came, in order; the latest 2000. */
  readonly texts: readonly string[];
  /** Audio received, ms. */
  audioMs(): number;
  isOpen(): boolean;
  /** More goes wrong from now on; `drop`, `stall` and `garbage` at once when their time has passed. */
  inject(faults: ConnectionFaults): void;
}

/** Without audio and text for this long the vendor ends a connection; Nova also when the first audio takes as long. */
const IDLE_MS = 10_000;
const MAX_AUDIO_ENTRIES = 20_000;
const MAX_TEXTS = 2000;

/** Serves one accepted connection until it closes. */
export const serveConnection = (
  ws: WebSocket,
  options: {
    clock: Clock;
    random: Random;
    profile: DeepgramProfile;
    hearing: SandboxHearing;
    parameters: NovaParameters | FluxParameters;
    requestId: string;
    faults: ConnectionFaults;
  },
): SandboxConnection => {
  const { clock, random, parameters } = options;
  const bytesPerMs = (parameters.audio.sampleRateHz / 1000) * (parameters.audio.encoding === 'mulaw' ? 1 : 2);
  const audioBytes: number[] = [];
  const texts: string[] = [];
  let faults = { ...options.faults };
  let audioMs = 0;
  const outbox = createOutbox(clock, random, () => faults.delayMs ?? 0);

  const post = (text: string | Buffer) => {
    if (ws.readyState === ws.OPEN) ws.send(text, { binary: false });
  };
  const sessionOptions = {
    ...{ profile: options.profile, random, hearing: options.hearing, requestId: options.requestId },
    send(message: Readonly<Record<string, unknown>>, delay: Range, onSent?: () => void) {
      const text = JSON.stringify(message);
      outbox.put(() => {
        post(text);
        onSent?.();
      }, delay);
      const isFinal = message['is_final'] === true || message['event'] === 'EndOfTurn';
      if (faults.repeatFinals && isFinal) outbox.put(() => post(text), delay);
    },
    close: (code?: number, reason?: string) => outbox.put(() => ws.close(code, reason), { least: 0, most: 0 }),
  };
  const session = parameters.version === 'v1' ? createNovaSession(parameters, sessionOptions) : createFluxSession(parameters, sessionOptions);

  const meetFaults = () => {
    const { drop, stall, garbage } = faults;
    if (stall && audioMs >= stall.fromAudioMs) {
      faults = { ...faults };
      delete faults.stall;
      outbox.stall(stall.forMs);
    }
    if (garbage && audioMs >= garbage.afterAudioMs) {
      faults = { ...faults };
      delete faults.garbage;
      post(garbage.kind === 'non-json' ? '<html>502 Bad Gateway</html>' : Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    }
    if (drop && audioMs >= drop.afterAudioMs) {
      faults = { ...faults };
      delete faults.drop;
      outbox.stop();
      if (drop.code === 1006) ws.terminate();
      else if (drop.code === 1005) ws.close();
      else ws.close(drop.code, drop.code === 1008 ? 'DATA-0000: injected' : drop.code === 1011 ? 'NET-0000: injected' : '');
    }
  };

  let cancelIdle = () => {};
  const watchIdle = () => {
    cancelIdle();
    cancelIdle = clock.after(IDLE_MS, () => session.idle());
  };
  watchIdle();
  const cancelFirstAudio = clock.after(IDLE_MS, () => {
    if (audioMs === 0) session.idle();
  });

  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (ws.readyState !== ws.OPEN) return;
    watchIdle();
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    if (isBinary) {
      if (audioBytes.length < MAX_AUDIO_ENTRIES) audioBytes.push(bytes.length);
      audioMs += bytes.length / bytesPerMs;
      session.audio(bytes);
    } else {
      if (texts.length < MAX_TEXTS) texts.push(bytes.toString());
      session.text(bytes.toString());
    }
    meetFaults();
  });
  // A socket without this listener would end the process when the client breaks it.
  ws.on('error', () => ws.terminate());
  ws.on('close', () => {
    cancelIdle();
    cancelFirstAudio();
    outbox.stop();
  });

  return {
    parameters,
    audioBytes,
    texts,
    audioMs: () => audioMs,
    isOpen: () => ws.readyState === ws.OPEN,
    inject(more) {
      faults = { ...faults, ...more };
      meetFaults();
    },
  };
};
