import type WebSocket from 'ws';
import type { Cancel, Clock, Random } from '../../../schemas/clock.js';
import { readClientMessage } from './client-message.js';
import type { FaultQueue } from './faults.js';
import { openContext, type SpeechContext } from './speech-context.js';
import { type ElevenLabsProfile, type PiecesEnd, type SpeechPiece, speechPieces } from './speech-pieces.js';
import type { SocketRequest, VoiceSettings } from './speech-request.js';
import { type SandboxSpeak, synthesise, type TimedCharacter } from './synthesis.js';

/** At once; the one after it ends the socket. */
const MAX_CONTEXTS = 5;

/** A socket as the sandbox's owner sees it. */
export interface SandboxSocket {
  /** With the query. */
  path: string;
  /** What the client sent, parsed; a frame that is no JSON as its text. */
  received: unknown[];
  /** Contexts that were opened, and those of them that are still open. */
  contexts: number;
  openContexts: number;
  /** Audio sent for each context, bytes. */
  sentBytes: Record<string, number>;
  /** The code that the sandbox closed with, or the client; undefined while it is open. 1006 for a break. */
  closeCode: number | undefined;
}

export interface MultiStreamParts {
  clock: Clock;
  random: Random;
  speak: SandboxSpeak;
  profile: ElevenLabsProfile;
  faults: FaultQueue;
  request: SocketRequest;
  record: SandboxSocket;
  /** The account has such a voice. */
  isVoice: boolean;
  shutdown: AbortSignal;
  onDefect(error: unknown): void;
}

/**
 * One multi-context socket from the vendor's side, until it closes.
 *
 * Follows: ElevenLabs, "Multi-context WebSocket"; the sixth context, late settings and idleness end the socket with 1008 as its users report.
 */
