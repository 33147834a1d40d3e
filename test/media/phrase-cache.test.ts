import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { modemTextToSpeech } from '../../media/speech/modem.js';
import { cachedTextToSpeech, type PhraseCacheOptions } from '../../media/speech/phrase-cache.js';
import { decodePhrase, encodePhrase, joinPieces, phraseFileName } from '../../media/speech/phrase-file.js';
import type { AudioFormat, TextToSpeech, VoiceOptions } from '../../schemas/ports/speech.js';
import { steerableClock } from '../../server/runtime.js';
import { seededRandom } from '../fixtures/twilio/application.js';
import { checkPieces, collect, textToSpeechConformance } from './conformance/text-to-speech.js';

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const VOICE: VoiceOptions = { format: MU_LAW, language: 'en-US', voice: 'default', speed: 1 };
const OPENING = 'Hello, this is the assistant of Acme. This call is recorded.';
const never = () => new AbortController().signal;

const folder = async (t: { teardown(run: () => unknown): void }) => {
  const dir = await mkdtemp(join(tmpdir(), 'phrases-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

/** The modem, which notes what it is asked for. */
const countingModem = () => {
  const asked: string[] = [];
  const modem = modemTextToSpeech();
  const engine: TextToSpeech = {
    name: modem.name,
    open(options, signal) {
      const voice = modem.open(options, signal);
      return {
        speak(text, turn) {
          asked.push(text);
          return voice.speak(text, turn);
        },
        close: () => voice.close(),
      };
    },
  };
  return { engine, asked };
};

const cacheIn = (dir: string, inner: TextToSpeech, changes: Partial<PhraseCacheOptions> = {}) =>
  cachedTextToSpeech(inner, {
    dir: join(dir, 'phrases'),
    engineKey: 'v1',
    shouldCache: (text) => !text.includes('Dana'),
    maxBytes: 10_000_000,
    clock: steerableClock(1),
    random: seededRandom('phrases'),
    ...changes,
  });

const say = (engine: TextToSpeech, text: string, changes: Partial<VoiceOptions> = {}) =>
  collect(engine.open({ ...VOICE, ...changes }, never()).speak(text, never()));

t.test('a fixed phrase is made once, and said from the disk ever after', async (t) => {
  const dir = await folder(t);
  const first = countingModem();
  const cache = cacheIn(dir, first.engine);
  t.equal(cache.name, 'modem');
  const made = await say(cache, OPENING);
  await cache.written();
  const again = await say(cache, OPENING);
  checkPieces(t, again, MU_LAW, OPENING);
  t.strictSame(again, [{ ...joinPieces(made, MU_LAW), stored: true }]);
  const restarted = countingModem();
  t.strictSame(await say(cacheIn(dir, restarted.engine), OPENING), again, 'by the next process too');
  t.strictSame([first.asked, restarted.asked], [[OPENING], []]);
});

t.test('what names somebody is never written', async (t) => {
  const dir = await folder(t);
  const { engine, asked } = countingModem();
  const cache = cacheIn(dir, engine);
  for (let times = 0; times < 2; times += 1) checkPieces(t, await say(cache, 'Am I speaking to Dana?'), MU_LAW, 'Am I speaking to Dana?');
  await cache.written();
  t.equal(asked.length, 2);
  await t.rejects(readdir(join(dir, 'phrases')), { code: 'ENOENT' });
});

t.test('everything that changes the sound is part of the name', async (t) => {
  const variants: [string, VoiceOptions, string][] = [
    ['v1', VOICE, OPENING],
    ['v2', VOICE, OPENING],
    ['v1', VOICE, `${OPENING} `],
    ['v1', { ...VOICE, voice: 'other' }, OPENING],
    ['v1', { ...VOICE, model: 'fast' }, OPENING],
    ['v1', { ...VOICE, speed: 1.1 }, OPENING],
    ['v1', { ...VOICE, language: 'en-GB' }, OPENING],
    ['v1', { ...VOICE, format: { encoding: 'pcm16le', sampleRateHz: 8000 } }, OPENING],
    ['v1', { ...VOICE, format: { encoding: 'pcm16le', sampleRateHz: 16_000 } }, OPENING],
    ['v1', { ...VOICE, settings: { style: 0.5 } }, OPENING],
    ['v1', { ...VOICE, settings: { style: 0.5, stability: 1 } }, OPENING],
  ];
  const names = variants.map((variant) => phraseFileName(...variant));
  t.equal(new Set(names).size, variants.length);
  t.ok(names.every((name) => /^[0-9a-f]{64}\.phrase$/.test(name)));
  t.equal(phraseFileName('v1', { ...VOICE, settings: { stability: 1, style: 0.5 } }, OPENING), names.at(-1), 'the order of settings is not');
});

t.test('a file that is damaged in any way is made again', async (t) => {
  const dir = await folder(t);
  const path = join(dir, 'phrases', phraseFileName('modem v1', VOICE, OPENING));
  const { engine, asked } = countingModem();
  const cache = cacheIn(dir, engine);
  const made = await say(cache, OPENING);
  await cache.written();
  const whole = await readFile(path);
  const damages: [string, () => Promise<unknown>][] = [
    ['cut off', () => truncate(path, whole.length - 1)],
    ['empty', () => writeFile(path, '')],
    ['without its line', () => writeFile(path, whole.subarray(1))],
    ['one bit', () => writeFile(path, Buffer.concat([whole.subarray(0, -1), Buffer.from([(whole.at(-1) ?? 0) ^ 1])]))],
    ['another version', () => writeFile(path, whole.toString('latin1').replace('"version":1', '"version":9'), 'latin1')],
    ['too much', () => writeFile(path, Buffer.concat([whole, Buffer.alloc(160)]))],
    ['no JSON', () => writeFile(path, 'hello\nworld')],
  ];
  for (const [name, damage] of damages) {
    await damage();
    const before = asked.length;
    t.strictSame(await say(cache, OPENING), made, name);
    t.equal(asked.length, before + 1, `${name}: the engine was asked`);
    await cache.written();
    t.ok((await readFile(path)).equals(whole), `${name}: and the file is whole again`);
  }
  t.strictSame(decodePhrase(encodePhrase({ audio: Buffer.alloc(0), words: [] })), undefined, 'silence is no phrase');
});

t.test('the folder is bounded, and the oldest phrase goes first', async (t) => {
  const dir = await folder(t);
  const { engine, asked } = countingModem();
  const texts = ['Phrase one.', 'Phrase two.', 'Phrase six.'];
  const filling = cacheIn(dir, engine);
  for (const text of texts) await say(filling, text);
  await filling.written();
  const phrases = join(dir, 'phrases');
  const path = (text: string) => join(phrases, phraseFileName('modem v1', VOICE, text));
  // Older and older: the third first.
  for (const [nth, text] of texts.entries()) await utimes(path(text), 1_000_000 - nth, 1_000_000 - nth);
  await writeFile(join(phrases, 'a person put this here.txt'), 'x'.repeat(50_000));
  const sizes = await Promise.all(texts.map(async (text) => (await stat(path(text))).size));
  const room = sizes.reduce((sum, size) => sum + size, 0);
  const bounded = cacheIn(dir, engine, { maxBytes: room });
  await say(bounded, 'Phrase ten.');
  await bounded.written();
  const left = async (text: string) => (await readdir(phrases)).includes(phraseFileName('modem v1', VOICE, text));
  t.strictSame(await Promise.all([...texts, 'Phrase ten.'].map(left)), [true, true, false, true]);
  await say(bounded, 'Phrase two.');
  t.equal(asked.filter((text) => text === 'Phrase two.').length, 1);
  t.ok((await readdir(phrases)).includes('a person put this here.txt'));
  const tiny = cacheIn(dir, engine, { maxBytes: 100 });
  await say(tiny, 'Phrase few.');
  await tiny.written();
  t.notOk(await left('Phrase few.'), 'what cannot fit is not written');
});

t.test('what a crash left behind is cleared away, and what another process is writing is not', async (t) => {
  const dir = await folder(t);
  const { engine } = countingModem();
  const cache = cacheIn(dir, engine);
  await say(cache, OPENING);
  await cache.written();
  const name = phraseFileName('modem v1', VOICE, 'Another.');
  const [old, fresh] = ['aaaa', 'bbbb'].map((id) => join(dir, 'phrases', `${name}.${id}.part`));
  if (!old || !fresh) return t.fail('two files');
  for (const path of [old, fresh]) await writeFile(path, 'half');
  await utimes(old, 1_000_000, 1_000_000);
  const next = cacheIn(dir, engine);
  await say(next, 'Goodbye.');
  await next.written();
  const files = await readdir(join(dir, 'phrases'));
  t.strictSame([files.includes(`${name}.aaaa.part`), files.includes(`${name}.bbbb.part`)], [false, true]);
  t.equal(files.length, 3);
});

t.test('a disk that fails is no failure of the voice', async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, 'phrases'), 'a file where the folder should be');
  const warnings: string[] = [];
  const { engine, asked } = countingModem();
  const cache = cacheIn(dir, engine, { log: { warn: (_, message) => warnings.push(message) } });
  for (let times = 0; times < 3; times += 1) checkPieces(t, await say(cache, OPENING), MU_LAW, OPENING);
  await cache.written();
  t.equal(asked.length, 3);
  t.strictSame(warnings, ['a phrase could not be kept'], 'it is told once');
  const emptied = await folder(t);
  const other = cacheIn(emptied, engine);
  await say(other, OPENING);
  await other.written();
  await rm(join(emptied, 'phrases', phraseFileName('modem v1', VOICE, OPENING)));
  checkPieces(t, await say(other, OPENING), MU_LAW, OPENING);
});

