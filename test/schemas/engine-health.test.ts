import t from 'tap';
import { ENGINE_FAILURES } from '../../schemas/engine-error.js';
import {
  type EngineEvent,
  type EngineHealth,
  engineHealth,
  latencyPercentiles,
  mayTry,
  newEngineHealth,
  PASSING_FAILURES,
  PASSING_HOLD_MS,
  PERSON_HOLD_MS,
} from '../../schemas/engine-health.js';
import { fc } from '../fixtures/properties.js';

const NOW = Date.UTC(2026, 10, 23, 18);
/** The record after these events, each one `everyMs` after the one before. */
const after = (events: readonly EngineEvent[], everyMs = 0): EngineHealth =>
  events.reduce(
    (health, event, nth) => engineHealth(health, event, { now: NOW + nth * everyMs, monotonicMs: nth * everyMs }),
    newEngineHealth('ear'),
  );
const failure = (kind: (typeof ENGINE_FAILURES)[number]): EngineEvent => ({ kind: 'failure', failure: kind, vendorCode: 'x1' });

t.test('what each event leaves behind', async (t) => {
  const rows: [string, EngineEvent[], object][] = [
    ['nothing', [], { engine: 'ear', circuit: { state: 'closed' }, consecutiveFailures: 0, latenciesMs: [] }],
    ['a success', [{ kind: 'try' }, { kind: 'success', latencyMs: 300 }], { circuit: { state: 'closed' }, lastSuccessAt: NOW, latenciesMs: [300] }],
    [
      'a passing failure',
      [failure('timeout')],
      { circuit: { state: 'closed' }, consecutiveFailures: 1, lastFailure: { at: NOW, failure: 'timeout', vendorCode: 'x1' } },
    ],
    [
      'failures in a row',
      Array.from({ length: PASSING_FAILURES }, () => failure('unavailable')),
      { circuit: { state: 'open', untilMs: PASSING_HOLD_MS } },
    ],
    [
      'a success between them',
      [failure('timeout'), failure('timeout'), { kind: 'success', latencyMs: 1 }, failure('timeout')],
      { circuit: { state: 'closed' }, consecutiveFailures: 1 },
    ],
    ['a refused key', [failure('auth')], { circuit: { state: 'open', untilMs: PERSON_HOLD_MS }, needsPerson: true }],
    ['an empty account', [failure('quota')], { circuit: { state: 'open', untilMs: PERSON_HOLD_MS }, needsPerson: true }],
    ['a passing failure after the refusal', [failure('auth'), { kind: 'try' }, failure('timeout')], { needsPerson: true }],
    ['a success after the refusal', [failure('auth'), failure('timeout'), { kind: 'success', latencyMs: 5 }], { needsPerson: false }],
    [
      'our own mistakes',
      Array.from({ length: 9 }, () => failure('bad-request')),
      { circuit: { state: 'closed' }, consecutiveFailures: 0, lastFailure: { failure: 'bad-request' } },
    ],
    ['a try after the refusal', [failure('auth'), { kind: 'try' }], { circuit: { state: 'half-open' } }],
    ['a try that fails', [failure('auth'), { kind: 'try' }, failure('timeout')], { circuit: { state: 'open', untilMs: PASSING_HOLD_MS } }],
    ['a try that is called off', [failure('auth'), { kind: 'try' }, { kind: 'abandoned' }], { circuit: { state: 'open', untilMs: 0 } }],
    ['a try that is answered with our mistake', [failure('auth'), { kind: 'try' }, failure('bad-request')], { circuit: { state: 'closed' } }],
    ['a late success of an older request', [failure('auth'), { kind: 'success', latencyMs: 5 }], { circuit: { state: 'closed' } }],
  ];
  for (const [name, events, expected] of rows) t.match(after(events), expected, name);
});

t.test('a hold ends by itself, and one try at a time follows', async (t) => {
  const held = after([failure('quota')]);
  t.strictSame(
    [0, PERSON_HOLD_MS - 1, PERSON_HOLD_MS].map((ms) => mayTry(held, ms)),
    [false, false, true],
  );
  const trying = engineHealth(held, { kind: 'try' }, { now: NOW, monotonicMs: PERSON_HOLD_MS });
  t.notOk(mayTry(trying, PERSON_HOLD_MS + 1), 'the others wait for its report');
  t.ok(mayTry(trying, PERSON_HOLD_MS + 60_000), 'but not for ever');
});

t.test('latency is that of the latest hundred', async (t) => {
  t.equal(latencyPercentiles(newEngineHealth('ear')), undefined);
  const successes = (...latencies: number[]) => after(latencies.map((latencyMs) => ({ kind: 'success', latencyMs })));
  t.strictSame(latencyPercentiles(successes(7)), { p50Ms: 7, p95Ms: 7 });
  t.strictSame(latencyPercentiles(successes(4, 1, 3, 2)), { p50Ms: 2, p95Ms: 4 });
  const many = successes(...Array.from({ length: 300 }, (_, nth) => nth));
  t.equal(many.latenciesMs.length, 100);
  t.strictSame(latencyPercentiles(many), { p50Ms: 249, p95Ms: 294 });
});

t.test('in any order of events the record is sound', async () => {
  const event = fc.oneof(
    fc.constantFrom<EngineEvent>({ kind: 'try' }, { kind: 'abandoned' }),
    fc.nat({ max: 5000 }).map((latencyMs): EngineEvent => ({ kind: 'success', latencyMs })),
    fc.constantFrom(...ENGINE_FAILURES).map(failure),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat({ max: 20_000 }), (events, everyMs) => {
      const health = after(events, everyMs);
      const trailing = events.findLastIndex(({ kind }) => kind === 'success');
      const failed = events.slice(trailing + 1).filter((one) => one.kind === 'failure' && one.failure !== 'bad-request').length;
      const elapsedMs = events.length * everyMs;
      return (
        health.consecutiveFailures === failed &&
        (failed > 0 || health.circuit.state === 'closed') &&
        (failed < PASSING_FAILURES ||
          health.circuit.state !== 'closed' ||
          events.some((one) => one.kind === 'failure' && one.failure === 'bad-request')) &&
        mayTry(health, elapsedMs + PERSON_HOLD_MS)
      );
    }),
  );
});
