import { isDeepStrictEqual } from 'node:util';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import t from 'tap';
import { interpretAnswer } from '../../agents/answers/index.js';
import type { AnswerSpec } from '../../agents/answers/kind.js';
import { speakable } from '../../agents/speakable.js';
import type { AnswerValue } from '../../schemas/answer.js';
import { fc, runs } from '../fixtures/properties.js';
import { CONTEXT, pay, range, week } from './answers-table.js';

const HOURLY: AnswerSpec = { type: 'money', currency: 'USD', period: 'hour' };
const LAKHS: AnswerSpec = { type: 'money', currency: 'INR', period: 'year' };
const SHIFTS: AnswerSpec = {
  type: 'choice',
  options: [
    { value: 'day', label: 'Day shift', synonyms: [] },
    { value: 'late_night', synonyms: [] },
    { value: 'any', label: 'Any', synonyms: [] },
  ],
};

const SPOKEN: readonly (readonly [AnswerValue, AnswerSpec, string, string?])[] = [
  [true, { type: 'yes-no' }, 'yes'],
  [false, { type: 'yes-no' }, 'no'],
  [18, { type: 'number' }, 'eighteen'],
  [105, { type: 'number' }, 'one hundred five'],
  [2.5, { type: 'number', subtype: 'years' }, 'two and a half years'],
  [0.5, { type: 'number', subtype: 'years' }, 'half a year'],
  [1, { type: 'number', subtype: 'months' }, 'one month'],
  [14, { type: 'number', subtype: 'days' }, 'fourteen days'],
  [12.25, { type: 'number', subtype: 'percentage' }, 'twelve point two five percent'],
  [1_234_567, { type: 'number' }, 'one million two hundred thirty four thousand five hundred sixty seven'],
  [pay(18, 'USD', 'hour'), HOURLY, 'eighteen dollars an hour'],
  [pay(18.5, 'USD', 'hour'), HOURLY, 'eighteen fifty an hour'],
  [pay(18.05, 'USD', 'hour'), HOURLY, 'eighteen oh five an hour'],
  [pay(1, 'USD', 'hour'), HOURLY, 'one dollar an hour'],
  [range(18, 20, 'USD', 'hour'), HOURLY, 'eighteen to twenty dollars an hour'],
  [pay(60_000, 'USD', 'year'), HOURLY, 'sixty thousand dollars a year'],
  [pay(1850.5, 'GBP', 'month'), HOURLY, 'one thousand eight hundred fifty pounds and fifty pence a month'],
  [range(800, 1200, 'USD', 'month'), HOURLY, 'eight hundred dollars to one thousand two hundred dollars a month'],
  [range(50_000, 60_000, 'USD', 'year'), HOURLY, 'fifty thousand to sixty thousand dollars a year'],
  [pay(20, 'CAD', 'hour'), HOURLY, 'twenty Canadian dollars an hour'],
  [pay(1_200_000, 'INR', 'year'), LAKHS, 'twelve lakh rupees a year'],
  [pay(350_000, 'INR', 'year'), LAKHS, 'three lakh fifty thousand rupees a year'],
  ['+14158923245', { type: 'phone' }, 'four one five, eight nine two, three two four five'],
  ['+447911123456', { type: 'phone' }, 'plus four four, seven nine one one, one two three four five six'],
  ['dana.reyes@example.com', { type: 'email' }, 'dana dot reyes at example dot com'],
  ['dj_x77@my-shop.co.uk', { type: 'email' }, 'd j underscore x seven seven at m y dash shop dot co dot u k'],
  ['ae.aa@example.com', { type: 'email' }, 'a e dot a a at example dot com'],
  ['dana@gmail.com', { type: 'email' }, 'dana at gmail dot com'],
  ['sorry.wait1@work.io', { type: 'email' }, 's o r r y dot w a i t one at work dot i o'],
  ['97o@alumni.u-tokyo.ac.jp', { type: 'email' }, 'nine seven the letter o at alumni dot u dash tokyo dot a c dot j p'],
  ['jo7_dano7@cs2.edu', { type: 'email' }, 'j the letter o seven underscore dano seven at c s two dot edu'],
  ['2026-11-30', { type: 'date', forbid: 'past' }, 'Monday, November thirtieth'],
  ['2026-11-30', { type: 'date' }, 'Monday, November thirtieth, twenty twenty six'],
  ['1989-05-05', { type: 'date', forbid: 'future' }, 'Friday, May fifth, nineteen eighty nine'],
  ['2005-05-21', { type: 'date' }, 'Saturday, May twenty first, two thousand five'],
  ['day', SHIFTS, 'Day shift'],
  ['late_night', SHIFTS, 'late night'],
  [['day', 'late_night', 'any'], { ...SHIFTS, multiple: true }, 'Day shift, late night and Any'],
  [[], { ...SHIFTS, multiple: true }, 'none of them'],
  [week('mon-fri 09:00-17:00'), { type: 'availability' }, 'weekdays from nine in the morning to five in the afternoon'],
  [week('mon-thu 06:00-12:00; sat sun 00:00-24:00'), { type: 'availability' }, 'Monday to Thursday in the morning, and weekends all day'],
  [week('fri 17:30-24:00'), { type: 'availability' }, 'Friday after five thirty in the afternoon'],
  [week('mon wed 00:00-12:00'), { type: 'availability' }, 'Monday and Wednesday before noon'],
  ['I drove a forklift.', { type: 'text' }, 'I drove a forklift.'],
];

