import { mkdirSync } from 'node:fs';
import { type Document, deserialize, serialize } from 'bson';
import { type VirtualClock, virtualClock } from '../../../server/runtime.js';
import { type RunningEngine, startEngine } from '../../../server/store/embedded/engine.js';
import { openStorage, type Storage } from '../../../server/store/embedded/storage.js';

/** The engine without its thread and socket, in virtual time. */
export interface EngineUnderTest {
  readonly clock: VirtualClock;
  readonly storage: Storage;
  readonly engine: RunningEngine;
  /** Sends one command to a database named "test" and gives the reply as a plain object. */
  run(command: Document): Promise<Document>;
  close(): Promise<void>;
}

/** Opens an engine on a folder, which is made. `monotonic` replaces the clock's, for statements that take long. */
export const startEngineUnderTest = (folder: string, monotonic?: () => number): EngineUnderTest => {
  mkdirSync(folder, { recursive: true });
  const clock = virtualClock();
  const storage = openStorage(folder);
  const engine = startEngine(storage, monotonic ? { ...clock, monotonic } : clock, 'engine.sock');
  return {
    clock,
    storage,
    engine,
    run: async (command) => {
      const body = Buffer.from(serialize({ ...command, $db: 'test' }));
      return deserialize(await engine.dispatcher.answer({ body, sequences: new Map() }));
    },
    close: async () => {
      await engine.stop();
      await storage.close();
    },
  };
};
