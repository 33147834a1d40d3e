import mongoose, { type AnyObject } from 'mongoose';
import { codeOf, testOnEachStore } from './store-targets.js';

const { Decimal128, Double, Int32, Long, ObjectId } = mongoose.mongo;

type Doc = Record<string, unknown>;
type Stored = AnyObject & { _id: string | number };

interface UpdateCase {
  title: string;
  before: Doc;
  update: Doc;
  /** The document after it, or the code it fails with. */
  after: Doc | number;
  filter?: Doc;
  arrayFilters?: Doc[];
}

const CASES: UpdateCase[] = [
  {
    title: '$set adds new fields in the order of their names',
    before: { z: 1 },
    update: { $set: { c: 1, a: 2, b: 3 } },
    after: { z: 1, a: 2, b: 3, c: 1 },
  },
  { title: '$set makes the documents on its way', before: {}, update: { $set: { 'a.b.c': 1 } }, after: { a: { b: { c: 1 } } } },
  { title: '$set at a position pads with null', before: { a: [1] }, update: { $set: { 'a.3': 4 } }, after: { a: [1, null, null, 4] } },
  { title: '$set through a scalar', before: { a: 1 }, update: { $set: { 'a.b': 1 } }, after: 28 },
  { title: '$set by name into an array', before: { a: [] }, update: { $set: { 'a.b': 1 } }, after: 28 },
  {
    title: '$unset',
    before: { a: { b: 1, c: 2 }, d: [1, 2] },
    update: { $unset: { 'a.b': '', 'd.0': '', nothing: '' } },
    after: { a: { c: 2 }, d: [null, 2] },
  },
  { title: '$inc and $mul make missing fields', before: { a: 1 }, update: { $inc: { a: 2, b: 5 }, $mul: { c: 3 } }, after: { a: 3, b: 5, c: 0 } },
  { title: '$inc with something that is no number', before: { a: 1 }, update: { $inc: { a: 'x' } }, after: 14 },
  { title: '$inc of something that is no number', before: { a: 'x' }, update: { $inc: { a: 1 } }, after: 14 },
  {
    title: '$min and $max across types',
    before: { a: 5, b: 5, c: 'x' },
    update: { $min: { a: 3, c: 7 }, $max: { b: 3, d: 1 } },
    after: { a: 3, b: 5, c: 7, d: 1 },
  },
  { title: '$rename', before: { a: 1, b: { c: 2 } }, update: { $rename: { a: 'x', 'b.c': 'y', nothing: 'z' } }, after: { b: {}, x: 1, y: 2 } },
  { title: '$rename out of an array', before: { a: [{ b: 1 }] }, update: { $rename: { 'a.0.b': 'x' } }, after: 2 },
  { title: '$push', before: { a: [1] }, update: { $push: { a: 2, b: [1] } }, after: { a: [1, 2], b: [[1]] } },
  { title: '$push to a scalar', before: { a: 1 }, update: { $push: { a: 2 } }, after: 2 },
  {
    title: '$push $each at a position',
    before: { a: [1, 4] },
    update: { $push: { a: { $each: [2, 3], $position: 1 } } },
    after: { a: [1, 2, 3, 4] },
  },
  {
    title: '$push keeps the last with $slice',
    before: { a: [1, 2, 3] },
    update: { $push: { a: { $each: [4, 5], $slice: -3 } } },
    after: { a: [3, 4, 5] },
  },
  {
    title: '$push sorts documents',
    before: { a: [{ n: 3 }, { n: 1 }] },
    update: { $push: { a: { $each: [{ n: 2 }], $sort: { n: -1 }, $slice: 2 } } },
    after: { a: [{ n: 3 }, { n: 2 }] },
  },
  { title: '$push sorts values', before: { a: [3, 1] }, update: { $push: { a: { $each: [2], $sort: 1 } } }, after: { a: [1, 2, 3] } },
  { title: '$push with an unknown clause', before: { a: [] }, update: { $push: { a: { $each: [1], $first: 1 } } }, after: 2 },
  {
    title: '$addToSet compares whole values',
    before: { a: [1, { x: 1, y: 2 }] },
    update: { $addToSet: { a: { $each: [1, { x: 1, y: 2 }, { y: 2, x: 1 }, 2] } } },
    after: { a: [1, { x: 1, y: 2 }, { y: 2, x: 1 }, 2] },
  },
  { title: '$addToSet to a scalar', before: { a: 1 }, update: { $addToSet: { a: 2 } }, after: 2 },
  { title: '$pull by value', before: { a: [1, 2, 1, [1]] }, update: { $pull: { a: 1 } }, after: { a: [2, [1]] } },
  { title: '$pull by operators', before: { a: [1, 5, 9, 'x'] }, update: { $pull: { a: { $gte: 5 } } }, after: { a: [1, 'x'] } },
  {
    title: '$pull by a filter on documents',
    before: { a: [{ n: 1, m: 1 }, { n: 2 }, 1] },
    update: { $pull: { a: { n: 1 } } },
    after: { a: [{ n: 2 }, 1] },
  },
  { title: '$pull from a scalar', before: { a: 1 }, update: { $pull: { a: 1 } }, after: 2 },
  { title: '$pull from nothing', before: { b: 1 }, update: { $pull: { a: 1 } }, after: { b: 1 } },
  { title: '$pullAll', before: { a: [1, 2, 3] }, update: { $pullAll: { a: [1, 3] } }, after: { a: [2] } },
  { title: '$pop at both ends', before: { a: [1, 2, 3], b: [1, 2, 3] }, update: { $pop: { a: 1, b: -1 } }, after: { a: [1, 2], b: [2, 3] } },
  { title: '$pop with another number', before: { a: [1] }, update: { $pop: { a: 2 } }, after: 9 },
  {
    title: 'the positional $ changes the matched element',
    before: { a: [1, 5, 9] },
    filter: { a: { $gt: 3 } },
    update: { $set: { 'a.$': 0 } },
    after: { a: [1, 0, 9] },
  },
  {
    title: 'the positional $ inside a document',
    before: { a: [{ n: 1 }, { n: 2, v: 0 }] },
    filter: { a: { $elemMatch: { n: 2 } } },
    update: { $inc: { 'a.$.v': 7 } },
    after: { a: [{ n: 1 }, { n: 2, v: 7 }] },
  },
  { title: 'the positional $ without a match in an array', before: { a: [1] }, update: { $set: { 'a.$': 0 } }, after: 2 },
  { title: '$[] changes every element', before: { a: [{ n: 1 }, { n: 2 }] }, update: { $inc: { 'a.$[].n': 1 } }, after: { a: [{ n: 2 }, { n: 3 }] } },
  { title: '$[] of no array', before: { a: 1 }, update: { $inc: { 'a.$[]': 1 } }, after: 2 },
  {
    title: '$[name] changes those that fit',
    before: {
      a: [
        { n: 1, ok: 0 },
        { n: 5, ok: 0 },
      ],
    },
    update: { $set: { 'a.$[big].ok': 1 } },
    arrayFilters: [{ 'big.n': { $gt: 2 } }],
    after: {
      a: [
        { n: 1, ok: 0 },
        { n: 5, ok: 1 },
      ],
    },
  },
  {
    title: '$[name] in two levels',
    before: { a: [{ b: [1, 2] }, { b: [2, 3] }] },
    update: { $set: { 'a.$[].b.$[two]': 0 } },
    arrayFilters: [{ two: 2 }],
    after: { a: [{ b: [1, 0] }, { b: [0, 3] }] },
  },
  { title: '$[name] without its filter', before: { a: [] }, update: { $set: { 'a.$[x]': 1 } }, after: 2 },
  { title: 'an array filter that nothing uses', before: { a: [] }, update: { $set: { b: 1 } }, arrayFilters: [{ x: 1 }], after: 9 },
  { title: 'two changes of one path', before: { a: 1 }, update: { $set: { a: 1 }, $inc: { a: 1 } }, after: 40 },
  { title: 'changes of a path and of its parent', before: {}, update: { $set: { a: 1, 'a.b': 1 } }, after: 40 },
  { title: 'an unknown modifier', before: {}, update: { $frob: { a: 1 } }, after: 9 },
  { title: 'a modifier of no document', before: {}, update: { $set: 1 }, after: 9 },
  { title: 'an empty name in a path', before: {}, update: { $set: { 'a..b': 1 } }, after: 56 },
  { title: 'a change of _id', before: { a: 1 }, update: { $set: { _id: 'other' } }, after: 66 },
  { title: '$set of _id to what it is', before: { a: 1 }, update: { $set: { _id: 'case', a: 2 } }, after: { a: 2 } },
  {
    title: '$setOnInsert does nothing to a found document',
    before: { a: 1 },
    update: { $setOnInsert: { a: 9 }, $set: { b: 2 } },
    after: { a: 1, b: 2 },
  },
];

