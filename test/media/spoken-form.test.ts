import t from 'tap';
import { spokenForm } from '../../media/speech/spoken-form.js';
import { toWords } from '../../media/speech/words.js';
import { fc } from '../fixtures/properties.js';

const table = (
  t: { equal(a: unknown, b: unknown, message: string): unknown },
  language: string,
  rows: readonly (readonly [written: string, spoken: string])[],
) => {
  for (const [written, spoken] of rows) t.equal(spokenForm(written, language).text, spoken, `${language}: ${written}`);
};

t.test('money', async (t) => {
  table(t, 'en-US', [
    ['It pays $18/hr.', 'It pays eighteen dollars an hour.'],
    ['$18.50/hour', 'eighteen dollars and fifty cents an hour'],
    ['$18-20/hr', 'eighteen to twenty dollars an hour'],
    ['$18–$20/hr,', 'eighteen to twenty dollars an hour,'],
    ['between $18 - $20 an hour', 'between eighteen dollars to twenty dollars an hour'],
    ['$17.50-$18.25', 'seventeen dollars and fifty cents to eighteen dollars and twenty five cents'],
    ['$52,000', 'fifty two thousand dollars'],
    ['($52,000.00)', '(fifty two thousand dollars)'],
    ['$52k', 'fifty two thousand dollars'],
    ['$52k-$60k/yr', 'fifty two thousand to sixty thousand dollars a year'],
    ['$50-60K', 'fifty to sixty thousand dollars'],
    ['$50k+', 'fifty thousand dollars plus'],
    ['$1', 'one dollar'],
    ['$0.75/mile', 'seventy five cents a mile'],
    ['$1.01', 'one dollar and one cent'],
    ['$1.5M in sales', 'one point five million dollars in sales'],
    ['$2 million', 'two million dollars'],
    ['$1-2 million.', 'one to two million dollars.'],
    ['a +$2/hr shift premium', 'a plus two dollars an hour shift premium'],
    ['USD 52,000', 'fifty two thousand US dollars'],
    ['52,000 USD a year', 'fifty two thousand US dollars a year'],
    ['$18 /hr', 'eighteen dollars an hour'],
    ['$15 per hr', 'fifteen dollars per hour'],
    ['$150/load', 'one hundred fifty dollars per load'],
    ['€30,000', 'thirty thousand euros'],
    ['€1.200,50', '€1.200,50'],
  ]);
  table(t, 'en-GB', [
    ['£28,000 p.a. plus', 'twenty eight thousand pounds per annum plus'],
    ['£11.44/hr', 'eleven pounds and forty four pence an hour'],
    ['£0.01', 'one penny'],
  ]);
  table(t, 'en-IN', [
    ['₹12,00,000', 'twelve lakh rupees'],
    ['₹3,50,000/annum', 'three lakh fifty thousand rupees a year'],
    ['Rs. 25,000/month', 'twenty five thousand rupees a month'],
    ['Rs.25,000', 'twenty five thousand rupees'],
    ['INR 6,00,000', 'six lakh rupees'],
    ['₹1.5 crore', 'one point five crore rupees'],
    ['INR 12 lakh', 'twelve lakh rupees'],
    ['12 LPA', 'twelve lakh per annum'],
    ['15-18LPA', 'fifteen to eighteen lakh per annum'],
    ['₹5L', 'five lakh rupees'],
    ['$100,000', 'one hundred thousand dollars'],
    ['1,25,000 people', 'one lakh twenty five thousand people'],
  ]);
});

