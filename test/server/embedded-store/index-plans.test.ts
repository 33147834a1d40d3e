import { type Document, serialize } from 'bson';
import fc from 'fast-check';
import t from 'tap';
import { decodeBson } from '../../../server/store/embedded/bson-bytes.js';
import { openCatalog } from '../../../server/store/embedded/catalog.js';
import { parseFilter } from '../../../server/store/embedded/parse-filter.js';
import { runQuery } from '../../../server/store/embedded/query.js';
import { planQuery } from '../../../server/store/embedded/query-plan.js';
import { parseSort } from '../../../server/store/embedded/sorting.js';
import { startEngineUnderTest } from './engine-under-test.js';
import { temporaryFolder } from './store-targets.js';

const toBson = (document: Document) => decodeBson(Buffer.from(serialize(document)));

const scalar = fc.constantFrom<unknown>(null, 0, 1, 2, 3, 2.5, Number.NaN, 'a', 'b', true, new Date(5), new Date(6));
const stored = fc.record(
  {
    a: fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }), fc.record({ b: scalar })),
    b: scalar,
    c: fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(fc.record({ d: scalar }, { requiredKeys: [] }), { maxLength: 2 })),
  },
  { requiredKeys: [] },
);

const condition = fc.oneof(
  scalar,
  fc.record({ $gt: scalar }),
  fc.record({ $gte: scalar, $lt: scalar }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $ne: scalar }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $not: fc.record({ $lte: scalar }) }),
);
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'c.d', 'a.b'), condition, { maxKeys: 3 });
const filter = fc.oneof({ weight: 3, arbitrary: fields }, fc.record({ $or: fc.array(fields, { minLength: 1, maxLength: 2 }) }), fc.record({ $and: fc.array(fields, { minLength: 1, maxLength: 2 }) }));
const sort = fc.array(fc.tuple(fc.constantFrom('a', 'b', '_id'), fc.constantFrom(1, -1)), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));

const INDEXES: Document[] = [{ a: 1 }, { b: -1, a: 1 }, { b: 1, _id: 1 }, { 'c.d': 1, b: -1 }, { a: -1, b: 1 }];

await t.test('a query finds the same, in the same order, with indexes and without', async (t) => {
  const { run, storage, close } = startEngineUnderTest(await temporaryFolder(t));
  let planned = 0;
  let ordered = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(stored, { minLength: 1, maxLength: 12 }), fc.array(fc.tuple(filter, sort), { minLength: 10, maxLength: 20 }), fc.array(stored, { maxLength: 4 }), async (documents, queries, changes) => {
      await run({ drop: 'plain' });
      await run({ drop: 'indexed' });
      const sparse = [{ key: { b: 1 }, name: 'sparse', sparse: true }];
      await run({ createIndexes: 'indexed', indexes: [...INDEXES.map((key, index) => ({ key, name: String(index) })), ...sparse] });
      for (const name of ['plain', 'indexed']) {
        await run({ insert: name, documents: documents.map((document, index) => ({ _id: index, ...document })) });
        // Replaced and removed documents must leave nothing behind in an index.
        await run({ update: name, updates: changes.map((u, index) => ({ q: { _id: index * 3 }, u })) , ordered: false });
        await run({ delete: name, deletes: [{ q: { _id: 1 }, limit: 1 }] });
      }
      const catalog = openCatalog(storage);
      for (const [where, order] of queries) {
        // Ties by _id, so that the order is fixed.
        const total = Object.keys(order).length > 0 ? { ...order, ...('_id' in order ? {} : { _id: 1 }) } : {};
        const results = ['plain', 'indexed'].map((name) => {
          const collection = catalog.find('test', name);
          if (!collection) throw new Error('no collection');
          const query = { filter: parseFilter(toBson(where)), sort: parseSort(toBson(total)), skip: 0, limit: 5 };
          const plan = planQuery(collection, query.filter, query.sort);
          if (name === 'indexed' && plan) planned += 1;
          if (name === 'indexed' && plan?.ordered && query.sort.length > 0) ordered += 1;
          const unlimited = Object.keys(total).length === 0 ? { ...query, limit: 0 } : query;
          const found = [...runQuery(storage, collection, unlimited, () => {})].map(({ document }) => String(document.get('_id')));
          return Object.keys(total).length === 0 ? found.sort() : found;
        });
        t.strictSame(results[1], results[0], JSON.stringify([where, total]));
      }
    }),
    { numRuns: 60 },
  );
  t.ok(planned > 200, `${planned} queries used an index`);
  t.ok(ordered > 20, `${ordered} were read in the order of an index`);
  await close();
});

await t.test('the queries of a lease queue read an index in order and stop early', async (t) => {
  const { run, storage, close } = startEngineUnderTest(await temporaryFolder(t));
  await run({
    createIndexes: 'jobs',
    indexes: [
      { key: { state: 1, runAt: 1, _id: 1 }, name: 'due' },
      { key: { key: 1 }, name: 'key', unique: true },
      { key: { open: 1, state: 1 }, name: 'partial', partialFilterExpression: { open: true } },
    ],
  });
  const collection = openCatalog(storage).find('test', 'jobs');
  if (!collection) throw new Error('no collection');
  const plan = (where: Document, order: Document = {}) => {
    const chosen = planQuery(collection, parseFilter(toBson(where)), parseSort(toBson(order)));
    return chosen && { index: chosen.index.name, ordered: chosen.ordered, reverse: chosen.reverse, ranges: chosen.ranges.length };
  };
  const due = { state: 'queued', runAt: { $lte: new Date(5) } };
  t.strictSame(plan(due, { runAt: 1, _id: 1 }), { index: 'due', ordered: true, reverse: false, ranges: 1 });
  t.strictSame(plan(due, { runAt: -1, _id: -1 }), { index: 'due', ordered: true, reverse: true, ranges: 1 });
  t.strictSame(plan(due, { runAt: 1, _id: -1 }), { index: 'due', ordered: false, reverse: false, ranges: 1 });
  t.strictSame(plan({ state: { $in: ['a', 'b'] } }, { runAt: 1 }), { index: 'due', ordered: false, reverse: false, ranges: 2 });
  t.strictSame(plan({ state: 'queued', key: 'k' }), { index: 'key', ordered: true, reverse: false, ranges: 1 });
  t.strictSame(plan({ _id: 5 }), { index: '_id_', ordered: true, reverse: false, ranges: 1 });
  t.strictSame(plan({}, { _id: -1 }), { index: '_id_', ordered: true, reverse: true, ranges: 1 });
  t.equal(plan({ other: 1 }), undefined);
  t.equal(plan({ open: true }), undefined, 'a partial index never narrows a query');
  t.equal(plan({ $or: [{ state: 'a' }, { key: 'b' }] }), undefined);
  t.equal(plan({ state: { $ne: 'a' } }), undefined);
  await close();
});
