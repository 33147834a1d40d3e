import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import t, { type Test } from 'tap';
import { type EmbeddedStore, startEmbeddedStore } from '../../../server/store/embedded/index.js';

/** A folder that is removed when the test ends. */
export const temporaryFolder = async (test: Pick<Test, 'teardown'>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  test.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** One embedded store serves all tests of a file, each in a database of its own. */
let shared: { store: EmbeddedStore; connection: Connection } | undefined;

const sharedStore = async (): Promise<{ store: EmbeddedStore; connection: Connection }> => {
  if (shared) return shared;
  const dataDir = await mkdtemp(join(tmpdir(), 'store-'));
  const store = await startEmbeddedStore({ dataDir });
  const connection = await mongoose.createConnection(store.uri).asPromise();
  shared = { store, connection };
  t.teardown(async () => {
    await connection.close();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return shared;
};

/**
 * Runs the same tests against the embedded store and, when MONGODB_TEST_URI is set, against a real MongoDB server, which is the authority. `body` gets a
 * connection to an empty database of its own.
 */
export const testOnEachStore = async (title: string, body: (test: Test, connection: Connection) => Promise<void>): Promise<void> => {
  const dbName = `screenline_test_${process.pid}_${title.replace(/\W+/g, '_').slice(0, 20)}`;
  await t.test(`${title}, on the embedded store`, async (test) => {
    const { connection } = await sharedStore();
    await body(test, connection.useDb(dbName));
  });
  const uri = process.env['MONGODB_TEST_URI'];
  await t.test(
    `${title}, on a MongoDB server`,
    { skip: uri ? false : 'MONGODB_TEST_URI is not set: give a MongoDB server to compare with' },
    async (test) => {
      const connection = await mongoose.createConnection(uri ?? '', { dbName }).asPromise();
      try {
        await body(test, connection);
      } finally {
        await connection.dropDatabase();
        await connection.close();
      }
    },
  );
};

/** The code that a failing operation gave; 0 when it did not fail. */
export const codeOf = async (operation: Promise<unknown>): Promise<number | string> => {
  try {
    await operation;
    return 0;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return typeof code === 'number' ? code : String(error);
  }
};
