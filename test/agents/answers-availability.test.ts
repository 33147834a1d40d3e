import t from 'tap';
import { interpretAnswer } from '../../agents/answers/index.js';
import { CONTEXT, checkProgress, checkTable, DECLINED, unclear, week } from './answers-table.js';

checkTable('availability in a week', { type: 'availability' }, [
  ['weekdays', week('mon-fri 00:00-24:00')],
  ['weekends', week('sat sun 00:00-24:00')],
  ['Monday to Thursday mornings', week('mon-thu 06:00-12:00')],
  ['any day but Sunday', week('mon-sat 00:00-24:00')],
  ['after five on Fridays', week('fri 17:00-24:00')],
  ['nine to five', week('mon-sun 09:00-17:00')],
  ['evenings', week('mon-sun 18:00-22:00')],
  ['anytime', week('mon-sun 00:00-24:00')],
  ['Monday to Thursday mornings, and after five on Fridays', week('mon-thu 06:00-12:00; fri 17:00-24:00')],
  ['weekdays nine to five', week('mon-fri 09:00-17:00')],
  ['weekdays from nine to five', week('mon-fri 09:00-17:00')],
  ['Mondays and Wednesdays after three', week('mon wed 15:00-24:00')],
  ['Monday, Tuesday and Saturday', week('mon tue sat 00:00-24:00')],
  ['mornings', week('mon-sun 06:00-12:00')],
  ['weekday evenings', week('mon-fri 18:00-22:00')],
  ['weekends all day', week('sat sun 00:00-24:00')],
  ['every day except Friday evenings', week('mon-thu sat sun 00:00-24:00; fri 00:00-18:00; fri 22:00-24:00')],
  ['not Sundays', week('mon-sat 00:00-24:00'), { unsure: true }],
  ["I can't do Mondays", week('tue-sun 00:00-24:00'), { unsure: true }],
  ['Monday through Friday 9am to 5pm', week('mon-fri 09:00-17:00')],
  ['9-5', week('mon-sun 09:00-17:00')],
  ['six to two', week('mon-sun 06:00-14:00')],
  ['two to ten', week('mon-sun 14:00-22:00')],
  ['ten pm to six am', week('mon-sun 00:00-06:00; mon-sun 22:00-24:00')],
  ['nights', week('mon-sun 22:00-24:00')],
  ['before noon on weekends', week('sat sun 00:00-12:00')],
  ['until three on Mondays', week('mon 00:00-15:00')],
  ['from nine on Mondays', week('mon 09:00-24:00')],
  ['mornings on Mondays and afternoons on Tuesdays', week('mon 06:00-12:00; tue 12:00-18:00')],
  ['Monday mornings and Tuesday afternoons', week('mon 06:00-12:00; tue 12:00-18:00')],
  ['Monday and Tuesday mornings', week('mon tue 06:00-12:00')],
  ['mornings and evenings on Mondays', week('mon 06:00-12:00; mon 18:00-22:00')],
  ['weekdays, but not Wednesdays', week('mon tue thu fri 00:00-24:00')],
  ['weekends anytime and weekdays after six', week('mon-fri 18:00-24:00; sat sun 00:00-24:00')],
  ['half past five to ten', week('mon-sun 17:30-22:00')],
  ['between nine and five', week('mon-sun 09:00-17:00')],
  ['flexible', week('mon-sun 00:00-24:00')],
  ["I'm flexible except Sundays", week('mon-sat 00:00-24:00')],
  ['twenty four seven', week('mon-sun 00:00-24:00')],
  ['Friday', week('fri 00:00-24:00')],
  ['Fridays after 5:30 pm', week('fri 17:30-24:00')],
  ['all week', week('mon-sun 00:00-24:00')],
  ['Saturday to Monday', week('mon sat sun 00:00-24:00')],
  ["I'd rather not say", DECLINED],
  ["I don't know", unclear('no-answer')],
  ['Mondays, no, Tuesdays', week('tue 00:00-24:00'), { quote: 'Tuesdays', earlier: [week('mon 00:00-24:00')] }],
  ['weekdays no weekends', week('mon-fri 00:00-24:00')],
  ['Tuesdays and Thursdays from two to six in the afternoon', week('tue thu 14:00-18:00')],
  ['eight thirty to four', week('mon-sun 08:30-16:00')],
  ['any day', week('mon-sun 00:00-24:00')],
  ['every morning', week('mon-sun 06:00-12:00'), { quote: 'morning' }],
  ['seven days a week from eight to six', week('mon-sun 08:00-18:00')],
  ['after school', unclear('no-answer')],
  ['noon to midnight', week('mon-sun 12:00-24:00')],
  ['eight at night to midnight', week('mon-sun 20:00-24:00')],
]);

t.test('what was assumed of the hours is kept', async (t) => {
  const note = (said: string) => interpretAnswer(said, { type: 'availability' }, CONTEXT).normalizedFrom;
  t.equal(note('weekday evenings'), 'evening taken as 18:00 to 22:00');
  t.equal(note('Fridays after five'), 'morning or afternoon of a bare hour assumed');
  t.equal(note('Fridays after five pm'), undefined);
  t.equal(note('mornings'), 'morning taken as 6:00 to 12:00; no day said: every day');
});

checkTable('short free text is kept as it was said', { type: 'text' }, [
  [' I drove a forklift for three years. ', 'I drove a forklift for three years.', { quote: 'I drove a forklift for three years.' }],
  ['Um, mostly nights.', 'Um, mostly nights.', { quote: 'Um, mostly nights.' }],
  ['Nothing.', 'Nothing.', { quote: 'Nothing.' }],
  ['', unclear('no-answer')],
  ['   ', unclear('no-answer')],
  ['...', unclear('no-answer')],
  ['um', unclear('incomplete')],
  ['Um, well, you know, like', unclear('incomplete')],
  ["I'd rather not say", DECLINED],
  ['none of your business', DECLINED],
  ['I left because I wanted nights and they said skip that, so I moved on', 'I left because I wanted nights and they said skip that, so I moved on'],
]);

checkProgress(
  'open answers end by silence alone',
  { type: 'text' },
  { complete: [], continues: ['I worked at', 'and', 'let me think', 'we did it because'], open: ['I drove a forklift', ''] },
);
checkProgress(
  'so does availability',
  { type: 'availability' },
  { complete: [], continues: ['Mondays and', 'after', 'weekdays except'], open: ['weekdays'] },
);
