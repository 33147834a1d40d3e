/*
 * A guess at how an English word sounds, for grammar words that the recogniser's dictionary lacks: names of companies, places, people. Plain letter-to-sound
 * rules, longest first; good enough that the word can be heard when it is said as it is spelled, not more.
 */

// biome-ignore format: a table, longest spellings first
const RULES: readonly (readonly [string, string])[] = Object.entries({
  tion: 'SH AH N', sion: 'ZH AH N', ture: 'CH ER', ough: 'OW', augh: 'AO F', eigh: 'EY', tch: 'CH', dge: 'JH', igh: 'AY', sch: 'SH', ing: 'IH NG', ous: 'AH S',
  ch: 'CH', sh: 'SH', th: 'TH', ph: 'F', wh: 'W', gh: 'G', ck: 'K', ng: 'NG', qu: 'K W', kn: 'N', wr: 'R', sc: 'S K',
  ee: 'IY', ea: 'IY', ie: 'IY', ei: 'EY', ai: 'EY', ay: 'EY', oa: 'OW', oe: 'OW', oo: 'UW', ou: 'AW', ow: 'OW', oi: 'OY', oy: 'OY',
  au: 'AO', aw: 'AO', ew: 'UW', ue: 'UW', ui: 'UW', ar: 'AA R', er: 'ER', ir: 'ER', or: 'AO R', ur: 'ER',
  ce: 'S EH', ci: 'S IH', cy: 'S IY', ge: 'JH EH', gi: 'JH IH',
  a: 'AE', b: 'B', c: 'K', d: 'D', e: 'EH', f: 'F', g: 'G', h: 'HH', i: 'IH', j: 'JH', k: 'K', l: 'L', m: 'M', n: 'N', o: 'AA', p: 'P', q: 'K', r: 'R',
  s: 'S', t: 'T', u: 'AH', v: 'V', w: 'W', x: 'K S', y: 'IY', z: 'Z',
  0: 'Z IH R OW', 1: 'W AH N', 2: 'T UW', 3: 'TH R IY', 4: 'F AO R', 5: 'F AY V', 6: 'S IH K S', 7: 'S EH V AH N', 8: 'EY T', 9: 'N AY N',
  '&': 'AE N D', '%': 'P ER S EH N T', '+': 'P L AH S', '@': 'AE T',
}).sort(([a], [b]) => b.length - a.length);

// biome-ignore format: a table
const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: 'EY', b: 'B IY', c: 'S IY', d: 'D IY', e: 'IY', f: 'EH F', g: 'JH IY', h: 'EY CH', i: 'AY', j: 'JH EY', k: 'K EY', l: 'EH L', m: 'EH M', n: 'EH N', o: 'OW',
  p: 'P IY', q: 'K Y UW', r: 'AA R', s: 'EH S', t: 'T IY', u: 'Y UW', v: 'V IY', w: 'D AH B AH L Y UW', x: 'EH K S', y: 'W AY', z: 'Z IY',
};

/**
 * The sounds of a word, separated by spaces; undefined when nothing in it can be said. Parts joined by hyphens, dots or apostrophes are looked up in
 * `dictionary` first; a part without a vowel is spelled.
 */
export const findPronunciation = (word: string, dictionary: (part: string) => string | undefined): string | undefined => {
  // An accented e at the end is not silent.
  const plain = word.normalize('NFC').replace(/é/gi, 'ay').normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const sounds = plain
    .split(/[^a-z0-9&%+@]+/)
    .filter((part) => part !== '')
    .map((part) => dictionary(part) ?? (/[aeiouy0-9&%+@]/.test(part) ? soundOut(part) : spell(part)));
  return sounds.length === 0 ? undefined : sounds.join(' ');
};

const spell = (part: string): string => [...part].map((letter) => LETTER_NAMES[letter] ?? '').join(' ');

const soundOut = (part: string): string => {
  const sounds: string[] = [];
  // A doubled letter sounds once; an "e" at the end after a consonant is silent.
  const written = part
    .replace(/([a-z])\1/g, (pair, letter: string) => ('eo'.includes(letter) ? pair : letter))
    .replace(/(?<=[aeiouy][^aeiouy\d]+)e$/, '');
  for (let at = 0; at < written.length; ) {
    const [letters, sound] = RULES.find(([pattern]) => written.startsWith(pattern, at)) ?? [written.charAt(at), ''];
    if (sound) sounds.push(sound);
    at += letters.length;
  }
  return sounds.join(' ');
};
