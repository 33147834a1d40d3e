import t from 'tap';
import type { z } from 'zod';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import type { FarEndParty } from '../../server/sandbox/far-end.js';
import { createAnsweringMachine, type MachineKind } from '../../server/sandbox/scenarios/answering-machine.js';
import { modemCandidateVoice } from '../../server/sandbox/scenarios/candidate-voice.js';
import { createModemEar } from '../../server/sandbox/scenarios/ear.js';
import { createLedgerEar } from '../../server/sandbox/scenarios/ledger-ear.js';
import { createMouth } from '../../server/sandbox/scenarios/mouth.js';
import { lineSchema, ruleSchema } from '../../server/sandbox/scenarios/schema.js';
import { seededRandom } from '../../server/sandbox/scenarios/seeded-random.js';
import { activeRms, cough, noiseRms, rush, silence } from '../../server/sandbox/scenarios/sounds.js';
import { createSynthesisLedger, type SynthesisedPiece } from '../../server/sandbox/scenarios/synthesis-ledger.js';
import { createVirtualCandidate, newFarEndRecord } from '../../server/sandbox/scenarios/virtual-candidate.js';

const SILENT = Buffer.alloc(MU_LAW_FRAME_BYTES, MU_LAW_SILENCE);

const framesOf = (audio: Buffer): Buffer[] => {
  const frames: Buffer[] = [];
  for (let at = 0; at < audio.length; at += MU_LAW_FRAME_BYTES) {
    const frame = Buffer.from(SILENT);
    audio.copy(frame, 0, at, at + MU_LAW_FRAME_BYTES);
    frames.push(frame);
  }
  return frames;
};

/** A line with an agent on it who speaks from a list: texts at their line times, the modem voice, cut off at `cutMs`. */
const playAgent = (party: FarEndParty, says: { atMs: number; text: string; cutMs?: number }[], lastsMs: number) => {
  const decoder = createModemDecoder();
  const spoken = says.map(({ atMs, text, cutMs }) => ({ atMs, cutMs: cutMs ?? Number.POSITIVE_INFINITY, frames: framesOf(encodeWords(text).muLaw) }));
  const said: { text: string; startMs: number }[] = [];
  const keys: { key: string; atMs: number }[] = [];
  for (let lineMs = 0; lineMs < lastsMs; lineMs += 20) {
    const playing = spoken.filter(({ atMs, cutMs }) => lineMs >= atMs && lineMs < cutMs).map(({ atMs, frames }) => frames[(lineMs - atMs) / 20]);
    const frame = party.exchange(playing.find((audio) => audio) ?? SILENT, lineMs);
    for (const word of decoder.push(frame.audio, lineMs)) said.push({ text: word.text, startMs: word.startMs });
    if (frame.dtmf) keys.push({ key: frame.dtmf, atMs: lineMs });
    if (frame.hangUp) return { said, keys, hungUpMs: lineMs };
  }
  return { said, keys, hungUpMs: undefined };
};

const QUESTIONS = [
  { variable: 'licence', texts: ["Do you have a valid driver's licence?"] },
  { variable: 'night_shift', texts: ['Can you work night shifts, {{candidate_first_name}}?', 'Are nights possible for you?'] },
  { variable: 'email', texts: ['What is the best e-mail to reach you?'] },
  { variable: 'experience_years', texts: ['How long have you driven forklifts?'] },
];

const candidate = (rules: z.input<typeof ruleSchema>[], options: { manners?: 'cooperative' | 'none'; otherwise?: string; uses?: number[] } = {}) => {
  const random = seededRandom('test');
  const record = newFarEndRecord('+14155550123');
  const party = createVirtualCandidate({
    ear: createModemEar(),
    mouth: createMouth({ speak: modemCandidateVoice().speak, random, backgroundRms: 0 }),
    script: {
      speaks: rules.map((rule) => ruleSchema.parse(rule)),
      otherwise: options.otherwise === undefined ? undefined : { say: options.otherwise, times: 1 },
      manners: options.manners ?? 'cooperative',
      questions: QUESTIONS,
    },
    uses: options.uses ?? [],
    record,
  });
  return { party, record };
};

const textOf = (said: { text: string }[]) => said.map((word) => word.text).join(' ');
const lengthMs = (text: string) => encodeWords(text).muLaw.length / 8;

t.test('the answer rule speaks into the open line after its time', async (t) => {
  const { party } = candidate([{ on: 'answer', say: 'Hello?', after_ms: 250 }]);
  const { said } = playAgent(party, [], 3000);
  t.equal(textOf(said), 'Hello?');
  t.match(said[0]?.startMs, 260);
});