t.test('a value is said back in words', async (t) => {
  for (const [value, spec, spoken] of SPOKEN) t.equal(speakable(value, spec, 'en-US'), spoken);
  t.equal(speakable('2026-11-30', { type: 'date', forbid: 'past' }, 'en-GB'), 'Monday, the thirtieth of November');
  t.equal(speakable('2026-11-30', { type: 'date' }, 'en-GB', '2026-11-23'), 'Monday, the thirtieth of November', 'a near date needs no year');
  t.equal(speakable('2028-02-29', { type: 'date' }, 'en-US', '2026-11-23'), 'Tuesday, February twenty ninth, twenty twenty eight');
  t.equal(speakable('+447911123456', { type: 'phone' }, 'en-GB'), 'zero seven nine one one, one two three four five six');
  t.notMatch(SPOKEN.map(([value, spec]) => (spec.type === 'text' ? '' : speakable(value, spec, 'en-US'))).join(' '), /\d/, 'never a figure');
});

/** What is said back is understood as the same value, so a candidate who repeats it confirms it. */
const returns = (value: AnswerValue, spec: AnswerSpec, language = 'en-US', country = 'US'): boolean =>
  isDeepStrictEqual(interpretAnswer(speakable(value, spec, language), spec, { ...CONTEXT, language, country }).value, value);

t.test('what the agent says back is understood as the same value', async () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 999_999 }), (value) => returns(value, { type: 'number' })));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 199 }), fc.constantFrom('days', 'months', 'years', 'percentage'), (halves, subtype) =>
      returns(halves / 2, { type: 'number', subtype }),
    ),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 9999 }), (cents) => returns(pay(cents / 100, 'USD', 'hour'), HOURLY)));
  fc.assert(
    fc.property(fc.integer({ min: 100_000, max: 1_000_000 }), fc.constantFrom('GBP', 'USD', 'CAD', 'INR'), (cents, currency) =>
      returns(pay(cents / 100, currency, 'month'), HOURLY),
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 500, max: 2_000 }),
      fc.integer({ min: 1, max: 2_000 }),
      fc.constantFrom('GBP', 'USD', 'CAD', 'INR'),
      (low, more, currency) => returns(range(low, low + more, currency, 'month'), HOURLY),
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 900_000 }),
      fc.constantFrom('GBP', 'USD', 'EUR'),
      fc.constantFrom('day', 'week', 'month', 'year'),
      (amount, currency, period) => returns(pay(amount, currency, period), HOURLY),
    ),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: 2_000 }), (thousands) => returns(pay(thousands * 1_000, 'INR', 'year'), LAKHS)));
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 60 }), fc.integer({ min: 1, max: 30 }), (low, more) =>
      returns(range(low, low + more, 'USD', 'hour'), HOURLY),
    ),
  );
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1950-01-01'), max: new Date('2090-12-31'), noInvalidDate: true }),
      fc.constantFrom('en-US', 'en-GB'),
      (date, language) => returns(date.toISOString().slice(0, 10), { type: 'date' }, language),
    ),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 299 }), (ahead) => {
      const day = new Date(Date.UTC(2026, 10, 23 + ahead)).toISOString().slice(0, 10);
      return returns(day, { type: 'date', forbid: 'past' });
    }),
  );
});

t.test('so are telephone numbers and e-mail addresses', async (t) => {
  const last = fc.stringMatching(/^\d{4}$/);
  fc.assert(
    fc.property(fc.constantFrom('415', '212', '305', '617'), fc.integer({ min: 220, max: 910 }), last, (area, exchange, line) => {
      const number = parsePhoneNumberFromString(`+1${area}${exchange}${line}`);
      fc.pre(number?.isValid() ?? false);
      return returns(`+1${area}${exchange}${line}`, { type: 'phone' });
    }),
  );
  const examples = { GB: '+447911123456', IN: '+919876543210', DE: '+4915123456789', AU: '+61412345678' };
  for (const [country, number] of Object.entries(examples)) {
    t.ok(returns(number, { type: 'phone' }, `en-${country}`, country), `${number} at home`);
    t.ok(returns(number, { type: 'phone' }), `${number} from abroad`);
  }
  // Also what could be heard as something else: initials, zeros and o's, words of talk, of spelling and of signs.
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[a-z]{1,9}\d{0,3}$/) },
    fc.stringMatching(/^[a-z0-9]{1,6}$/),
    fc.constantFrom('at', 'best1', 'double', 'alpha', 'no', 'sorry', 'wait', 'with1a', 'thirty', 'gmail', 'is', 'my', 'e', 'ae', 'o2', '97o', '2k8'),
  );
  const local = fc.array(part, { minLength: 1, maxLength: 3 });
  const sign = fc.constantFrom('.', '_', '-', '+');
  const label = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,4})?$/),
    fc.constantFrom('gmail', 'yahoo', 'my-shop', 'work', 'at', 'dot', 'sorry'),
  );
  const ending = fc.constantFrom('com', 'co.uk', 'io', 'co.in', 'org', 'info', 'ac.jp', 'gmbh');
  const domain = fc.tuple(fc.array(label, { minLength: 1, maxLength: 2 }), ending).map(([labels, end]) => `${labels.join('.')}.${end}`);
  fc.assert(
    fc.property(local, sign, domain, (parts, between, host) => returns(`${parts.join(between)}@${host}`, { type: 'email' })),
    { numRuns: runs(300), examples: [[['ae', 'aa'], '.', 'example.com']] },
  );
});
