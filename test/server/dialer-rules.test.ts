import t from 'tap';
import type { Call } from '../../schemas/call.js';
import { callerBotSchema, retryPolicySchema } from '../../schemas/caller-bot.js';
import type { Candidate } from '../../schemas/candidate.js';
import { type GateInput, type GateVerdict, mayCall } from '../../server/dialer/gate.js';
import { type EndedCall, type NextStep, nextStep } from '../../server/dialer/next-step.js';
import { possibleTimeZones } from '../../server/dialer/time-zones.js';

const bot = callerBotSchema.parse({
  slug: 'b',
  name: 'B',
  language: 'en-US',
  script: { questions: [{ variable: 'v', text: 'V?' }] },
  output_variables: [{ name: 'v', type: 'yes-no', capture_prompt: 'v' }],
});

const candidate: Candidate = {
  id: 'can_1',
  companyId: 'co_1',
  first_name: 'Dana',
  last_name: '',
  email: null,
  phone: '+14155550123',
  country: 'US',
  language: null,
  time_zone: 'America/Los_Angeles',
  time_zone_source: 'declared',
  consents: ['voice', 'recording'],
  remote_id: null,
  created_at: new Date(0),
  modified_at: new Date(0),
};

/** A Monday noon in Los Angeles, everything in order. */
const fine: GateInput = {
  candidate,
  bot,
  company: { countries: ['US', 'IN', 'ID'], time_zone: 'America/New_York', callback_number: null },
  suppressed: false,
  refusedAi: false,
  timeZones: ['America/Los_Angeles'],
  engineMisconfigured: false,
  now: Date.parse('2026-11-23T20:00:00Z'),
};

t.test('the gate lets a call pass only when everything is known and allowed', async (t) => {
  t.strictSame(mayCall(fine), { allowed: true });
  const no = (because: string, next: string | null = null): GateVerdict =>
    ({ allowed: false, because, nextAllowedAt: next === null ? null : Date.parse(next) }) as GateVerdict;
  const table: [title: string, change: Partial<GateInput>, verdict: GateVerdict][] = [
    ['a number that is none', { candidate: { ...candidate, phone: '+1415555' } }, no('number_invalid')],
    ['a toll-free number', { candidate: { ...candidate, phone: '+18005550123' } }, no('number_not_callable')],
    ['a premium number', { candidate: { ...candidate, phone: '+19005550123' } }, no('number_not_callable')],
    ['a country that is not enabled', { candidate: { ...candidate, phone: '+447700900123' } }, no('country_disabled')],
    ['a suppressed number', { suppressed: true }, no('suppressed')],
    ['no consent to an artificial voice', { candidate: { ...candidate, consents: ['sms'] } }, no('no_consent')],
    ['a refusal to talk to an AI', { refusedAi: true }, no('no_consent')],
    ['an unknown time zone', { timeZones: [] }, no('quiet_hours')],
    ['before eight in the morning', { now: Date.parse('2026-11-23T15:59:00Z') }, no('quiet_hours', '2026-11-23T17:00:00Z')],
    ['lawful but before the schedule of the bot', { now: Date.parse('2026-11-23T16:30:00Z') }, no('schedule', '2026-11-23T17:00:00Z')],
    [
      'after the schedule of the bot, which waits for the next day',
      { now: Date.parse('2026-11-24T04:30:00Z') },
      no('schedule', '2026-11-24T17:00:00Z'),
    ],
    ['after nine in the evening', { now: Date.parse('2026-11-24T05:00:00Z') }, no('quiet_hours', '2026-11-24T17:00:00Z')],
    ['a Saturday, with a bot that works on weekdays', { now: Date.parse('2026-11-21T20:00:00Z') }, no('schedule', '2026-11-23T17:00:00Z')],
    [
      'a country of several zones: all of them must be inside the hours',
      {
        candidate: { ...candidate, phone: '+6281234567890', country: 'ID', time_zone: null },
        timeZones: ['Asia/Jakarta', 'Asia/Jayapura'],
        now: Date.parse('2026-11-23T01:00:00Z'),
      },
      no('schedule', '2026-11-23T02:00:00Z'),
    ],
    [
      'the night in which daylight saving begins',
      { now: Date.parse('2027-03-14T15:30:00Z'), bot: { ...bot, schedule: { days: ['sun'], from: '09:00', to: '20:00' } } },
      no('schedule', '2027-03-14T16:00:00Z'),
    ],
    ['an engine that waits for a person', { engineMisconfigured: true }, no('engine_misconfigured', '2026-11-23T20:05:00Z')],
    ['a schedule that never fits the law', { bot: { ...bot, schedule: { ...bot.schedule, from: '21:30', to: '23:00' } } }, no('schedule')],
  ];
  for (const [title, change, verdict] of table) t.strictSame(mayCall({ ...fine, ...change }), verdict, title);
});

