import t from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { muLawToLine } from '../../media/audio/line-format.js';
import { isOther, OTHER_WORDS, SOUNDS, withRejection, wordsOfGrammar } from '../../media/speech/answer-grammar.js';
import { fliteTextToSpeech } from '../../media/speech/flite.js';
import { findPronunciation } from '../../media/speech/pronounce.js';
import { soundswallowerSpeechToText } from '../../media/speech/soundswallower.js';
import { createSpeechBuffer } from '../../media/speech/speech-buffer.js';
import { createVoiceDetector } from '../../media/vad.js';
import type { AudioFormat, TranscriptEvent } from '../../schemas/ports/speech.js';
import { fc } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

t.setTimeout(TIME_LIMIT_MS);

const grammar = (body: string) => `#JSGF V1.0;\ngrammar answer;\npublic <answer> = ${body};`;

t.test('a grammar is wrapped with its rejection', async (t) => {
  const wrapped = withRejection('#JSGF V1.0 UTF-8 en;\n// a remark\ngrammar Pay;\n/* another */ public <answer> = <Yes> | no; <Yes> = YES;', 'firm');
  t.match(wrapped, /^#JSGF V1\.0;\ngrammar answers;\npublic <answer> = <yes> \| no; <yes> = yes;\n/, 'lower case, one header');
  t.match(wrapped, /<heard> = \/1\.0\/ <answer> \| \/1e-15\/ <other_sound>\+/);
  t.notMatch(withRejection(grammar('yes'), 'none'), 'other');
  t.ok(isOther('other_ae other_t') && isOther('other_noise') && !isOther('no other way'));
  t.equal(OTHER_WORDS.length, SOUNDS.length + 1);
});

t.test('the words of a grammar are found among its signs', async (t) => {
  const cases: [string, string[]][] = [
    [grammar('yes | no'), ['yes', 'no']],
    [grammar("[ /0.5/ well ] <said> {tag} (I'm|part-time)* ; <said> = A B+"), ['well', "i'm", 'part-time', 'a', 'b']],
    [grammar('<x>;\n<x> = one;\n  public <y> = two one'), ['one', 'two']],
    ['', []],
  ];
  for (const [text, words] of cases) t.strictSame(wordsOfGrammar(text), words);
});

t.test('words that no dictionary has are sounded out', async (t) => {
  const dictionary = new Map([
    ['part', 'P AA R T'],
    ['time', 'T AY M'],
  ]);
  const cases: [string, string | undefined][] = [
    ['part-time', 'P AA R T T AY M'],
    ['zap', 'Z AE P'],
    ['Quinnship', 'K W IH N SH IH P'],
    ['brake', 'B R AE K'],
    ['xyz', 'K S IY Z'],
    ['bmw', 'B IY EH M D AH B AH L Y UW'],
    ['café', 'K AE F EY'],
    ['b2', 'B T UW'],
    ['—', undefined],
    ['日本', undefined],
  ];
  for (const [word, sounds] of cases)
    t.equal(
      findPronunciation(word, (part) => dictionary.get(part)),
      sounds,
      word,
    );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (word) =>
      (findPronunciation(word, () => undefined) ?? 'AA').split(' ').every((sound) => sound === '' || SOUNDS.includes(sound)),
    ),
  );
});

t.test('the audio of a stretch of speech is kept with a little of what came before', async (t) => {
  const buffer = createSpeechBuffer();
  t.equal(buffer.end(), undefined);
  for (let ms = 0; ms < 2000; ms += 20) buffer.push(Buffer.alloc(160, ms / 20), ms);
  buffer.start(1900);
  buffer.start(1000);
  for (let ms = 2000; ms < 2100; ms += 20) buffer.push(Buffer.alloc(160, 7), ms);
  t.equal(buffer.durationMs(), 500);
  const said = buffer.end();
  t.match(said, { startMs: 1600, voiceStartMs: 1900 });
  t.equal(said?.muLaw.length, 500 * 8);
  t.equal(said?.muLaw[0], 80, 'the frame of 1600 ms');
  t.equal(buffer.end(), undefined, 'only once');
  buffer.start(2100);
  for (let ms = 2100; ms < 80_000; ms += 100) buffer.push(Buffer.alloc(800), ms);
  t.equal(buffer.end()?.muLaw.length, 60_000 * 8, 'at most a minute');
  buffer.start(0);
  buffer.push(Buffer.alloc(0), 80_000);
  t.equal(buffer.end()?.startMs, 79_000, 'at most a second of the past');
});

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);

