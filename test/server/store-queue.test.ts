import t from 'tap';
import { CALL_STATES, type CallState, isFinal, joinCallState } from '../../schemas/call-state.js';
import { e164Schema } from '../../schemas/phone.js';
import type { TelephonyProvider } from '../../schemas/ports/telephony.js';
import { keepLease } from '../../server/dialer/kept-lease.js';
import { createProviderLookUp } from '../../server/dialer/provider-look-up.js';
import { processRandom, randomIds, randomToken, virtualClock } from '../../server/runtime.js';
import type { NewCall } from '../../server/store/repositories/calls.js';
import { openTestStore } from './store-under-test.js';

const ids = randomIds(processRandom());
const AT = Date.UTC(2026, 10, 23, 18);
const at = (seconds: number) => new Date(AT + seconds * 1000);
const LEASE_MS = 30_000;

const newScreening = (over: { run_at?: Date; priority?: number } = {}) => ({
  id: ids.create('screening'),
  application_id: ids.create('application'),
  bot_id: ids.create('bot'),
  bot_version: 1,
  candidate_id: ids.create('candidate'),
  run_at: at(0),
  priority: 5,
  ...over,
});

const newCall = (over: Partial<NewCall> = {}): NewCall => ({
  id: ids.create('call'),
  screening_id: ids.create('screening'),
  candidate_id: ids.create('candidate'),
  attempt: 1,
  token: randomToken(processRandom()),
  provider: 'twilio',
  to: '+14155550123',
  from: '+12125550100',
  ...over,
});

