/** English words around a choice. Data only. */
// biome-ignore format: one phrase a line would hide the table
export const NEGATIONS: readonly string[] = [
  'not', 'no', 'except', 'except for', 'but not', 'anything but', 'any but', 'all but', 'everything but', 'other than', 'apart from', 'aside from', 'excluding', 'besides', 'never', "can't do", 'cannot do', "can't work",
  'cannot work', "don't want", "don't like", "don't do", 'do not want', "don't have", 'do not have', "won't do", "wouldn't do", "isn't", 'without', 'just not', 'definitely not', 'hate', 'any day but', 'every day but', 'any shift but', "i'm not", 'neither', 'nor',
];

/** Everything on the list, or nobody minds which. */
// biome-ignore format: one phrase a line would hide the table
export const ALL_PHRASES: readonly string[] = [
  'any', 'anything', 'any of them', 'any of those', 'any of these', 'all', 'all of them', 'all of those', 'all of these', 'all of the above', 'everything', 'every one', 'either', 'either one', 'either one works', 'either way', 'both', 'both of them', 'no preference',
  "don't have a preference", "doesn't matter", 'does not matter', "it doesn't matter", "don't mind", "don't care", 'whatever', 'whichever', "i'm flexible", 'flexible', "i'm easy", 'i can do all', 'each of them', 'any time', 'anytime', 'no real preference', 'not fussed', "i'm open",
];

// biome-ignore format: one phrase a line would hide the table
export const NONE_OF_THEM: readonly string[] = ['none', 'none of them', 'none of those', 'none of these', 'none of the above', 'neither', 'neither of them', 'neither one', 'nothing'];

/** The option right after is the one that is wanted among several that were named. */
// biome-ignore format: one phrase a line would hide the table
export const PREFERENCES: readonly string[] = ["i'd prefer", 'i would prefer', 'i prefer', 'prefer', 'preferably', 'ideally', "i'd rather", 'i would rather', 'rather', 'mostly', 'mainly', "i'd like", 'i would like', "i'll take", 'i will take', "let's go with", "let's say", "i'd go with", 'go with', 'definitely'];

/** Positions; -1 is the last. */
// biome-ignore format: one phrase a line would hide the table
export const POSITIONS: readonly (readonly [string, number])[] = [
  ['the last one', -1], ['the last', -1], ['last one', -1], ['last option', -1], ['the last option', -1], ['the latter', -1], ['latter', -1], ['the former', 1], ['former', 1],
];