t.test('flite speaks and soundswallower hears', async (t) => {
  const warnings: string[] = [];
  const log = { warn: (data: object, message: string) => warnings.push(`${message} ${JSON.stringify(data)}`) };
  const flite = fliteTextToSpeech();
  const ears = soundswallowerSpeechToText({ log });
  t.teardown(() => Promise.all([flite.close(), ears.close()]));
  await Promise.all([flite.warm(), ears.warm()]);

  const say = async (text: string, voice = 'rms') => (await flite.synthesise(text, { voice, speed: 1 })).muLaw;

  /** A line with an ear and a voice detector on it; `hear` plays audio into it and gives what was told until the final or the failure. */
  const openLine = (format = MU_LAW, signal = new AbortController().signal) => {
    const ear = ears.open({ format, language: 'en-US', keyterms: [] }, signal);
    const events = ear.events[Symbol.asyncIterator]();
    const detector = createVoiceDetector();
    let lineMs = 0;
    const play = (audio: Buffer) => {
      for (let at = 0; at < audio.length; at += 160) {
        const frame = audio.subarray(at, at + 160);
        ear.push(muLawToLine(frame, format), lineMs);
        for (const event of detector.push(frame, lineMs)) {
          if (event.kind === 'voice-start') ear.speechStarted(event.startedMs);
          else ear.speechEnded(event.endedMs);
        }
        lineMs += 20;
      }
    };
    const untilFinal = async () => {
      const interims: string[] = [];
      for (;;) {
        const { value, done } = await events.next();
        if (done) return { interims, last: undefined };
        if (value.kind === 'transcript-interim') interims.push(value.text);
        else return { interims, last: value as TranscriptEvent };
      }
    };
    const hear = async (audio: Buffer) => {
      play(Buffer.concat([silence(600), audio, silence(600)]));
      return untilFinal();
    };
    const next = async (): Promise<TranscriptEvent | undefined> => (await events.next()).value;
    return { ear, play, hear, untilFinal, next };
  };
  const textOf = (event: TranscriptEvent | undefined) => (event?.kind === 'transcript-final' ? event.text : event?.kind);
  const confidenceOf = (event: TranscriptEvent | undefined) => (event?.kind === 'transcript-final' ? event.confidence : -1);

  const YES_NO = grammar('yes [please] | no [thanks]');
  const SHIFT = grammar('[i (prefer | want)] [the] (day | night | evening | weekend) (shift | shifts) | any shift');
  const MONEY = grammar('<n> (dollars | pounds) an hour; <n> = fifteen | sixteen | seventeen | eighteen | nineteen | twenty');
  const YEARS = grammar('<n> [years | months]; <n> = one | two | three | four | five | six | seven | eight | nine | ten');
  const DAY = grammar('[next] (monday | tuesday | wednesday | thursday | friday | week)');
  const answers: [string, string, string, string[]][] = [
    ['Yes.', YES_NO, 'yes', ['rms', 'kal', 'slt']],
    ['No.', YES_NO, 'no', ['rms', 'kal', 'slt']],
    ['The night shift.', SHIFT, 'the night shift', ['rms', 'kal']],
    ['Eighteen dollars an hour.', MONEY, 'eighteen dollars an hour', ['rms', 'kal', 'slt']],
    ['Five years.', YEARS, 'five years', ['rms', 'kal', 'slt']],
    ['Monday.', DAY, 'monday', ['rms', 'kal', 'slt']],
    ['Next week.', DAY, 'next week', ['rms', 'kal', 'slt']],
  ];
  for (const [said, rules, heard, voices] of answers) {
    t.test(`"${said}" is heard exactly from ${voices.join(', ')}`, async (t) => {
      for (const voice of voices) {
        const line = openLine();
        line.ear.expect({ type: 'open', grammar: rules });
        const { last } = await line.hear(await say(said, voice));
        t.equal(textOf(last), heard, voice);
        t.ok(confidenceOf(last) >= 0.6, `${voice}: confidence ${confidenceOf(last)}`);
        line.ear.close();
      }
    });
  }

  t.test('words have the line times of their sound', async (t) => {
    const line = openLine();
    line.ear.expect({ type: 'open', grammar: MONEY });
    const { muLaw, words } = await flite.synthesise('Eighteen dollars an hour.', { voice: 'rms', speed: 1 });
    const { last } = await line.hear(muLaw);
    if (last?.kind !== 'transcript-final') return t.fail('a final was expected');
    t.strictSame(
      last.words.map((word) => word.text),
      ['eighteen', 'dollars', 'an', 'hour'],
    );
    last.words.forEach((word, nth) => {
      t.ok(
        Math.abs(word.end_ms - 600 - (words[nth]?.end_ms ?? 0)) < 150,
        `${word.text} ends at ${word.end_ms}, spoken until ${600 + (words[nth]?.end_ms ?? 0)}`,
      );
    });
  });

  t.test('unrelated speech is rejected, with confidence 0', async (t) => {
    for (const rules of [YES_NO, SHIFT, MONEY]) {
      for (const said of ['The weather is very nice today.', 'What is the salary for this job?']) {
        const line = openLine();
        line.ear.expect({ type: 'open', grammar: rules });
        t.match((await line.hear(await say(said))).last, { kind: 'transcript-final', text: '', words: [], confidence: 0 }, said);
      }
    }
  });

  t.test('one line after the other: the grammar of the moment counts, PCM works, and silence says nothing', async (t) => {
    const line = openLine({ encoding: 'pcm16le', sampleRateHz: 8000 });
    t.equal(textOf((await line.hear(await say('Yes.'))).last), '', 'no grammar, no words');
    line.ear.expect({ type: 'open', grammar: DAY });
    t.equal(textOf((await line.hear(await say('Monday.'))).last), 'monday');
    line.ear.expect({ type: 'open', grammar: YES_NO });
    t.equal(textOf((await line.hear(await say('Yes please.'))).last), 'yes please');
    line.ear.speechEnded(99_000);
    t.match((await line.untilFinal()).last, { text: '', confidence: 0 }, 'an end without a start is answered too');
    line.ear.expect({ type: 'open' });
    t.equal(textOf((await line.hear(await say('Yes please.'))).last), '');
  });

  t.test('words are told while the candidate still speaks', async (t) => {
    const line = openLine();
    const { muLaw, words } = await flite.synthesise('Eighteen dollars an hour.', { voice: 'rms', speed: 1 });
    const middle = Math.round(((words[1]?.end_ms ?? 0) * 8) / 160) * 160;
    line.play(Buffer.concat([silence(600), muLaw.subarray(0, middle)]));
    // The first preview is made of what has been said when the question is known: two words.
    line.ear.expect({ type: 'open', grammar: MONEY });
    line.play(muLaw.subarray(middle, middle + 160));
    t.match(await line.next(), { kind: 'transcript-interim', text: /^eighteen/ });
    line.play(Buffer.concat([muLaw.subarray(middle + 160), silence(600)]));
    t.equal(textOf((await line.untilFinal()).last), 'eighteen dollars an hour');
  });

  t.test('speech that is cut inside a sentence gives what there was of it', async (t) => {
    const line = openLine();
    line.ear.expect({ type: 'open', grammar: grammar('i prefer the night shift') });
    const { muLaw, words } = await flite.synthesise('I prefer the night shift.', { voice: 'rms', speed: 1 });
    const { last } = await line.hear(muLaw.subarray(0, Math.round(((words[3]?.end_ms ?? 0) * 8) / 160) * 160));
    t.match(textOf(last), /^i prefer/);
    t.ok(confidenceOf(last) <= 0.7);
  });

  t.test('words that no dictionary has are guessed at, told once, and heard', async (t) => {
    warnings.length = 0;
    const line = openLine();
    line.ear.expect({ type: 'open', grammar: grammar('blorvak | zimbledon | 日本 | café-bar') });
    t.equal(textOf((await line.hear(await say('Zimbledon.'))).last), 'zimbledon');
    await line.hear(await say('Blorvak.'));
    t.equal(warnings.filter((warning) => warning.includes('blorvak')).length, 1);
  });

  t.test('a broken grammar is refused without harm', async (t) => {
    for (const broken of [
      '',
      'not a grammar',
      grammar('<missing>'),
      grammar('('),
      '#JSGF V1.0;\ngrammar g;\npublic <other> = yes;',
      grammar('a'.repeat(300)),
    ]) {
      const line = openLine();
      line.ear.expect({ type: 'open', grammar: broken });
      t.match((await line.hear(await say('Yes.'))).last, { kind: 'transcript-final', text: '', confidence: 0 }, broken.slice(0, 60));
      line.ear.expect({ type: 'open', grammar: YES_NO });
      t.equal(textOf((await line.hear(await say('Yes.'))).last), 'yes');
    }
  });

  t.test('a crash of the thread', async (t) => {
    const line = openLine();
    line.ear.expect({ type: 'open', grammar: YES_NO });
    t.test('during a preview loses nothing: the audio is still there', async (t) => {
      line.play(Buffer.concat([silence(600), await say('Yes please.'), silence(600)]));
      ears.crash();
      t.equal(textOf((await line.untilFinal()).last), 'yes please');
    });
    t.test('during a final fails that answer, and the next one is heard', async (t) => {
      const audio = Buffer.concat([silence(300), await say('Yes please.'), silence(300)]);
      const whole = openLine();
      whole.ear.speechStarted(0);
      whole.ear.push(audio, 0);
      // Told only now what to expect, so no preview runs and the final is what the thread works on.
      whole.ear.expect({ type: 'open', grammar: YES_NO });
      whole.ear.speechEnded(audio.length / 8);
      ears.crash();
      t.match((await whole.untilFinal()).last, { kind: 'recognition-failed', recovering: true, reason: /crash/ });
      t.equal(textOf((await line.hear(await say('Yes please.'))).last), 'yes please');
    });
  });

  t.test('closing or aborting ends the events, whatever is under way', async (t) => {
    const call = new AbortController();
    for (const end of [() => call.abort(), undefined]) {
      const line = openLine(MU_LAW, end ? call.signal : undefined);
      line.ear.expect({ type: 'open', grammar: YES_NO });
      line.play(Buffer.concat([silence(600), await say('Yes please.'), silence(600)]));
      if (end) end();
      else line.ear.close();
      t.equal((await line.untilFinal()).last, undefined);
    }
    t.equal((await openLine(MU_LAW, AbortSignal.abort()).untilFinal()).last, undefined);
    t.throws(() => openLine({ encoding: 'mulaw', sampleRateHz: 16_000 }), { code: 'config_invalid' });
  });
});
