import type { RecordingReader } from './contract.js';
import type { RecordingStore } from './recording-store.js';
import type { WavFiles } from './wav-files.js';

/** Reads finalised recordings for one company at a time: a call of another company is simply not there. */
export const createRecordingReader = (store: RecordingStore, files: WavFiles): RecordingReader => {
  const findOwn = async (companyId: string, callId: string) => {
    const recording = await store.find(callId);
    return recording?.companyId === companyId ? recording : undefined;
  };
  return {
    async find(companyId, callId) {
      const recording = await findOwn(companyId, callId);
      if (recording?.status !== 'ready' || recording.sha256 === null || recording.size_bytes === null || recording.duration_ms === null)
        return undefined;
      const { _id: id, channels, size_bytes: sizeBytes, sha256, duration_ms: durationMs, gaps, version } = recording;
      return { id, channels, sizeBytes, sha256, durationMs, gaps, open: (range) => files.open({ callId, version }, range) };
    },
    findStatus: async (companyId, callId) => (await findOwn(companyId, callId))?.status,
  };
};