t.test('a phrase that was not said to its end is not kept', async (t) => {
  const dir = await folder(t);
  const { engine } = countingModem();
  const cache = cacheIn(dir, engine);
  const long = `${OPENING} ${OPENING} ${OPENING}`;
  const turn = new AbortController();
  for await (const _ of cache.open(VOICE, never()).speak(long, turn.signal)) turn.abort();
  for await (const _ of cache.open(VOICE, never()).speak(long, never())) break;
  await cache.written();
  await t.rejects(readdir(join(dir, 'phrases')), { code: 'ENOENT' });
});

t.test('an engine that fails fails as it would alone', async (t) => {
  const dir = await folder(t);
  const failing: TextToSpeech = {
    name: 'failing',
    open: () => ({
      // biome-ignore lint/correctness/useYield: it fails before it has said anything
      async *speak() {
        throw new Error('broken');
      },
      close: () => undefined,
    }),
  };
  const cache = cacheIn(dir, failing);
  await t.rejects(say(cache, OPENING), { message: 'broken' });
  await cache.written();
  await t.rejects(readdir(join(dir, 'phrases')), { code: 'ENOENT' });
});

for (const filled of [false, true]) {
  t.test(`a cache is a voice like any other, ${filled ? 'when everything is known' : 'when nothing is'}`, async (t) => {
    const dir = await folder(t);
    textToSpeechConformance(t, async () => ({
      engine: cacheIn(dir, modemTextToSpeech(), { shouldCache: () => filled }),
      formats: [MU_LAW, { encoding: 'pcm16le', sampleRateHz: 8000 }],
      refused: [{ encoding: 'pcm16le', sampleRateHz: 16_000 }],
    }));
  });
}