t.test('numbers', async (t) => {
  table(t, 'en-US', [
    ['18 people', 'eighteen people'],
    ['1,200', 'one thousand two hundred'],
    ['40000', 'forty thousand'],
    ['3.5 years', 'three point five years'],
    ['3.50', 'three point five zero'],
    ['-5 degrees', 'minus five degrees'],
    ['18-20', 'eighteen to twenty'],
    ['2–3 days', 'two to three days'],
    ['9-to-5', 'nine to five'],
    ['10 - 12', 'ten to twelve'],
    ['15%', 'fifteen percent'],
    ['10-15%.', 'ten to fifteen percent.'],
    ['~12.5%', 'about twelve point five percent'],
    ['18+', 'eighteen plus'],
    ['>10', 'more than ten'],
    ['50K users', 'fifty thousand users'],
    ['the 1st and 22nd', 'the first and twenty second'],
    ['1st/2nd shift', 'first and second shift'],
    ['in 2026', 'in twenty twenty six'],
    ['2019-2023', 'twenty nineteen to twenty twenty three'],
    ['the 1990s', 'the nineteen nineties'],
    ['#1', 'number one'],
    ['No. 5', 'Number five'],
    ['3x/week', 'three times a week'],
    ['24/7', 'twenty four seven'],
    ['50/50', 'fifty fifty'],
    ['1/2 mile', 'one half mile'],
    ['1 1/2 hours', 'one and a half hours'],
    ['1½', 'one and a half'],
    ['a 401(k) plan', 'a four oh one K plan'],
    ['your 401k', 'your four oh one K'],
    ['1099 or W-2', 'ten ninety nine or W two'],
    ['zip code 94107', 'zip code nine four one zero seven'],
    ['Oakland, CA 94607', 'Oakland, CA nine four six zero seven'],
    ['from 40000 to 52500', 'from forty thousand to fifty two thousand five hundred'],
    ['text JOBS to 741741', 'text JOBS to seven four one seven four one'],
    ['version 3.14.2 of B2B', 'version 3.14.2 of B2B'],
    ['ID: 0412', 'ID: zero four one two'],
    ['12-month', 'twelve month'],
    ['an 8-10-hour day', 'an eight to ten hour day'],
  ]);
});

t.test('dates', async (t) => {
  table(t, 'en-US', [
    ['2026-12-01', 'December first, twenty twenty six'],
    ['12/25', 'December twenty fifth'],
    ['12/25/2026', 'December twenty fifth, twenty twenty six'],
    ['12/1', '12/1'],
    ['01/02/2026', '01/02/2026'],
    ['5/5', 'May fifth'],
    ['Dec. 1, 2026', 'December first, twenty twenty six'],
    ['March 3rd', 'March third'],
    ['by 1 Dec', 'by the first of December'],
    ['in Sept. we', 'in September we'],
    ['Jan asked', 'Jan asked'],
    ['Mon-Fri', 'Monday to Friday'],
    ['Mon/Wed/Fri', 'Monday, Wednesday, Friday'],
    ['M-F', 'Monday to Friday'],
    ['every Tues.', 'every Tuesday.'],
    ['Jan–Mar', 'January to March'],
    ['I may sit in the sun', 'I may sit in the sun'],
  ]);
  table(t, 'en-GB', [
    ['2026-12-01', 'the first of December, twenty twenty six'],
    ['25/12', 'the twenty fifth of December'],
    ['the 1st of Dec', 'the first of December'],
  ]);
});

t.test('times', async (t) => {
  table(t, 'en-US', [
    ['9:30am', 'nine thirty AM'],
    ['at 9 a.m. on', 'at nine AM on'],
    ['9:05 pm', 'nine oh five PM'],
    ['9:00', "nine o'clock"],
    ['9:00 AM', 'nine AM'],
    ['14:00', 'fourteen hundred'],
    ['14:30', 'fourteen thirty'],
    ['00:00', 'midnight'],
    ['9am-5pm', 'nine AM to five PM'],
    ['9-5pm', 'nine to five PM'],
    ['9:00 - 17:30', "nine o'clock to seventeen thirty"],
    ['I am 5 minutes away', 'I am five minutes away'],
  ]);
});

