import t from 'tap';
import { interpretAnswer } from '../../agents/answers/index.js';
import { CONTEXT, checkProgress, checkTable, DECLINED, unclear } from './answers-table.js';

checkTable('days to come', { type: 'date', forbid: 'past' }, [
  ['next Monday', '2026-11-30'],
  ['Monday', '2026-11-30', { unsure: true }],
  ['this Friday', '2026-11-27'],
  ['next Friday', '2026-12-04', { unsure: true }],
  ['last Friday', unclear('past')],
  ['this Monday', '2026-11-23', { unsure: true }],
  ['tomorrow', '2026-11-24'],
  ['the day after tomorrow', '2026-11-25'],
  ['today', '2026-11-23'],
  ['right away', '2026-11-23'],
  ['immediately', '2026-11-23'],
  ['As soon as possible.', '2026-11-23'],
  ['in two weeks', '2026-12-07'],
  // Beyond a long life there are no days, and beyond the year 9999 no dates.
  ['in a thousand years', unclear('out-of-range')],
  ['not in a million years', unclear('out-of-range'), { quote: 'in a million years' }],
  ['in a lakh months', unclear('out-of-range')],
  ['in a thousand working days', '2030-09-23', { unsure: true }],
  ["two weeks' notice", '2026-12-07'],
  ['two weeks', '2026-12-07'],
  ['I need to give two weeks notice', '2026-12-07', { quote: 'give two weeks notice' }],
  ['a week from Monday', '2026-12-07', { unsure: true }],
  ['two weeks from today', '2026-12-07'],
  ['in a fortnight', '2026-12-07'],
  ['in a month', '2026-12-23'],
  ['in three months', '2027-02-23'],
  ['from the first', '2026-12-01', { quote: 'the first' }],
  ['the first', '2026-12-01'],
  ['the third of June', '2027-06-03'],
  ['June third', '2027-06-03'],
  ['June 3rd', '2027-06-03'],
  ['june the third', '2027-06-03'],
  ['3 June', '2027-06-03'],
  ['3rd of June 2027', '2027-06-03'],
  ['June third twenty twenty seven', '2027-06-03'],
  ['June 3rd, 2027', '2027-06-03'],
  ['the thirtieth', '2026-11-30'],
  ['Monday the thirtieth', '2026-11-30'],
  ['Monday, November thirtieth', '2026-11-30'],
  ['Monday the 1st of December', unclear('ambiguous')],
  ['Tuesday December first', '2026-12-01'],
  ['the third, no, the fourth', '2026-12-04', { quote: 'the fourth', earlier: ['2026-12-03'] }],
  ['the third of June, no, the fourth', '2027-06-04', { quote: 'the fourth', earlier: ['2027-06-03'] }],
  ['June third, sorry, July', '2027-07-03', { quote: 'July', earlier: ['2027-06-03'] }],
  ['no, the fourth', '2026-12-04', { quote: 'the fourth' }],
  ['next Monday, no, Tuesday', '2026-12-01', { quote: 'Tuesday', earlier: ['2026-11-30'] }],
  ['Monday no Tuesday', '2026-11-24', { unsure: true, quote: 'Tuesday', earlier: ['2026-11-30'] }],
  ['03/04', '2027-03-04', { unsure: true }],
  ['12/25', '2026-12-25'],
  ['25/12/2026', '2026-12-25'],
  ['2026-12-01', '2026-12-01'],
  ['12/01/2026', '2026-12-01', { unsure: true }],
  ['the fourth', '2026-12-04'],
  ['the twenty third', '2026-11-23', { unsure: true }],
  ['the 23rd', '2026-11-23', { unsure: true }],
  ['end of the month', '2026-11-30', { unsure: true }],
  ['the end of November', '2026-11-30', { unsure: true }],
  ['beginning of next month', '2026-12-01', { unsure: true }],
  ['after Christmas', '2026-12-26', { unsure: true }],
  ['Christmas', '2026-12-25'],
  ['new year', '2027-01-01'],
  ['mid January', '2027-01-15', { unsure: true }],
  ['in January', '2027-01-01', { unsure: true, quote: 'January' }],
  ['next week', '2026-11-30', { unsure: true }],
  ['next month', '2026-12-01', { unsure: true }],
  ['Monday next week', '2026-11-30'],
  ['next week Monday', '2026-11-30'],
  ['next week on Tuesday', '2026-12-01'],
  ['February 29th', '2028-02-29'],
  ['February thirtieth', unclear('ambiguous')],
  ['I may start Monday', '2026-11-30', { unsure: true, quote: 'Monday' }],
  ['May third', '2027-05-03'],
  ['in May', '2027-05-01', { unsure: true, quote: 'May' }],
  ['Monday or Tuesday', unclear('ambiguous')],
  ['any day', '2026-11-23', { unsure: true }],
  ['in five working days', '2026-11-30', { unsure: true }],
  ['three days ago', unclear('past')],
  ['yesterday', unclear('past')],
  ['the first Monday of December', '2026-12-07'],
  ['the last Friday of the month', '2026-11-27'],
  ['summer', unclear('ambiguous')],
  ["I don't know", unclear('no-answer')],
  ["I'd rather not say", DECLINED],
  ['give me a second', unclear('no-answer')],
  ['around the tenth', '2026-12-10', { unsure: true, quote: 'the tenth' }],
  ['maybe Thursday', '2026-11-26', { unsure: true, quote: 'Thursday' }],
  ['in a couple of weeks', '2026-12-07'],
  ['two to three weeks', unclear('ambiguous')],
  ['in the new year', '2027-01-01', { quote: 'the new year' }],
  ['December 1', '2026-12-01'],
  ['december first', '2026-12-01'],
  ["I'm available from the first of December", '2026-12-01', { quote: 'the first of December' }],
  ['the first week of December', unclear('ambiguous')],
  ['Thursday week', '2026-12-03'],
  ['the weekend', '2026-11-28', { unsure: true }],
  ['on the first of next month', '2026-12-01', { quote: 'the first of next month' }],
  ['the fifteenth of next month', '2026-12-15'],
  ['in a week or two', unclear('ambiguous')],
  ['this coming Wednesday', '2026-11-25'],
  ['Nov. 30', '2026-11-30'],
  ['mid-January', '2027-01-15', { unsure: true }],
  ['Monday at nine am', '2026-11-30', { unsure: true, quote: 'Monday' }],
  ['after the third', '2026-12-03', { unsure: true, quote: 'the third' }],
  ['um, like, the fifteenth of March', '2027-03-15', { quote: 'the fifteenth of March' }],
  ['I guess next Monday', '2026-11-30', { unsure: true, quote: 'next Monday' }],
  ['June third twenty twenty six', unclear('past')],
]);

