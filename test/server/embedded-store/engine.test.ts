import { Binary, Code, type Document, deserialize, Long, serialize } from 'bson';
import t from 'tap';
import { startEngineUnderTest } from './engine-under-test.js';
import { temporaryFolder } from './store-targets.js';

const session = (name: string) => ({ id: new Binary(Buffer.from(name.padEnd(16, '.')), 4) });

const nested = (depth: number): Document => (depth === 0 ? {} : { a: nested(depth - 1) });

const untilQuiet = async (clock: { advance(ms: number): Promise<void> }) => {
  // The sweep writes in a few steps of the event loop.
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(0);
};

await t.test('what MongoDB has and this store has not is refused by name', async (t) => {
  const { run, close } = startEngineUnderTest(await temporaryFolder(t));
  const NOT_SERVED = 238;
  const pipeline = (...stages: Document[]): Document => ({ aggregate: 'c', pipeline: stages, cursor: {} });
  const update = (u: unknown): Document => ({ findAndModify: 'c', query: {}, update: u });
  const refused: [title: string, command: Document, code: number][] = [
    ['$where', { find: 'c', filter: { $where: 'true' } }, NOT_SERVED],
    ['$expr', { find: 'c', filter: { $expr: true } }, NOT_SERVED],
    ['$text', { find: 'c', filter: { $text: { $search: 'x' } } }, NOT_SERVED],
    ['$near', { find: 'c', filter: { a: { $near: [0, 0] } } }, NOT_SERVED],
    ['the pattern option x', { find: 'c', filter: { a: { $regex: 'a b', $options: 'x' } } }, NOT_SERVED],
    ['a pattern that JS reads differently', { find: 'c', filter: { a: { $regex: '\\Aabc\\z' } } }, 51091],
    ['collation', { find: 'c', collation: { locale: 'en' } }, NOT_SERVED],
    ['hint', { find: 'c', hint: 'a_1' }, NOT_SERVED],
    ['a tailable cursor', { find: 'c', tailable: true }, NOT_SERVED],
    ['a computed projection', { find: 'c', projection: { a: '$b' } }, NOT_SERVED],
    ['a positional projection', { find: 'c', projection: { 'a.$': 1 } }, NOT_SERVED],
    ['$lookup', pipeline({ $lookup: { from: 'd', localField: 'a', foreignField: 'b', as: 'c' } }), NOT_SERVED],
    ['$facet', pipeline({ $facet: {} }), NOT_SERVED],
    ['$out', pipeline({ $out: 'd' }), NOT_SERVED],
    ['a change stream', pipeline({ $changeStream: {} }), NOT_SERVED],
    ['an expression operator', pipeline({ $group: { _id: { $year: '$at' } } }), NOT_SERVED],
    ['a variable', pipeline({ $project: { a: '$$NOW' } }), NOT_SERVED],
    ['an accumulator', pipeline({ $group: { _id: 1, a: { $stdDevPop: '$a' } } }), NOT_SERVED],
    ['an update pipeline', update([{ $set: { a: 1 } }]), NOT_SERVED],
    ['$bit', update({ $bit: { a: { and: 1 } } }), NOT_SERVED],
    ['$currentDate as a timestamp', update({ $currentDate: { a: { $type: 'timestamp' } } }), NOT_SERVED],
    ['a text index', { createIndexes: 'c', indexes: [{ key: { a: 'text' }, name: 'a' }] }, NOT_SERVED],
    ['a wildcard index', { createIndexes: 'c', indexes: [{ key: { '$**': 1 }, name: 'a' }] }, NOT_SERVED],
    ['a hidden index', { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', hidden: true }] }, NOT_SERVED],
    ['an index option that nobody knows', { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', colour: 1 }] }, 197],
    ['a capped collection', { create: 'c', capped: true, size: 10 }, NOT_SERVED],
    ['a validator', { create: 'c', validator: { a: 1 } }, NOT_SERVED],
    ['a transaction', { find: 'c', lsid: session('s'), txnNumber: Long.fromNumber(1), startTransaction: true, autocommit: false }, NOT_SERVED],
    ['committing one', { commitTransaction: 1 }, 59],
    ['the read concern snapshot', { find: 'c', readConcern: { level: 'snapshot' } }, NOT_SERVED],
    ['the read concern linearizable', { find: 'c', readConcern: { level: 'linearizable' } }, NOT_SERVED],
    ['causal reads', { find: 'c', readConcern: { afterClusterTime: 1 } }, NOT_SERVED],
    ['w: 2', { insert: 'c', documents: [{}], writeConcern: { w: 2 } }, 100],
    ['a log-in', { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 'x' }, 18],
    ['mapReduce', { mapReduce: 'c' }, 59],
    ['an unknown field', { ping: 1, pong: 1 }, 40415],
    ['a system collection', { find: 'system.users' }, 73],
    ['JavaScript code as a value', { find: 'c', filter: { a: new Code('1') } }, 22],
    ['nesting without end', { find: 'c', filter: nested(300) }, 15],
  ];
  for (const [title, command, code] of refused) t.match(await run(command), { ok: 0, code, codeName: String, errmsg: String }, title);
  t.match(await run({ insert: 'c', documents: [{ a: 'x'.repeat(3000) }] }), { n: 1 }, 'a long text may be stored');
  await run({ createIndexes: 'd', indexes: [{ key: { a: 1 }, name: 'a_1' }] });
  t.match(await run({ insert: 'd', documents: [{ a: 'x'.repeat(3000) }] }), { n: 0, writeErrors: [{ code: 17280 }] }, 'but not indexed');
  t.match(await run({ find: 'd', filter: { a: 'x'.repeat(3000) } }), { ok: 1, cursor: { firstBatch: [] } }, 'nor does looking for one fail');
  const large = { _id: 1, a: 'x'.repeat(9_000_000), b: 'y'.repeat(7_000_000) };
  t.match(await run({ insert: 'c', documents: [{ ...large, c: 'z'.repeat(1_000_000) }] }), { n: 0, writeErrors: [{ code: 10334 }] });
  t.match(await run({ insert: 'c', documents: [large] }), { n: 1 });
  t.match(await run({ update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { c: 'z'.repeat(1_000_000) } } }] }), {
    n: 0,
    writeErrors: [{ code: 17419 }],
  });
  t.match(await run({ ping: 1 }), { ok: 1 });
  await close();
});

await t.test('the greeting makes drivers use sessions and retryable writes, and poll', async (t) => {
  const { run, close } = startEngineUnderTest(await temporaryFolder(t));
  const hello = await run({ hello: 1 });
  t.match(hello, { isWritablePrimary: true, setName: String, hosts: ['engine.sock'], maxWireVersion: 21, logicalSessionTimeoutMinutes: 30, ok: 1 });
  t.notOk('topologyVersion' in hello);
  t.match(await run({ buildInfo: 1 }), { ok: 1, modules: ['screenline-embedded'] });
  await close();
});

await t.test('a repeated retryable write gets the first answer and writes once', async (t) => {
  const folder = await temporaryFolder(t);
  const first = startEngineUnderTest(folder);
  const write = (txnNumber: number, name = 's'): Document => ({
    findAndModify: 'c',
    query: { _id: 1 },
    update: { $inc: { n: 1 } },
    upsert: true,
    new: true,
    lsid: session(name),
    txnNumber: Long.fromNumber(txnNumber),
  });
  const answer = await first.run(write(1));
  t.match(answer, { value: { _id: 1, n: 1 }, ok: 1 });
  t.strictSame(await first.run(write(1)), answer);
  t.match(await first.run(write(2)), { value: { n: 2 } });
  t.match(await first.run(write(1, 'other')), { value: { n: 3 } }, 'numbers belong to their session');
  t.match(await first.run(write(1)), { ok: 0, code: 225 }, 'an older number is refused');
  t.match(await first.run({ insert: 'c', documents: [{ _id: 1 }], lsid: session('s'), txnNumber: Long.fromNumber(3) }), {
    n: 0,
    writeErrors: [{ code: 11000 }],
  });
  await first.close();

  const second = startEngineUnderTest(folder);
  t.match(await second.run({ insert: 'c', documents: [{ _id: 1 }], lsid: session('s'), txnNumber: Long.fromNumber(3) }), {
    n: 0,
    writeErrors: [{ code: 11000 }],
  });
  t.match(await second.run(write(1, 'other')), { value: { n: 3 } }, 'also after a restart');
  await second.run({ endSessions: [session('other')] });
  t.match(await second.run(write(1, 'other')), { value: { n: 4 } }, 'until the session ends');
  await second.clock.advance(31 * 60_000);
  await untilQuiet(second.clock);
  t.match(await second.run(write(1, 's')), { value: { n: 5 } }, 'or times out');
  await second.close();
});

await t.test('a TTL index removes what is old, within about a minute, and nothing else', async (t) => {
  const { run, clock, close } = startEngineUnderTest(await temporaryFolder(t));
  const at = (seconds: number) => new Date(clock.now() + seconds * 1000);
  await run({ createIndexes: 'c', indexes: [{ key: { at: 1 }, name: 'at_1', expireAfterSeconds: 10 }] });
  const many = Array.from({ length: 450 }, (_, index) => ({ _id: `old${index}`, at: at(-100) }));
  await run({
    insert: 'c',
    documents: [...many, { _id: 'later', at: at(3600) }, { _id: 'never' }, { _id: 'text', at: '1970' }, { _id: 'list', at: [at(3600), at(-100)] }],
  });
  const ids = async () => {
    const reply = await run({ find: 'c', sort: { _id: 1 }, projection: { _id: 1 }, batchSize: 1000 });
    return reply['cursor'].firstBatch.map(({ _id }: Document) => _id);
  };
  t.equal((await ids()).length, 454);
  await clock.advance(60_001);
  await untilQuiet(clock);
  t.strictSame(await ids(), ['later', 'never', 'text']);
  await clock.advance(3600_000 + 60_000);
  await untilQuiet(clock);
  t.strictSame(await ids(), ['never', 'text']);
  await close();
});

await t.test('cursors go on, and end when idle or when their collection is dropped', async (t) => {
  const { run, clock, close } = startEngineUnderTest(await temporaryFolder(t));
  await run({ insert: 'c', documents: Array.from({ length: 10 }, (_, index) => ({ _id: index })) });
  const opened = await run({ find: 'c', batchSize: 2 });
  const id = Long.fromValue(opened['cursor'].id);
  t.match(await run({ getMore: id, collection: 'c', batchSize: 2 }), { cursor: { nextBatch: [{ _id: 2 }, { _id: 3 }] } });
  t.match(await run({ getMore: id, collection: 'other', batchSize: 2 }), { code: 43 });
  await clock.advance(11 * 60_000);
  await untilQuiet(clock);
  t.match(await run({ getMore: id, collection: 'c' }), { code: 43 }, 'an idle cursor');
  const reopened = await run({ find: 'c', batchSize: 2 });
  await run({ drop: 'c' });
  t.match(await run({ getMore: Long.fromValue(reopened['cursor'].id), collection: 'c' }), { code: 43 }, 'a cursor over a dropped collection');
  await close();
});

await t.test('a statement over its time is ended', async (t) => {
  let passed = 0;
  const { run, close } = startEngineUnderTest(await temporaryFolder(t), () => (passed += 100));
  await run({ insert: 'c', documents: Array.from({ length: 300 }, (_, index) => ({ _id: index })) });
  t.match(await run({ find: 'c', filter: { a: 1 }, maxTimeMS: 250 }), { code: 50 });
  t.match(await run({ find: 'c', filter: { a: 1 }, maxTimeMS: 100_000 }), { ok: 1 });
  await close();
});

await t.test('statements that arrive together share a transaction, and a failing one fails alone', async (t) => {
  const { run, close } = startEngineUnderTest(await temporaryFolder(t));
  const replies = await Promise.all([
    run({ insert: 'c', documents: [{ _id: 1 }] }),
    run({ insert: 'c', documents: [{ _id: 1 }] }),
    run({ create: 'c' }),
    run({ findAndModify: 'c', query: { _id: 1 }, update: { $set: { n: 5 } } }),
    run({ createIndexes: 'c', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] }),
    run({
      insert: 'c',
      documents: [
        { _id: 2, n: 5 },
        { _id: 3, n: 6 },
      ],
      ordered: false,
    }),
  ]);
  t.match(replies, [
    { n: 1 },
    { n: 0, writeErrors: [{ code: 11000 }] },
    { code: 48 },
    { value: { _id: 1 } },
    { numIndexesAfter: 2 },
    { n: 1, writeErrors: [{ index: 0, code: 11000 }] },
  ]);
  t.match(await run({ find: 'c', sort: { _id: 1 } }), {
    cursor: {
      firstBatch: [
        { _id: 1, n: 5 },
        { _id: 3, n: 6 },
      ],
    },
  });
  await close();
});

await t.test('malformed BSON is answered with InvalidBSON', async (t) => {
  const { engine, run, close } = startEngineUnderTest(await temporaryFolder(t));
  const whole = Buffer.from(serialize({ ping: 1, $db: 'test', list: [1, 'two', { three: new Date() }] }));
  const codes = new Set<unknown>();
  for (let at = 0; at < whole.length; at += 1) {
    const cut = deserialize(await engine.dispatcher.answer({ body: whole.subarray(0, at), sequences: new Map() }));
    codes.add(cut['code']);
    for (const value of [0, 1, 0x7f, 0xff]) {
      const broken = Buffer.from(whole);
      broken[at] = value;
      // What a wrong byte means depends on where it is; an InternalError would be a hole in the reader.
      const reply = deserialize(await engine.dispatcher.answer({ body: broken, sequences: new Map() }));
      if (reply['code'] === 1) t.fail(`byte ${at} as ${value}: ${reply['errmsg']}`);
    }
  }
  t.strictSame([...codes], [22], 'cut short anywhere');
  t.match(await run({ ping: 1 }), { ok: 1 });
  await close();
});
