import { CommandError, notServed } from './command-error.js';

/**
 * A MongoDB (PCRE) pattern as a JS one. Patterns and options that JS would read differently are refused rather than guessed: the unicode mode rejects
 * PCRE-only escapes and groups, and only the options i, m and s are taken over.
 */
export const compilePattern = (pattern: string, options: string): RegExp => {
  for (const option of options) {
    if (option === 'x' || option === 'u') throw notServed(`the regular expression option "${option}"`);
    if (!'ims'.includes(option)) throw new CommandError('Location51108', `invalid flag in regex options: ${option}`);
  }
  const flags = [...new Set(options)].join('');
  try {
    return new RegExp(withoutIdleEscapes(pattern), `${flags}u`);
  } catch (error) {
    throw new CommandError('Location51091', `Regular expression is invalid or not supported by the embedded store: ${pattern}`, error);
  }
};

/** Drops the backslash before characters that need none, outside of character classes: PCRE ignores it there, JS's unicode mode refuses it. */
const withoutIdleEscapes = (pattern: string): string => {
  let result = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      const next = pattern[at + 1] ?? '';
      at += 1;
      result += /[-_"'#@%&~`:;<>=!, ]/.test(next) && !(inClass && next === '-') ? next : char + next;
      continue;
    }
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    result += char;
  }
  return result;
};
