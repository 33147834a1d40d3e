import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../../server/store/embedded/index.js';

/*
 * A process to be killed: writes pairs without end, and says which were acknowledged. Each pair is a new document and an update of an older one.
 */

const [dataDir = '', from = '0'] = process.argv.slice(2);
const store = await startEmbeddedStore({ dataDir });
const connection = await mongoose.createConnection(store.uri).asPromise();
const pairs = connection.collection<{ _id: number; place: number; moved?: number }>('pairs');
await pairs.createIndex({ place: 1 }, { unique: true });
await pairs.createIndex({ moved: -1, place: 1 });

const write = async (number: number): Promise<void> => {
  await pairs.insertOne({ _id: number, place: -number - 1 });
  process.stdout.write(`inserted ${number}\n`);
  await pairs.updateOne({ _id: number }, { $set: { place: number, moved: number } });
  process.stdout.write(`moved ${number}\n`);
};

for (let number = Number(from); ; number += 4) await Promise.all([0, 1, 2, 3].map((lane) => write(number + lane)));
