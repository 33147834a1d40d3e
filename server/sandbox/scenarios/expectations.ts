import { isDeepStrictEqual } from 'node:util';
import { percentile95 } from './heard-latency.js';
import type { Failure, ScenarioReport } from './report.js';
import type { Expectations } from './schema.js';

/** What is compared: the report without its verdict, and what the report's line has no room for. */
export interface Findings extends Omit<ScenarioReport, 'passed' | 'failures'> {
  /** Words of the agent that the far end heard and that the transcripts hold, over all calls in order, and sound that the ear could not place. */
  words: { heard: readonly string[]; transcript: readonly string[]; unknownFrames: number };
}

/**
 * Compares what came of a scenario with what was expected of it. Pure. `checkTiming` is true at speed 1 only. Besides the file's own expectations one thing
 * is always expected: the transcript and the far end agree on every word of the agent.
 */
export const checkExpectations = (expected: Expectations, found: Findings, checkTiming: boolean): Failure[] => {
  const failures: Failure[] = [];
  const check = (holds: boolean, expect: string, got: unknown) => {
    if (!holds) failures.push({ expect, got });
  };
  const equal = (key: string, wanted: unknown, got: unknown) => {
    if (wanted !== undefined) check(isDeepStrictEqual(wanted, got), `${key}: ${JSON.stringify(wanted)}`, got);
  };
  const lastCall = found.calls.at(-1);

  if (expected.dialed !== undefined) check(found.sandbox.dials > 0 === expected.dialed, `dialed: ${expected.dialed}`, found.sandbox.dials > 0);
  equal('held_because', expected.held_because, found.screening?.held_because ?? null);
  equal('disposition', expected.disposition, lastCall?.disposition ?? null);
  equal('outcome', expected.outcome, found.screening?.outcome ?? null);
  equal('calls', expected.calls, found.sandbox.dials);
  equal('answered_by', expected.answered_by, lastCall?.answered_by ?? null);
  for (const [variable, wanted] of Object.entries(expected.answers ?? {})) {
    // What was never asked is missing as much as what was never understood.
    const answer = found.answers[variable] ?? { status: 'missing' };
    const key = `answers.${variable}`;
    equal(`${key}.value`, wanted.value, answer.value ?? null);
    equal(`${key}.status`, wanted.status, answer.status);
    if (wanted.quote !== undefined)
      check(contains(answer.quote ?? '', wanted.quote), `${key}.quote contains ${JSON.stringify(wanted.quote)}`, answer.quote ?? null);
  }
  for (const [slug, value] of Object.entries(expected.form ?? {})) equal(`form.${slug}`, value, found.form[slug] ?? null);
  failures.push(...checkHeard(expected, found.sandbox.heard));
  const said = found.transcript.map((turn) => turn.text).join('\n');
  for (const text of expected.transcript_contains ?? []) check(contains(said, text), `transcript_contains: ${JSON.stringify(text)}`, said);
  failures.push(...checkRecording(expected, found.recording), ...checkMessages(expected, found.messages));
  if (checkTiming) failures.push(...checkTimes(expected, found.latency));
  return [...failures, ...checkWords(found.words)];
};

/** Case, punctuation and white space do not count: they cannot be heard. */
const toSpoken = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/[^\p{L}\p{N}'$%@]+/gu, ' ')
    .trim();

/** A part without anything that can be spoken, such as a brace, is looked for as it stands. */
const contains = (text: string, part: string): boolean => (toSpoken(part) === '' ? text.includes(part) : toSpoken(text).includes(toSpoken(part)));

const checkHeard = (expected: Expectations, heard: string): Failure[] => {
  const failures: Failure[] = [];
  const spoken = toSpoken(heard);
  let from = 0;
  for (const text of expected.heard_in_order ?? []) {
    const at = spoken.indexOf(toSpoken(text), from);
    if (at < 0)
      failures.push({ expect: `heard_in_order: ${JSON.stringify(text)}${from > 0 ? ' after the ones before it' : ''}`, got: spoken.slice(from) });
    else from = at + toSpoken(text).length;
  }
  for (const text of expected.never_heard ?? [])
    if (contains(heard, text)) failures.push({ expect: `never_heard: ${JSON.stringify(text)}`, got: heard });
  return failures;
};

const checkRecording = ({ recording: wanted }: Expectations, recording: Findings['recording']): Failure[] => {
  if (wanted === undefined) return [];
  if (wanted === 'none') return recording === null ? [] : [{ expect: 'recording: none', got: recording }];
  if (recording === null) return [{ expect: `recording: ${JSON.stringify(wanted)}`, got: null }];
  const failures: Failure[] = [];
  if (wanted.channels !== undefined && recording.channels !== wanted.channels)
    failures.push({ expect: `recording.channels: ${wanted.channels}`, got: recording.channels });
  if (wanted.min_ms !== undefined && recording.duration_ms < wanted.min_ms)
    failures.push({ expect: `recording.min_ms: ${wanted.min_ms}`, got: recording.duration_ms });
  return failures;
};

const checkMessages = (expected: Expectations, messages: Findings['messages']): Failure[] => {
  const failures: Failure[] = [];
  for (const wanted of expected.messages ?? []) {
    const exists = messages.some(
      (message) =>
        (wanted.to === undefined || message.to === wanted.to) &&
        (wanted.contains === undefined || contains(message.text, wanted.contains)) &&
        (wanted.status === undefined || message.status === wanted.status),
    );
    if (!exists) failures.push({ expect: `messages: ${JSON.stringify(wanted)}`, got: messages });
  }
  if (expected.messages_count !== undefined && messages.length !== expected.messages_count)
    failures.push({ expect: `messages_count: ${expected.messages_count}`, got: messages.length });
  return failures;
};

/** Upper bounds. What was never measured does not hold: a greeting that never came is not a quick one. */
const checkTimes = ({ timing }: Expectations, latency: Findings['latency']): Failure[] => {
  const measured = {
    greeting_ms: latency.greeting_ms,
    reply_p95_ms: percentile95(latency.reply_ms),
    barge_in_ms: latency.barge_in_ms.length === 0 ? null : Math.max(...latency.barge_in_ms),
  };
  const failures: Failure[] = [];
  for (const key of ['greeting_ms', 'reply_p95_ms', 'barge_in_ms'] as const) {
    const bound = timing?.[key];
    const got = measured[key];
    if (bound !== undefined && (got === null || got > bound)) failures.push({ expect: `timing.${key} <= ${bound}`, got });
  }
  return failures;
};

const checkWords = ({ heard, transcript, unknownFrames }: Findings['words']): Failure[] => {
  const failures: Failure[] = [];
  const spokenOf = (words: readonly string[]) => words.flatMap((word) => toSpoken(word).split(' ').filter(Boolean));
  const played = spokenOf(heard);
  const written = spokenOf(transcript);
  const at = played.findIndex((word, index) => word !== written[index]);
  const differsAt = at >= 0 ? at : written.length > played.length ? played.length : -1;
  if (differsAt >= 0) {
    const around = (words: string[]) => words.slice(Math.max(0, differsAt - 3), differsAt + 5).join(' ');
    failures.push({ expect: `the transcript says what was heard: "${around(played)}"`, got: around(written) });
  }
  if (unknownFrames > 0) failures.push({ expect: `every frame played comes from the agent's voice`, got: `${unknownFrames} frames of other sound` });
  return failures;
};
