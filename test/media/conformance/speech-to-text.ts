import type { Test } from 'tap';
import { MU_LAW_SILENCE } from '../../../media/audio/g711.js';
import { muLawToLine } from '../../../media/audio/line-format.js';
import type { ExpectedAnswer } from '../../../schemas/ports/interviewer.js';
import type { AudioFormat, Recognition, SpeechToText, TranscriptEvent } from '../../../schemas/ports/speech.js';

/*
 * What every recogniser does for the session, whoever made it (schemas/ports/speech.ts). A new engine passes this before it is used.
 */

export interface RecogniserWorld {
  engine: SpeechToText;
  /** Two different things that the engine understands, said after `expected`. */
  phrases: readonly [string, string];
  expected: ExpectedAnswer;
  /** The phrase as sound: mu-law of 8 kHz, whole frames of 20 ms, speech from the first to the last. */
  say(phrase: string): Promise<Buffer>;
  /** Lets this much time pass, for an engine whose clock must keep up with the line. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

type Final = Extract<TranscriptEvent, { kind: 'transcript-final' }>;

const FRAME_MS = 20;
const FRAME_BYTES = 160;
/** How long after the voice the detector tells its end. */
const HANG_MS = 200;
/** How far a word may lie from its sound: recognisers place them roughly. */
const SLACK_MS = 300;
/** Line time in which the engine may answer; beyond it the test waits without the line going on. */
const ANSWER_MS = 2500;

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}' ]/gu, '');

export const speechToTextConformance = (
  t: Test,
  { name, format = { encoding: 'mulaw', sampleRateHz: 8000 }, open }: { name: string; format?: AudioFormat; open: () => Promise<RecogniserWorld> },
): void => {
  /** A call with the engine on its line. */
  const openLine = async (t: Test, signal = new AbortController().signal) => {
    const world = await open();
    t.teardown(() => world.close());
    const ear = world.engine.open({ format, language: 'en-US', keyterms: [] }, signal);
    t.teardown(() => ear.close());
    ear.expect(world.expected);
    const finals = readFinals(ear);
    let lineMs = 0;

    const play = async (muLaw: Buffer) => {
      for (let at = 0; at + FRAME_BYTES <= muLaw.length; at += FRAME_BYTES) {
        ear.push(muLawToLine(muLaw.subarray(at, at + FRAME_BYTES), format), lineMs);
        lineMs += FRAME_MS;
        await world.elapse(FRAME_MS);
      }
    };
    const quiet = (ms: number) => play(Buffer.alloc((ms / FRAME_MS) * FRAME_BYTES, MU_LAW_SILENCE));
    /** Asks for a final, and keeps the line going until it is there. */
    const ask = async (endedMs: number): Promise<Final> => {
      const answer = finals.next();
      let isThere = false;
      void answer.then(() => {
        isThere = true;
      });
      ear.speechEnded(endedMs);
      for (let waitedMs = 0; waitedMs < ANSWER_MS && !isThere; waitedMs += 100) await quiet(100);
      return answer;
    };
    const hear = async (phrase: string) => {
      const audio = await world.say(phrase);
      const startMs = lineMs;
      ear.speechStarted(startMs);
      await play(audio);
      const endMs = lineMs;
      await quiet(HANG_MS);
      return { final: await ask(endMs), startMs, endMs };
    };
    return {
      world,
      ear,
      finals,
      quiet,
      hear,
      ask,
      lineMs: () => lineMs,
      skip(ms: number) {
        lineMs += ms;
      },
    };
  };

  const checkFinal = (t: Test, phrase: string, heard: { final: Final; startMs: number; endMs: number }) => {
    const { final, startMs, endMs } = heard;
    t.equal(plain(final.text), plain(phrase));
    t.equal(plain(final.words.map((word) => word.text).join(' ')), plain(phrase), 'the words are the text');
    t.ok(final.confidence > 0 && final.confidence <= 1, `confidence ${final.confidence}`);
    let afterMs = startMs - SLACK_MS;
    for (const word of final.words) {
      t.ok(word.start_ms >= afterMs && word.end_ms >= word.start_ms, `${word.text} begins at ${word.start_ms}, not before ${afterMs}`);
      t.ok(word.end_ms <= endMs + SLACK_MS, `${word.text} ends at ${word.end_ms}, its speech at ${endMs}`);
      afterMs = word.start_ms;
    }
  };

  t.test(`${name}: one final for each end of speech, with its words in line time`, async (t) => {
    const line = await openLine(t);
    await line.quiet(600);
    for (const phrase of line.world.phrases) {
      checkFinal(t, phrase, await line.hear(phrase));
      await line.quiet(1000);
    }
    line.ear.close();
    t.strictSame(await line.finals.rest(), [], 'and none beside them');
  });

  t.test(`${name}: silence, an end without a start, and two ends at once are answered with nothing, once each`, async (t) => {
    const line = await openLine(t);
    await line.quiet(600);
    line.ear.speechStarted(200);
    const nothing = { kind: 'transcript-final', text: '', words: [], confidence: 0 };
    t.match(await line.ask(line.lineMs() - HANG_MS), nothing);
    t.match(await line.ask(line.lineMs() - HANG_MS), nothing);
    line.ear.speechEnded(line.lineMs() - HANG_MS);
    t.match(await line.ask(line.lineMs() - HANG_MS), nothing);
    t.match(await line.finals.next(), nothing);
    line.ear.close();
    t.strictSame(await line.finals.rest(), []);
  });

  t.test(`${name}: words after a gap of the line have the times of the line`, async (t) => {
    const line = await openLine(t);
    const [first, second] = line.world.phrases;
    await line.quiet(600);
    checkFinal(t, first, await line.hear(first));
    await line.quiet(400);
    line.skip(5000);
    await line.quiet(400);
    checkFinal(t, second, await line.hear(second));
  });

  t.test(`${name}: close ends the events, and everything after it is harmless`, async (t) => {
    const line = await openLine(t);
    const audio = await line.world.say(line.world.phrases[0]);
    line.ear.push(muLawToLine(audio, format), 0);
    line.ear.speechStarted(0);
    line.ear.close();
    t.strictSame(await line.finals.rest(), []);
    line.ear.push(muLawToLine(audio, format), 5000);
    line.ear.speechStarted(5000);
    line.ear.speechEnded(6000);
    line.ear.expect(line.world.expected);
    line.ear.close();
    t.strictSame(await line.finals.rest(), []);
  });

  t.test(`${name}: an abort ends the events, during the call and before it`, async (t) => {
    const call = new AbortController();
    const line = await openLine(t, call.signal);
    await line.quiet(200);
    call.abort();
    t.strictSame(await line.finals.rest(), []);
    line.ear.push(Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE), 1000);
    line.ear.speechEnded(1000);
    t.strictSame(await (await openLine(t, AbortSignal.abort())).finals.rest(), []);
  });
};

/** The finals of a recogniser, one after the other; a failure fails the test. */
const readFinals = (ear: Recognition) => {
  const iterator = ear.events[Symbol.asyncIterator]();
  const nextOrEnd = async (): Promise<Final | undefined> => {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return undefined;
      if (value.kind === 'recognition-failed') throw new Error(value.reason);
      if (value.kind === 'transcript-final') return value;
    }
  };
  return {
    async next(): Promise<Final> {
      const final = await nextOrEnd();
      if (!final) throw new Error('the events ended before the final');
      return final;
    },
    /** Until the events end. */
    async rest(): Promise<Final[]> {
      const all: Final[] = [];
      for (let final = await nextOrEnd(); final; final = await nextOrEnd()) all.push(final);
      return all;
    },
  };
};
