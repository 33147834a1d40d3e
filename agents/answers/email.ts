import type { AnswerValue } from '../../schemas/answer.js';
import { findDecline } from './declined.js';
import { ADDRESS_LEAD_INS, PROVIDER_SPELLINGS, PROVIDERS, TOP_LEVEL_DOMAINS } from './english/spelling.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, interpretStatements, noAnswer, type Obstacle, type Reading, trailsOff } from './reading.js';
import { joinPieces, type SpelledPiece, spelledPieces } from './spelled-out.js';
import { phraseTable, quoteOf, type SpokenWord, spokenWords, startsSentence } from './spoken-text.js';

const providerSpellings = phraseTable(PROVIDER_SPELLINGS);
const leadIns = new Set(ADDRESS_LEAD_INS);
const topLevel = new Set(TOP_LEVEL_DOMAINS);
const ADDRESS = /^[a-z0-9](?:[a-z0-9._+-]*[a-z0-9])?@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const WRITTEN = /[a-z0-9][a-z0-9._%+-]*@[a-z0-9.-]+\.[a-z]{2,}/i;

const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';
const isAt = (text: string) => text === 'at' || text === '@';

interface Domain {
  text: string;
  to: number;
  complete: boolean;
}

/** The domain that starts at `index`: "example dot com", "gmail", "yahoo dot co dot uk", "e x a m p l e dot org". */
const readDomain = (words: readonly SpokenWord[], index: number): Domain | undefined => {
  const spelling = providerSpellings.at(words, index);
  const name = spelling?.meaning ?? textAt(words, index);
  const provider = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  const afterName = index + (spelling?.length ?? 1);
  const dotted = textAt(words, afterName) === 'dot' || textAt(words, afterName) === 'dotcom' || words[afterName]?.before === '.';
  if (provider && !dotted) return { text: provider, to: afterName, complete: true };
  let text = spelling ? spelling.meaning : '';
  let at = spelling ? afterName : index;
  let labelEnd = 0;
  while (at < words.length) {
    const word = words[at];
    if (!word) break;
    const glued = word.before === '.' && at > index;
    if (word.text === 'dotcom') {
      text += '.com';
      at++;
      labelEnd = at;
      break;
    }
    if (word.text === 'dot' || word.text === 'point' || word.text === 'period') {
      if (text === '' || text.endsWith('.')) return undefined;
      text += '.';
      at++;
      continue;
    }
    if (glued) text += '.';
    const inTail = text.includes('.');
    const label = inTail ? text.slice(text.lastIndexOf('.') + 1) : '';
    // After a whole label behind a dot the domain ends, unless it is being spelled ("dot c o m").
    if (inTail && label !== '' && !(label.length < 3 && /^[a-z]$/.test(word.text) && !topLevel.has(label)) && !glued) break;
    if (!inTail && startsSentence(word) && text !== '') break;
    const letters = inTail ? [{ text: word.text, to: 1 }] : spelledPieces(words.slice(at)).slice(0, 1);
    const [piece] = letters;
    if (!piece || !/^[a-z0-9-]+$/.test(piece.text)) break;
    // "my-company" has its hyphen; "e-x-a-m" is how recognisers write a spelling.
    const spelling = /^[a-z]$/.test(word.text) && /^[a-z]$/.test(textAt(words, at - 1));
    text += word.before === '-' && text !== '' && !spelling ? `-${piece.text}` : piece.text;
    at += Math.max(1, piece.to);
    labelEnd = at;
  }
  const clean = text.replace(/\.$/, '');
  if (clean === '') return undefined;
  return { text: clean, to: labelEnd, complete: /\.[a-z]{2,}$/.test(clean) };
};

const localStart = (words: readonly SpokenWord[], at: number): number => {
  let start = 0;
  // A sentence before the address is no part of it; a recogniser's full stop inside one is glued.
  for (let index = 1; index < at; index++) if (/[.!?:;]\s|—/.test(words[index]?.before ?? '')) start = index;
  for (let index = start; index < at - 1; index++) if (/^(is|it's|its|that's|am|be)$/.test(textAt(words, index))) start = index + 1;
  while (
    start < at - 1 &&
    leadIns.has(textAt(words, start)) &&
    !/^(dot|underscore|dash|hyphen|plus)$/.test(textAt(words, start + 1)) &&
    !isSpelling(words, start, at)
  )
    start++;
  return start;
};

/** A single letter followed by another one is the start of a spelling, not a lead-in such as "a" or "I". */
const isSpelling = (words: readonly SpokenWord[], index: number, at: number): boolean =>
  /^[a-z]$/.test(textAt(words, index)) &&
  index + 1 < at &&
  (/^[a-z]$/.test(textAt(words, index + 1)) || textAt(words, index + 1) === 'as') &&
  textAt(words, index + 1) !== 'e';

