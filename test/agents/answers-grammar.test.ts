import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import {
  answerGrammar,
  answerKind,
  interpretAnswer,
  openGrammar,
  openingGrammar,
  toInterpretResponse,
  yesNoGrammar,
} from '../../agents/answers/index.js';
import type { AnswerSpec } from '../../agents/answers/kind.js';
import { ANSWER_TYPES, type AnswerValue, answerValueSchema } from '../../schemas/answer.js';
import { fc, runs } from '../fixtures/properties.js';
import { CONTEXT, pay } from './answers-table.js';

const options = (...labels: string[]) => labels.map((label) => ({ value: label.toLowerCase().replaceAll(' ', '_'), label, synonyms: [] }));

const SPECS: Readonly<Record<string, AnswerSpec>> = {
  'yes-no': { type: 'yes-no' },
  number: { type: 'number' },
  percentage: { type: 'number', subtype: 'percentage' },
  days: { type: 'number', subtype: 'days' },
  months: { type: 'number', subtype: 'months' },
  years: { type: 'number', subtype: 'years' },
  dollars: { type: 'money', currency: 'USD', period: 'hour' },
  pounds: { type: 'money', currency: 'GBP', period: 'week' },
  rupees: { type: 'money', currency: 'INR', period: 'month' },
  choice: { type: 'choice', options: options('Day shift', 'Evening shift', 'Night shift') },
  several: { type: 'choice', multiple: true, options: options('Forklift', 'Crane', '2 years or more', 'Food & drink') },
  date: { type: 'date' },
  phone: { type: 'phone' },
  availability: { type: 'availability' },
};

/** A small reader of JSGF, enough to say what a grammar lets through: alternatives, sequences, `[…]`, `(…)`, `+` and rule names. */
type Part = { word: string } | { rule: string } | { either: Part[][]; optional: boolean; repeat: boolean };

const parseBody = (body: string): Part[][] => {
  const tokens = body.match(/<[a-z_]+>|[()[\]|+]|[^\s()[\]|+<>]+/g) ?? [];
  let at = 0;
  const alternatives = (): Part[][] => {
    const found: Part[][] = [[]];
    for (; at < tokens.length; at++) {
      const token = tokens[at] ?? '';
      if (token === ')' || token === ']') break;
      if (token === '|') found.push([]);
      else if (token === '+') {
        const last = found.at(-1)?.pop();
        if (last) found.at(-1)?.push({ either: [[last]], optional: false, repeat: true });
      } else if (token === '(' || token === '[') {
        at++;
        found.at(-1)?.push({ either: alternatives(), optional: token === '[', repeat: false });
      } else found.at(-1)?.push(token.startsWith('<') ? { rule: token.slice(1, -1) } : { word: token });
    }
    return found;
  };
  return alternatives();
};

const rulesOf = (grammar: string): Map<string, Part[][]> =>
  new Map([...grammar.matchAll(/^(?:public )?<([a-z_]+)> = (.*);$/gm)].map(([, name = '', body = '']) => [name, parseBody(body)]));

/** Says one random sentence of a rule; `pick(n)` chooses among n. */
const sentence = (rules: Map<string, Part[][]>, name: string, pick: (count: number) => number): string[] => {
  const say = (alternatives: Part[][]): string[] => (alternatives[pick(alternatives.length)] ?? []).flatMap(sayPart);
  const sayPart = (part: Part): string[] => {
    if ('word' in part) return [part.word];
    if ('rule' in part) return sentence(rules, part.rule, pick);
    if (part.optional && pick(2) === 0) return [];
    return part.repeat ? Array.from({ length: 1 + pick(10) }, () => say(part.either)).flat() : say(part.either);
  };
  return say(rules.get(name) ?? []);
};

const everyGrammar = (): [string, string][] => [
  ...Object.entries(SPECS).map(([name, spec]): [string, string] => [name, answerGrammar(spec) ?? '']),
  ['yes or no', yesNoGrammar()],
  ['opening', openingGrammar(['Dana', 'José'])],
  ['open', openGrammar(['parking', 'hours', 'Uniform & shoes'])],
];