checkTable('days gone by', { type: 'date', forbid: 'future' }, [
  ['last Friday', '2026-11-20'],
  ['yesterday', '2026-11-22'],
  ['May fifth nineteen eighty nine', '1989-05-05'],
  ['the fifth of May eighty nine', '1989-05-05'],
  ['05/05/1989', '1989-05-05'],
  ['March 2019', '2019-03-01', { unsure: true }],
  ['three years ago', '2023-11-23'],
  ['tomorrow', unclear('future')],
  ['June third', '2026-06-03'],
  ['the fourth', '2026-11-04'],
  ['December twenty fifth two thousand and five', '2005-12-25'],
  ['in 2019', unclear('no-answer')],
]);

checkTable(
  "figures are read by the candidate's language",
  { type: 'date' },
  [
    ['03/04', '2027-04-03', { unsure: true }],
    ['3.4.2026', '2026-04-03'],
    ['12/25', '2026-12-25'],
  ],
  { ...CONTEXT, language: 'en-GB' },
);
checkTable(
  'without a region nobody knows',
  { type: 'date' },
  [
    ['03/04', unclear('ambiguous')],
    ['25/12', '2026-12-25'],
  ],
  { ...CONTEXT, language: 'en' },
);

const at = (now: string, timeZone: string) => ({ ...CONTEXT, now: new Date(now), timeZone });
checkTable(
  "the day is the candidate's, not that of UTC: evening in Los Angeles",
  { type: 'date' },
  [
    ['today', '2026-11-23'],
    ['tomorrow', '2026-11-24'],
  ],
  at('2026-11-24T05:00:00Z', 'America/Los_Angeles'),
);
checkTable(
  'the year turns first in Kolkata',
  { type: 'date' },
  [
    ['today', '2027-01-01'],
    ['the first', '2027-01-01', { unsure: true }],
    ['next month', '2027-02-01', { unsure: true }],
  ],
  at('2026-12-31T20:00:00Z', 'Asia/Kolkata'),
);
checkTable(
  'days of 23 and 25 hours are days',
  { type: 'date' },
  [
    ['tomorrow', '2027-03-15'],
    ['in two weeks', '2027-03-28'],
  ],
  at('2027-03-14T09:30:00Z', 'America/Los_Angeles'),
);
checkTable(
  'months are clamped to their length',
  { type: 'date' },
  [
    ['in a month', '2027-02-28'],
    ['in three months', '2027-04-30'],
    ['a month ago', '2026-12-31'],
  ],
  at('2027-01-31T18:00:00Z', 'America/Los_Angeles'),
);

checkTable(
  'a correction of a date that was read back keeps its month',
  { type: 'date', forbid: 'past' },
  [
    ['no, the fourth', '2027-06-04', { quote: 'the fourth' }],
    ['no, July', '2027-07-03', { quote: 'July' }],
    ['tomorrow', '2026-11-24'],
  ],
  { ...CONTEXT, correcting: '2027-06-03' },
);

t.test('the assumption is kept with the date', async (t) => {
  const note = (said: string) => interpretAnswer(said, { type: 'date', forbid: 'past' }, CONTEXT).normalizedFrom;
  t.equal(note('Next Monday.'), 'Next Monday, counted from 2026-11-23 in America/Los_Angeles');
  t.equal(note('next Friday'), 'next Friday, counted from 2026-11-23 in America/Los_Angeles; next taken as in the week after this one');
  t.equal(note('the third of June'), 'year 2027 assumed');
  t.equal(note('2026-12-01'), undefined);
});

checkProgress(
  'a date waits for its month',
  { type: 'date' },
  {
    complete: ['June third', 'next Monday', 'Monday the thirtieth', 'tomorrow', 'two weeks', 'next month', 'the weekend'],
    continues: ['the third', 'the', 'on the twenty first', 'from', 'the third of'],
    open: ['I can start', 'summer'],
  },
);
