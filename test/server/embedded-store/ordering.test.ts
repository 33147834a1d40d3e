import { Binary, BSONRegExp, Double, Int32, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import t from 'tap';
import { decodeBson, encodeBson } from '../../../server/store/embedded/bson-bytes.js';
import type { BsonDocument, BsonValue } from '../../../server/store/embedded/bson-values.js';
import { compareText, compareValues } from '../../../server/store/embedded/compare.js';
import { encodeKey, invertKey } from '../../../server/store/embedded/key-encoding.js';

/** Text that makes order hard: zero bytes, prefixes, and code points on both sides of the surrogates. */
const text = fc.string({ unit: fc.constantFrom('', 'a', 'b', '\u0000', '\u0001', 'ÿ', '\uD7FF', '\uE000', '\uFFFF', '😀') as fc.Arbitrary<string>, maxLength: 6 });

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
  fc.assert(
    fc.property(pair, ([a, b]) => {
      t.equal(sign(Buffer.compare(encodeKey(a), encodeKey(b))), sign(compareValues(a, b)));
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(pair, fc.tuple(value, value), ([a, b], [x, y]) => {
      const compound = (first: BsonValue, second: BsonValue) => Buffer.concat([invertKey(encodeKey(first)), encodeKey(second)]);
      t.equal(sign(Buffer.compare(compound(a, x), compound(b, y))), sign(-compareValues(a, b)) || sign(compareValues(x, y)));
    }),
    { numRuns: 2000 },
  );
});

await t.test('the order is total: it turns round, and what is between stays between', async (t) => {
  fc.assert(
    fc.property(pair, value, ([a, b], c) => {
      t.equal(sign(compareValues(a, b)), sign(-compareValues(b, a)));
      t.equal(compareValues(a, a), 0);
      const [low, middle, high] = [a, b, c].sort(compareValues);
      t.ok(compareValues(low, middle) <= 0 && compareValues(middle, high) <= 0 && compareValues(low, high) <= 0);
    }),
    { numRuns: 3000 },
  );
});

await t.test('text has the order of its UTF-8 bytes', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      t.equal(sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

await t.test('BSON goes round unchanged, byte for byte', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('_id', 'b', '10', '9', '__proto__', 'é'), value), { maxLength: 6 }), (fields) => {
      const bytes = encodeBson(new Map(fields));
      t.ok(encodeBson(decodeBson(bytes)).equals(bytes));
    }),
    { numRuns: 1000 },
  );
});