t.test('a question is answered after its end, and only by its own rule', async (t) => {
  const { party, record } = candidate([
    { on: { question: 'night_shift' }, say: 'nights are fine' },
    { on: { question: 'licence' }, say: 'yes, I do', after_ms: 600 },
  ]);
  const text = "Great. Do you have a valid driver's licence?";
  const { said } = playAgent(party, [{ atMs: 1000, text }], 8000);
  t.equal(textOf(said), 'yes, I do');
  const end = record.heard.at(-1)?.endMs ?? 0;
  t.ok((said[0]?.startMs ?? 0) >= end + 600 && (said[0]?.startMs ?? 0) <= end + 680, `starts at ${said[0]?.startMs} after the end at ${end}`);
  t.equal(textOf(record.heard), text);
});

t.test('an agent that goes on after its question is not talked over', async (t) => {
  const { party, record } = candidate([{ on: { question: 'licence' }, say: 'yes' }]);
  const text = "Do you have a valid driver's licence? Please say yes or no, or press one or two.";
  const { said } = playAgent(party, [{ atMs: 200, text }], 12_000);
  t.equal(textOf(said), 'yes');
  t.ok((said[0]?.startMs ?? 0) > (record.heard.at(-1)?.endMs ?? Number.NaN));
});

t.test('questions are known by their text, with variables filled in, by their follow-up, and by their key words', async (t) => {
  const cases = ['Can you work night shifts, Dana Maria?', 'Sorry. Are nights possible for you?', 'So would you say the night shifts work?'];
  for (const text of cases) {
    const { party } = candidate([{ on: { question: 'night_shift' }, say: 'no' }], { manners: 'none' });
    t.equal(textOf(playAgent(party, [{ atMs: 200, text }], 12_000).said), 'no', text);
  }
  const { party } = candidate([{ on: { question: 'night_shift' }, say: 'no' }], { manners: 'none' });
  t.equal(
    textOf(playAgent(party, [{ atMs: 200, text: 'The job has night shifts. What is your name?' }], 12_000).said),
    '',
    'a statement is no question',
  );
});

t.test('a question that was cut before its end was not asked', async (t) => {
  const { party } = candidate([{ on: { question: 'licence' }, say: 'yes' }]);
  const text = "Do you have a valid driver's licence?";
  t.equal(textOf(playAgent(party, [{ atMs: 200, text, cutMs: 200 + lengthMs(text) - 200 }], 8000).said), '');
});

t.test('a question in two halves, as after a cough, is one question', async (t) => {
  const { party } = candidate([
    { on: { question: 'licence' }, interrupt_after_ms: 500, say: '{cough}' },
    { on: { question: 'licence' }, say: 'yes' },
  ]);
  const first = 'Do you have a';
  const { said } = playAgent(
    party,
    [
      { atMs: 200, text: first },
      { atMs: 200 + lengthMs(first) + 1500, text: "valid driver's licence?" },
    ],
    12_000,
  );
  t.equal(textOf(said), 'yes');
});

t.test('an interruption starts its time after the utterance began, while the agent speaks', async (t) => {
  const { party, record } = candidate([
    { on: { question: 'licence' }, interrupt_after_ms: 900, say: 'Sorry, how much does it pay?' },
    { on: { question: 'licence' }, say: 'yes' },
  ]);
  const text = "Do you have a valid driver's licence?";
  const { said } = playAgent(
    party,
    [
      { atMs: 400, text, cutMs: 1800 },
      { atMs: 6000, text: `Eighteen dollars an hour. ${text}` },
    ],
    16_000,
  );
  t.equal(textOf(said), 'Sorry, how much does it pay? yes');
  t.ok(Math.abs((said[0]?.startMs ?? 0) - 1300) <= 40, `started at ${said[0]?.startMs}`);
  t.match(record.latency.barge_in_ms, [Number]);
  t.ok(Math.abs((record.latency.barge_in_ms[0] ?? 0) - 500) <= 60, `${record.latency.barge_in_ms}`);
});

t.test('an interruption by what was heard waits for the words that it needs', async (t) => {
  const { party } = candidate([{ on: { heard: 'anything else' }, interrupt_after_ms: 100, say: 'No!' }], { manners: 'none' });
  const text = 'Is there anything else that you would like to tell us before we end?';
  const { said } = playAgent(party, [{ atMs: 200, text, cutMs: 2500 }], 8000);
  t.equal(textOf(said), 'No!');
  t.ok((said[0]?.startMs ?? 0) > 200 + lengthMs('Is there anything') && (said[0]?.startMs ?? 0) < 200 + lengthMs('Is there anything else that'));
});

