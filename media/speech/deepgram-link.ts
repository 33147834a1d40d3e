import type { Cancel, Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import type { AudioBacklog } from './audio-backlog.js';
import { bytesPerMs } from './audio-chunk.js';
import { type AudioLineMap, createAudioLineMap } from './audio-line-map.js';
import type { ListenDialect } from './deepgram-dialect.js';
import { mayPass, toTimeoutError } from './deepgram-failure.js';
import type { Heard, MessageReader } from './deepgram-heard.js';
import { type IdleFeed, silentChunk, startIdleFeed } from './deepgram-idle.js';
import type { DeepgramSocket, DeepgramSocketHandlers } from './deepgram-socket.js';
import { type PacedSending, startPacedSending } from './paced-sending.js';
import type { EngineLog } from './worker-start.js';

/*
 * One call's connection to the vendor, made again when it is lost:
 *
 *   connecting ── open ──► open ── lost ──► waiting (0, 100, 250, 500 ms) ──► connecting …
 *       └── refused for good, or five times in a row ──► given up
 *
 * The SDK's own reconnect waits 1 to 5 s and gives up silently after one refused handshake, so it is off.
 */

const RETRY_DELAYS_MS = [0, 100, 250, 500] as const;
/** A connection that lasted this long was good: one that answered, and one on which nothing was said. A message alone proves nothing: one may come each time. */
const GOOD_ANSWERED_MS = 1_000;
const GOOD_AFTER_MS = 10_000;
/** Speech sent without any message in return before the vendor counts as silent, ms. */
const UNANSWERED_SPEECH_MS = 500;

export interface DeepgramTimeouts {
  handshakeMs: number;
  /** No message for this long while speech was sent: the connection is dead. */
  silentVendorMs: number;
  /** Longest wait for the vendor's last words after CloseStream. */
  closeMs: number;
}

export type ConnectDeepgram = (keyterms: readonly string[], handlers: DeepgramSocketHandlers) => DeepgramSocket;

export interface DeepgramLink {
  /** The line goes on: there may be more in the backlog, or a question. */
  pump(): void;
  setKeyterms(keyterms: readonly string[]): void;
  /** Says goodbye in the background, within its time limit. */
  close(): void;
}

/** Connects as soon as the caller has returned. `onLost` rewinds the backlog to what has to be heard again. `onGivenUp` is the last call. */
export const openDeepgramLink = (options: {
  clock: Clock;
  format: AudioFormat;
  dialect: ListenDialect;
  connect: ConnectDeepgram;
  backlog: AudioBacklog;
  timeouts: DeepgramTimeouts;
  keyterms: readonly string[];
  log: EngineLog | undefined;
  /** Line time of the latest open question. */
  askedMs: () => number | undefined;
  /** Puts what is not a whole chunk yet into the backlog: the line has stopped. */
  flush: () => void;
  onHeard: (heard: Heard, line: AudioLineMap, decidedMs: number | undefined) => void;
  onLost: (error: EngineError) => void;
  onGivenUp: (error: EngineError) => void;
}): DeepgramLink => {
  const { clock, dialect, format, timeouts, log } = options;
  let socket: DeepgramSocket | undefined;
  let line = createAudioLineMap();
  let reader: MessageReader = dialect.createReader();
  let sending: PacedSending | undefined;
  let idle: IdleFeed | undefined;
  let cancelTimer: Cancel = () => {};
  let failures = 0;
  let openedMs = 0;
  let answered = false;
  let heardMs = 0;
  let unansweredSpeechMs = 0;
  /** Line times up to which Finalize was asked on this connection and not answered yet. */
  let finalizing: number[] = [];
  let finalizedMs = Number.NEGATIVE_INFINITY;
  let keyterms = options.keyterms;
  let configuring: readonly string[] | undefined;
  let configured = keyterms;
  let toldUnreadable = false;
  let state: 'running' | 'closing' | 'over' = 'running';

  const connect = () => {
    line = createAudioLineMap();
    reader = dialect.createReader();
    finalizing = [];
    finalizedMs = Number.NEGATIVE_INFINITY;
    configuring = undefined;
    configured = keyterms;
    cancelTimer = clock.after(timeouts.handshakeMs, () => lost(toTimeoutError('answer to the handshake', timeouts.handshakeMs)));
    socket = options.connect(keyterms, { onOpen, onMessage, onDown: lost });
  };

  const onOpen = () => {
    cancelTimer();
    openedMs = heardMs = clock.monotonic();
    answered = false;
    unansweredSpeechMs = 0;
    const { backlog } = options;
    sending = startPacedSending({
      clock,
      backlog,
      bufferedMs: () => (socket?.bufferedBytes ?? 0) / bytesPerMs(format),
      send(chunk) {
        if (chunk.voiced) unansweredSpeechMs += chunk.ms;
        line.append(chunk.ms, chunk.lineMs);
        socket?.sendAudio(chunk.audio);
        idle?.audioSent();
      },
      onPumped: finalize,
    });
    idle = startIdleFeed({
      clock,
      dialect,
      turnOpen: () => reader.turnOpen,
      flush() {
        options.flush();
        send();
      },
      sendSilence() {
        const silence = silentChunk(format, dialect);
        line.append(silence.ms);
        socket?.sendAudio(silence.audio);
      },
      send: (message) => socket?.send(message),
    });
    configure();
    send();
  };

  const pump = () => {
    idle?.lineGoesOn();
    send();
  };

  const send = () => {
    if (!sending || state !== 'running') return;
    sending.pump();
    const silentMs = clock.monotonic() - heardMs;
    if (silentMs >= timeouts.silentVendorMs && unansweredSpeechMs >= UNANSWERED_SPEECH_MS)
      lost(toTimeoutError('transcript', timeouts.silentVendorMs));
  };

  /** Asks the vendor to decide, once all audio that the question is about was sent. */
  const finalize = () => {
    const askedMs = options.askedMs();
    if (!dialect.canFinalize || askedMs === undefined || askedMs <= finalizedMs || !sending) return;
    if (sending.sentMs < askedMs && options.backlog.next()) return;
    finalizedMs = askedMs;
    finalizing.push(askedMs);
    socket?.send({ type: 'Finalize' });
  };

  /** At most one Configure is unanswered at a time; the latest terms win. */
  const configure = () => {
    if (!dialect.canConfigure || !sending || configuring || configured === keyterms) return;
    configuring = keyterms;
    socket?.send({ type: 'Configure', keyterms: [...keyterms] });
  };

  const onMessage = (message: unknown) => {
    const all = reader.read(message);
    if (state === 'closing') {
      if (all.some((heard) => heard.kind === 'finished')) end();
      return;
    }
    if (all[0]?.kind === 'unreadable') return onUnreadable();
    heardMs = clock.monotonic();
    unansweredSpeechMs = 0;
    for (const heard of all) {
      if (heard.kind === 'failed') return lost(heard.error);
      if (heard.kind === 'words') answered = true;
      if (heard.kind === 'configured') onConfigured(heard.accepted);
      options.onHeard(heard, line, heard.kind === 'words' ? decidedOf(heard) : undefined);
    }
  };

  const onUnreadable = () => {
    if (!toldUnreadable) log?.warn({ engine: 'deepgram' }, 'a message of the speech vendor could not be read; it is ignored, as will be others');
    toldUnreadable = true;
  };

  const onConfigured = (accepted: boolean) => {
    if (!configuring) return;
    if (!accepted) log?.warn({ engine: 'deepgram', terms: configuring.length }, 'the speech vendor refused new key terms and keeps the old ones');
    configured = configuring;
    configuring = undefined;
    configure();
  };

  /** Line time before which speech is decided by these words; the answer to a Finalize decides all that was sent before it. */
  const decidedOf = (heard: Extract<Heard, { kind: 'words' }>): number | undefined => {
    if (heard.decidedMs === undefined) return undefined;
    const decidedMs = line.endToLine(heard.decidedMs);
    if (!heard.flushed) return decidedMs;
    // Not every Finalize is answered, so the times tell which ones were; without any it is the oldest.
    const later = finalizing.filter((askedMs) => askedMs > decidedMs);
    const flushedMs = later.length === finalizing.length ? (later.shift() ?? decidedMs) : decidedMs;
    finalizing = later;
    return flushedMs;
  };

  const disconnect = () => {
    cancelTimer();
    sending?.stop();
    idle?.stop();
    sending = undefined;
    idle = undefined;
    socket?.close();
    socket = undefined;
  };

  const lost = (error: EngineError) => {
    const wasOpen = sending !== undefined;
    if (state !== 'running') return end();
    if (wasOpen && clock.monotonic() - openedMs >= (answered ? GOOD_ANSWERED_MS : GOOD_AFTER_MS)) failures = 0;
    disconnect();
    const delayMs = wasOpen || mayPass(error) ? RETRY_DELAYS_MS[failures] : undefined;
    failures += 1;
    log?.warn(
      { engine: 'deepgram', failure: error.failure, code: error.vendorCode, retryInMs: delayMs },
      'the connection to the speech vendor was lost',
    );
    if (delayMs === undefined) {
      state = 'over';
      return options.onGivenUp(error);
    }
    options.onLost(error);
    cancelTimer = clock.after(delayMs, connect);
  };

  const end = () => {
    state = 'over';
    disconnect();
  };

  // Not before the caller has said what it expects: Nova takes key terms only now.
  cancelTimer = clock.after(0, connect);
  return {
    pump,
    setKeyterms(next) {
      if (next.length === keyterms.length && next.every((term, nth) => term === keyterms[nth])) return;
      keyterms = next;
      configure();
    },
    close() {
      if (state !== 'running') return;
      if (!sending) return end();
      state = 'closing';
      sending.stop();
      idle?.stop();
      socket?.send({ type: 'CloseStream' });
      cancelTimer = clock.after(timeouts.closeMs, end);
    },
  };
};
