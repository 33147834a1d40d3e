import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import mongoose, { type AnyObject, Schema } from 'mongoose';
import { codeOf, testOnEachStore } from './store-targets.js';

const { GridFSBucket, ObjectId } = mongoose.mongo;

type Doc = AnyObject & { _id: string | number };

await testOnEachStore('indexes', async (t, connection) => {
  const people = connection.collection<Doc>('people');

  await t.test('a unique index refuses the second, with the key', async (t) => {
    await people.createIndex({ company: 1, email: 1 }, { unique: true });
    await people.insertOne({ _id: 1, company: 'c', email: 'x' });
    await people.insertOne({ _id: 2, company: 'd', email: 'x' });
    const refused = await people.insertOne({ _id: 3, company: 'c', email: 'x' }).catch((error: unknown) => error);
    t.match(refused, {
      code: 11000,
      keyPattern: { company: 1, email: 1 },
      keyValue: { company: 'c', email: 'x' },
      message: /^E11000 duplicate key error collection: \S+\.people index: company_1_email_1 dup key:/,
    });
    t.equal(await codeOf(people.updateOne({ _id: 2 }, { $set: { company: 'c' } })), 11000);
    t.equal(await codeOf(people.findOneAndUpdate({ _id: 2 }, { $set: { company: 'c' } })), 11000);
    t.equal(await codeOf(people.insertOne({ _id: 1 })), 11000);
    t.strictSame(await people.findOne({ _id: 2 }), { _id: 2, company: 'd', email: 'x' }, 'the refused update left nothing behind');
    await people.deleteOne({ _id: 1 });
    t.equal(await codeOf(people.updateOne({ _id: 2 }, { $set: { company: 'c' } })), 0, 'the key is free again');
  });

  await t.test('null, missing, arrays, number types, sparse and partial', async (t) => {
    const keys = connection.collection<Doc>('keys');
    await keys.createIndex({ k: 1 }, { unique: true });
    await keys.createIndex({ s: 1 }, { unique: true, sparse: true });
    await keys.createIndex({ open: 1 }, { unique: true, partialFilterExpression: { state: 'open' } });
    await keys.insertOne({ _id: 1 });
    t.equal(await codeOf(keys.insertOne({ _id: 2, k: null })), 11000, 'null and missing are one key');
    t.equal(await codeOf(keys.insertOne({ _id: 2, k: [5, 6, 5] })), 0, 'a document may hold a key twice');
    t.equal(await codeOf(keys.insertOne({ _id: 3, k: [7, 6] })), 11000);
    t.equal(await codeOf(keys.insertOne({ _id: 4, k: new mongoose.mongo.Double(5) })), 11000);
    t.equal(await codeOf(keys.insertOne({ _id: 5, k: 'a', s: 1, open: 1, state: 'open' })), 0, 'a sparse index leaves out what lacks the field');
    t.equal(await codeOf(keys.insertOne({ _id: 6, k: 'b', open: 1, state: 'closed' })), 0, 'a partial index leaves out what does not fit');
    t.equal(await codeOf(keys.insertOne({ _id: 7, k: 'c', open: 1, state: 'open' })), 11000);
    t.equal(await codeOf(keys.updateOne({ _id: 6 }, { $set: { state: 'open' } })), 11000);
    t.equal(await keys.countDocuments({ s: null }), 3, 'a sparse index does not hide documents from a query');
  });

  await t.test('parallel arrays cannot be indexed, arrays under a shared one can', async (t) => {
    const lists = connection.collection<Doc>('lists');
    await lists.createIndex({ a: 1, b: 1 });
    await lists.createIndex({ 'l.x': 1, 'l.y': 1 }, { unique: true });
    t.equal(await codeOf(lists.insertOne({ _id: 1, a: [1], b: [1] })), 171);
    t.equal(
      await codeOf(
        lists.insertOne({
          _id: 2,
          l: [
            { x: 1, y: 2 },
            { x: 3, y: 4 },
          ],
        }),
      ),
      0,
    );
    t.equal(await codeOf(lists.insertOne({ _id: 3, l: [{ x: 1, y: 4 }] })), 0, 'pairs of one element only');
    t.equal(await codeOf(lists.insertOne({ _id: 4, l: [{ x: 3, y: 4 }] })), 11000);
    t.equal(await lists.countDocuments({ 'l.x': 1 }), 2);
  });

  await t.test('creating, listing and dropping', async (t) => {
    const plain = connection.collection<Doc>('plain');
    t.equal(await codeOf(plain.listIndexes().toArray()), 26);
    await plain.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    t.equal(await codeOf(plain.createIndex({ a: 1 }, { unique: true })), 11000, 'what is stored already counts');
    t.strictSame(
      (await plain.indexes()).map(({ name }) => name),
      ['_id_'],
      'and no half index stays',
    );
    await plain.createIndex({ a: 1, b: -1 });
    await plain.createIndex({ a: 1, b: -1 });
    await plain.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    t.match(await plain.indexes(), [
      { name: '_id_', key: { _id: 1 } },
      { name: 'a_1_b_-1', key: { a: 1, b: -1 } },
      { name: 'at_1', expireAfterSeconds: 60 },
    ]);
    t.equal(await codeOf(plain.createIndex({ at: 1 }, { expireAfterSeconds: 61 })), 85);
    t.equal(await codeOf(plain.createIndex({ b: 1 }, { name: 'at_1' })), 86);
    t.equal(await codeOf(plain.createIndex({ b: 1, c: 1 }, { expireAfterSeconds: 1 })), 67);
    await plain.dropIndex('a_1_b_-1');
    t.equal(await codeOf(plain.dropIndex('a_1_b_-1')), 27);
    t.equal(await codeOf(plain.dropIndex('_id_')), 72);
    t.equal(await codeOf(connection.createCollection('plain')), 48);
    t.ok((await connection.listCollections()).some(({ name }) => name === 'plain'));
    await connection.dropCollection('plain');
    t.notOk((await connection.listCollections()).some(({ name }) => name === 'plain'));
  });
});

