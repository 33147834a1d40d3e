/*
 * A server's recording in a process of its own, to be killed: `recording-child DATA_DIR MONGODB_URI CALL_ID SPEED START_FRAME`. Tells its parent the line
 * time of every frame that it recorded (IPC). Frames carry their number (recording-voice.ts).
 */
import mongoose from 'mongoose';
import { pino } from 'pino';
import { createRecorder } from '../../media/recorder.js';
import { createRecordings } from '../../server/recording/index.js';
import { processRandom, randomIds, steerableClock } from '../../server/runtime.js';
import { agentFrame, candidateFrame } from './recording-voice.js';

const [dataDir = '', uri = '', callId = '', speed = '1', startFrame = '0'] = process.argv.slice(2);
const clock = steerableClock(Number(speed));
const connection = mongoose.createConnection(uri, { serverSelectionTimeoutMS: 1_000, bufferCommands: false });
// A store that is away is one of the cases: the recording must not care.
await connection.asPromise().catch(() => undefined);
const recordings = createRecordings({ connection, dataDir, clock, ids: randomIds(processRandom()), log: pino({ level: 'silent' }) });
const sink = recordings.open({ id: callId, companyId: 'co_aaaaaaaaaaaaaaaaaaaa' });
const fromLineMs = Number(startFrame) * 20;
const recorder = createRecorder({ onSegment: (n, bytes) => sink.segment(n, bytes), onPart: (n, bytes) => sink.part(n, bytes), fromLineMs });
recorder.start(fromLineMs);
const startedAt = clock.monotonic();
for (let frame = Number(startFrame); ; frame += 1) {
  await clock.sleep(Math.max(0, startedAt + (frame - Number(startFrame) + 1) * 20 - clock.monotonic()));
  recorder.frame(frame * 20, candidateFrame(frame), agentFrame(frame));
  process.send?.((frame + 1) * 20);
}