const confidenceOf = (pieces: readonly SpelledPiece[]): number => {
  const runOn = pieces.some((piece, index) => piece.kind === 'word' && pieces[index + 1]?.kind === 'word');
  return runOn ? CONFIDENCE.hedged : 0.9;
};

/** Reads an address from one statement; `earlier` lends the part before "at" to a correction that names only a domain, and the other way round. */
const readAddress = (words: readonly SpokenWord[], earlier: string | undefined): Reading | Obstacle | undefined => {
  const [earlierLocal, earlierDomain] = earlier?.split('@') ?? [];
  for (let at = words.length - 1; at >= 0; at--) {
    if (!isAt(textAt(words, at))) continue;
    const domainStart = textAt(words, at + 1) === 'sign' ? at + 2 : at + 1;
    const domain = readDomain(words, domainStart);
    if (!domain?.complete) {
      if (domain && at > 0) return { problem: 'incomplete', from: localStart(words, at), to: Math.max(domain.to, at + 1) };
      continue;
    }
    const start = localStart(words, at);
    const pieces = spelledPieces(words.slice(start, at));
    const local = joinPieces(pieces) || earlierLocal || '';
    const address = `${local}@${domain.text}`;
    if (!ADDRESS.test(address) || address.includes('..')) return { problem: 'incomplete', from: start, to: domain.to };
    return { value: address, confidence: confidenceOf(pieces), from: start, to: domain.to };
  }
  if (earlierLocal && earlierDomain) return readPart(words, earlierLocal, earlierDomain);
  const dot = words.findIndex((word) => word.text === 'dot' || word.text === 'dotcom');
  return dot < 0 ? undefined : { problem: 'incomplete', from: localStart(words, words.length), to: words.length };
};

/** A correction of one half: "hotmail dot com", "dana underscore reyes". */
const readPart = (words: readonly SpokenWord[], local: string, domainText: string): Reading | undefined => {
  const domain = readDomain(words, 0);
  if (domain?.complete && topLevel.has(domain.text.split('.').at(-1) ?? ''))
    return { value: `${local}@${domain.text}`, confidence: 0.7, from: 0, to: domain.to };
  const start = localStart(words, words.length);
  const pieces = spelledPieces(words.slice(start));
  const address = `${joinPieces(pieces)}@${domainText}`;
  const spelled = pieces.some((piece) => piece.kind !== 'word');
  return spelled && ADDRESS.test(address) ? { value: address, confidence: 0.7, from: start, to: words.length } : undefined;
};

const interpret = (said: string, _spec: AnswerSpec, context: SpokenContext): Interpretation => {
  const written = WRITTEN.exec(said);
  // Only when nothing is left to spell or correct before it: "dana dot reyes@example.com" goes the long way.
  const before = written ? spokenWords(said.slice(0, written.index)).at(-1)?.text : undefined;
  if (written && !said.slice(written.index + written[0].length).includes('@') && !/^(dot|underscore|dash|hyphen|plus|[a-z])$/.test(before ?? '')) {
    return { status: 'understood', value: written[0].toLowerCase(), confidence: CONFIDENCE.plain, quote: written[0] };
  }
  const words = spokenWords(said);
  if (words.length === 0) return noAnswer(said);
  let stem: string | undefined;
  const result = interpretStatements(said, context, (part, previous: AnswerValue | undefined) => {
    const reading = readAddress(part, typeof previous === 'string' ? previous : stem);
    // "dana dot reyes, no, dana underscore reyes at example dot com": nothing to keep of the first.
    if (reading && 'value' in reading && typeof reading.value === 'string') stem = reading.value;
    return reading;
  });
  return result.quote === '' ? { ...result, quote: quoteOf(said, words, 0, words.length) } : result;
};

/** An e-mail address, spelled or spoken. */
export const email: AnswerKind = {
  type: 'email',
  interpret,
  progress(text) {
    const words = spokenWords(text);
    const last = words.at(-1)?.text ?? '';
    if (words.length === 0) return 'open';
    const hanging = /^(dot|at|@|underscore|dash|hyphen|plus|point|double|[a-z])$/.test(last) || textAt(words, words.length - 2) === 'double';
    const at = words.findLastIndex((word) => isAt(word.text));
    const domain = at < 0 ? undefined : readDomain(words, at + 1);
    const closing = at >= 0 && topLevel.has(last) && /^(dot|point|period)$/.test(textAt(words, words.length - 2));
    const ended = domain?.complete && topLevel.has(domain.text.split('.').at(-1) ?? '') && (domain.to === words.length || !hanging);
    if (ended || closing || findDecline(words, true)) return 'complete';
    if (hanging || trailsOff(words)) return 'continues';
    return 'open';
  },
  grammar: () => undefined,
};
