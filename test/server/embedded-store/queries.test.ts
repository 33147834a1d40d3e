import mongoose from 'mongoose';
import { codeOf, testOnEachStore } from './store-targets.js';

const { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } = mongoose.mongo;

type Doc = Record<string, unknown> & { _id: string };

/** Documents of every kind under the same two names, so that each query says something about each of them. */
const DOCUMENTS: Doc[] = [
  { _id: 'missing' },
  { _id: 'null', a: null },
  { _id: 'int1', a: new Int32(1) },
  { _id: 'double1', a: new Double(1) },
  { _id: 'long1', a: Long.fromNumber(1) },
  { _id: 'double2.5', a: 2.5 },
  { _id: 'nan', a: Number.NaN },
  { _id: 'long-max', a: Long.fromString('9223372036854775807') },
  { _id: 'long-max-1', a: Long.fromString('9223372036854775806') },
  { _id: 'text', a: 'text' },
  { _id: 'text-é', a: 'é' },
  { _id: 'true', a: true },
  { _id: 'date', a: new Date(1000) },
  { _id: 'oid', a: new ObjectId('aaaaaaaaaaaaaaaaaaaaaaaa') },
  { _id: 'bytes', a: new Binary(Buffer.from([0xff, 0xfe])) },
  { _id: 'bytes2', a: new Binary(Buffer.from([0xff, 0xfd])) },
  { _id: 'object', a: { b: 1, c: 2 } },
  { _id: 'object-turned', a: { c: 2, b: 1 } },
  { _id: 'empty-array', a: [] },
  { _id: 'array12', a: [1, 2] },
  { _id: 'array21', a: [2, 1] },
  { _id: 'array-null', a: [null] },
  { _id: 'array-nested', a: [[1, 2]] },
  { _id: 'subdocuments', a: [{ b: 1 }, { b: 5, c: 1 }, {}] },
  { _id: 'subdocuments-full', a: [{ b: 1 }, { b: 3, c: 9 }] },
];

