import t from 'tap';
import { prove } from '../../agents/evidence.js';
import { type InterviewState, next, type Say, startInterview, worded } from '../../agents/interview/index.js';
import { wordsFor } from '../../agents/wording.js';
import type { Answer } from '../../schemas/answer.js';
import type { CallerBotInput } from '../../schemas/caller-bot.js';
import type { InterviewAction, InterviewEvent } from '../../schemas/ports/interviewer.js';
import type { Turn } from '../../schemas/transcript.js';
import { fc, runs } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { contextFor, warehouse } from './interview-dialogue.js';

t.setTimeout(TIME_LIMIT_MS);

/*
 * Any order of anything: what candidates say, noises, keys, silences, interruptions, breakdowns. Whatever happens, the promises hold.
 */

const everyType: CallerBotInput = {
  ...warehouse,
  script: {
    ...warehouse.script,
    questions: [
      ...warehouse.script.questions,
      { variable: 'email', text: 'What is the best e-mail to reach you?' },
      { variable: 'phone', text: 'Which number should we use?' },
      { variable: 'years', text: 'How many years of experience do you have?' },
      { variable: 'free_times', text: 'Which times could you do?' },
      { variable: 'about', text: 'What did you like about your last job?' },
      { variable: 'licence', text: 'Do you have a forklift licence?' },
    ],
  },
  output_variables: [
    ...warehouse.output_variables,
    { name: 'email', type: 'email', capture_prompt: 'E-mail' },
    { name: 'phone', type: 'phone', capture_prompt: 'Telephone' },
    { name: 'years', type: 'number', subtype: 'years', min: 0, max: 50, capture_prompt: 'Experience in years' },
    { name: 'free_times', type: 'availability', capture_prompt: 'Free times' },
    { name: 'about', type: 'text', capture_prompt: 'What they liked' },
    { name: 'licence', type: 'yes-no', capture_prompt: 'Forklift licence', knockout: { equals: true } },
  ],
};

const SAYINGS = [
  'Hello?',
  'yes',
  'Yes, that is fine',
  'no',
  'no, the fourth',
  'Next Monday',
  'the third of December',
  "No wait, no, I can't do nights",
  'I can do nights',
  'Eighteen an hour',
  '18 to 20',
  'mornings',
  'evening',
  'twenty',
  'banana',
  'purple elephant',
  '',
  "I'd rather not say",
  'How much does it pay?',
  'Yes, but how much does it pay?',
  'Who is this?',
  'what?',
  'could you repeat that',
  'slow down please',
  'one moment',
  'are you a robot',
  'four one five',
  'four one five five five five two six seven one',
  'dana dot reyes at example dot com',
  'Mondays and Tuesdays from nine to five',
  'five years',
  'I liked the people',
  'I can start Monday, and I do have a licence',
  'Actually, make it twenty two dollars',
  'no thanks, that is all',
  'okay',
  'Yeah no',
  'Sorry, I meant the evening',
  'is Dana there',
  'this is Dana',
  "please don't record",
  'you can record',
  'no, this is her mother',
  'sure, let me get her',
  "she's not here",
  'not right now',
  'all correct',
  'change the start date to next Friday',
  "no, that's wrong",
  'I want to change the licence',
  'the start date',
  'this number',
] as const;
const FATAL = [
  'stop calling me',
  'can I talk to a person',
  'wrong number',
  'call me tomorrow',
  'I am not interested',
  "I don't want to talk to a robot",
  'goodbye',
  'you have reached Dana, leave a message',
  'press one for sales',
  'state your name',
] as const;

type Move =
  | { kind: 'say'; text: string; confidence: number; cut: number | null }
  | { kind: 'keys'; digits: string }
  | { kind: 'silence' }
  | { kind: 'broken'; event: InterviewEvent };

