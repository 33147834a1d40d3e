import t from 'tap';
import { splitClauses, splitSentences } from '../../media/clauses.js';
import { fc } from '../fixtures/properties.js';

t.test('sentences end at punctuation before a capital, a digit or a quote', async (t) => {
  const rows: [string, string[]][] = [
    ['Hello there. How are you?', ['Hello there.', 'How are you?']],
    ['It pays 3.5 dollars, e.g. on Monday. "Really?" Yes!', ['It pays 3.5 dollars, e.g. on Monday.', '"Really?"', 'Yes!']],
    ['  one  ', ['one']],
    ['', []],
  ];
  for (const [text, sentences] of rows) t.strictSame(splitSentences(text), sentences, text);
});

t.test('the first clause is short', async (t) => {
  const rows: [string, number, string[]][] = [
    ['Hello there. How are you?', 6, ['Hello there.', 'How are you?']],
    ['Thanks, Dana, that is good to know. What about pay?', 6, ['Thanks, Dana,', 'that is good to know.', 'What about pay?']],
    ['Great, and the job is in Oakland, near the port, on weekdays.', 8, ['Great, and the job is in Oakland,', 'near the port, on weekdays.']],
    ['The shift starts at six and it ends at two in the afternoon.', 6, ['The shift starts at six', 'and it ends at two in the afternoon.']],
    ['You would be lifting boxes of up to fifty pounds, is that fine?', 4, ['You would be lifting boxes of up to fifty pounds,', 'is that fine?']],
    ['One moment please while I look at that for you.', 4, ['One moment please', 'while I look at that for you.']],
    ['I see — so you have driven a truck before?', 5, ['I see —', 'so you have driven a truck before?']],
    ['There is no place to breathe in this very long sentence.', 4, ['There is no place to breathe in this very long sentence.']],
    ['Well, that is one word before the comma of the sentence.', 3, ['Well, that is one word before the comma of the sentence.']],
    ['It is about twelve hundred dollars a week, right?', 4, ['It is about twelve hundred dollars a week, right?']],
    ['Short, one.', 6, ['Short, one.']],
    ['', 6, []],
  ];
  for (const [text, firstMaxWords, clauses] of rows) t.strictSame(splitClauses(text, { firstMaxWords }), clauses, text);
});

t.test('joining the clauses with a space gives the text back', async () => {
  const word = fc.constantFrom('so', 'and', 'yes,', 'no.', 'Well', '"Yes."', '—', '3.5', 'because', 'a;', 'Hello', '(then)', 'e.g.', '…');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 1, max: 12 }), (words, firstMaxWords) => {
      const text = words.join(' ');
      const clauses = splitClauses(text, { firstMaxWords });
      return clauses.join(' ') === text && clauses.every((clause) => clause.trim() === clause && clause !== '');
    }),
  );
});