t.test('the zones of a candidate are the declared one or all of the country', async (t) => {
  t.strictSame(possibleTimeZones({ time_zone: 'Europe/Paris', country: 'US' }), ['Europe/Paris']);
  t.ok(possibleTimeZones({ time_zone: null, country: 'ID' }).includes('Asia/Jayapura'));
  t.strictSame(possibleTimeZones({ time_zone: null, country: null }), []);
});

t.test('what follows a call', async (t) => {
  const now = Date.parse('2026-11-23T20:00:00Z');
  const call = (facts: Partial<EndedCall['call']>): EndedCall['call'] => ({
    disposition: 'completed' satisfies Call['disposition'],
    answered_by: 'human',
    ended_by: null,
    end_reason: null,
    ...facts,
  });
  const base: EndedCall = { call: call({}), attempts: 1, policy: retryPolicySchema.parse({}), outcome: undefined, callLaterAt: undefined, now };
  const again = (minutes: number): NextStep => ({ kind: 'call-again', atMs: now + minutes * 60_000 });
  const close = (outcome: Extract<NextStep, { kind: 'close' }>['outcome']): NextStep => ({ kind: 'close', outcome });
  const table: [title: string, change: Partial<EndedCall>, step: NextStep][] = [
    ['an outcome closes', { outcome: 'qualified' }, close('qualified')],
    ['an outcome closes even when a call-back was asked for', { outcome: 'not-interested', callLaterAt: null }, close('not-interested')],
    ['busy is tried again soon', { call: call({ disposition: 'busy' }) }, again(10)],
    ['no answer is tried again in another window', { call: call({ disposition: 'no-answer' }) }, again(180)],
    ['a voicemail is tried again the next day', { call: call({ answered_by: 'voicemail' }) }, again(1440)],
    ['a dropped conversation goes on after an hour', {}, again(60)],
    ['a conversation that fell silent goes on after an hour', { call: call({ end_reason: 'silence' }) }, again(60)],
    ['a dropped conversation counts as an attempt', { attempts: 3 }, close('not-responsive')],
    ['trouble of the provider passes', { call: call({ disposition: 'failed', end_reason: 'provider-refused' }) }, again(10)],
    ['a wrong number does not', { call: call({ disposition: 'failed', end_reason: 'number-invalid' }) }, close('not-responsive')],
    ['a canceled call closes', { call: call({ disposition: 'canceled' }) }, close('canceled')],
    ['a conversation that a recruiter ended is over for good', { call: call({ ended_by: 'recruiter' }) }, close('canceled')],
    ['and so is a call that rang when they hung up', { call: call({ disposition: 'no-answer', ended_by: 'recruiter' }) }, close('canceled')],
    ['whatever time the candidate had named before', { call: call({ ended_by: 'recruiter' }), callLaterAt: now + 3_600_000 }, close('canceled')],
    ['an outcome that was settled before stays', { call: call({ ended_by: 'recruiter' }), outcome: 'qualified' }, close('qualified')],
    ['a candidate who hangs up is called again', { call: call({ ended_by: 'candidate' }) }, again(60)],
    ['the last attempt closes', { call: call({ disposition: 'busy' }), attempts: 3 }, close('not-responsive')],
    ['"later" means two hours', { callLaterAt: null }, again(120)],
    ['a named time is kept', { callLaterAt: now + 3 * 3_600_000 }, again(180)],
    ['a named time in the past means soon', { callLaterAt: now - 1 }, again(5)],
    ['a named time is kept beyond the attempts', { callLaterAt: now + 3 * 3_600_000, attempts: 3 }, again(180)],
    ['but only once', { callLaterAt: now + 3 * 3_600_000, attempts: 4 }, close('not-responsive')],
    ['"later" without a time is an attempt like any other', { callLaterAt: null, attempts: 3 }, close('not-responsive')],
  ];
  for (const [title, change, step] of table) t.strictSame(nextStep({ ...base, ...change }), step, title);
});
