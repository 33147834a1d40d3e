import type { AnswerValue } from '../../schemas/answer.js';
import { findDecline } from './declined.js';
import { isWellKnown, readDomain } from './email-domain.js';
import { ADDRESS_LEAD_INS, SIGNS, TOP_LEVEL_DOMAINS } from './english/spelling.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { readBelowHundred } from './number-words.js';
import { CONFIDENCE, interpretStatements, noAnswer, type Obstacle, type Reading, trailsOff } from './reading.js';
import { joinPieces, type SpelledPiece, spelledPieces } from './spelled-out.js';
import { joined, phraseSet, phraseTable, quoteOf, type SpokenWord, spokenWords } from './spoken-text.js';

const leadIns = phraseSet(ADDRESS_LEAD_INS);
const signs = phraseTable(SIGNS);
const topLevel = new Set(TOP_LEVEL_DOMAINS);
const ADDRESS = /^[a-z0-9](?:[a-z0-9._+-]*[a-z0-9])?@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const WRITTEN = /[a-z0-9][a-z0-9._%+-]*@[a-z0-9.-]+\.[a-z]{2,}/i;

const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';
const isAt = (text: string) => text === 'at' || text === '@';

const localStart = (words: readonly SpokenWord[], at: number): number => {
  let start = 0;
  // A sentence before the address is no part of it; a recogniser's full stop inside one is glued.
  for (let index = 1; index < at; index++) if (/[.!?:;]\s|—/.test(words[index]?.before ?? '')) start = index;
  for (let index = start; index < at - 1; index++) if (/^(is|it's|its|that's|am|be)$/.test(textAt(words, index))) start = index + 1;
  for (;;) {
    const found = leadIns.at(words, start);
    const next = start + (found?.length ?? 0);
    // "my dot reyes", "my.reyes": what a sign follows belongs to the address.
    const signed = signs.at(words, next) !== undefined || /^[._+-]$/.test(words[next]?.before ?? '');
    // "oh seven" is a digit, "oh, dana" an exclamation.
    const zero = textAt(words, start) === 'oh' && joined(words[next]) && readBelowHundred(words, next) !== undefined;
    if (!found || next >= at || signed || zero) return start;
    start = next;
  }
};

const confidenceOf = (pieces: readonly SpelledPiece[]): number => {
  const runOn = pieces.some((piece, index) => piece.kind === 'word' && pieces[index + 1]?.kind === 'word');
  // "a reyes" is an initial, or an article that nobody meant.
  const article = pieces[0]?.text === 'a' && pieces[1]?.kind === 'word';
  return runOn || article ? CONFIDENCE.hedged : 0.9;
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
  if (domain && isWellKnown(domain)) return { value: `${local}@${domain.text}`, confidence: 0.7, from: 0, to: domain.to };
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
    const ended = domain && isWellKnown(domain) && (domain.to === words.length || !hanging);
    if (ended || closing || findDecline(words, true)) return 'complete';
    if (hanging || trailsOff(words)) return 'continues';
    return 'open';
  },
  grammar: () => undefined,
};