const QUERIES: [title: string, filter: Record<string, unknown>, ids: string[]][] = [
  ['a number equals the same number of any type', { a: 1 }, ['int1', 'double1', 'long1', 'array12', 'array21']],
  ['an int64 keeps its last digit', { a: Long.fromString('9223372036854775806') }, ['long-max-1']],
  ['null means null or missing', { a: null }, ['missing', 'null', 'array-null']],
  ['$ne null', { a: { $ne: null }, _id: /^(missing|null|text|array-null)$/ }, ['text']],
  ['$exists tells null from missing', { a: { $exists: false } }, ['missing']],
  ['$gt stays within its type', { a: { $gt: 1 } }, ['double2.5', 'long-max', 'long-max-1', 'array12', 'array21']],
  ['$gte null finds null and missing', { a: { $gte: null } }, ['missing', 'null', 'array-null']],
  ['NaN equals itself', { a: Number.NaN }, ['nan']],
  ['NaN is below no number', { a: { $lt: 0 } }, []],
  ['bytes are compared as bytes', { a: new Binary(Buffer.from([0xff, 0xfe])) }, ['bytes']],
  ['a document matches in its own order only', { a: { b: 1, c: 2 } }, ['object']],
  ['an array matches in its own order, also inside an array', { a: [1, 2] }, ['array12', 'array-nested']],
  ['the empty array', { a: [] }, ['empty-array']],
  ['$in mixes types', { a: { $in: ['text', true, null] } }, ['missing', 'null', 'text', 'true', 'array-null']],
  ['$in takes patterns', { a: { $in: [/^te/, 2.5] } }, ['text', 'double2.5']],
  ['$nin', { a: { $nin: [1, null] }, _id: /^(int1|missing|text|empty-array|array21)$/ }, ['text', 'empty-array']],
  [
    '$not turns a range round, types and missing fields included',
    { a: { $not: { $gt: 1 } }, _id: /^(int1|double2.5|missing|text)$/ },
    ['int1', 'missing', 'text'],
  ],
  ['$or and $nor', { $or: [{ a: 'text' }, { a: true }], $nor: [{ a: true }] }, ['text']],
  ['$and', { $and: [{ a: 1 }, { a: 2 }] }, ['array12', 'array21']],
  [
    '$type by name looks into arrays',
    { a: { $type: 'number' } },
    ['int1', 'double1', 'long1', 'double2.5', 'nan', 'long-max', 'long-max-1', 'array12', 'array21'],
  ],
  ['$type tells the numbers apart', { a: { $type: 'double' } }, ['double1', 'double2.5', 'nan']],
  ['$type array', { a: { $type: 'array' }, _id: /array/ }, ['empty-array', 'array12', 'array21', 'array-null', 'array-nested']],
  ['$size', { a: { $size: 2 } }, ['array12', 'array21', 'subdocuments-full']],
  ['$all', { a: { $all: [1, 2] } }, ['array12', 'array21']],
  ['$all of one matches a scalar', { a: { $all: ['text'] } }, ['text']],
  ['$all of nothing', { a: { $all: [] } }, []],
  ['$mod', { a: { $mod: [2, 1] } }, ['int1', 'double1', 'long1', 'array12', 'array21', 'long-max']],
  ['$regex with options', { a: { $regex: '^TEX', $options: 'i' } }, ['text']],
  ['$elemMatch on values', { a: { $elemMatch: { $gt: 1, $lt: 3 } } }, ['array12', 'array21']],
  ['$elemMatch on documents needs one element for all', { a: { $elemMatch: { b: 5, c: 1 } } }, ['subdocuments']],
  ['without $elemMatch several elements may share the work', { 'a.b': 1, 'a.c': { $gt: 1 } }, ['object', 'object-turned', 'subdocuments-full']],
  ['a path fans out over an array', { 'a.b': { $gte: 3 } }, ['subdocuments', 'subdocuments-full']],
  [
    'a path into array elements may be missing in one',
    { 'a.b': null, _id: /^(empty-array|array12|subdocuments|subdocuments-full|text)$/ },
    ['subdocuments', 'text'],
  ],
  ['a number in a path is a position', { 'a.0': 1 }, ['array12']],
  ['a position goes on into the document there', { 'a.1.b': 5 }, ['subdocuments']],
  ['text beyond ASCII', { a: 'é' }, ['text-é']],
];

const REFUSED: [title: string, filter: Record<string, unknown>, code: number][] = [
  ['an unknown operator', { a: { $near2: 1 } }, 2],
  ['an unknown top-level operator', { $nope: [] }, 2],
  ['$and of nothing', { $and: [] }, 2],
  ['$in without a list', { a: { $in: 1 } }, 2],
  ['$not of a value', { a: { $not: 1 } }, 2],
  ['a negative $size', { a: { $size: -1 } }, 2],
  ['$mod by zero', { a: { $mod: [0, 1] } }, 2],
  ['$elemMatch of a value', { a: { $elemMatch: 1 } }, 2],
  ['a broken pattern', { a: { $regex: '(' } }, 51091],
  ['an unknown pattern option', { a: { $regex: 'a', $options: 'q' } }, 51108],
];

