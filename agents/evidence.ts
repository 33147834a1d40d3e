import type { Answer, Evidence } from '../schemas/answer.js';
import type { Turn } from '../schemas/transcript.js';

/*
 * The evidence rule: a value counts only with the candidate's own words. A quote must stand verbatim (case and white space aside, punctuation ignored at its
 * ends) in the candidate turns that it cites; offsets are computed here from the words of those turns and never taken from anyone else.
 */

/** Letters and digits of each word of a text, lower case, with nothing else; words of punctuation alone vanish. */
const tokensOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .split(/\s+/)
    .filter((token) => /[\p{L}\p{N}]/u.test(token));

const trimEnds = (token: string): string => token.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');

interface Place {
  turn: Turn;
  /** Index of the token within the turn. */
  index: number;
  tokens: number;
}

/** Where the quote stands in the turns, as first and last token; undefined when it does not. The last occurrence wins: what is said last counts. */
const locate = (quote: string, turns: readonly Turn[]): { first: Place; last: Place } | undefined => {
  const wanted = tokensOf(quote);
  if (wanted.length === 0) return undefined;
  const said = turns.flatMap((turn) => {
    const tokens = tokensOf(turn.text);
    return tokens.map((token, index) => ({ token, place: { turn, index, tokens: tokens.length } }));
  });
  const same = (token: string, want: string, position: number) => {
    // Punctuation inside the quote must match as it stands; at its two ends it does not matter.
    if (position === 0 || position === wanted.length - 1) return trimEnds(token) === trimEnds(want) || token === want;
    return token === want;
  };
  for (let start = said.length - wanted.length; start >= 0; start--) {
    if (!wanted.every((want, offset) => same(said[start + offset]?.token ?? '', want, offset))) continue;
    const first = said[start]?.place;
    const last = said[start + wanted.length - 1]?.place;
    if (first && last) return { first, last };
  }
  return undefined;
};

/** Time of a token: of the word at its place when the turn has as many words as tokens, otherwise the turn's own bounds. */
const startOf = (place: Place): number => wordAt(place)?.start_ms ?? place.turn.start_ms;
const endOf = (place: Place): number => wordAt(place)?.end_ms ?? place.turn.end_ms;
const wordAt = ({ turn, index, tokens }: Place) => (turn.words.length === tokens ? turn.words[index] : undefined);

/**
 * Finds a quote in the candidate's turns, which may be several when an answer came in pieces, and returns it as evidence with line offsets in ms. Turns of
 * the agent are ignored. Undefined when the words are not there.
 */
export const evidenceFor = (quote: string, turns: readonly Turn[]): Evidence | undefined => {
  const place = locate(
    quote,
    turns.filter((turn) => turn.speaker === 'candidate'),
  );
  if (!place) return undefined;
  const own = turns.filter((turn) => turn.speaker === 'candidate');
  const cited = own.slice(own.indexOf(place.first.turn), own.indexOf(place.last.turn) + 1);
  return { quote, turn_ids: cited.map((turn) => turn.id).filter((id) => id !== ''), start_ms: startOf(place.first), end_ms: endOf(place.last) };
};

/**
 * Holds an answer against the turns of its call. Returns it unchanged when its quote stands in the cited candidate turns, with offsets recomputed when they
 * lie outside those turns; otherwise the value is dropped and the status becomes `missing`. An answer without a value needs no proof.
 */
export const prove = (answer: Answer, turns: readonly Turn[]): Answer => {
  if (answer.value === undefined) return answer;
  const cited = turns.filter((turn) => answer.evidence?.turn_ids.includes(turn.id));
  const found = answer.evidence && evidenceFor(answer.evidence.quote, cited);
  if (!answer.evidence || !found) {
    const { value: _value, evidence: _evidence, confirmation_turn_id: _turn, ...rest } = answer;
    return { ...rest, status: 'missing', confidence: 0 };
  }
  const { start_ms, end_ms } = answer.evidence;
  const first = Math.min(...cited.map((turn) => turn.start_ms));
  const last = Math.max(...cited.map((turn) => turn.end_ms));
  return start_ms >= first && end_ms <= last && start_ms <= end_ms ? answer : { ...answer, evidence: found };
};
