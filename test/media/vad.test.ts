import t from 'tap';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, pcmToMuLaw } from '../../media/audio/g711.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { createVoiceDetector, type VoiceDetectorOptions, type VoiceEvent } from '../../media/vad.js';
import { fc, runs } from '../fixtures/properties.js';

const FRAME_MS = 20;
const full = (db: number) => 32_768 * 10 ** (db / 20);

/** Repeatable noise: the same numbers in every run. */
const seeded = (seed: number) => {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
};
const gaussian = (next: () => number) => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());

/** Pink noise at a level in dBFS of its mean square (Kellet's filter). */
const pink = (ms: number, db: number, seed = 1) => {
  const next = seeded(seed);
  let [a, b, c] = [0, 0, 0];
  const raw = Float64Array.from({ length: ms * 8 }, () => {
    const white = gaussian(next);
    a = 0.99765 * a + white * 0.099046;
    b = 0.963 * b + white * 0.2965164;
    c = 0.57 * c + white * 1.0526913;
    return a + b + c + white * 0.1848;
  });
  const gain = full(db) / Math.sqrt(raw.reduce((sum, x) => sum + x * x, 0) / Math.max(1, raw.length));
  return raw.map((x) => x * gain);
};
const quiet = (ms: number) => new Float64Array(ms * 8);
/** A voice as the detector sees it: 150 Hz harmonics, syllables of 180 ms with short closures between them. */
const voice = (ms: number, db: number) => {
  const gain = full(db) * 1.3;
  return Float64Array.from({ length: ms * 8 }, (_, i) => {
    const inSyllable = (i / 8) % 180;
    const envelope = inSyllable > 160 ? 0.02 : Math.min(1, inSyllable / 10);
    return gain * envelope * (Math.sin((2 * Math.PI * 150 * i) / 8000) + 0.5 * Math.sin((2 * Math.PI * 450 * i) / 8000));
  });
};
const join = (...parts: Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));
const mix = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + (b[i] ?? 0));
const toMuLaw = (samples: Float64Array) => pcmToMuLaw(Int16Array.from(samples, (x) => Math.max(-32_768, Math.min(32_767, Math.round(x)))));

const listen = (audio: Buffer, options?: Partial<VoiceDetectorOptions>, fromMs = 0): VoiceEvent[] => {
  const detector = createVoiceDetector(options);
  const events: VoiceEvent[] = [];
  for (let at = 0; at + MU_LAW_FRAME_BYTES <= audio.length; at += MU_LAW_FRAME_BYTES) {
    events.push(...detector.push(audio.subarray(at, at + MU_LAW_FRAME_BYTES), fromMs + at / 8));
  }
  return events;
};
const kinds = (events: VoiceEvent[]) => events.map((event) => event.kind);

t.test('on a digitally silent line', async (t) => {
  t.test('silence is silence, however long', async (t) => {
    t.strictSame(listen(Buffer.alloc(8 * 20_000, MU_LAW_SILENCE)), []);
  });
  t.test('a stretch of voice has its true bounds and is told in time', async (t) => {
    const events = listen(toMuLaw(join(quiet(1000), voice(1600, -22), quiet(1000))));
    t.match(events, [{ kind: 'voice-start', startedMs: 1000 }, { kind: 'voice-end' }]);
    const [start, end] = events;
    if (start?.kind !== 'voice-start' || end?.kind !== 'voice-end') return t.fail('one start and one end were expected');
    t.equal(start.lineMs, 1080, 'confirmed by the fourth voiced frame');
    t.ok(Math.abs(end.endedMs - 2600) <= 40, `ended at ${end.endedMs}`);
    t.equal(end.lineMs - end.endedMs, 200, 'told after the hang');
  });
  t.test('a whisper below the gate is no voice', async (t) => {
    t.strictSame(listen(toMuLaw(join(quiet(500), voice(1000, -60)))), []);
  });
  t.test('one click of 40 ms is no voice', async (t) => {
    t.strictSame(listen(toMuLaw(join(quiet(1000), voice(40, -15), quiet(500), voice(60, -15), quiet(500)))), []);
  });
});

