import { numberInWords } from './number-in-words.js';

/** Text as words of a JSGF rule: lower case, figures spelled out, no punctuation, nothing that JSGF would read as syntax. Empty when nothing is left. */
export const grammarWords = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll('&', ' and ')
    .replaceAll('%', ' percent ')
    .replaceAll('+', ' plus ')
    .replaceAll(/\d+(?:\.\d+)?/g, (figure) => ` ${numberInWords(Number(figure))} `)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z' ]+/g, ' ')
    .replaceAll(/(?<![a-z])'|'(?![a-z])/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
