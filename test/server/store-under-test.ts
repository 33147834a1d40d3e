import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import { connectStore, type Store } from '../../server/store/connect.js';
import { startEmbeddedStore } from '../../server/store/embedded/index.js';

/**
 * A store of its own for one test file: on the embedded engine, or on a fresh database of the MongoDB that MONGODB_TEST_URI names. Everything is closed (and
 * a real database dropped) when the test ends.
 */
export const openTestStore = async (t: Test): Promise<Store> => {
  const { store, close } = await startTestStore(t);
  t.teardown(close);
  return store;
};

const startTestStore = async (t: Test): Promise<{ store: Store; close(): Promise<void> }> => {
  const realUri = process.env['MONGODB_TEST_URI'];
  if (realUri) {
    const uri = new URL(realUri);
    uri.pathname = `/screenline_test_${randomBytes(6).toString('hex')}`;
    const store = await connectStore(uri.href);
    return {
      store,
      async close() {
        await store.connection.dropDatabase();
        await store.close();
      },
    };
  }
  const engine = await startEmbeddedStore({ dataDir: t.testdir() });
  const store = await connectStore(engine.uri);
  return {
    store,
    async close() {
      await store.close();
      await engine.close();
    },
  };
};