t.test('the dialer queue', async (t) => {
  const { screenings } = await openTestStore(t);
  const company = ids.create('company');
  /** Leaves no waiting screening behind for the next test. */
  const drain = async () => {
    for (;;) {
      const claimed = await screenings.claimDue(at(1e6), 'drain', LEASE_MS);
      if (!claimed) return;
      await screenings.close(claimed.screening.companyId, claimed.lease, 'canceled', at(1e6));
    }
  };
  const claim = async (seconds: number, owner = 'a') => {
    const claimed = await screenings.claimDue(at(seconds), owner, LEASE_MS);
    if (!claimed) throw new Error('a screening was due and not claimed');
    return claimed;
  };

  await t.test('gives each due screening to exactly one of many claimers', async (t) => {
    const wanted = [];
    for (let i = 0; i < 30; i++) wanted.push(await screenings.create(company, newScreening(), at(0)));
    const taken: string[] = [];
    const worker = async (owner: string) => {
      for (;;) {
        const claimed = await screenings.claimDue(at(1), owner, LEASE_MS);
        if (!claimed) return;
        taken.push(claimed.screening.id);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => worker(`w${index}`)));
    t.strictSame([...taken].sort(), wanted.map(({ id }) => id).sort());
    await drain();
  });

  await t.test('takes the highest priority first, then the one that is due longest, and nothing before its time', async (t) => {
    const late = await screenings.create(company, newScreening({ run_at: at(50) }), at(0));
    const normal = await screenings.create(company, newScreening({ run_at: at(2) }), at(0));
    const older = await screenings.create(company, newScreening({ run_at: at(1) }), at(0));
    const urgent = await screenings.create(company, newScreening({ run_at: at(3), priority: 9 }), at(0));
    t.strictSame(await screenings.nextDueAt(), at(1));
    const order = [await claim(10), await claim(10), await claim(10)].map(({ screening }) => screening.id);
    t.strictSame(order, [urgent.id, older.id, normal.id]);
    t.equal(await screenings.claimDue(at(10), 'a', LEASE_MS), undefined);
    t.equal((await claim(51)).screening.id, urgent.id, 'a lease that ran out makes a screening due again');
    t.equal((await screenings.find(company, late.id))?.state, 'queued');
    await drain();
  });

  await t.test('keeps one open screening per application and bot, and allows another after the first is closed', async (t) => {
    const input = newScreening();
    const first = await screenings.create(company, input, at(0));
    const again = { ...input, id: ids.create('screening') };
    await t.rejects(screenings.create(company, again, at(0)), { code: 'screening_active', details: { id: first.id } });
    await screenings.create(company, { ...again, id: ids.create('screening'), bot_id: ids.create('bot') }, at(0));
    const canceled = await screenings.cancel(company, first.id, at(1));
    t.match(canceled, { canceled: true, screening: { state: 'closed', outcome: 'canceled', closed_at: at(1) } });
    t.match(await screenings.create(company, again, at(2)), { id: again.id, state: 'queued' });
    await drain();
  });

  await t.test('lets only the present owner write', async (t) => {
    await screenings.create(company, newScreening(), at(0));
    const first = await claim(0, 'first');
    const second = await claim(31, 'second');
    t.equal(second.screening.id, first.screening.id);
    t.equal(await screenings.renewLease(company, first.lease, at(31), LEASE_MS), undefined);
    t.equal(await screenings.markCalling(company, first.lease, at(31)), undefined);
    t.equal(await screenings.schedule(company, first.lease, at(90), at(31)), undefined);
    t.equal(await screenings.close(company, first.lease, 'completed', at(31)), undefined);
    t.equal(await screenings.saveProgress(company, first.lease, '{}', at(31)), false);
    t.equal(await screenings.release(company, first.lease), undefined);
    t.match(await screenings.markCalling(company, second.lease, at(32)), { state: 'calling', attempts: 1 });
    t.equal(await screenings.saveProgress(company, second.lease, '{"at":2}', at(33)), true);
    t.match(await screenings.close(company, second.lease, 'qualified', at(34)), { state: 'closed', outcome: 'qualified', progress: '{"at":2}' });
    t.equal(await screenings.close(company, second.lease, 'unqualified', at(35)), undefined, 'closing ends the lease');
  });

  await t.test('never makes a screening due again by time while its call is under way', async (t) => {
    await screenings.create(company, newScreening(), at(0));
    const { lease, screening } = await claim(0);
    await screenings.markCalling(company, lease, at(1));
    t.equal(await screenings.claimDue(at(1e6), 'b', LEASE_MS), undefined);
    t.equal(await screenings.claimAbandoned(at(20), 'b', LEASE_MS), undefined, 'its owner lives');
    const renewed = await screenings.renewLease(company, lease, at(20), LEASE_MS);
    t.strictSame(renewed?.until, at(50));
    const taken = await screenings.claimAbandoned(at(51), 'b', LEASE_MS);
    t.equal(taken?.screening.id, screening.id);
    t.equal(await screenings.schedule(company, lease, at(60), at(52)), undefined, 'the vanished owner cannot come back');
    t.match(taken && (await screenings.schedule(company, taken.lease, at(60), at(52))), { state: 'queued', run_at: at(60), attempts: 1 });
    t.equal(await screenings.claimDue(at(59), 'c', LEASE_MS), undefined);
    t.equal((await claim(60)).screening.id, screening.id);
    await drain();
  });

  await t.test('takes over at once what a dead owner was calling, and nothing else', async (t) => {
    const [first, second] = [await screenings.create(company, newScreening(), at(0)), await screenings.create(company, newScreening(), at(0))];
    const [dead, living] = [await screenings.claimDue(at(0), 'dead', LEASE_MS), await screenings.claimDue(at(0), 'living', LEASE_MS)];
    if (!dead || !living) throw new Error('not due');
    const isDead = (owner: string) => owner === 'dead';
    t.equal(await screenings.claimOrphaned(at(1), 'b', LEASE_MS, isDead), undefined, 'nobody is being called');
    for (const { lease } of [dead, living]) await screenings.markCalling(company, lease, at(1));
    const taken = await screenings.claimOrphaned(at(2), 'b', LEASE_MS, isDead);
    t.equal(taken?.screening.id, dead.screening.id);
    t.equal(await screenings.close(company, dead.lease, 'completed', at(3)), undefined, 'the dead owner cannot come back');
    t.equal(await screenings.claimOrphaned(at(2), 'b', LEASE_MS, isDead), undefined, 'once');
    t.ok(await screenings.close(company, living.lease, 'completed', at(3)));
    t.match(taken && (await screenings.close(company, taken.lease, 'completed', at(3))), { state: 'closed' });
    t.strictSame(new Set([dead.screening.id, living.screening.id]), new Set([first.id, second.id]));
  });

  await t.test('holds a screening until its next instant, or until something is changed', async (t) => {
    const quiet = await screenings.create(company, newScreening(), at(0));
    const first = await claim(0);
    const held = await screenings.hold(company, first.lease, { reason: 'quiet_hours', nextAllowedAt: at(100) }, at(1));
    t.match(held, { state: 'held', held_because: 'quiet_hours', next_allowed_at: at(100) });
    t.equal(await screenings.claimDue(at(99), 'a', LEASE_MS), undefined);
    const due = await claim(100);
    t.equal(due.screening.id, quiet.id);
    t.match(await screenings.hold(company, due.lease, { reason: 'no_consent', nextAllowedAt: null }, at(101)), { next_allowed_at: null });
    t.equal(await screenings.claimDue(at(1e6), 'a', LEASE_MS), undefined);
    t.equal(await screenings.wakeHeld(ids.create('company'), quiet.candidate_id, at(200)), 0, 'another company wakes nothing');
    t.equal(await screenings.wakeHeld(company, quiet.candidate_id, at(200)), 1);
    const woken = await claim(200);
    t.match(woken.screening, { id: quiet.id, state: 'held' });
    t.match(await screenings.markCalling(company, woken.lease, at(201)), { state: 'calling', held_because: null, next_allowed_at: null });
    await screenings.close(company, woken.lease, 'completed', at(202));
  });

  await t.test('takes a canceled screening away from the one who had leased it', async (t) => {
    const { id } = await screenings.create(company, newScreening(), at(0));
    const { lease } = await claim(0);
    t.match(await screenings.cancel(company, id, at(1)), { canceled: true, screening: { outcome_reason: 'The screening was canceled.' } });
    t.equal(await screenings.markCalling(company, lease, at(2)), undefined, 'no dial after a cancellation');
    t.match(await screenings.cancel(company, id, at(3)), { canceled: false, screening: { outcome: 'canceled' } });
    t.equal(await screenings.cancel(ids.create('company'), id, at(3)), undefined);
  });

  await t.test('closes a screening as canceled after its call when that was asked for meanwhile, whoever writes what follows', async (t) => {
    type Taken = Awaited<ReturnType<typeof claim>>;
    const follow: Record<string, (taken: Taken) => Promise<unknown>> = {
      'another call is due': ({ lease }) => screenings.schedule(company, lease, at(60), at(30)),
      'the interview has an outcome': ({ lease }) => screenings.close(company, lease, 'qualified', at(30)),
      'the server was lost': async () => {
        const taken = await screenings.claimAbandoned(at(1000), 'b', LEASE_MS);
        return taken && screenings.schedule(company, taken.lease, at(1000), at(1000));
      },
    };
    for (const [told, write] of Object.entries(follow)) {
      await screenings.create(company, newScreening(), at(0));
      const taken = await claim(0);
      await screenings.markCalling(company, taken.lease, at(1));
      t.match(await screenings.cancel(company, taken.screening.id, at(20)), { canceled: false, screening: { state: 'calling' } });
      t.match(await write(taken), { state: 'closed', outcome: 'canceled' }, told);
      t.equal(await screenings.claimDue(at(1e6), 'c', LEASE_MS), undefined);
    }
  });

  await t.test('tells which ended calls are to be looked back at, each until that is done', async (t) => {
    const { id } = await screenings.create(company, newScreening(), at(0));
    const due = async () => (await screenings.listToLookBack(10)).map(({ screening, callId }) => [screening.id, callId]);
    const first = await claim(0);
    await screenings.markCalling(company, first.lease, at(1));
    t.strictSame(await due(), [], 'not before its end');
    await screenings.schedule(company, first.lease, at(10), at(2), 'cal_1');
    t.strictSame(await due(), [[id, 'cal_1']]);
    const seen = { summary: 'Little was said.', outcome_reason: 'The line dropped.' };
    t.equal(await screenings.saveLookBack(company, { screeningId: id, callId: 'cal_1', outcome: null }, { ...seen, done: false }, at(3)), true);
    t.strictSame(await due(), [[id, 'cal_1']], 'begun is not done');
    t.equal(await screenings.saveLookBack(company, { screeningId: id, callId: 'cal_1', outcome: null }, { ...seen, done: true }, at(3)), true);
    t.strictSame(await due(), []);
    t.match(await screenings.find(company, id), { state: 'queued', ...seen });

    const second = await claim(10);
    await screenings.markCalling(company, second.lease, at(11));
    const closed = await screenings.close(company, second.lease, 'completed', at(20), 'cal_2');
    t.match(closed, { state: 'closed', summary: null, outcome_reason: null }, 'what was written before counts no more');
    const late = { ...seen, done: true };
    t.equal(
      await screenings.saveLookBack(company, { screeningId: id, callId: 'cal_1', outcome: null }, late, at(21)),
      false,
      'the first call comes too late',
    );
    t.equal(await screenings.saveLookBack(ids.create('company'), { screeningId: id, callId: 'cal_2', outcome: 'completed' }, late, at(21)), false);
    t.match(await screenings.find(company, id), { summary: null });
    const before = { screeningId: id, callId: 'cal_2', outcome: null };
    t.equal(await screenings.saveLookBack(company, before, late, at(21)), false, 'what was seen before it was closed is not what became of it');
    t.strictSame(await due(), [[id, 'cal_2']]);
    await screenings.saveLookBack(company, { screeningId: id, callId: 'cal_2', outcome: 'completed' }, late, at(22));
  });

  await t.test('gives back a released screening at once', async (t) => {
    const { id } = await screenings.create(company, newScreening(), at(0));
    const { lease } = await claim(0);
    await screenings.release(company, lease);
    t.equal((await claim(0)).screening.id, id);
  });
});

