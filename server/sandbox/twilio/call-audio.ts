import type { Clock } from '../../../schemas/clock.js';
import type { FarEndFrame, FarEndParty, Line } from '../far-end.js';
import type { SandboxCall } from './call-record.js';
import { startFrameClock } from './frame-clock.js';
import type { MediaStream } from './media-stream.js';
import { FRAME_BYTES, FRAME_MS, SILENT_BYTE } from './playout-buffer.js';
import type { TruthRecorder } from './stereo-truth.js';

const SILENCE = Buffer.alloc(FRAME_BYTES, SILENT_BYTE);

/** The audio of an answered call: frame by frame between the party on the line and the media stream, while there is one. */
export interface CallAudio {
  /** From the next frame on the line is heard and spoken to by this stream. */
  attach(stream: MediaStream): void;
  /** The line is silent until another stream comes. Harmless when another stream has been attached since. */
  detach(stream: MediaStream): void;
  /** Stops the line and tells the party. */
  stop(): void;
}

export interface CallAudioParts {
  clock: Clock;
  line: Line;
  party: FarEndParty;
  timeLimitS: number;
  truth: TruthRecorder;
  /** Its frame counts are kept here. */
  record: SandboxCall;
  /** The call must end: the party hung up, the carrier dropped it, or it reached its time limit. */
  onEnd: (by: 'party' | 'carrier' | 'limit') => void;
  /** The party failed: a defect of the far end. */
  onDefect: (error: unknown) => void;
}

/** Starts the line at the answer. */
export const startCallAudio = ({ clock, line, party, timeLimitS, truth, record, onEnd, onDefect }: CallAudioParts): CallAudio => {
  let stream: MediaStream | undefined;
  let streamFrames = 0;
  let mayBreak = line.socketBreaksAtMs !== null;
  let passedMs = 0;
  let stopped = false;

  const exchange = (played: Buffer, lineMs: number): FarEndFrame | undefined => {
    try {
      const said = party.exchange(played, lineMs);
      if (said.audio.length !== FRAME_BYTES) throw new Error(`the party said ${said.audio.length} bytes instead of ${FRAME_BYTES}`);
      return said;
    } catch (error) {
      onDefect(error);
      return undefined;
    }
  };

  const onFrame = (index: number) => {
    const lineMs = index * FRAME_MS;
    passedMs = lineMs + FRAME_MS;
    // The party's frame may end the call or change the stream; both sides of one frame belong to the same stream.
    const current = stream;
    const playing = current?.beginFrame();
    const played = playing?.played ?? SILENCE;
    const said = exchange(played, lineMs);
    if (!said) return;
    truth.add(said.audio, played);
    if (playing && playing.audioBytes > 0) record.framesOut += 1;
    if (current) {
      current.endFrame(said);
      record.framesIn += 1;
      streamFrames += 1;
      if (mayBreak && line.socketBreaksAtMs !== null && streamFrames * FRAME_MS >= line.socketBreaksAtMs) {
        mayBreak = false;
        current.reset();
      }
    }
    if (said.hangUp) onEnd('party');
    else if (line.dropAfterMs !== null && passedMs >= line.dropAfterMs) onEnd('carrier');
    else if (passedMs >= timeLimitS * 1000) onEnd('limit');
  };

  const stopFrames = startFrameClock(clock, onFrame);
  return {
    attach(next) {
      stream = next;
      streamFrames = 0;
      record.streams.push({ streamSid: next.streamSid, fromLineMs: passedMs });
    },
    detach(old) {
      if (stream === old) stream = undefined;
    },
    stop() {
      if (stopped) return;
      stopped = true;
      stopFrames();
      stream = undefined;
      try {
        party.ended(passedMs);
      } catch (error) {
        onDefect(error);
      }
    },
  };
};