await testOnEachStore('mongoose models', async (t, connection) => {
  const personSchema = new Schema(
    {
      name: { type: String, required: true },
      email: { type: String, unique: true },
      age: Number,
      tags: [String],
      jobs: [{ title: String, years: Number }],
      extra: Schema.Types.Mixed,
      prefs: { type: Map, of: String },
    },
    { timestamps: true, optimisticConcurrency: true },
  );
  const Person = connection.model('Person', personSchema);
  const Visit = connection.model('Visit', new Schema({ person: { type: Schema.Types.ObjectId, ref: 'Person' }, at: Date }));
  await Promise.all([Person.init(), Visit.init()]);

  const ann = await Person.create({
    name: 'Ann',
    email: 'ann@x',
    age: 30,
    tags: ['a'],
    jobs: [{ title: 'nurse', years: 3 }],
    prefs: new Map([['lang', 'en']]),
  });
  await Visit.create({ person: ann._id, at: new Date(0) });
  t.match(await Visit.findOne().populate('person').lean(), { person: { name: 'Ann', prefs: { lang: 'en' } } });

  ann.tags.push('b');
  ann.jobs[0]?.set('years', 4);
  await ann.save();
  t.match(await Person.findById(ann._id).lean(), { tags: ['a', 'b'], jobs: [{ years: 4 }], createdAt: Date, updatedAt: Date });
  const [mine, theirs] = await Promise.all([Person.findById(ann._id).orFail(), Person.findById(ann._id).orFail()]);
  mine.age = 31;
  await mine.save();
  theirs.age = 32;
  await t.rejects(theirs.save(), { name: 'VersionError' });
  t.equal(await codeOf(Person.create({ name: 'Twin', email: 'ann@x' })), 11000);
  t.match(await Person.findOneAndUpdate({ email: 'bob@x' }, { $set: { name: 'Bob' } }, { upsert: true, returnDocument: 'after' }).lean(), {
    name: 'Bob',
    email: 'bob@x',
    createdAt: Date,
  });
  t.match(await Person.exists({ 'jobs.title': 'nurse' }), { _id: ann._id });
  t.equal(await Person.countDocuments({ age: { $gt: 30 } }), 1);
  await Person.bulkWrite([{ updateOne: { filter: { email: 'bob@x' }, update: { $set: { age: 5 } } } }, { deleteOne: { filter: { email: 'none' } } }]);
  t.strictSame(await Person.find().sort({ age: 1 }).select('name -_id').lean(), [{ name: 'Bob' }, { name: 'Ann' }]);
  const names: string[] = [];
  for await (const person of Person.find().sort({ name: -1 }).cursor()) names.push(person.name);
  t.strictSame(names, ['Bob', 'Ann']);
  t.strictSame(await Person.syncIndexes(), [], 'the indexes are as the schema wants them');
});

