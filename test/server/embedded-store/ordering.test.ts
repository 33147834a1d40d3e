import { Binary, BSONRegExp, Double, Int32, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import t from 'tap';
import { decodeBson, encodeBson } from '../../../server/store/embedded/bson-bytes.js';
import type { BsonDocument, BsonValue } from '../../../server/store/embedded/bson-values.js';
import { compareText, compareValues } from '../../../server/store/embedded/compare.js';
import { encodeKey, invertKey } from '../../../server/store/embedded/key-encoding.js';
import { fc, runs } from '../../fixtures/properties.js';

/** Text that makes order hard: zero bytes, prefixes, and code points on both sides of the surrogates. */
const text = fc.string({
  unit: fc.constantFrom('', 'a', 'b', '\u0000', '\u0001', 'ÿ', '\uD7FF', '\uE000', '\uFFFF', '😀') as fc.Arbitrary<string>,
  maxLength: 6,
});

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -3n, max: 3n }).map((near) => 2n ** 53n + near),
  fc.bigInt({ min: -3n, max: 3n }).map((near) => -(2n ** 62n) + near),
);

const number: fc.Arbitrary<BsonValue> = fc.oneof(
  fc.double().map((value) => new Double(value)),
  fc.constantFrom(0, -0, 2 ** 53, 2 ** 53 + 2, -(2 ** 62), 2 ** 63, -(2 ** 63), Number.NaN).map((value) => new Double(value)),
  fc.integer().map((value) => new Int32(value)),
  int64,
);

const scalar: fc.Arbitrary<BsonValue> = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: text },
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }).map((ms) => new Date(ms)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 4, 128)).map(([bytes, subtype]) => new Binary(bytes, subtype)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => new Timestamp(bits)),
  fc.tuple(fc.constantFrom('a', 'ab', 'b'), fc.constantFrom('', 'i', 'im')).map(([pattern, options]) => new BSONRegExp(pattern, options)),
  fc.constantFrom(new MinKey(), new MaxKey()),
);

const { value } = fc.letrec<{ value: BsonValue; document: BsonDocument }>((tie) => ({
  document: fc.array(fc.tuple(fc.constantFrom('a', 'ab', 'b', '1', ''), tie('value')), { maxLength: 3 }).map((fields) => new Map(fields)),
  value: fc.oneof({ depthSize: 'small' }, { weight: 5, arbitrary: scalar }, fc.array(tie('value'), { maxLength: 3 }), tie('document')),
}));

/** Pairs that are often near each other: two of any kind, or two that share a beginning. */
const pair = fc.oneof(
  fc.tuple(value, value),
  fc.tuple(number, number),
  fc.tuple(text, text),
  fc.tuple(value, value, value).map(([head, a, b]): [BsonValue, BsonValue] => [
    [head, a],
    [head, b],
  ]),
);

const sign = (order: number) => Math.sign(order);

await t.test('index keys have the order of the values', async (t) => {
  const single = fc.property(pair, ([a, b]) => sign(Buffer.compare(encodeKey(a), encodeKey(b))) === sign(compareValues(a, b)));
  t.doesNotThrow(() => fc.assert(single, { numRuns: runs(5000) }), 'alone');
  const keyOf = (first: BsonValue, second: BsonValue) => Buffer.concat([invertKey(encodeKey(first)), encodeKey(second)]);
  const compound = fc.property(pair, fc.tuple(value, value), ([a, b], [x, y]) => {
    const wanted = sign(compareValues(b, a)) || sign(compareValues(x, y));
    return sign(Buffer.compare(keyOf(a, x), keyOf(b, y))) === wanted;
  });
  t.doesNotThrow(() => fc.assert(compound, { numRuns: runs(2000) }), 'in a compound key, the first field descending');
});

await t.test('the order is total: it turns round, and what is between stays between', async (t) => {
  const turnsRound = fc.property(pair, ([a, b]) => sign(compareValues(a, b)) + sign(compareValues(b, a)) === 0 && compareValues(a, a) === 0);
  t.doesNotThrow(() => fc.assert(turnsRound, { numRuns: runs(2000) }), 'turned round');
  const transitive = fc.property(pair, value, ([a, b], c) => {
    const [low, middle, high] = [a, b, c].sort(compareValues);
    return compareValues(low, middle) <= 0 && compareValues(middle, high) <= 0 && compareValues(low, high) <= 0;
  });
  t.doesNotThrow(() => fc.assert(transitive, { numRuns: runs(2000) }), 'transitive');
});

await t.test('text has the order of its UTF-8 bytes', async (t) => {
  const any = fc.string({ unit: 'grapheme' });
  const sameOrder = fc.property(
    fc.oneof(fc.tuple(any, any), fc.tuple(text, text)),
    ([a, b]) => sign(compareText(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  t.doesNotThrow(() => fc.assert(sameOrder, { numRuns: runs(1000) }));
});

await t.test('BSON goes round unchanged, byte for byte', async (t) => {
  const names = fc.constantFrom('_id', 'b', '10', '9', '__proto__', 'é');
  const roundTrip = fc.property(fc.array(fc.tuple(names, value), { maxLength: 6 }), (fields) => {
    const bytes = encodeBson(new Map(fields));
    return encodeBson(decodeBson(bytes)).equals(bytes);
  });
  t.doesNotThrow(() => fc.assert(roundTrip, { numRuns: runs(1000) }));
});