await testOnEachStore('queries', async (t, connection) => {
  const things = connection.collection<Doc>('things');
  await things.insertMany(DOCUMENTS);

  for (const [title, filter, ids] of QUERIES) {
    const found = await things.find(filter).toArray();
    t.strictSame(found.map(({ _id }) => _id).sort(), [...ids].sort(), title);
  }
  for (const [title, filter, code] of REFUSED) t.equal(await codeOf(things.find(filter).toArray()), code, `${title} is refused`);

  await t.test('the same queries through an index find the same', async (t) => {
    await things.createIndex({ a: 1 });
    await things.createIndex({ 'a.b': -1 });
    for (const [title, filter, ids] of QUERIES) {
      const found = await things.find(filter).toArray();
      t.strictSame(found.map(({ _id }) => _id).sort(), [...ids].sort(), title);
    }
  });

  await t.test('values of all types sort in the order of types', async (t) => {
    const ordered = connection.collection<Doc>('ordered');
    const values: unknown[] = [
      new MinKey(),
      null,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      Long.fromString('-9223372036854775808'),
      -1.5,
      0,
      Decimal128.fromString('0.1'),
      new Int32(1),
      Decimal128.fromString('1.5'),
      2 ** 53,
      Long.fromString('9007199254740993'),
      Number.POSITIVE_INFINITY,
      '',
      'A',
      'a',
      '\uE000',
      '😀',
      {},
      { a: 1 },
      { a: 1, b: 1 },
      { b: 0 },
      { a: 'x' },
      [[]],
      new Binary(Buffer.from([9])),
      new Binary(Buffer.from([1, 1])),
      new ObjectId('000000000000000000000001'),
      false,
      true,
      new Date(-1),
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      /a/,
      new MaxKey(),
    ];
    // Written in another order than the expected one.
    const documents = values.map((value, place) => ({ _id: String(place).padStart(2, '0'), value }));
    await ordered.insertMany([...documents].sort((a, b) => (a._id.split('').reverse().join('') < b._id.split('').reverse().join('') ? -1 : 1)));
    const expected = documents.map(({ _id }) => _id);
    const ids = async (direction: 1 | -1) => (await ordered.find().sort({ value: direction }).toArray()).map(({ _id }) => _id);
    t.strictSame(await ids(1), expected);
    t.strictSame(await ids(-1), expected.reverse());
  });

  await t.test('an array sorts by its smallest or largest element, a missing field as null, an empty array before null', async (t) => {
    const lists = connection.collection<Doc>('lists');
    await lists.insertMany([{ _id: 'middle', a: 5 }, { _id: 'wide', a: [1, 9] }, { _id: 'missing' }, { _id: 'empty', a: [] }]);
    t.strictSame(
      (await lists.find().sort({ a: 1 }).toArray()).map(({ _id }) => _id),
      ['empty', 'missing', 'wide', 'middle'],
    );
    t.strictSame(
      (await lists.find().sort({ a: -1 }).toArray()).map(({ _id }) => _id),
      ['wide', 'middle', 'missing', 'empty'],
    );
  });

  await t.test('skip, limit, projection and distinct', async (t) => {
    const people = connection.collection<Doc>('people');
    await people.insertMany([
      {
        _id: 'p1',
        name: 'Ann',
        age: 30,
        jobs: [
          { at: 'x', from: 1 },
          { at: 'y', from: 2 },
        ],
        deep: { in: 1, out: 2 },
      },
      { _id: 'p2', name: 'Bob', age: 20, jobs: [{ at: 'x', from: 3 }] },
      { _id: 'p3', name: 'Cyd', age: 25 },
    ]);
    const shown = (projection: Record<string, unknown>, id = 'p1') => people.findOne({ _id: id }, { projection });
    t.strictSame(
      (await people.find().sort({ age: 1 }).skip(1).limit(1).toArray()).map(({ name }) => name),
      ['Cyd'],
    );
    t.strictSame(await shown({ name: 1 }), { _id: 'p1', name: 'Ann' });
    t.strictSame(await shown({ _id: 0, 'deep.in': 1 }), { deep: { in: 1 } });
    t.strictSame(await shown({ 'jobs.at': 1, _id: 0 }), { jobs: [{ at: 'x' }, { at: 'y' }] });
    t.strictSame(await shown({ jobs: 0, 'deep.out': 0, age: 0 }), { _id: 'p1', name: 'Ann', deep: { in: 1 } });
    t.strictSame(await shown({ deep: { in: 1 }, _id: 0 }), { deep: { in: 1 } });
    t.strictSame(await shown({ jobs: { $slice: -1 }, name: 1, _id: 0 }), { name: 'Ann', jobs: [{ at: 'y', from: 2 }] });
    t.strictSame(await shown({ jobs: { $elemMatch: { from: 2 } }, _id: 0 }), { jobs: [{ at: 'y', from: 2 }] });
    t.strictSame(await shown({ _id: 0 }, 'p3'), { name: 'Cyd', age: 25 });
    t.equal(await codeOf(shown({ name: 1, age: 0 })), 31254);
    t.equal(await codeOf(shown({ name: 0, age: 1 })), 31253);
    t.equal(await codeOf(shown({ deep: 1, 'deep.in': 1 })), 31249);
    t.strictSame(await people.distinct('jobs.at'), ['x', 'y']);
    t.strictSame((await people.distinct('age', { age: { $lt: 30 } })).sort(), [20, 25]);
    t.equal(await people.countDocuments({ age: { $gte: 25 } }), 2);
    t.equal(await people.countDocuments({}, { skip: 1, limit: 1 }), 1);
    t.equal(await people.estimatedDocumentCount(), 3);
  });

  await t.test('a cursor gives everything once over many batches, also while documents are written', async (t) => {
    const many = connection.collection<{ _id: number; pad: string }>('many');
    await many.insertMany(Array.from({ length: 1000 }, (_, index) => ({ _id: index, pad: 'x'.repeat(50) })));
    const seen: number[] = [];
    for await (const { _id } of many.find().sort({ _id: 1 }).batchSize(7)) {
      seen.push(_id);
      if (_id === 500) await many.deleteMany({ _id: { $lt: 400 } });
    }
    t.strictSame(
      seen,
      Array.from({ length: 1000 }, (_, index) => index),
    );
    const cursor = many.find().batchSize(2);
    await cursor.next();
    await cursor.close();
    t.equal(
      await many
        .find({ _id: { $gte: 995 } })
        .batchSize(2)
        .limit(3)
        .toArray()
        .then((found) => found.length),
      3,
    );
    t.equal(await codeOf(connection.db?.command({ getMore: Long.fromNumber(12345), collection: 'many' }) ?? Promise.resolve()), 43);
  });

  await t.test('simple aggregation', async (t) => {
    const calls = connection.collection<Doc>('calls');
    await calls.insertMany([
      { _id: 'c1', day: 'mon', by: 'x', seconds: 10, tags: ['a', 'b'] },
      { _id: 'c2', day: 'mon', by: 'y', seconds: 20.5, tags: [] },
      { _id: 'c3', day: 'tue', by: 'x', seconds: new Int32(2_000_000_000), tags: ['a'] },
      { _id: 'c4', day: 'tue', by: 'x', seconds: new Int32(2_000_000_000) },
    ]);
    const run = (pipeline: Record<string, unknown>[]) => calls.aggregate(pipeline, { promoteLongs: true }).toArray();
    t.strictSame(await run([{ $group: { _id: '$day', n: { $sum: 1 }, total: { $sum: '$seconds' } } }, { $sort: { _id: 1 } }]), [
      { _id: 'mon', n: 2, total: 30.5 },
      { _id: 'tue', n: 2, total: 4_000_000_000 },
    ]);
    t.strictSame(
      await run([
        { $match: { day: 'mon' } },
        { $sort: { seconds: -1 } },
        {
          $group: {
            _id: null,
            avg: { $avg: '$seconds' },
            min: { $min: '$seconds' },
            max: { $max: '$seconds' },
            first: { $first: '$by' },
            last: { $last: '$by' },
            all: { $push: '$_id' },
          },
        },
      ]),
      [{ _id: null, avg: 15.25, min: 10, max: 20.5, first: 'y', last: 'x', all: ['c2', 'c1'] }],
    );
    t.strictSame(await run([{ $group: { _id: { day: '$day', by: '$by' } } }, { $count: 'groups' }]), [{ groups: 3 }]);
    t.strictSame(await run([{ $unwind: '$tags' }, { $group: { _id: '$tags', n: { $sum: 1 } } }, { $sort: { n: -1 } }]), [
      { _id: 'a', n: 2 },
      { _id: 'b', n: 1 },
    ]);
    t.strictSame(await run([{ $sort: { _id: 1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { _id: 0, who: '$by', day: 1 } }]), [
      { day: 'mon', who: 'y' },
    ]);
    t.strictSame(await run([{ $match: { day: 'sun' } }, { $count: 'n' }]), []);
    t.equal(await codeOf(run([{ $nonsense: {} }])), 40324);
  });
});
