import t from 'tap';
import { splitSentences } from '../../media/sentences.js';
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

t.test('joining the sentences with a space gives the text back', async () => {
  const word = fc.constantFrom('so', 'and', 'yes,', 'no.', 'Well', '"Yes."', '—', '3.5', 'because', 'a;', 'Hello', '(then)', 'e.g.', '…');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const text = words.join(' ');
      const sentences = splitSentences(text);
      return sentences.join(' ') === text && sentences.every((sentence) => sentence.trim() === sentence && sentence !== '');
    }),
  );
});