t.test('voice from the very first frame is told after the calibration, with its true start', async (t) => {
  const events = listen(toMuLaw(join(voice(900, -20), quiet(600))));
  t.match(events, [{ kind: 'voice-start', lineMs: 300, startedMs: 0 }, { kind: 'voice-end' }]);
});

t.test('speech that lasts from the first frame stays one stretch, wherever the line cut in', async (t) => {
  const { muLaw } = encodeWords('Hi, you have reached my voicemail. I cannot come to the phone right now. Please leave your name and a message.');
  for (const skipped of [0, 5, 9, 12]) {
    const events = listen(Buffer.concat([muLaw.subarray(skipped * MU_LAW_FRAME_BYTES), Buffer.alloc(8000, MU_LAW_SILENCE)]));
    t.strictSame(
      events.map(({ kind }) => kind),
      ['voice-start', 'voice-end'],
      `${skipped} frames late`,
    );
  }
});

t.test('pauses', async (t) => {
  const pauses: [number, string[]][] = [
    [60, ['voice-start', 'voice-end']],
    [120, ['voice-start', 'voice-end']],
    [160, ['voice-start', 'voice-end']],
    [300, ['voice-start', 'voice-end', 'voice-start', 'voice-end']],
  ];
  for (const [ms, expected] of pauses) {
    t.test(`a pause of ${ms} ms makes ${expected.length / 2} stretch(es)`, async (t) => {
      const tone = (length: number) => Float64Array.from({ length: length * 8 }, (_, i) => full(-20) * Math.sin((2 * Math.PI * 300 * i) / 8000));
      t.strictSame(kinds(listen(toMuLaw(join(quiet(600), tone(500), quiet(ms), tone(500), quiet(600))))), expected);
    });
  }
  t.test('the hang can be set', async (t) => {
    const audio = toMuLaw(join(quiet(600), voice(500, -20), quiet(300), voice(500, -20), quiet(900)));
    t.strictSame(kinds(listen(audio, { endHangMs: 500 })), ['voice-start', 'voice-end']);
  });
});

t.test('in noise', async (t) => {
  for (const [name, db] of [
    ['faint', -55],
    ['moderate', -42],
    ['strong', -36],
  ] as const) {
    t.test(`${name} steady pink noise (${db} dBFS) from the start never becomes voice`, async (t) => {
      for (const seed of [1, 2, 3]) t.strictSame(listen(toMuLaw(pink(20_000, db, seed))), []);
    });
  }
  t.test('voice 20 dB above pink noise is found each time, once', async (t) => {
    const speech = join(quiet(1500), voice(1200, -20), quiet(1500), voice(700, -20), quiet(1500), voice(2500, -20), quiet(1500));
    for (const seed of [4, 5, 6]) {
      const events = listen(toMuLaw(mix(speech, pink(speech.length / 8, -40, seed))));
      t.strictSame(kinds(events), ['voice-start', 'voice-end', 'voice-start', 'voice-end', 'voice-start', 'voice-end']);
      const starts = events.flatMap((event) => (event.kind === 'voice-start' ? [event.startedMs] : []));
      for (const [i, trueMs] of [1500, 4200, 6400].entries()) t.ok(Math.abs((starts[i] ?? 0) - trueMs) <= 60, `start ${starts[i]} is near ${trueMs}`);
    }
  });
  t.test('noise that begins in silence is taken for voice at most for two seconds', async (t) => {
    for (const db of [-44, -36, -30, -24]) {
      const events = listen(toMuLaw(join(quiet(2000), pink(15_000, db, 7))));
      t.ok(events.length <= 2, `${db} dBFS: no flicker`);
      const end = events[1];
      if (events.length > 0) t.ok(end?.kind === 'voice-end' && end.lineMs < 2000 + 2100, `${db} dBFS: over at ${end?.lineMs}`);
    }
  });
  t.test('after the noise has become louder, a voice above it is still found', async (t) => {
    const speech = join(quiet(8000), voice(1500, -14), quiet(1500));
    const noise = join(pink(3000, -60, 8), pink(8000, -34, 9));
    const late = listen(toMuLaw(mix(speech, noise))).filter((event) => event.lineMs > 6000);
    t.strictSame(kinds(late), ['voice-start', 'voice-end']);
  });
});