t.test('calls', async (t) => {
  const { calls } = await openTestStore(t);
  const company = ids.create('company');

  await t.test('exist once per attempt, and only one caller may dial', async (t) => {
    const input = newCall();
    const made = await Promise.all(
      Array.from({ length: 8 }, () => calls.create(company, { ...input, id: ids.create('call'), token: randomToken(processRandom()) }, at(0))),
    );
    t.equal(made.filter(({ created }) => created).length, 1);
    t.equal(new Set(made.map(({ call }) => call.id)).size, 1);
    const call = made.find(({ created }) => created)?.call ?? input;
    const intents = await Promise.all(Array.from({ length: 8 }, () => calls.recordIntent(company, call.id, at(1))));
    t.equal(intents.filter(Boolean).length, 1);
    t.match(await calls.find(company, call.id), { state: 'dialing', dialed_at: at(1), key: `${input.screening_id}:1` });
    t.equal(await calls.setPlaced(company, call.id, 'CA1'), true);
    t.equal(await calls.setPlaced(company, call.id, 'CA1'), true, 'the same id again is no conflict');
    t.equal(await calls.setPlaced(company, call.id, 'CA2'), false);
    t.equal((await calls.find(company, call.id))?.provider_call_id, 'CA1');
  });

  await t.test("keep the ids that the provider gave, which are nobody else's", async (t) => {
    const { call } = await calls.create(company, newCall(), at(0));
    await calls.setPlaced(company, call.id, 'CA-kept');
    t.strictSame(await calls.keptProviderIds(['CA-kept', 'CA-unknown']), new Set(['CA-kept']));
  });

  await t.test('end in the same state whatever the order of the reports', async (t) => {
    const reports: CallState[] = ['ringing', 'in-progress', 'completed', 'no-answer'];
    const orders = (rest: CallState[]): CallState[][] =>
      rest.length < 2 ? [rest] : rest.flatMap((state, index) => orders(rest.filter((_, other) => other !== index)).map((order) => [state, ...order]));
    const ends = new Set<string>();
    for (const order of orders(reports)) {
      const { call } = await calls.create(company, newCall(), at(0));
      let expected: CallState = 'queued';
      for (const [index, state] of order.entries()) {
        const next = joinCallState(expected, state);
        const moved = await calls.joinState(company, call.id, state, { at: at(index) });
        if ((moved !== undefined) !== (next !== expected)) t.fail(`${order.join(', ')}: ${state} ${moved ? 'moved' : 'did not move'}`);
        expected = next;
      }
      const { state, disposition } = (await calls.find(company, call.id)) ?? {};
      ends.add(`${state} ${disposition}`);
    }
    t.strictSame([...ends], ['completed completed']);
    t.ok(CALL_STATES.filter(isFinal).every((state) => joinCallState('completed', state) === 'completed'));
  });

  await t.test('keep the first instant of each kind and the facts of the moves', async (t) => {
    const { call } = await calls.create(company, newCall(), at(0));
    await calls.joinState(company, call.id, 'in-progress', { at: at(5) });
    await calls.joinState(company, call.id, 'failed', { at: at(9), ended_by: 'carrier', vendor_reason: '31002' });
    t.equal(await calls.joinState(company, call.id, 'failed', { at: at(20), ended_by: 'agent' }), undefined);
    await calls.joinState(company, call.id, 'completed', { at: at(30), end_reason: 'finished' });
    const stages = { decided_ms: 300, first_token_ms: null, first_clause_ms: null, first_audio_ms: 350, first_sent_ms: 380, first_heard_ms: 400 };
    const engines = { speech_to_text: 'ear', language_model: 'scripted', text_to_speech: 'voice' };
    const latency = { greeting_ms: 210, reply_ms: [400], barge_in_ms: [], turns: [{ turn_id: 't2', stages, engines }] };
    await calls.patch(company, call.id, { answered_by: 'human', duration_ms: 4000, latency });
    t.match(await calls.find(company, call.id), {
      state: 'completed',
      disposition: 'completed',
      answered_at: at(5),
      ended_at: at(9),
      ended_by: 'carrier',
      vendor_reason: '31002',
      end_reason: 'finished',
      answered_by: 'human',
      duration_ms: 4000,
      latency,
    });
  });

  await t.test('end by whoever ended them first, whatever is reported later', async (t) => {
    const hungUp = { ended_by: 'recruiter', end_reason: 'recruiter-hung-up' } as const;
    const { call } = await calls.create(company, newCall(), at(0));
    t.equal(await calls.recordHangUp(company, call.id, hungUp), true);
    t.equal(await calls.recordHangUp(company, call.id, hungUp), false);
    await calls.joinState(company, call.id, 'failed', { at: at(9), ended_by: 'carrier', end_reason: 'never-placed', vendor_reason: 'no such call' });
    t.match(await calls.find(company, call.id), { state: 'failed', ...hungUp, vendor_reason: 'no such call', ended_at: at(9) });
    const { call: over } = await calls.create(company, newCall(), at(0));
    await calls.joinState(company, over.id, 'completed', { at: at(9) });
    t.equal(await calls.recordHangUp(company, over.id, hungUp), false, 'what is over is not hung up');
    const { call: said } = await calls.create(company, newCall(), at(0));
    await calls.patch(company, said.id, { ended_by: 'agent', end_reason: 'finished' });
    t.equal(await calls.recordHangUp(company, said.id, hungUp), false, 'nor a conversation that has its end');
    t.equal(await calls.recordHangUp(ids.create('company'), call.id, hungUp), false);
  });

  await t.test('are found by their token alone, and the open ones for a restart', async (t) => {
    const { call } = await calls.create(company, newCall(), at(0));
    t.match(await calls.findByToken(call.token), { id: call.id, companyId: company });
    t.equal(await calls.findByToken('nobody'), undefined);
    t.ok((await calls.listOpen()).some(({ id }) => id === call.id));
    await calls.joinState(company, call.id, 'canceled', { at: at(1) });
    t.notOk((await calls.listOpen()).some(({ id }) => id === call.id));
    t.equal(await calls.find(ids.create('company'), call.id), undefined);
    t.equal(await calls.joinState(ids.create('company'), call.id, 'completed', { at: at(2) }), undefined);
  });
});