t.test('a grammar is complete, plain and small', async (t) => {
  for (const [name, grammar] of everyGrammar()) {
    t.match(grammar, /^#JSGF V1\.0;\ngrammar answer;\npublic <answer> = .+;\n/, `${name} has its header and one public rule first`);
    const rules = rulesOf(grammar);
    const used = [...grammar.matchAll(/<([a-z_]+)>/g)].map(([, rule = '']) => rule);
    t.strictSame(new Set(used), new Set(rules.keys()), `${name} defines every rule that it uses, and no other`);
    const words = grammar.replaceAll(/#JSGF V1\.0;|grammar answer;|public|<[a-z_]+>/g, ' ').match(/[^\s()[\]|+=;]+/g) ?? [];
    t.strictSame(
      words.filter((word) => !/^[a-z]+(?:'[a-z]+)?$/.test(word)),
      [],
      `${name} has lower-case words only`,
    );
    t.ok(words.length < 400, `${name} has ${words.length} words`);
    t.equal(answerGrammar({ type: 'yes-no' }), answerGrammar({ type: 'yes-no' }));
  }
  t.equal(answerGrammar({ type: 'email' }), undefined);
  t.equal(answerGrammar({ type: 'text' }), undefined);
  t.equal(answerGrammar({ type: 'choice', options: options('42', '!!') })?.includes('forty two'), true);
});

t.test('the words are in the dictionary of the embedded recogniser', async (t) => {
  const dictionary = new Set(
    readFileSync(resolve('node_modules/soundswallower/model/en-us/dict.txt'), 'utf8')
      .split('\n')
      .map((line) => line.split(/\s/)[0]),
  );
  for (const [name, grammar] of everyGrammar()) {
    const words = grammar.replaceAll(/#JSGF V1\.0;|grammar answer;|public|<[a-z_]+>/g, ' ').match(/[a-z']+/g) ?? [];
    t.strictSame(
      words.filter((word) => !dictionary.has(word)),
      [],
      name,
    );
  }
});

t.test('what a grammar lets a recogniser hear is understood', async (t) => {
  for (const [name, spec] of Object.entries(SPECS)) {
    const rules = rulesOf(answerGrammar(spec) ?? '');
    const missed = new Set<string>();
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (stream) => {
        const numbers = stream[Symbol.iterator]();
        const said = sentence(rules, 'said', (count) => (numbers.next().value ?? 0) % count).join(' ');
        const { status, problem } = interpretAnswer(said, spec, CONTEXT);
        // A phone grammar lets a lone digit through, and "negotiable" is a remark rather than an amount.
        const known = spec.type === 'phone' || said.endsWith('negotiable') || said === 'none of them';
        if (status === 'unclear' && problem === 'no-answer' && !known) missed.add(said);
      }),
      { numRuns: runs(300) },
    );
    t.strictSame([...missed], [], name);
  }
});

t.test('every question can be stopped, repeated, put off, declined', async (t) => {
  const commands = [
    'stop',
    'do not call me again',
    'wrong number',
    'are you a robot',
    'say that again',
    'hold on',
    "i'm driving",
    "i don't know",
    "i'd rather not say",
  ];
  for (const spec of Object.values(SPECS)) {
    for (const command of commands) t.ok(answerGrammar(spec)?.includes(command), `${spec.type} hears "${command}"`);
    t.equal(interpretAnswer("i'd rather not say", spec, CONTEXT).status, 'declined');
    t.equal(interpretAnswer('are you a robot', spec, CONTEXT).status, 'unclear');
    t.equal(interpretAnswer('say that again please', spec, CONTEXT).status, 'unclear');
  }
});

t.test('"Monday" is not heard as "um on the eighth"', async (t) => {
  // Measured with three flite voices: a bare "on" after an "um" swallows weekdays, and whoever says it is understood without.
  const said = rulesOf(answerGrammar({ type: 'date' }) ?? '').get('said') ?? [];
  const beginOptionally = said.filter(
    ([first, second]) => first && 'either' in first && first.optional && second && 'word' in second && second.word === 'the',
  );
  t.strictSame(beginOptionally, []);
  t.equal(interpretAnswer('the eighth', { type: 'date' }, CONTEXT).status, 'understood');
});

t.test('the opening knows the name of the candidate', async (t) => {
  t.match(openingGrammar(['Dana']), /\(this is \| it's\) \(dana\)/);
  t.notMatch(openingGrammar(), 'undefined');
  t.match(openingGrammar(['José']), 'jose');
  t.match(openGrammar(['Parking']), /\(parking\)/);
});

t.test('the API confirms nothing that a call would have asked about', async (t) => {
  const response = (said: string, spec: AnswerSpec) => toInterpretResponse(interpretAnswer(said, spec, CONTEXT), spec);
  const hourly = SPECS['dollars'] ?? { type: 'money' };
  t.strictSame(response('eighteen an hour', hourly), {
    status: 'confirmed',
    value: pay(18, 'USD', 'hour'),
    confidence: 0.95,
    quote: 'eighteen an hour',
    normalized_from: null,
  });
  t.match(response('about eighteen', hourly), { status: 'inferred', value: pay(18, 'USD', 'hour'), quote: 'about eighteen' });
  t.match(response('negotiable', hourly), { status: 'missing', value: null });
  t.match(response("I'd rather not say", hourly), { status: 'declined', value: null, quote: "I'd rather not say" });
  t.match(response('I drove a forklift', { type: 'text' }), { status: 'inferred', value: 'I drove a forklift' });
});

const isIsoDate = (value: AnswerValue) => typeof value === 'string' && z.iso.date().safeParse(value).success;

/** Words that mean something to some answer type, in no sensible order. */
const WORDS = (
  'yes no sorry wait actually about and or to from at in a the half quarter point oh zero one two five eighteen twenty fifty hundred thousand lakh k million dozen ' +
  "dollars pounds cents an hour per year month weeks days ago monday next last tomorrow noon until any all first third 21st june november 2026 1989 '89 5/6/26 " +
  '2026-11-30 18.50 $18 €20 60k 1,200 1,00,000 (415) 892-3245 dot com gmail underscore double letter o dana day night shift rather not say skip % & 日本 … ? -'
).split(' ');
const babble = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(' ', ' ', ' ', ', ', '. ', '-', '')), { maxLength: 12 })
  .map((pieces) => pieces.flat().join(''));

t.test('any text gives an honest answer of the right form with a verbatim quote', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), { weight: 3, arbitrary: babble }), fc.constantFrom(...ANSWER_TYPES), (said, type) => {
      const spec: AnswerSpec = type === 'choice' ? (SPECS['choice'] ?? { type }) : { type };
      const interpretation = interpretAnswer(said, spec, CONTEXT);
      const answer = toInterpretResponse(interpretation, spec);
      const honest = answer.status !== 'confirmed' || (answer.confidence >= 0.8 && type !== 'text');
      const formed = answer.value === null || (type === 'date' ? isIsoDate(answer.value) : answerValueSchema.safeParse(answer.value).success);
      return (
        honest &&
        formed &&
        said.includes(interpretation.quote) &&
        (answer.value === null) === (answer.status === 'missing' || answer.status === 'declined')
      );
    }),
    { numRuns: runs(2_000), examples: [['in a lakh months', 'date']] },
  );
});

t.test('a kind is found by its type', async (t) => {
  for (const type of ANSWER_TYPES) t.equal(answerKind(type).type, type);
});