t.test('the first rule that matches is taken, each once unless `times` says more', async (t) => {
  const text = "Do you have a valid driver's licence?";
  const says = [0, 1, 2, 3].map((nth) => ({ atMs: 200 + nth * 5000, text }));
  const rules: z.input<typeof ruleSchema>[] = [
    { on: { heard: 'licence' }, say: 'one' },
    { on: { question: 'licence' }, say: 'two', times: 2 },
    { on: { heard: 'driver' }, say: 'three' },
  ];
  t.equal(textOf(playAgent(candidate(rules).party, says, 22_000).said), 'one two two three');
  const uses: number[] = [];
  t.equal(textOf(playAgent(candidate(rules, { uses }).party, says.slice(0, 1), 5000).said), 'one');
  t.equal(textOf(playAgent(candidate(rules, { uses }).party, says.slice(0, 1), 5000).said), 'two', 'uses are kept from call to call');
});

t.test('a read-back is confirmed by its rule, or by manners', async (t) => {
  const says = [
    { atMs: 200, text: 'What is the best e-mail to reach you?' },
    { atMs: 6000, text: 'I have dana at example dot com. Is that right?' },
  ];
  const asked = { on: { question: 'email' }, say: 'dana at example dot com' };
  t.equal(
    textOf(playAgent(candidate([asked, { on: { confirm: 'email' }, say: 'no, with two n' }]).party, says, 14_000).said),
    'dana at example dot com no, with two n',
  );
  t.equal(textOf(playAgent(candidate([asked]).party, says, 14_000).said), 'dana at example dot com Yes.');
  t.equal(textOf(playAgent(candidate([asked], { manners: 'none' }).party, says, 14_000).said), 'dana at example dot com');
});

t.test('a read-back of one answer is known by the name of its variable, whatever was asked last', async (t) => {
  for (const text of [
    'I have no for licence. Is that right?',
    'Okay. For night shift, I have no. Is that right?',
    'For experience, I have six years. Is that right?',
  ]) {
    const rules = [
      { on: { confirm: 'licence' }, say: 'the licence' },
      { on: { confirm: 'night_shift' }, say: 'the nights' },
      { on: { confirm: 'experience_years' }, say: 'the years' },
    ];
    const says = [
      { atMs: 200, text: 'What is the best e-mail to reach you?' },
      { atMs: 6000, text },
    ];
    t.equal(
      textOf(playAgent(candidate(rules, { manners: 'none' }).party, says, 14_000).said),
      `the ${/licence|night|years/.exec(text)?.[0].replace('night', 'nights')}`,
    );
  }
});

t.test('manners say yes to courtesies, no to any questions, and nothing to the questions of the bot', async (t) => {
  const cases: [string, string][] = [
    ['Hello, am I speaking with Dana?', 'Yes.'],
    ['This call is recorded. Is it all right to record?', 'Yes.'],
    ['Is this a good time to talk?', 'Yes.'],
    ['Let me read that back. Licence, yes. Nights, no. Is that all correct?', 'Yes.'],
    ['Do you have any questions for us?', 'No.'],
    ['Is there anything else you would like to ask?', 'No.'],
    ["Do you have a valid driver's licence?", ''],
    ['Are you still there?', ''],
    ['Thank you. Goodbye.', ''],
  ];
  for (const [text, reply] of cases) t.equal(textOf(playAgent(candidate([]).party, [{ atMs: 200, text }], 9000).said), reply, text);
});

t.test('otherwise serves questions without a rule, then there is silence', async (t) => {
  const text = "Do you have a valid driver's licence?";
  const says = [{ atMs: 200, text: 'Welcome.' }, ...[1, 2].map((nth) => ({ atMs: nth * 5000, text }))];
  const { said } = playAgent(candidate([], { otherwise: 'Sorry?' }).party, says, 16_000);
  t.equal(textOf(said), 'Sorry?');
  t.ok((said[0]?.startMs ?? 0) > 5000, 'a statement needs no answer');
});

t.test('an empty say is a silence that manners do not break', async (t) => {
  t.equal(
    textOf(playAgent(candidate([{ on: { heard: 'record' }, say: '' }]).party, [{ atMs: 200, text: 'Is it all right to record?' }], 9000).said),
    '',
  );
});

