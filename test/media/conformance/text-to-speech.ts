import type { Test } from 'tap';
import { frameSizes } from '../../../media/audio/frames.js';
import { toWords } from '../../../media/speech/words.js';
import type { AudioFormat, SpokenAudio, TextToSpeech, VoiceOptions } from '../../../schemas/ports/speech.js';

/*
 * What every TextToSpeech must do, whatever speaks behind it.
 */

export interface TextToSpeechUnderTest {
  /** Closed by whoever made it. */
  engine: TextToSpeech;
  formats: readonly AudioFormat[];
  /** Formats that `open` must refuse. */
  refused: readonly AudioFormat[];
}

export const ALL_FORMATS: readonly AudioFormat[] = [
  { encoding: 'mulaw', sampleRateHz: 8000 },
  { encoding: 'pcm16le', sampleRateHz: 8000 },
  { encoding: 'pcm16le', sampleRateHz: 16_000 },
];

const SENTENCE = 'Good morning, this is the assistant of Acme. Do you have a minute?';
const LONG = Array.from({ length: 4 }, (_, nth) => `This is sentence ${nth + 1} of a very long text, which nobody would say on the telephone.`).join(
  ' ',
);

const never = (): AbortSignal => new AbortController().signal;
const textOf = (pieces: readonly SpokenAudio[]): string => pieces.flatMap((piece) => piece.words.map((word) => word.text)).join(' ');

export const collect = async (speech: AsyncIterable<SpokenAudio>): Promise<SpokenAudio[]> => {
  const pieces: SpokenAudio[] = [];
  for await (const piece of speech) pieces.push(piece);
  return pieces;
};

/** Whole frames with sound, and words in order within them. */
export const checkPieces = (t: Test, pieces: readonly SpokenAudio[], format: AudioFormat, text: string): void => {
  const { frameBytes, bytesPerMs } = frameSizes(format);
  t.equal(textOf(pieces), toWords(text).join(' '), 'the words joined are the text');
  t.ok(pieces.length > 0, 'there is audio');
  for (const { audio, words } of pieces) {
    t.equal(audio.length % frameBytes, 0, 'whole frames');
    t.ok(audio.length > 0, 'that are not empty');
    const marks = words.flatMap((word) => [word.start_ms, word.end_ms]);
    const inOrder = [0, ...marks, audio.length / bytesPerMs];
    t.ok(
      inOrder.every((mark, nth) => mark >= (inOrder[nth - 1] ?? 0)),
      `words follow each other within the piece: ${JSON.stringify(inOrder)}`,
    );
  }
};

/** Runs the suite as subtests of `t`. */
export const textToSpeechConformance = (t: Test, make: (t: Test) => Promise<TextToSpeechUnderTest>): void => {
  const open = (engine: TextToSpeech, format: AudioFormat, call = never(), changes: Partial<VoiceOptions> = {}) =>
    engine.open({ format, language: 'en-US', voice: 'default', speed: 1, ...changes }, call);

  t.test('speaks every format in whole frames, with its words', async (t) => {
    const { engine, formats, refused } = await make(t);
    for (const format of formats) {
      const voice = open(engine, format);
      checkPieces(t, await collect(voice.speak(SENTENCE, never())), format, SENTENCE);
      voice.close();
    }
    for (const format of refused) t.throws(() => open(engine, format), { code: 'config_invalid' });
    t.ok(engine.name.length > 0);
  });

  t.test('speaks one clause after the other, and long ones', async (t) => {
    const { engine, formats } = await make(t);
    const format = formats[0] ?? ALL_FORMATS[0];
    if (!format) return t.fail('a format is needed');
    const voice = open(engine, format);
    for (const text of ['Hello.', 'Well — how are you?', LONG, "It's about 5 jobs, isn't it?"])
      checkPieces(t, await collect(voice.speak(text, never())), format, text);
    t.strictSame(await collect(voice.speak('', never())), [], 'a text without words gives nothing');
    t.strictSame(await collect(voice.speak(' \n ', never())), []);
    voice.close();
  });

  t.test('is faster on demand', async (t) => {
    const { engine, formats } = await make(t);
    const format = formats[0] ?? ALL_FORMATS[0];
    if (!format) return t.fail('a format is needed');
    const lengthAt = async (speed: number) => {
      const voice = open(engine, format, never(), { speed });
      const pieces = await collect(voice.speak(SENTENCE, never()));
      voice.close();
      return pieces.reduce((sum, piece) => sum + piece.audio.length, 0);
    };
    t.ok((await lengthAt(1.2)) < (await lengthAt(0.8)));
  });

  t.test('ends quietly when the turn is aborted, and goes on with the next', async (t) => {
    const { engine, formats } = await make(t);
    const format = formats[0] ?? ALL_FORMATS[0];
    if (!format) return t.fail('a format is needed');
    const voice = open(engine, format);
    t.strictSame(await collect(voice.speak(SENTENCE, AbortSignal.abort())), [], 'aborted before');
    const turn = new AbortController();
    let pieces = 0;
    for await (const _ of voice.speak(LONG, turn.signal)) {
      pieces += 1;
      turn.abort();
    }
    t.equal(pieces, 1, 'aborted after the first piece');
    for await (const _ of voice.speak(LONG, never())) break;
    checkPieces(t, await collect(voice.speak('Fine.', never())), format, 'Fine.');
    voice.close();
  });

  t.test('ends quietly with the voice and with the call', async (t) => {
    const { engine, formats } = await make(t);
    const format = formats[0] ?? ALL_FORMATS[0];
    if (!format) return t.fail('a format is needed');
    const closed = open(engine, format);
    let pieces = 0;
    for await (const _ of closed.speak(LONG, never())) {
      pieces += 1;
      closed.close();
      closed.close();
    }
    t.equal(pieces, 1, 'closed after the first piece');
    t.strictSame(await collect(closed.speak(SENTENCE, never())), [], 'a closed voice says nothing');
    const call = new AbortController();
    const hungUp = open(engine, format, call.signal);
    pieces = 0;
    for await (const _ of hungUp.speak(LONG, never())) {
      pieces += 1;
      call.abort();
    }
    t.equal(pieces, 1, 'hung up after the first piece');
    t.strictSame(await collect(hungUp.speak(SENTENCE, never())), []);
    t.strictSame(await collect(open(engine, format, AbortSignal.abort()).speak(SENTENCE, never())), [], 'a call that was over before');
  });
};
