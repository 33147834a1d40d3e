import type { CarrierCodec, MediaEvent } from '../schemas/ports/carrier-codec.js';
import { createHeardLedger, type LedgerEvent, type SentAudio } from './heard.js';
import { createLineClock } from './line-clock.js';
import { createPlayout } from './playout.js';

/*
 * One carrier stream of a call: messages in, even line frames out, and the agent's audio the other way. A call has several in turn when its socket breaks;
 * everything here dies with the stream.
 */

/** The carrier's socket as the session sees it. */
export interface MediaTransport {
  /** Queues one text message; must not throw. */
  send(text: string): void;
  /** Closes the socket; the carrier then goes on with its document. */
  close(): void;
}

/** A carrier whose messages are mostly broken is not worth talking to. */
const MAX_MALFORMED = 100;

export interface MediaLine {
  readonly transport: MediaTransport;
  /** The agent has nothing queued, sent or paused. */
  readonly quiet: boolean;
  readonly paused: boolean;
  readonly queuedMs: number;
  /** A clear has been sent and not yet obeyed. */
  readonly clearing: boolean;
  /** Takes one text message. Malformed ones are counted and dropped; `gaveUp` is called when there are too many. */
  receive(text: string): void;
  add(piece: SentAudio): void;
  pump(): void;
  pause(): void;
  /** Goes on from the first unheard word as soon as the clear has been obeyed. */
  resume(): void;
  abort(): void;
  /** The stream is over: its last words are told, its last frame is recorded. */
  finish(): void;
}

export const createMediaLine = (options: {
  codec: CarrierCodec;
  transport: MediaTransport;
  streamId: string;
  /** Line time of the stream's first frame: not 0 when the call had a stream before. */
  fromLineMs: number;
  /** A message has been handed to the transport. */
  onSent: () => void;
  /** 20 ms passed: what the candidate said in them, 160 bytes of mu-law. */
  onFrame: (lineMs: number, candidate: Buffer) => void;
  /** A frame as both sides heard it, one frame later, when the marks that belong to it have come. */
  onRecord: (lineMs: number, candidate: Buffer, agentHeard: Buffer) => void;
  onLedger: (events: readonly LedgerEvent[]) => void;
  onKey: (digit: string) => void;
  onStop: () => void;
  gaveUp: () => void;
}): MediaLine => {
  const { codec, transport, onLedger } = options;
  const lines = createLineClock({ startLineMs: options.fromLineMs });
  const ledger = createHeardLedger(codec);
  const send = (text: string) => {
    transport.send(text);
    options.onSent();
  };
  const playout = createPlayout({ codec, streamId: options.streamId, ledger, send });
  let malformed = 0;
  let unrecorded: { lineMs: number; audio: Buffer; played: Buffer } | undefined;
  let resuming = false;
  /** Marks that came while a hole in the inbound audio was kept open: they speak of frames that the ledger has not seen. */
  const early: string[] = [];

  const tell = (events: readonly LedgerEvent[]) => {
    if (events.length > 0) onLedger(events);
    if (resuming && !ledger.clearing) {
      resuming = false;
      playout.resume();
    }
  };

  const onAudio = (timestampMs: number, payload: Buffer) => {
    for (const { lineMs, audio } of lines.push(timestampMs, payload)) {
      flushRecord();
      const { played, events } = ledger.frame(lineMs);
      unrecorded = { lineMs, audio, played };
      tell(events);
      options.onFrame(lineMs, audio);
    }
    if (!lines.holding) for (const name of early.splice(0)) onMark(name);
  };

  const flushRecord = () => {
    if (unrecorded) options.onRecord(unrecorded.lineMs, unrecorded.audio, unrecorded.played);
    unrecorded = undefined;
  };

  const onMark = (name: string) => {
    if (lines.holding) early.push(name);
    else tell(ledger.markEchoed(name, lines.lineMs));
  };

  return {
    transport,
    get quiet() {
      return playout.idle;
    },
    get paused() {
      return playout.paused;
    },
    get queuedMs() {
      return playout.queuedMs;
    },
    get clearing() {
      return ledger.clearing;
    },
    receive(text) {
      let event: MediaEvent | undefined;
      try {
        event = codec.decode(text);
      } catch {
        // Dropped and counted: one broken message costs 20 ms, a carrier that sends only broken ones is given up.
        malformed += 1;
        if (malformed === MAX_MALFORMED) options.gaveUp();
        return;
      }
      switch (event?.kind) {
        case 'audio':
          return onAudio(event.timestampMs, event.payload);
        case 'mark':
          return onMark(event.name);
        case 'dtmf':
          return options.onKey(event.digit);
        case 'stream-stop':
          return options.onStop();
        case 'stream-start':
        case undefined:
          return;
        default:
          return event satisfies never;
      }
    },
    add: (piece) => playout.add(piece),
    pump: () => playout.pump(),
    pause() {
      resuming = false;
      playout.pause(lines.lineMs);
    },
    resume() {
      resuming = true;
      tell([]);
    },
    finish() {
      tell(ledger.ended(lines.lineMs));
      flushRecord();
    },
    abort() {
      resuming = false;
      playout.abort(lines.lineMs);
    },
  };
};