t.test('telephone numbers and addresses', async (t) => {
  table(t, 'en-US', [
    ['415-555-0123', 'four one five, five five five, zero one two three'],
    ['Call (415) 555-0123.', 'Call four one five, five five five, zero one two three.'],
    ['+14155550123', 'plus one, four one five, five five five, zero one two three'],
    ['+1 415 555 0123', 'plus one, four one five, five five five, zero one two three'],
    ['4155550123', 'four one five, five five five, zero one two three'],
    ['555-0123', 'five five five, zero one two three'],
    ['1-800-555-0199 x12', 'one, eight zero zero, five five five, zero one nine nine extension one two'],
    ['dial 911', 'dial nine one one'],
    ['123-45-6789', 'one two three, four five, six seven eight nine'],
    ['dana.reyes@example.com', 'dana dot reyes at example dot com'],
    ['jobs_2024@acme-corp.co.uk,', 'jobs underscore two zero two four at acme dash corp dot C O dot U K,'],
    ['https://example.com/careers.', 'example dot com slash careers.'],
    ['www.acme.io', 'W W W dot acme dot I O'],
  ]);
  table(t, 'en-IN', [
    ['98765 43210', 'nine eight seven six five, four three two one zero'],
    ['+919876543210', 'plus nine one, nine eight seven six five, four three two one zero'],
  ]);
  table(t, 'en-GB', [['020 7946 0958', 'zero two zero, seven nine four six, zero nine five eight']]);
});

t.test('units and abbreviations', async (t) => {
  table(t, 'en-US', [
    ['20kg', 'twenty kilograms'],
    ['1 lb', 'one pound'],
    ['50-lb boxes', 'fifty pound boxes'],
    ['up to 50 lbs.', 'up to fifty pounds.'],
    ['1,200 sq ft', 'one thousand two hundred square feet'],
    ['40 hrs/wk', 'forty hours a week'],
    ['5 days/week', 'five days a week'],
    ['30 min', 'thirty minutes'],
    ['Flexible hrs', 'Flexible hours'],
    ['2-3 yrs exp. required', 'two to three years experience required'],
    ['2 FT roles', 'two FT roles'],
    ['65mph', 'sixty five miles an hour'],
    ['72°F', 'seventy two degrees Fahrenheit'],
    ['tools, e.g. Excel', 'tools, for example Excel'],
    ['(i.e., paid weekly)', '(that is, paid weekly)'],
    ['approx. 10', 'approximately ten'],
    ['pallets, boxes, etc. We', 'pallets, boxes, et cetera. We'],
    ['w/ benefits', 'with benefits'],
    ['pick & pack', 'pick and pack'],
    ['R&D', 'R and D'],
    ['Sr. Engineer', 'Senior Engineer'],
    ['C++ and .NET', 'C plus plus and dot net'],
    ['CDL, OSHA and a GED', 'CDL, OSHA and a GED'],
    ['**Great** _news_', 'Great news'],
    ['- first thing', 'first thing'],
    ['Well — yes', 'Well — yes'],
    ['Hello there, how are you today?', 'Hello there, how are you today?'],
  ]);
});

t.test('every word as written keeps what is said of it', async (t) => {
  t.strictSame(spokenForm('Pay is USD 52,000, Mon-Fri.', 'en-US').words, [
    { written: 'Pay', spoken: 'Pay' },
    { written: 'is', spoken: 'is' },
    { written: 'USD', spoken: 'fifty two thousand' },
    { written: '52,000,', spoken: 'US dollars,' },
    { written: 'Mon-Fri.', spoken: 'Monday to Friday.' },
  ]);
  t.strictSame(spokenForm('- go', 'en-US').words, [
    { written: '-', spoken: '' },
    { written: 'go', spoken: 'go' },
  ]);
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom(
      '$18',
      '/hr',
      'Rs.',
      '25,000',
      'million',
      '12/1',
      '415',
      '555-0123',
      'Dec',
      'am',
      '9:30',
      '-',
      '1',
      '1/2',
      'sq',
      'ft',
      'No.',
      'LPA',
      '5L',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('en', 'en-US', 'en-GB', 'en-IN'), (pieces, language) => {
      const text = pieces.join(' ');
      const { words, text: spoken } = spokenForm(text, language);
      const written = toWords(text);
      return (
        words.length === written.length &&
        words.every((word, nth) => word.written === written[nth] && word.spoken === word.spoken.trim()) &&
        spoken ===
          words
            .map((word) => word.spoken)
            .filter(Boolean)
            .join(' ')
      );
    }),
  );
});

t.test('other languages pass through unchanged', async (t) => {
  table(t, 'de-DE', [['Sie verdienen €1.200,50 im Monat, Mo-Fr.', 'Sie verdienen €1.200,50 im Monat, Mo-Fr.']]);
  table(t, 'es-MX', [['$18/hr, 9:30am', '$18/hr, 9:30am']]);
});
