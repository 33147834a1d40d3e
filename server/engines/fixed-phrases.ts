/*
 * Which sentences are worth keeping as audio: those that many calls say word for word and that name nobody. A name makes a sentence personal data, and it is
 * said once.
 */

const FIXED: readonly RegExp[] = [
  /^is it all right to record\?$/i,
  /^say stop, or ask for a person, at any time\.$/i,
  /^i'm an ai assistant calling for .{1,80} about .{1,80}\.$/i,
  /^this takes about .{1,20} and is recorded\.$/i,
  /^are you still there\?$/i,
  /^i (?:still )?can't hear you\b/i,
  /^(?:one moment, please|just a second|let me see)\.$/i,
  /^sorry, (?:i didn't catch that|i missed that|i didn't get that|the line cut out for a moment|i lost you for a moment)\.$/i,
  /^(?:thank you|thanks|great|okay|alright|of course|sure|go on|goodbye)\.?$/i,
  /^let me (?:put it another way|try once more|say that again)\.$/i,
  /^is that (?:right|all correct)\?$/i,
  /^(?:we will not contact you again|we will try again another time|no problem)\.$/i,
];

/** Sentences are what the voice is asked for. */
export const isFixedPhrase = (sentence: string): boolean => FIXED.some((pattern) => pattern.test(sentence.trim()));
