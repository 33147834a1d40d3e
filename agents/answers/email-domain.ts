import { PROVIDER_SPELLINGS, PROVIDERS, TOP_LEVEL_DOMAINS } from './english/spelling.js';
import { joinPieces, spelledPieces } from './spelled-out.js';
import { phraseTable, type SpokenWord, startsClause, startsSentence } from './spoken-text.js';

/** A domain found in speech: the words before `to` belong to it. `complete` when it ends in a top-level domain of some kind. */
export interface Domain {
  text: string;
  to: number;
  complete: boolean;
}

const providerSpellings = phraseTable(PROVIDER_SPELLINGS);
const topLevel = new Set(TOP_LEVEL_DOMAINS);

/** The domain ends in a top-level domain that an answer may be taken to end with. */
export const isWellKnown = (domain: Domain): boolean => domain.complete && topLevel.has(domain.text.split('.').at(-1) ?? '');

const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';
const isDot = (text: string) => text === 'dot' || text === 'point' || text === 'period';
const isLetter = (text: string) => /^[a-z]$/.test(text);
const isGlued = (words: readonly SpokenWord[], index: number) => words[index]?.before === '.';

/** One piece of a label at `index`. "my-company" has its hyphen; "e-x-a-m" is how recognisers write a spelling. */
const readPiece = (words: readonly SpokenWord[], index: number, glue: boolean): { text: string; to: number } | undefined => {
  const [piece] = spelledPieces(words.slice(index));
  if (!piece || !/^[a-z0-9-]+$/.test(piece.text)) return undefined;
  const spelling = isLetter(textAt(words, index)) && isLetter(textAt(words, index - 1));
  const hyphen = glue && words[index]?.before === '-' && !spelling ? '-' : '';
  return { text: hyphen + piece.text, to: index + Math.max(1, piece.to) };
};

interface Label {
  text: string;
  to: number;
}

/** The first label, however many words it takes ("my company"): it reaches to the first dot. */
const readName = (words: readonly SpokenWord[], from: number): Label => {
  let label: Label = { text: '', to: from };
  while (label.to < words.length) {
    const word = words[label.to];
    if (!word || isDot(word.text) || word.text === 'dotcom' || (label.to > from && (isGlued(words, label.to) || startsSentence(word)))) break;
    const piece = readPiece(words, label.to, label.text !== '');
    if (!piece) break;
    label = { text: label.text + piece.text, to: piece.to };
  }
  return label;
};

/**
 * Where the label that starts at `from` ends if another dot follows it. Undefined when it is the last: when two whole words stand before that dot, a pause, or a
 * top-level domain that only the spelling of something else follows ("example dot com, that's d a n a dot reyes").
 */
const endBeforeDot = (words: readonly SpokenWord[], from: number): number | undefined => {
  const isEnd = (at: number) => isDot(textAt(words, at)) || textAt(words, at) === 'dotcom' || isGlued(words, at);
  let end = from + 1;
  while (end < words.length && !isEnd(end)) end++;
  if (end >= words.length || words.slice(from + 1, end).some(startsClause)) return undefined;
  const pieces = spelledPieces(words.slice(from, end));
  const runOn = pieces.some(({ kind }, index) => kind === 'word' && pieces[index + 1]?.kind === 'word');
  const letters = /^(?:com|net|org|edu|gov)[a-z]/.test(joinPieces(pieces)) && pieces.at(1)?.kind === 'letter';
  return runOn || letters || pieces.some(({ text }) => !/^[a-z0-9-]+$/.test(text)) ? undefined : end;
};

/** The last label, one word or a spelling ("c o m"). Of a spelling that goes on into other letters ("i o i think") the top-level domain counts. */
const readLastLabel = (words: readonly SpokenWord[], from: number): Label => {
  const word = textAt(words, from);
  if (!isLetter(word)) return /^[a-z0-9-]+$/.test(word) ? { text: word, to: from + 1 } : { text: '', to: from };
  let run = '';
  let known = 0;
  for (let at = from; isLetter(textAt(words, at)) && !isGlued(words, at); at++) {
    run += textAt(words, at);
    if (topLevel.has(run)) known = run.length;
  }
  const text = known > 0 ? run.slice(0, known) : run;
  return { text, to: from + text.length };
};

/** The domain that starts at `index`: "example dot com", "gmail", "yahoo dot co dot uk", "e x a m p l e dot org", "alumni dot u dash tokyo dot a c dot j p". */
export const readDomain = (words: readonly SpokenWord[], index: number): Domain | undefined => {
  const spelling = providerSpellings.at(words, index);
  const named = spelling?.meaning ?? textAt(words, index);
  const afterName = index + (spelling?.length ?? 1);
  const provider = Object.hasOwn(PROVIDERS, named) ? PROVIDERS[named] : undefined;
  const dotted = isDot(textAt(words, afterName)) || textAt(words, afterName) === 'dotcom' || isGlued(words, afterName);
  if (provider && !dotted) return { text: provider, to: afterName, complete: true };
  const name = spelling ? { text: spelling.meaning, to: afterName } : readName(words, index);
  if (name.text === '') return undefined;
  const labels = [name.text];
  let { to } = name;
  for (;;) {
    if (textAt(words, to) === 'dotcom') {
      labels.push('com');
      to++;
      break;
    }
    const spoken = isDot(textAt(words, to));
    if (!spoken && !isGlued(words, to)) break;
    const from = spoken ? to + 1 : to;
    const end = endBeforeDot(words, from);
    const label = end === undefined ? readLastLabel(words, from) : { text: joinPieces(spelledPieces(words.slice(from, end))), to: end };
    if (label.text === '') break;
    labels.push(label.text);
    to = label.to;
    if (end === undefined) break;
  }
  const text = labels.join('.');
  return { text, to, complete: /\.[a-z]{2,}$/.test(text) };
};
