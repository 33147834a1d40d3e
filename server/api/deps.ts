import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Clock, Random } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import type { Engines } from '../engines/engines.js';
import type { Store } from '../store/connect.js';
import type { ApiLog, CallControl, CheckQuestion, LiveCalls, Readiness, RecordingReader, ScreeningDesk } from './ports.js';

/** Everything the API is made of; given by the composition root. */
export interface ApiDeps {
  store: Store;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: ApiLog;
  /** At least 16 secret bytes that never change, for the hashes of suppressed numbers; derived from SECRET_KEY. */
  phoneHashKey: Uint8Array;
  desk: ScreeningDesk;
  callControl: CallControl;
  liveCalls: LiveCalls;
  recordings: RecordingReader;
  /** Deletes the recording of a call, finalised or not; for erasure. */
  eraseRecording(companyId: string, callId: string): Promise<void>;
  checkQuestion: CheckQuestion;
  engines: Pick<Engines, 'report'>;
  /** A text in a bot's voice, as a WAV. Rejects with EngineError when no voice speaks. */
  previewVoice(bot: CallerBot, text: string, signal: AbortSignal): Promise<Buffer>;
  readiness: Readiness;
  /** Requests that one key may make in a minute. */
  requestsPerMinute: number;
}

/** The wall clock as the store takes it. */
export const nowOf = ({ clock }: Pick<ApiDeps, 'clock'>): Date => new Date(clock.now());
