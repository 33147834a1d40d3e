import assert from 'node:assert/strict';
import { type Document, serialize } from 'bson';
import t from 'tap';
import { decodeBson } from '../../../server/store/embedded/bson-bytes.js';
import { openCatalog } from '../../../server/store/embedded/catalog.js';
import { parseFilter } from '../../../server/store/embedded/parse-filter.js';
import { runQuery } from '../../../server/store/embedded/query.js';
import { planQuery } from '../../../server/store/embedded/query-plan.js';
import { parseSort } from '../../../server/store/embedded/sorting.js';
import { fc, runs } from '../../fixtures/properties.js';
import { startEngineUnderTest } from './engine-under-test.js';
import { temporaryFolder } from './store-targets.js';

const toBson = (document: Document) => decodeBson(Buffer.from(serialize(document)));

/** Few values, so that queries meet documents; mostly numbers, so that ranges do. */
const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(0, 1, 2, 3) },
  fc.constantFrom<unknown>(null, 2.5, Number.NaN, 'a', 'b', true, new Date(5)),
);
const stored = fc.record(
  {
    a: fc.oneof({ weight: 2, arbitrary: scalar }, { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) }, fc.record({ b: scalar })),
    b: scalar,
    c: fc.oneof(scalar, fc.array(fc.record({ d: scalar }, { requiredKeys: [] }), { maxLength: 2 })),
  },
  { requiredKeys: [] },
);

const condition = fc.oneof(
  { weight: 2, arbitrary: scalar },
  fc.record({ $gt: scalar }),
  { weight: 3, arbitrary: fc.record({ $gt: fc.constantFrom(0, 1, 2), $lt: fc.constantFrom(1, 2, 3) }) },
  fc.record({ $gte: scalar, $lte: scalar }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $ne: scalar }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $not: fc.record({ $lte: scalar }) }),
);
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'c.d', 'a.b'), condition, { minKeys: 1, maxKeys: 2 });
const filter = fc.oneof(
  { weight: 4, arbitrary: fields },
  fc.constant({}),
  fc.record({ $or: fc.array(fields, { minLength: 1, maxLength: 2 }) }),
  fc.record({ $and: fc.array(fields, { minLength: 1, maxLength: 2 }) }),
);
const direction = fc.constantFrom(1, -1);
const sort = fc.oneof(
  fc.constant({}),
  fc.record({ a: direction }),
  fc.record({ b: direction, a: direction }),
  fc.record({ 'c.d': direction }),
  fc.record({ b: direction, _id: direction }),
);

/** Some end in _id, since every order does; the sparse one is the only one over its field. */
const INDEXES: Document[] = [{ a: 1 }, { a: 1, _id: 1 }, { b: -1, a: 1, _id: -1 }, { b: 1, _id: 1 }, { 'c.d': 1, _id: 1 }, { a: -1, b: 1 }];
const SPARSE = { key: { 'a.b': 1 }, name: 'sparse', sparse: true };

await t.test('a query finds the same, in the same order, with indexes and without', async (t) => {
  const { run, storage, close } = startEngineUnderTest(await temporaryFolder(t));
  let planned = 0;
  let ordered = 0;
  const search = (name: string, where: Document, order: Document) => {
    const collection = openCatalog(storage).find('test', name);
    if (!collection) throw new Error('no collection');
    const query = { filter: parseFilter(toBson(where)), sort: parseSort(toBson(order)), skip: 0, limit: Object.keys(order).length > 0 ? 5 : 0 };
    const plan = planQuery(collection, query.filter, query.sort);
    const found = [...runQuery(storage, collection, query, () => {})].map(({ document }) => String(document.get('_id')));
    return { plan, ids: query.sort.length > 0 ? found : found.sort() };
  };
  const property = fc.asyncProperty(
    fc.array(stored, { minLength: 4, maxLength: 12, size: 'max' }),
    fc.array(stored, { maxLength: 4 }),
    fc.array(fc.tuple(filter, sort), { minLength: 20, maxLength: 40, size: 'max' }),
    async (documents, changes, queries) => {
      await run({ drop: 'plain' });
      await run({ drop: 'indexed' });
      await run({ createIndexes: 'indexed', indexes: [...INDEXES.map((key, index) => ({ key, name: String(index) })), SPARSE] });
      for (const name of ['plain', 'indexed']) {
        await run({ insert: name, documents: documents.map((document, index) => ({ _id: index, ...document })) });
        // Replaced and removed documents must leave nothing behind in an index.
        if (changes.length > 0) await run({ update: name, updates: changes.map((u, index) => ({ q: { _id: index * 3 }, u })), ordered: false });
        await run({ delete: name, deletes: [{ q: { _id: 1 }, limit: 1 }] });
      }
      for (const [where, order] of queries) {
        // Ties by _id, so that the order is fixed.
        const total: Document = Object.keys(order).length === 0 || '_id' in order ? order : { ...order, _id: 1 };
        const { plan, ids } = search('indexed', where, total);
        if (plan) planned += 1;
        if (plan?.ordered && Object.keys(total).length > 0) ordered += 1;
        assert.deepEqual(ids, search('plain', where, total).ids, JSON.stringify([where, total]));
      }
    },
  );
  await t.resolves(fc.assert(property, { numRuns: runs(50), endOnFailure: true }));
  t.ok(planned > runs(200), `${planned} queries used an index`);
  t.ok(ordered > runs(20), `${ordered} were read in the order of an index`);
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