t.test('mutual silence is counted from the last sound of either side', async (t) => {
  const { party, record } = candidate([{ on: { silence_ms: 3000 }, hang_up: true }], { manners: 'none' });
  const { hungUpMs } = playAgent(party, [{ atMs: 1000, text: 'Hello, am I speaking with Dana?' }], 30_000);
  const end = record.heard.at(-1)?.endMs ?? 0;
  t.ok(hungUpMs !== undefined && hungUpMs >= end + 2960 && hungUpMs <= end + 3060, `hung up at ${hungUpMs}, last word ended at ${end}`);
});

t.test('keys are pressed one by one, and who says goodbye is heard out before the line drops', async (t) => {
  const { party } = candidate([
    { on: { question: 'licence' }, dtmf: '12#' },
    { on: { heard: 'goodbye' }, say: 'Bye bye.', hang_up: true },
  ]);
  const { said, keys, hungUpMs } = playAgent(
    party,
    [
      { atMs: 200, text: "Do you have a valid driver's licence?" },
      { atMs: 6000, text: 'Goodbye.' },
    ],
    20_000,
  );
  t.strictSame(
    keys.map(({ key }) => key),
    ['1', '2', '#'],
  );
  t.ok((keys[1]?.atMs ?? 0) - (keys[0]?.atMs ?? 0) >= 200);
  t.equal(textOf(said), 'Bye bye.');
  t.ok(hungUpMs !== undefined);
});

t.test('the far end times greeting and replies by its own ear', async (t) => {
  const { party, record } = candidate([
    { on: 'answer', say: 'Hello?', after_ms: 0 },
    { on: { question: 'licence' }, say: 'yes' },
  ]);
  const helloEndsMs = 20 + lengthMs('Hello?') - 120;
  playAgent(
    party,
    [
      { atMs: 1000, text: "Do you have a valid driver's licence?" },
      { atMs: 8000, text: 'Thank you.' },
    ],
    12_000,
  );
  t.ok(Math.abs((record.latency.greeting_ms ?? 0) - (1000 - helloEndsMs)) <= 60, `greeting ${record.latency.greeting_ms}`);
  t.equal(record.latency.reply_ms.length, 1);
  const silent = candidate([], { manners: 'none' });
  playAgent(silent.party, [{ atMs: 1700, text: 'Hello.' }], 4000);
  t.equal(silent.record.latency.greeting_ms, 200, 'without words the greeting is due 1.5 s after the answer');
});

t.test('words survive mouth, mu-law frames and ear, with noise 20 dB below them', async (t) => {
  const voice = modemCandidateVoice();
  const say = 'The quick brown fox, 12 lazy dogs & "Zoë"! {300ms} And {noise 200ms} again.';
  for (const backgroundRms of [0, noiseRms(voice.speechRms, 20)]) {
    const mouth = createMouth({ speak: voice.speak, random: seededRandom('noise'), backgroundRms });
    const ear = createModemEar();
    const heard: string[] = [];
    mouth.say(say);
    for (let lineMs = 0; lineMs < 12_000; lineMs += 20) heard.push(...ear.hear(mouth.frame().audio, lineMs).map((word) => word.text));
    t.equal(heard.join(' '), 'The quick brown fox, 12 lazy dogs & "Zoë"! And again.', `background ${Math.round(backgroundRms)}`);
    t.notOk(mouth.busy);
  }
});

t.test('sounds have the levels that their names promise, the same in every run', async (t) => {
  const random = () => seededRandom('a');
  t.ok(cough(random()).equals(cough(random())));
  t.notOk(cough(random()).equals(cough(seededRandom('b'))));
  t.ok(activeRms(rush(500, random())) > 1000);
  t.equal(activeRms(silence(500)), 0);
  const noisy = createMouth({ speak: () => Buffer.alloc(0), random: random(), backgroundRms: 300 });
  const background = Buffer.concat(Array.from({ length: 200 }, () => noisy.frame().audio));
  t.ok(Math.abs(activeRms(background) / 300 - 1) < 0.25, `asked for 300, got ${activeRms(background)}`);
});

// Any bytes will do as speech: the ear compares, it does not understand.
const piece = (seed: string, words: string[], wordMs = 300): SynthesisedPiece => ({
  audio: rush(words.length * wordMs, seededRandom(seed)),
  words: words.map((text, nth) => ({ text, start_ms: nth * wordMs, end_ms: (nth + 1) * wordMs - 40 })),
});