export const serveMultiStream = (socket: WebSocket, parts: MultiStreamParts): void => {
  const { clock, random, profile, faults, request, record } = parts;
  const contexts = new Map<string, SpeechContext>();
  const life = new AbortController();
  const signal = AbortSignal.any([life.signal, parts.shutdown]);
  let cancelIdle: Cancel = () => undefined;
  let isClosing = false;

  const close = (code: number, reason: string) => {
    life.abort();
    record.closeCode ??= code;
    socket.close(code, reason.slice(0, 120));
  };
  const refuse = (error: string, message: string) => {
    send({ message, error, code: 1008 });
    close(1008, message);
  };
  const send = (message: Record<string, unknown>) => {
    if (!signal.aborted) socket.send(JSON.stringify(message));
  };
  const isSnake = profile.casing === 'snake';
  const sendPiece = (contextId: string, { audio, alignment, normalized }: SpeechPiece) => {
    record.sentBytes[contextId] = (record.sentBytes[contextId] ?? 0) + audio.length;
    send({
      audio: audio.toString('base64'),
      [isSnake ? 'context_id' : 'contextId']: contextId,
      [isSnake ? 'is_final' : 'isFinal']: null,
      alignment: request.syncAlignment ? written(alignment, isSnake) : null,
      [isSnake ? 'normalized_alignment' : 'normalizedAlignment']: request.syncAlignment ? written(normalized, isSnake) : null,
    });
  };
  const awaitText = () => {
    cancelIdle();
    const seconds = request.inactivityMs / 1000;
    cancelIdle = clock.after(request.inactivityMs, () =>
      close(1008, `Have not received a new text input within the timeout of ${seconds} seconds. Streaming input terminated.`),
    );
  };
  const finishSocket = () => {
    if (isClosing && contexts.size === 0) close(1000, '');
  };
  const remove = (id: string, context: SpeechContext | undefined) => {
    // The id may have been opened again since.
    if (contexts.get(id) === context) contexts.delete(id);
    record.openContexts = contexts.size;
  };

  async function* generate(text: string, settings: VoiceSettings): AsyncGenerator<SpeechPiece, PiecesEnd> {
    const fault = faults.inSpeech();
    if (fault?.kind === 'noise') {
      socket.send('this is not JSON');
      send({ type: 'flush_done' });
      send({ audio: Buffer.alloc(800, 0x55).toString('base64'), contextId: 'nobody', alignment: null });
    }
    const synthesis = await synthesise(parts.speak, text, { format: request.format, speed: settings.speed ?? 1, fault });
    const end = yield* speechPieces(synthesis, { profile, fault, clock, random, signal });
    return fault?.kind === 'no-final' ? 'hang' : end;
  }

  const open = (id: string, settings: VoiceSettings): SpeechContext => {
    const context: SpeechContext = openContext({
      settings,
      autoMode: request.autoMode,
      generate,
      onPiece: (piece) => sendPiece(id, piece),
      onBroken: (end) => {
        if (end === 'hang') return;
        if ('error' in end) return refuse(end.error, 'This is an injected fault.');
        if (end.cut.closeCode !== undefined) return close(end.cut.closeCode, '');
        record.closeCode = 1006;
        life.abort();
        socket.terminate();
      },
      onFinal: () => {
        send({ [isSnake ? 'is_final' : 'isFinal']: true, [isSnake ? 'context_id' : 'contextId']: id });
        remove(id, context);
        finishSocket();
      },
      // The signal ends whatever is being made.
      onDefect: (error) => signal.aborted || parts.onDefect(error),
    });
    contexts.set(id, context);
    record.contexts += 1;
    record.openContexts = contexts.size;
    return context;
  };

  /** The context that a message speaks in, opened if need be; undefined when the message ends the socket. */
  const contextFor = (id: string, settings: VoiceSettings | undefined, isInitial: boolean): SpeechContext | undefined => {
    const known = contexts.get(id);
    if (known && !known.isClosed) {
      if (!isInitial) return known;
      refuse('invalid_input_message', `Context ${id} is open already: settings belong in its first message.`);
      return undefined;
    }
    // A closed context that still speaks counts until its end.
    if (contexts.size >= MAX_CONTEXTS) {
      refuse('max_active_conversations', `Maximum number of active contexts (${MAX_CONTEXTS}) reached.`);
      return undefined;
    }
    return open(id, settings ?? {});
  };

  const receive = (frame: string) => {
    awaitText();
    const message = readClientMessage(frame);
    switch (message.kind) {
      case 'problem':
        return refuse('invalid_input_message', message.problem);
      case 'keep-alive':
        return;
      case 'close-socket':
        isClosing = true;
        for (const context of contexts.values()) if (!context.isClosed) context.close();
        return finishSocket();
      case 'close-context':
        return contexts.get(message.contextId)?.close();
      case 'flush':
        return contexts.get(message.contextId)?.flush();
      case 'text':
        return contextFor(message.contextId, message.settings, message.isInitial)?.append(message.text, message.flush);
      default:
        return message satisfies never;
    }
  };

  socket.on('message', (data, isBinary) => {
    const frame = data.toString();
    if (record.received.length < MAX_RECEIVED) record.received.push(isBinary ? data : asJson(frame));
    if (signal.aborted || isClosing) return;
    if (isBinary) return refuse('invalid_input_message', 'Binary frames are not supported.');
    receive(frame);
  });
  socket.on('error', () => {
    // Always followed by `close`, which is what counts.
  });
  socket.on('close', (code) => {
    cancelIdle();
    life.abort();
    record.closeCode ??= code;
    record.openContexts = 0;
  });

  awaitText();
  if (!parts.isVoice) refuse('voice_id_does_not_exist', `A voice with voice_id ${request.voiceId} does not exist.`);
};

/** What is kept of a client's messages. */
const MAX_RECEIVED = 2000;

const asJson = (frame: string): unknown => {
  try {
    return JSON.parse(frame);
  } catch {
    return frame;
  }
};

const written = (characters: readonly TimedCharacter[] | null, isSnake: boolean): Record<string, unknown> | null => {
  if (!characters) return null;
  const starts = characters.map(({ startMs }) => Math.round(startMs));
  return {
    chars: characters.map(({ character }) => character),
    [isSnake ? 'char_start_times_ms' : 'charStartTimesMs']: starts,
    [isSnake ? 'char_durations_ms' : 'charDurationsMs']: characters.map(({ endMs }, nth) => Math.round(endMs) - (starts[nth] ?? 0)),
  };
};