await testOnEachStore('updates', async (t, connection) => {
  const things = connection.collection<Stored>('things');

  for (const { title, before, update, after, filter, arrayFilters } of CASES) {
    await things.deleteMany({});
    await things.insertOne({ _id: 'case', ...before });
    const outcome = await codeOf(things.updateOne({ _id: 'case', ...filter }, update, arrayFilters ? { arrayFilters } : {}));
    if (typeof after === 'number') {
      t.equal(outcome, after, `${title} is refused`);
      t.strictSame(await things.findOne({ _id: 'case' }), { _id: 'case', ...before }, `${title}: nothing changed`);
    } else {
      t.equal(outcome, 0, title);
      const stored = await things.findOne({ _id: 'case' });
      t.equal(JSON.stringify(stored), JSON.stringify({ _id: 'case', ...after }), `${title}: fields, values and their order`);
    }
  }

  await t.test('number types stay as stored and grow as in MongoDB', async (t) => {
    const exact = { promoteValues: false, promoteLongs: false };
    const numbers = connection.collection<Stored>('numbers');
    await numbers.insertOne({
      _id: 1,
      int: new Int32(1),
      double: new Double(2),
      long: Long.fromNumber(3),
      decimal: Decimal128.fromString('1.10'),
      big: new Int32(2_147_483_647),
    });
    await numbers.updateOne(
      { _id: 1 },
      { $set: { other: 'x' }, $inc: { big: new Int32(1), int: new Int32(1), long: new Int32(1), double: new Int32(1) } },
    );
    const stored = await numbers.findOne({ _id: 1 }, exact);
    const kinds = Object.fromEntries(
      Object.entries(stored ?? {}).map(([name, value]) => [name, `${Object(value)._bsontype ?? typeof value} ${value}`]),
    );
    t.match(kinds, { int: 'Int32 2', double: 'Double 3', long: 'Long 4', decimal: 'Decimal128 1.10', big: 'Long 2147483648', other: 'string x' });
    await numbers.updateOne({ _id: 1 }, { $set: { long: Long.fromString('9223372036854775807') } });
    t.equal(await codeOf(numbers.updateOne({ _id: 1 }, { $inc: { long: 1 } })), 2, 'an int64 never overflows silently');
  });

  await t.test('every BSON type survives a write, an unrelated update and a read', async (t) => {
    const { Binary, BSONRegExp, MaxKey, MinKey, Timestamp, UUID } = mongoose.mongo.BSON;
    const all = {
      text: 'Grüße 😀 \u0000 zero',
      date: new Date(1_700_000_000_123),
      id: new ObjectId('0123456789abcdef01234567'),
      bytes: new Binary(Buffer.from([0, 255, 7]), 0),
      uuid: new UUID('00112233-4455-6677-8899-aabbccddeeff'),
      stamp: new Timestamp({ t: 5, i: 6 }),
      pattern: new BSONRegExp('^a.b', 'i'),
      least: new MinKey(),
      most: new MaxKey(),
      nothing: null,
      yes: true,
      list: [1, [2, { deep: [] }]],
      money: Decimal128.fromString('-1234567890.0987654321'),
    };
    const kept = connection.collection<Stored>('kept');
    await kept.insertOne({ _id: 1, ...all });
    await kept.updateOne({ _id: 1 }, { $set: { more: 1 } });
    const options = { bsonRegExp: true };
    t.strictSame(await kept.findOne({ _id: 1 }, options), { _id: 1, ...all, more: 1 });
    const keys = new Map<string, number>([
      ['2', 1],
      ['10', 2],
      ['1', 3],
    ]);
    await kept.insertOne({ _id: 2, keys });
    await kept.updateOne({ _id: 2 }, { $set: { more: 1 } });
    const raw = await kept.findOne({ _id: 2 }, { raw: true });
    const text = Buffer.from(raw instanceof Uint8Array ? raw : []).toString('latin1');
    t.ok(
      text.indexOf('\x102\0') < text.indexOf('\x1010\0') && text.indexOf('\x1010\0') < text.indexOf('\x101\0'),
      'names that are numbers keep their order',
    );
  });

  await t.test('upserts', async (t) => {
    const up = connection.collection<Stored>('up');
    const first = await up.updateOne(
      { _id: 'u', 'a.b': 1, n: { $gt: 5 }, k: { $in: ['only'] } },
      { $set: { c: 2 }, $setOnInsert: { made: true } },
      { upsert: true },
    );
    t.match(first, { matchedCount: 0, upsertedCount: 1, upsertedId: 'u' });
    t.strictSame(await up.findOne({ _id: 'u' }), { _id: 'u', a: { b: 1 }, k: 'only', c: 2, made: true });
    t.match(await up.updateOne({ _id: 'u' }, { $set: { c: 3 }, $setOnInsert: { made: false } }, { upsert: true }), {
      matchedCount: 1,
      modifiedCount: 1,
      upsertedCount: 0,
    });
    t.match(await up.updateOne({ _id: 'u' }, { $set: { c: 3 } }), { matchedCount: 1, modifiedCount: 0 }, 'an update that changes nothing says so');
    t.match(await up.replaceOne({ name: 'new' }, { name: 'new', v: 1 }, { upsert: true }), { upsertedCount: 1, upsertedId: ObjectId });
    t.strictSame(await up.findOne({ name: 'new' }, { projection: { _id: 0 } }), { name: 'new', v: 1 });
    t.equal(await codeOf(up.updateOne({ $and: [{ x: 1 }, { x: 2 }] }, { $set: { y: 1 } }, { upsert: true })), 54);
    t.equal(await codeOf(up.replaceOne({ _id: 'u' }, { _id: 'v' })), 66);
    t.equal(await up.countDocuments(), 2);
  });

  await t.test('many at once, findOneAnd…, $currentDate', async (t) => {
    const some = connection.collection<Stored>('some');
    await some.insertMany([1, 2, 3, 4].map((n) => ({ _id: n, n, s: 'a' })));
    t.match(await some.updateMany({ n: { $gte: 2 } }, { $inc: { n: 10 } }), { matchedCount: 3, modifiedCount: 3 });
    t.strictSame(await some.findOneAndUpdate({ s: 'a' }, { $set: { s: 'b' } }, { sort: { n: -1 }, returnDocument: 'after', projection: { s: 1 } }), {
      _id: 4,
      s: 'b',
    });
    t.strictSame(await some.findOneAndReplace({ _id: 1 }, { r: 1 }), { _id: 1, n: 1, s: 'a' });
    t.strictSame(await some.findOneAndDelete({ _id: 1 }), { _id: 1, r: 1 });
    t.equal(await some.findOneAndUpdate({ _id: 99 }, { $set: { a: 1 } }), null);
    t.strictSame(await some.findOneAndUpdate({ _id: 99 }, { $set: { a: 1 } }, { upsert: true, returnDocument: 'after' }), { _id: 99, a: 1 });
    await some.updateOne({ _id: 99 }, { $currentDate: { at: true } });
    const dated = await some.findOne({ _id: 99 });
    t.ok(dated?.['at'] instanceof Date && dated['at'].getFullYear() >= 2024);
    t.match(await some.deleteMany({ s: 'a' }), { deletedCount: 2 });
    t.match(await some.deleteOne({}), { deletedCount: 1 });
    t.equal(await some.countDocuments(), 1);
  });

  await t.test('a batch goes on or stops at a failing statement, which alone is undone', async (t) => {
    const batch = connection.collection<Stored>('batch');
    await batch.createIndex({ email: 1 }, { unique: true });
    const documents = () => [
      { _id: 1, email: 'a' },
      { _id: 2, email: 'b' },
      { _id: 3, email: 'a' },
      { _id: 4, email: 'd' },
    ];
    const ordered = await batch.insertMany(documents()).catch((error: unknown) => error);
    t.match(ordered, { code: 11000, insertedCount: 2, writeErrors: [{ index: 2, code: 11000 }] });
    t.strictSame(
      (await batch.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id),
      [1, 2],
    );
    await batch.deleteMany({});
    const unordered = await batch.insertMany(documents(), { ordered: false }).catch((error: unknown) => error);
    t.match(unordered, { code: 11000, insertedCount: 3 });
    t.strictSame(
      (await batch.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id),
      [1, 2, 4],
    );
    const mixed = await batch.bulkWrite([
      { insertOne: { document: { _id: 5, email: 'e' } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { email: 'z' } } } },
      { updateOne: { filter: { email: 'new' }, update: { $set: { n: 1 } }, upsert: true } },
      { replaceOne: { filter: { _id: 2 }, replacement: { email: 'y' } } },
      { deleteOne: { filter: { _id: 4 } } },
    ]);
    t.match(mixed, { insertedCount: 1, matchedCount: 2, modifiedCount: 2, deletedCount: 1, upsertedCount: 1 });
  });
});