t.test("the ear of real speech finds played bytes in the synthesiser's log", async (t) => {
  const hello = piece('hello', ['Hello', 'Dana.']);
  const question = piece('question', ['Do', 'you', 'drive?']);
  const twin: SynthesisedPiece = {
    audio: Buffer.concat([question.audio.subarray(0, 3200), rush(300, seededRandom('other'))]),
    words: [
      { text: 'Do', start_ms: 0, end_ms: 260 },
      { text: 'it.', start_ms: 300, end_ms: 660 },
    ],
  };
  const ledger = createSynthesisLedger();
  for (const made of [hello, question, twin]) ledger.add(made);
  const hear = (audio: Buffer) => {
    const ear = createLedgerEar(ledger);
    const words = framesOf(audio).flatMap((frame, nth) => ear.hear(frame, nth * 20));
    return { text: textOf(words), words, unknown: ear.unknownFrames };
  };
  const whole = hear(Buffer.concat([silence(100), hello.audio, silence(333), question.audio, silence(50)]));
  t.match(whole, { text: 'Hello Dana. Do you drive?', unknown: 0 });
  t.match(whole.words[0], { startMs: 100, endMs: 360 });
  t.match(hear(Buffer.concat([silence(7), hello.audio, question.audio])), { text: 'Hello Dana. Do you drive?', unknown: 0 }, 'at any alignment');
  t.match(hear(question.audio.subarray(0, 300 * 8 + 200 * 8)), { text: 'Do', unknown: 0 }, 'a word that was cut was not heard');
  t.match(
    hear(Buffer.concat([question.audio.subarray(0, 3200), silence(800), question.audio.subarray(2400)])),
    { text: 'Do you drive?', unknown: 0 },
    'resumed from the cut word on',
  );
  t.match(
    hear(Buffer.concat([question.audio.subarray(0, 3200), silence(60), question.audio.subarray(3200)])),
    { text: 'Do you drive?', unknown: 0 },
    'a gap in the middle of a word',
  );
  t.match(hear(Buffer.concat([hello.audio, hello.audio])), { text: 'Hello Dana. Hello Dana.', unknown: 0 }, 'the same audio twice');
  t.match(hear(twin.audio), { text: 'Do it.', unknown: 0 });
  t.match(hear(question.audio), { text: 'Do you drive?', unknown: 0 }, 'pieces that begin alike are told apart');
  const foreign = hear(Buffer.concat([hello.audio, rush(200, seededRandom('foreign'))]));
  t.match(foreign, { text: 'Hello Dana.' });
  t.ok(foreign.unknown >= 8, 'sound that no synthesiser made is counted');
});

const machine = (kind: MachineKind, line: z.input<typeof lineSchema> = {}, takeOver?: () => FarEndParty) => {
  const record = newFarEndRecord('+14155550123');
  const mouth = createMouth({ speak: modemCandidateVoice().speak, random: seededRandom('machine'), backgroundRms: 0 });
  return { record, party: createAnsweringMachine({ kind, line: lineSchema.parse(line), ear: createModemEar(), mouth, record, takeOver }) };
};

t.test('a voicemail greets, beeps, takes the message down and hangs up on silence', async (t) => {
  const { party, record } = machine('voicemail', { greeting: 'This is Dana. Leave a message.' });
  const { said, hungUpMs } = playAgent(party, [{ atMs: 6000, text: 'Please call us back.' }], 60_000);
  t.equal(textOf(said), 'This is Dana. Leave a message.');
  t.equal(textOf(record.heard), 'Please call us back.');
  t.ok(hungUpMs !== undefined && hungUpMs > 16_000);
});

t.test('machines have their own words, and a screened call can reach a person', async (t) => {
  t.match(textOf(playAgent(machine('voicemail').party, [], 15_000).said), /leave your name and a message after the tone/i);
  t.match(textOf(playAgent(machine('ivr').party, [], 40_000).said), /press one.*Thank you for calling.*press one/i);
  t.equal(textOf(playAgent(machine('silence').party, [], 30_000).said), '');
  t.ok(playAgent(machine('fax').party, [], 60_000).hungUpMs !== undefined);
  const person = candidate([{ on: 'answer', say: 'Yes, hello?' }]);
  const { said } = playAgent(machine('call-screening', {}, () => person.party).party, [{ atMs: 12_000, text: 'An assistant, about a job.' }], 30_000);
  t.match(textOf(said), /screening service.*Yes, hello\?$/);
});
