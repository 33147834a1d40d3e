/** English number words. Data only. */
// biome-ignore format: one phrase a line would hide the table
export const SMALL: Readonly<Record<string, number>> = {
  zero: 0, nought: 0, naught: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12, thirteen: 13,
  fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19,
};

// biome-ignore format: one phrase a line would hide the table
export const TENS: Readonly<Record<string, number>> = {
  twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90,
};

// biome-ignore format: one phrase a line would hide the table
export const SCALES: Readonly<Record<string, number>> = {
  thousand: 1e3, thousands: 1e3, k: 1e3, kay: 1e3, grand: 1e3, thou: 1e3, lakh: 1e5, lakhs: 1e5, lac: 1e5, lacs: 1e5, million: 1e6, crore: 1e7, crores: 1e7, cr: 1e7,
};

// biome-ignore format: one phrase a line would hide the table
export const ORDINALS: Readonly<Record<string, number>> = {
  first: 1, second: 2, third: 3, fourth: 4, fifth: 5, sixth: 6, seventh: 7, eighth: 8, ninth: 9, tenth: 10, eleventh: 11, twelfth: 12, thirteenth: 13,
  fourteenth: 14, fifteenth: 15, sixteenth: 16, seventeenth: 17, eighteenth: 18, nineteenth: 19, twentieth: 20, thirtieth: 30,
};

/** Whole phrases with a value. */
// biome-ignore format: one phrase a line would hide the table
export const FRACTIONS: readonly (readonly [string, number])[] = [
  ['half', 0.5], ['a half', 0.5], ['one half', 0.5], ['half a', 0.5], ['half an', 0.5], ['half of', 0.5], ['a quarter', 0.25], ['quarter', 0.25], ['one quarter', 0.25],
  ['quarter of a', 0.25], ['a quarter of a', 0.25], ['three quarters', 0.75], ['three quarters of a', 0.75], ['three quarters of an', 0.75],
  ['a couple', 2], ['a couple of', 2], ['couple of', 2], ['a dozen', 12], ['half a dozen', 6],
];