t.test('the modem voice is one stretch of speech at any alignment, long words and long sentences included', async (t) => {
  const text = `Well, I have worked in a large distribution warehouse for five years now. My address is ${'abcdefghij'.repeat(12)} and so on and on`;
  const { muLaw, words } = encodeWords(text);
  const last = words[words.length - 1];
  for (const shift of [0, 13, 57, 80, 121]) {
    const events = listen(Buffer.concat([Buffer.alloc(8000 + shift, MU_LAW_SILENCE), muLaw, Buffer.alloc(8000, MU_LAW_SILENCE)]));
    t.strictSame(kinds(events), ['voice-start', 'voice-end'], `shifted by ${shift} samples`);
    const [start, end] = events;
    if (start?.kind !== 'voice-start' || end?.kind !== 'voice-end') return;
    t.ok(Math.abs(start.startedMs - 1000) <= FRAME_MS);
    t.ok(Math.abs(end.endedMs - 1000 - (last?.end_ms ?? 0)) <= 2 * FRAME_MS);
  }
});

t.test('lost time', async (t) => {
  t.test('a gap in line time longer than the hang ends the voice', async (t) => {
    const detector = createVoiceDetector();
    const audio = toMuLaw(join(quiet(400), voice(800, -20)));
    for (let at = 0; at < audio.length; at += 160) detector.push(audio.subarray(at, at + 160), at / 8);
    const events = detector.push(Buffer.alloc(160, MU_LAW_SILENCE), 3000);
    t.match(events, [{ kind: 'voice-end', lineMs: 3000 }]);
  });
  t.test('an empty frame and a short one do no harm', async (t) => {
    const detector = createVoiceDetector();
    t.strictSame([...detector.push(Buffer.alloc(0), 0), ...detector.push(Buffer.alloc(7), 0)], []);
    detector.push(toMuLaw(voice(20, -20)), 1);
    t.ok(Math.abs(detector.level() - -20) < 6, 'the level is that of the last frame');
    detector.push(Buffer.alloc(160, MU_LAW_SILENCE), 21);
    t.equal(detector.level(), -100);
  });
});

t.test('whatever is heard, events alternate, their times grow, and every voice ends in bounded time', async () => {
  const segment = fc.record({
    kind: fc.constantFrom('quiet', 'voice', 'noise'),
    ms: fc.integer({ min: 1, max: 60 }).map((n) => n * 20),
    db: fc.integer({ min: -60, max: -5 }),
  });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: 1_000_000 }), (segments, fromMs) => {
      const audio = join(
        ...segments.map(({ kind, ms, db }) => (kind === 'quiet' ? quiet(ms) : kind === 'voice' ? voice(ms, db) : pink(ms, db))),
        quiet(400),
      );
      const events = listen(toMuLaw(audio), {}, fromMs);
      let previousMs = fromMs;
      events.forEach((event, nth) => {
        if (event.kind !== (nth % 2 === 0 ? 'voice-start' : 'voice-end')) throw new Error('a start and an end must alternate');
        const at = event.kind === 'voice-start' ? event.startedMs : event.endedMs;
        if (at < previousMs || event.lineMs < at) throw new Error(`times must grow: ${JSON.stringify(events)}`);
        previousMs = at;
      });
      return events.length % 2 === 0;
    }),
    { numRuns: runs(60) },
  );
});
