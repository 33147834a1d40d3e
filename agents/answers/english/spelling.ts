/** English words for signs and letters of e-mail addresses and digit strings. Data only. */
// biome-ignore format: one phrase a line would hide the table
export const SIGNS: readonly (readonly [string, string])[] = [
  ['dot', '.'], ['period', '.'], ['point', '.'], ['full stop', '.'], ['underscore', '_'], ['under score', '_'], ['dash', '-'], ['hyphen', '-'], ['minus', '-'], ['plus', '+'], ['plus sign', '+'],
];

export const REPEATS: Readonly<Record<string, number>> = { double: 2, triple: 3, treble: 3, quadruple: 4 };

/** Remarks about the spelling that are no part of it. */
// biome-ignore format: one phrase a line would hide the table
export const SPELLING_REMARKS: readonly string[] = [
  'all lower case', 'all lowercase', 'lower case', 'lowercase', 'all small letters', 'all in lower case', 'all in lowercase', 'no dots', 'no dot', 'no spaces', 'no space', 'no caps', 'no capitals', 'all one word', 'all together', 'one word', 'capital', 'upper case', 'uppercase',
  'um', 'uh', 'er', 'like', 'you know', 'letter', 'the letter', 'the number', 'number', 'then', 'and then', 'followed by', 'and', 'that is', 'comma', 'space', 'no underscore', 'no dash', 'no hyphen', 'symbol', 'sign', 'spelled', "that's spelled", 'spelt', 'which is',
];

/** Words and phrases that lead up to an address and are no part of it. */
// biome-ignore format: one phrase a line would hide the table
export const ADDRESS_LEAD_INS: readonly string[] = [
  'it', "it's", 'its', 'is', 'my', 'email', 'e mail', 'mail', 'emails', 'e mails', 'address', 'the', 'that', "that's", 'thats', 'would', 'be', 'you', 'can', 'could', 'reach', 'me', 'at', 'use', 'send', 'to', 'on', 'sure', 'yes', 'yeah', 'yep', 'okay', 'ok', 'so', 'well', 'oh', 'hi', 'right', 'write', 'best', 'please', 'um', 'uh', "i'm", 'this', 'no', 'have', 'got', 'contact', 'personal', 'work', 'gmail', "here's", 'here', 'goes', 'let', 'see',
  // A letter or a one by itself may be the first of a spelling.
  'a gmail', 'a personal', 'a work', 'i have', 'i got', 'i use', 'i would', 'i can', 'i think', 'this one', 'that one', 'the one', 'my one', 'best one', 'right one', 'other one', 'personal one', 'work one', 'gmail one',
];

export const PROVIDERS: Readonly<Record<string, string>> = {
  gmail: 'gmail.com',
  googlemail: 'googlemail.com',
  outlook: 'outlook.com',
  hotmail: 'hotmail.com',
  yahoo: 'yahoo.com',
  icloud: 'icloud.com',
  aol: 'aol.com',
  protonmail: 'protonmail.com',
  rediffmail: 'rediffmail.com',
};

/** How recognisers break provider names apart. */
// biome-ignore format: one phrase a line would hide the table
export const PROVIDER_SPELLINGS: readonly (readonly [string, string])[] = [['g mail', 'gmail'], ['gee mail', 'gmail'], ['hot mail', 'hotmail'], ['i cloud', 'icloud'], ['out look', 'outlook'], ['proton mail', 'protonmail'], ['a o l', 'aol'], ['rediff mail', 'rediffmail'], ['google mail', 'googlemail']];

/** Top-level domains that end an address; others are accepted but do not end the wait early. */
// biome-ignore format: one phrase a line would hide the table
export const TOP_LEVEL_DOMAINS: readonly string[] = ['com', 'net', 'org', 'edu', 'gov', 'io', 'uk', 'in', 'us', 'ca', 'de', 'au', 'nz', 'ie', 'eu', 'me', 'info', 'biz', 'dev', 'app', 'fr', 'nl', 'es', 'it', 'ch', 'sg', 'za', 'mx', 'br', 'ai'];

/** The alphabet for spelling aloud; used only when an address is spelled with nothing else. */
// biome-ignore format: one phrase a line would hide the table
export const SPELLING_ALPHABET: Readonly<Record<string, string>> = {
  alpha: 'a', alfa: 'a', bravo: 'b', charlie: 'c', delta: 'd', echo: 'e', foxtrot: 'f', golf: 'g', hotel: 'h', india: 'i', juliet: 'j', juliett: 'j', kilo: 'k', lima: 'l', mike: 'm', november: 'n', oscar: 'o', papa: 'p', quebec: 'q', romeo: 'r', sierra: 's', tango: 't', uniform: 'u', victor: 'v', whiskey: 'w', whisky: 'w', xray: 'x', yankee: 'y', zulu: 'z',
};