await testOnEachStore('a lease queue gives each job to one worker, in order', async (t, connection) => {
  const WORKERS = 40;
  const JOBS = 200;
  const jobs = connection.collection<Doc>('jobs');
  await jobs.createIndex({ state: 1, runAt: 1, _id: 1 });
  await jobs.insertMany(
    Array.from({ length: JOBS }, (_, index) => ({ _id: index, state: 'queued', runAt: new Date(1000 + ((index * 7919) % JOBS)) })),
  );
  const claim = (owner: number) =>
    jobs.findOneAndUpdate(
      { state: 'queued', runAt: { $lte: new Date(1_000_000) } },
      { $set: { state: 'leased', owner }, $inc: { attempt: 1 } },
      { sort: { runAt: 1, _id: 1 }, returnDocument: 'after' },
    );
  const claimed: { owner: number; job: Doc }[] = [];
  const worker = async (owner: number) => {
    for (let job = await claim(owner); job; job = await claim(owner)) claimed.push({ owner, job });
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, owner) => worker(owner)));
  t.equal(claimed.length, JOBS);
  t.equal(new Set(claimed.map(({ job }) => job._id)).size, JOBS, 'each once');
  t.equal(await jobs.countDocuments({ state: 'leased', attempt: 1 }), JOBS);
  for (const owner of new Set(claimed.map((one) => one.owner))) {
    const own = claimed.filter((one) => one.owner === owner).map(({ job }) => Number(job['runAt']));
    t.strictSame(
      own,
      [...own].sort((a, b) => a - b),
      `worker ${owner} saw its jobs in order`,
    );
  }
});

await testOnEachStore('GridFS', async (t, connection) => {
  if (!connection.db) throw new Error('not connected');
  const bucket = new GridFSBucket(connection.db, { bucketName: 'recordings', chunkSizeBytes: 64 * 1024 });
  const bytes = randomBytes(700_001);
  const upload = bucket.openUploadStream('call.wav', { metadata: { callId: 'call_1' } });
  await pipeline(Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]), upload);
  const read = async (options?: { start: number; end: number }) => {
    const parts: Buffer[] = [];
    for await (const part of bucket.openDownloadStream(upload.id, options)) parts.push(part);
    return Buffer.concat(parts);
  };
  const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  t.equal(digest(await read()), digest(bytes));
  t.equal(digest(await read({ start: 60_000, end: 200_001 })), digest(bytes.subarray(60_000, 200_001)), 'a range over chunks');
  t.match(await bucket.find({ 'metadata.callId': 'call_1' }).toArray(), [{ filename: 'call.wav', length: bytes.length }]);
  await bucket.rename(upload.id, 'renamed.wav');
  t.match(await bucket.find({ filename: 'renamed.wav' }).toArray(), [{ length: bytes.length }]);
  await bucket.delete(upload.id);
  t.equal(await connection.collection('recordings.chunks').countDocuments(), 0);
  await t.rejects(read(), /FileNotFound/);
  await t.rejects(bucket.delete(new ObjectId()), /File not found/);
});

await testOnEachStore('wrong requests', async (t, connection) => {
  const { db } = connection;
  if (!db) throw new Error('not connected');
  const command = (document: Record<string, unknown>) => codeOf(db.command(document));
  t.equal(await command({ frobnicate: 1 }), 59);
  t.equal(await command({ find: 'things', colour: 'red' }), 40415);
  t.equal(await command({ find: 'things', filter: 'text' }), 14);
  t.not(await command({ find: 5 }), 0);
  t.match(await db.command({ insert: 'things', documents: [{ _id: [1] }] }), { n: 0, writeErrors: [{ index: 0, code: 53 }] });
  t.not(await command({ update: 'things', updates: [] }), 0);
  t.match(await db.command({ update: 'things', updates: [{ q: {}, u: { a: 1 }, multi: true }] }), { writeErrors: [{ code: 9 }] });
  t.match(await db.command({ delete: 'things', deletes: [{ q: {}, limit: 2 }] }), { writeErrors: [{ code: 9 }] });
  t.equal(await command({ findAndModify: 'things', remove: true, update: { a: 1 } }), 9);
  t.equal(await codeOf(db.collection('things').insertOne({ a: 1 }, { writeConcern: { w: 5, wtimeout: 100 } })), 100);
});