t.test('a doubtful dial is looked up at the provider', async (t) => {
  const store = await openTestStore(t);
  const company = ids.create('company');
  const clock = virtualClock(AT + 60_000);
  const listed: { id: string; createdAtS: number }[] = [];
  const reported: string[] = [];
  const trouble: unknown[] = [];
  const hungUp: string[] = [];
  const state = { refuses: false };
  // The port alone, with the rule of every adapter: nothing that was created before `since`.
  const provider: Pick<TelephonyProvider, 'findCalls' | 'hangUp'> = {
    async hangUp(id) {
      if (state.refuses) throw new Error('the provider is away');
      hungUp.push(id);
    },
    findCalls: async ({ to, from, since }) =>
      listed
        .filter(({ createdAtS }) => at(createdAtS) >= since)
        .map(({ id, createdAtS }) => ({ providerCallId: id, state: 'ringing' as const, to, from, createdAt: at(createdAtS) })),
  };
  const { lookUp, giveUp } = createProviderLookUp({
    store,
    clock,
    provider,
    from: e164Schema.parse('+12125550100'),
    liveCalls: {
      findById: () => undefined,
      async report(_token, { providerCallId }) {
        reported.push(providerCallId);
        return true;
      },
    },
    stopping: new AbortController().signal,
    onTrouble: (error) => trouble.push(error),
  });
  const dialed = async (attempt: number, over: Partial<NewCall> = {}) => {
    const { call } = await store.calls.create(company, newCall({ attempt, ...over }), at(0));
    await store.calls.recordIntent(company, call.id, at(10));
    return call.id;
  };
  const read = async (id: string) => {
    const call = await store.calls.find(company, id);
    if (!call) throw new Error('no call');
    return call;
  };
  const look = async (id: string, hangUp = false) => lookUp(await read(id), { hangUp });

  const earlier = await dialed(1);
  await store.calls.setPlaced(company, earlier, 'CA-earlier');
  listed.push({ id: 'CA-earlier', createdAtS: -60 });
  const doubtful = await dialed(2);
  t.equal(await look(doubtful), false, 'the call of another attempt is not this one');
  t.strictSame(reported, []);
  t.match(await read(doubtful), { state: 'dialing' }, 'a look decides nothing');
  await giveUp(await read(doubtful));
  t.match(await read(doubtful), { state: 'failed', end_reason: 'never-placed', ended_by: 'carrier' });

  listed.unshift({ id: 'CA-late-clock', createdAtS: -120 });
  t.equal(await look(await dialed(3)), true);
  t.strictSame(reported, ['CA-late-clock'], 'the clocks may differ by minutes');

  const known = await dialed(4);
  await store.calls.setPlaced(company, known, 'CA-known');
  t.equal(await look(known), false);
  t.strictSame(hungUp, []);
  t.equal(await look(known, true), false);
  t.strictSame(hungUp, ['CA-known']);
  t.strictSame(trouble, []);
  state.refuses = true;
  t.equal(await look(known, true), undefined, 'a provider that is away has said nothing');
  await giveUp(await read(known));
  t.match(await read(known), { state: 'dialing' }, 'what could not be hung up is not over');
  t.equal(trouble.length, 2);
  state.refuses = false;
  await giveUp(await read(known));
  t.match(await read(known), { state: 'failed', end_reason: 'provider-lost' });
  t.strictSame(hungUp, ['CA-known', 'CA-known'], 'in case that only the list is wrong');
});

t.test('a lease is renewed in the background until it is lost or let go', async (t) => {
  const clock = virtualClock();
  const lease = { screeningId: 'scr_1', owner: 'a', fence: 1, until: at(15) };
  const state = { renewed: 0, owned: true, away: false, lost: 0, trouble: 0 };
  const keep = () =>
    keepLease(lease, {
      clock,
      everyMs: 5000,
      async renew(held) {
        state.renewed += 1;
        if (state.away) throw new Error('the store is away');
        return state.owned ? held : undefined;
      },
      onLost: () => (state.lost += 1),
      onTrouble: () => (state.trouble += 1),
    });
  const first = keep();
  await clock.advance(10_000);
  state.away = true;
  await clock.advance(5_000);
  t.match(state, { renewed: 3, trouble: 1, lost: 0 });
  state.away = false;
  await clock.advance(5_000);
  t.equal(first.lost, false);
  first.letGo();
  await clock.advance(60_000);
  t.equal(state.renewed, 4, 'let go');
  const second = keep();
  state.owned = false;
  await clock.advance(60_000);
  t.match(state, { renewed: 5, lost: 1 });
  t.equal(second.lost, true);
});