const move = (fatal: boolean): fc.Arbitrary<Move> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('say' as const),
        text: fc.constantFrom(...SAYINGS, ...(fatal ? FATAL : [])),
        confidence: fc.constantFrom(0.3, 0.7, 0.9, 1),
        cut: fc.option(fc.nat(6), { freq: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('keys' as const), digits: fc.constantFrom('1', '2', '3', '9', '4155552671', '18*50', '*') }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'silence' as const }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Move>(
        { kind: 'broken', event: { kind: 'engine-failed', engine: 'speech-to-text' } },
        { kind: 'broken', event: { kind: 'call-answered', lineMs: 0, resumed: true } },
        { kind: 'broken', event: { kind: 'machine-detected', verdict: 'human' } },
      ),
    },
  );

const said = (text: string): Move => ({ kind: 'say', text, confidence: 0.95, cut: null });
/** Half of the calls get past the opening at once, so that the questions are reached often. */
const moves = (size: { minLength?: number; maxLength: number }, fatal: boolean): fc.Arbitrary<Move[]> =>
  fc.tuple(fc.boolean(), fc.array(move(fatal), size)).map(([opened, rest]) => (opened ? [said('Hello?'), said('yes'), said('yes'), ...rest] : rest));

/** Plays moves until the hang-up; checks every promise at every step. */
const play = (moves: readonly Move[], bot: CallerBotInput, progress?: string) => {
  const context = contextFor(bot, { on_file: { email: 'dana.reyes@example.com', phone: '+14155550123' } });
  let state: InterviewState = startInterview(context, progress);
  let queue: (Say & { text: string })[] = [];
  const turns: Turn[] = [];
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const outcomes: string[] = [];
  let lineMs = 0;
  let hungUp: string | undefined;
  let saved: string | undefined;
  let named = false;

  const take = (action: InterviewAction) => {
    if (action.kind === 'answer-updated') {
      if (action.answer.value !== undefined && !same(prove(action.answer, turns), action.answer))
        throw new Error(`unproven: ${JSON.stringify(action.answer)}`);
      answers.set(action.answer.variable, action.answer);
    }
    if (action.kind === 'outcome') outcomes.push(action.outcome);
    if (action.kind === 'hang-up') hungUp ??= action.reason;
    if (action.kind === 'progress') saved = action.state;
  };
  const tell = (event: InterviewEvent) => {
    const step = next(context, state, event);
    const texts = step.say.map((say) => ({ ...say, text: wordsFor(context, step.state, say, ([first]) => first) }));
    state = worded(step.state, new Map(texts.map(({ id, text }) => [id, text])));
    const revived: InterviewState = JSON.parse(JSON.stringify(state));
    if (!same(revived, state)) throw new Error('the state does not survive JSON');
    state = revived;
    for (const action of step.actions) take(action);
    const mentioned = state.notice.recorded === '';
    for (const action of step.actions)
      if (((action.kind === 'recording' && action.allowed) || (action.kind === 'consent' && action.granted)) && !mentioned)
        throw new Error('recorded or agreed to before the recording was mentioned');
    for (const { act, text } of texts) {
      named ||= /AI assistant/.test(text);
      if (act.act === 'close' && !named) throw new Error(`goodbye without having said who calls: ${text}`);
      if (text.trim() === '' || /undefined|\[object|NaN|\{\{/.test(text)) throw new Error(`not fit to be said: ${text}`);
      if ((act.act === 'ask' || act.act === 'confirm' || act.act === 'introduce') && Object.values(state.notice).some((rest) => rest !== ''))
        throw new Error('the script before the notice was heard');
      if (act.act === 'ask') {
        const status = answers.get(act.variable)?.status;
        if (status === 'confirmed' || status === 'declined') throw new Error(`${act.variable} is ${status} and asked again`);
        asked.push(act.variable);
      }
    }
    queue.push(...texts);
    for (const [name, item] of Object.entries(state.items)) if (item.repairs > 2) throw new Error(`${name} was repaired ${item.repairs} times`);
  };
  const hearAll = () => {
    for (let utterance = queue.shift(); utterance; utterance = queue.shift())
      tell({ kind: 'utterance-heard', utteranceId: utterance.id, heardText: utterance.text, complete: true, lineMs });
  };
  const turnOf = (text: string): Turn => {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const start = lineMs + 300;
    lineMs = start + words.length * 200;
    const turn: Turn = {
      id: `t${turns.length + 1}`,
      speaker: 'candidate',
      text,
      start_ms: start,
      end_ms: lineMs,
      words: words.map((word, index) => ({ text: word, start_ms: start + index * 200, end_ms: start + index * 200 + 150 })),
      interrupted: false,
    };
    turns.push(turn);
    return turn;
  };

  tell({ kind: 'call-answered', lineMs: 0, resumed: false });
  for (const step of moves) {
    if (hungUp !== undefined) break;
    switch (step.kind) {
      case 'say': {
        const cut = step.cut === null ? undefined : queue[Math.min(queue.length - 1, step.cut % 3)];
        if (!cut) {
          hearAll();
          if (hungUp === undefined) tell({ kind: 'candidate-turn', turn: turnOf(step.text), confidence: step.confidence });
          break;
        }
        while (queue[0] && queue[0] !== cut) {
          const utterance = queue.shift();
          if (utterance) tell({ kind: 'utterance-heard', utteranceId: utterance.id, heardText: utterance.text, complete: true, lineMs });
        }
        const heardText = cut.text
          .split(' ')
          .slice(0, step.cut ?? 0)
          .join(' ');
        for (const utterance of queue.splice(0))
          tell({ kind: 'utterance-heard', utteranceId: utterance.id, heardText: utterance === cut ? heardText : '', complete: false, lineMs });
        tell({ kind: 'candidate-turn', turn: turnOf(step.text), confidence: step.confidence, interrupted: { utteranceId: cut.id, heardText } });
        break;
      }
      case 'keys':
        hearAll();
        if (hungUp === undefined) tell({ kind: 'dtmf', digits: step.digits, lineMs, turn: turnOf(`[keypad ${step.digits}]`) });
        break;
      case 'silence':
        hearAll();
        if (hungUp === undefined) tell({ kind: 'silence', nth: 1, lineMs });
        break;
      case 'broken':
        queue = [];
        tell(step.event);
        break;
      default:
        step satisfies never;
    }
  }
  return { state, hungUp, outcomes, answers, asked, saved, turns };
};

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const FINAL = new Set([
  'finished',
  'unqualified',
  'stop-contact',
  'human-requested',
  'ai-opt-out',
  'wrong-number',
  'not-interested',
  'recording-refused',
]);

t.test(
  'in any order of events the notice comes first, answers are proven, nothing answered is asked again and the outcome is set once',
  async (t) => {
    fc.assert(
      fc.property(moves({ maxLength: 60 }, true), (events) => {
        const { outcomes, hungUp } = play(events, everyType);
        if (outcomes.length > 1) throw new Error(`outcomes ${outcomes.join()}`);
        if (hungUp !== undefined && FINAL.has(hungUp) && outcomes.length !== 1) throw new Error(`${hungUp} without an outcome`);
      }),
      { numRuns: runs(300) },
    );
    t.pass('300 random calls');
  },
);

t.test('a call ends within a bounded number of events, whatever is said', async (t) => {
  fc.assert(
    fc.property(moves({ minLength: 330, maxLength: 360 }, false), (events) => {
      if (play(events, everyType).hungUp === undefined) throw new Error('the call goes on for ever');
    }),
    { numRuns: runs(25), endOnFailure: true },
  );
  t.pass('25 endless talkers');
});

/** The candidate named this answer as one to be given again. */
const wished = (moves: readonly Move[], variable: string): boolean =>
  moves.some((step) => step.kind === 'say' && step.text.includes(`the ${variable.replace(/_/g, ' ')}`));

t.test('the next call never asks again what the call before had answered', async (t) => {
  fc.assert(
    fc.property(moves({ maxLength: 40 }, false), moves({ maxLength: 40 }, false), (first, second) => {
      const before = play(first, everyType);
      if (before.saved === undefined) return;
      const known = [...before.answers.values()]
        .filter(({ status }) => status === 'confirmed' || status === 'declined')
        .map(({ variable }) => variable);
      const after = play(second, everyType, before.saved);
      for (const variable of known) {
        const corrected = after.answers.has(variable) || wished(second, variable);
        if (!corrected && after.asked.includes(variable)) throw new Error(`${variable} was asked again`);
      }
    }),
    { numRuns: runs(120) },
  );
  t.pass('120 resumed screenings');
});
