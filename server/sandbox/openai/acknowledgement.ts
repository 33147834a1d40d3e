const PHRASES = [
  'Great, thank you.',
  'Okay, noted.',
  'Got it, thanks.',
  'Perfect, thank you.',
  'All right, good to know.',
  'Thanks, that helps.',
  'Wonderful, thanks for that.',
  'Understood, thank you.',
] as const;

/** A few words, no question, not those of the last time. The same conversation always gets the same ones. */
export const acknowledgement = (said: readonly string[]): string => {
  const last = said.at(-1) ?? '';
  const fresh = PHRASES.filter((phrase) => !last.includes(phrase));
  return fresh[said.length % fresh.length] ?? PHRASES[0];
};
