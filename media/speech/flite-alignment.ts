import type { Word } from '../../schemas/transcript.js';

/*
 * Flite prints its sounds with their times, and its words, but never which sounds belong to which word. So the text is also put through the quickest voice
 * with a comma after every word: the pauses then show the words' sounds, and the two rows of sounds are aligned. The voices differ in a few sounds
 * ("doctor" and "drive" for "Dr"), which the alignment bridges.
 */

/** A sound of the spoken piece: flite's name of it and its place in ms from the start of flite's own output. */
export interface TimedSound {
  name: string;
  startMs: number;
  endMs: number;
}

/** One word of the text, as written and as flite gets it (ASCII; empty when there is nothing to say). */
export interface SpokenWord {
  text: string;
  spoken: string;
}

const PAUSE = 'pau';

/** Typographic characters, and letters that have no accent to take off. */
// biome-ignore format: a table
const ASCII_FORMS: Readonly<Record<string, string>> = {
  '‘': "'", '’': "'", '“': '"', '”': '"', '–': '-', '—': ',', '…': '.', '€': ' euro ', '£': ' pound ', '₹': ' rupee ',
  ß: 'ss', æ: 'ae', Æ: 'Ae', œ: 'oe', Œ: 'Oe', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ı: 'i', þ: 'th', ð: 'd',
};

/** Writes a word with the characters that flite knows; others are left out. */
export const toSpokenWord = (text: string): SpokenWord => {
  const plain = text
    .replace(/[^\p{ASCII}]/gu, (character) => ASCII_FORMS[character] ?? character)
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '');
  return { text, spoken: /[a-z0-9$%&+=@#*/<>]/i.test(plain) ? plain.trim() : '' };
};

/** Reads the line that `-psdur` prints: `pau:0.164 hh:0.255 …`, each with its end in seconds. */
export const parseTimedSounds = (printed: string): TimedSound[] => {
  let startMs = 0;
  return printed
    .trim()
    .split(/\s+/)
    .flatMap((item) => {
      const [name, end] = item.split(':');
      const endMs = Number(end) * 1000;
      if (!name || !Number.isFinite(endMs)) return [];
      const sound = { name, startMs, endMs };
      startMs = endMs;
      return [sound];
    });
};

/** The text whose pauses show the words: a comma after each instead of its own punctuation. */
export const toListedText = (words: readonly SpokenWord[]): string =>
  words.map(({ spoken }) => `${spoken.replace(/[^a-z0-9$%&+=@#*/<>]+$/i, '')},`).join(' ');

/** Reads the line that `-ps` prints into the sounds between pauses. */
export const parseSoundGroups = (printed: string): string[][] => {
  const groups: string[][] = [[]];
  for (const name of printed.trim().split(/\s+/)) {
    if (name === PAUSE) groups.push([]);
    else if (name !== '') groups[groups.length - 1]?.push(name);
  }
  return groups.filter((group) => group.length > 0);
};

/**
 * Gives every word the place of its sounds. `listed` holds the expected sounds of each word, empty for silent ones, which get no length of their own.
 * Times are those of `sounds`; words never overlap.
 */
export const alignWords = (words: readonly SpokenWord[], listed: readonly (readonly string[])[], sounds: readonly TimedSound[]): Word[] => {
  const expected = listed.flatMap((names, word) => names.map((name) => ({ name, word })));
  const heard = sounds.filter((sound) => sound.name !== PAUSE);
  const owners = ownersOf(expected, heard);
  let atMs = heard[0]?.startMs ?? 0;
  return words.map(({ text }, word) => {
    const own = heard.filter((_, nth) => owners[nth] === word);
    const startMs = Math.max(atMs, own[0]?.startMs ?? atMs);
    const endMs = Math.max(startMs, own[own.length - 1]?.endMs ?? startMs);
    atMs = endMs;
    return { text, start_ms: startMs, end_ms: endMs };
  });
};

/** The word of each heard sound, by the cheapest alignment of the two rows. */
const ownersOf = (expected: readonly { name: string; word: number }[], heard: readonly TimedSound[]): number[] => {
  const costs: number[][] = [Array.from({ length: heard.length + 1 }, (_, j) => j)];
  expected.forEach(({ name }, i) => {
    const above = costs[i] ?? [];
    const row = [i + 1];
    heard.forEach((sound, j) => {
      row.push(Math.min((above[j] ?? 0) + difference(name, sound.name), (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    });
    costs.push(row);
  });
  const owners = new Array<number>(heard.length).fill(-1);
  let i = expected.length;
  let j = heard.length;
  while (i > 0 && j > 0) {
    const here = costs[i]?.[j] ?? 0;
    const pair = (costs[i - 1]?.[j - 1] ?? 0) + difference(expected[i - 1]?.name ?? '', heard[j - 1]?.name ?? '');
    if (here === pair) {
      i -= 1;
      j -= 1;
      owners[j] = expected[i]?.word ?? -1;
    } else if (here === (costs[i]?.[j - 1] ?? 0) + 1) j -= 1;
    else i -= 1;
  }
  return adoptStrays(owners, heard);
};

/** A sound that the listed words do not have goes with the sound before it, or after a pause with the one that follows. */
const adoptStrays = (owners: number[], heard: readonly TimedSound[]): number[] => {
  owners.forEach((owner, nth) => {
    const isAfterPause = nth === 0 || (heard[nth]?.startMs ?? 0) > (heard[nth - 1]?.endMs ?? 0);
    if (owner === -1 && !isAfterPause) owners[nth] = owners[nth - 1] ?? -1;
  });
  for (let nth = owners.length - 2; nth >= 0; nth -= 1) if (owners[nth] === -1) owners[nth] = owners[nth + 1] ?? -1;
  return owners;
};

const difference = (a: string, b: string): number => (a === b ? 0 : isVowel(a) !== isVowel(b) ? 1.5 : isVowel(a) ? 0.5 : 0.9);
const isVowel = (name: string): boolean => /^[aeiou]/.test(name);
