import t from 'tap';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import type { Turn } from '../../schemas/transcript.js';
import { parseByteRange } from '../../server/api/byte-range.js';
import { turnLatency } from '../../server/calls/turn-latency.js';
import { at, startApi } from './api-world.js';

const AT = Date.UTC(2026, 10, 23, 18);
const event = (seq: number, text = `part ${seq}`): CallTimelineEvent => ({
  seq,
  at: AT + seq,
  line_ms: seq * 20,
  event: { kind: 'transcript-interim', speaker: 'candidate', text },
});
const turn: Turn = {
  id: 't1',
  speaker: 'agent',
  text: 'Hello',
  start_ms: 0,
  end_ms: 400,
  words: [{ text: 'Hello', start_ms: 0, end_ms: 400 }],
  interrupted: false,
};

t.test('a Range header names a stretch of the file', async (t) => {
  const cases: [header: string | undefined, expected: ReturnType<typeof parseByteRange>][] = [
    [undefined, { kind: 'whole' }],
    ['bytes=0-9', { kind: 'part', start: 0, end: 9 }],
    ['bytes=90-', { kind: 'part', start: 90, end: 99 }],
    ['bytes=90-500', { kind: 'part', start: 90, end: 99 }],
    ['bytes=-10', { kind: 'part', start: 90, end: 99 }],
    ['bytes=-500', { kind: 'part', start: 0, end: 99 }],
    ['Bytes=5-5', { kind: 'part', start: 5, end: 5 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=100-120', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=9-5', { kind: 'whole' }],
    ['bytes=0-1,5-6', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=a-b', { kind: 'whole' }],
    ['samples=0-9', { kind: 'whole' }],
  ];
  for (const [header, expected] of cases) t.strictSame(parseByteRange(header, 100), expected, String(header));
});

t.test('what became of a call', async (t) => {
  const world = await startApi(t);
  const { a, store } = world;
  const { call, screening, token } = await world.furnish(a);
  const path = `/v1/calls/${call}`;
  const get = (suffix: string, headers = {}) => a.ask('GET', `${path}${suffix}`, undefined, headers);

  await t.test('shows where the time of each reply went, counted from the end of the speech', async (t) => {
    t.match(await get(''), { body: { data: { latency: { turns: [] } } } });
    const stages = { speech_ended_ms: 9000, decided_ms: 9300, first_token_ms: 8950, first_audio_ms: 9410, first_sent_ms: 9440, first_heard_ms: 9460 };
    const engines = { speech_to_text: 'ear', language_model: null, text_to_speech: 'voice' };
    const turn = turnLatency({ kind: 'reply-timing', turn_id: 't2', stages, engines });
    await store.calls.patch(a.companyId, call, { latency: { greeting_ms: null, reply_ms: [460], barge_in_ms: [], turns: [turn] } });
    const { body } = await get('');
    t.strictSame(at(body, 'data.latency.turns'), [
      {
        turn_id: 't2',
        stages: { decided_ms: 300, first_token_ms: -50, first_clause_ms: null, first_audio_ms: 410, first_sent_ms: 440, first_heard_ms: 460 },
        engines,
      },
    ]);
  });

  await t.test('is shown without its secrets', async (t) => {
    const { body } = await get('');
    t.match(body, { data: { id: call, screening_id: screening, state: 'queued', disposition: null, to: '+14155550123', latency: { reply_ms: [] } } });
    t.notOk(JSON.stringify(body).includes(token), 'the token stays inside');
    t.match(await a.ask('GET', `/v1/calls?screening_id=${screening}`), { body: { data: [{ id: call }], next_cursor: null } });
    t.match(await a.ask('GET', '/v1/calls?state=completed'), { body: { data: [] } });
    t.match(await a.ask('GET', '/v1/calls?limit=101'), { status: 400, body: { error: { field: 'limit' } } });
    t.match(await a.ask('GET', '/v1/calls?cursor=zzz'), { status: 400, body: { error: { field: 'cursor' } } });
  });

  await t.test('has a timeline in pages and a transcript', async (t) => {
    const events = [
      ...Array.from({ length: 7 }, (_, index) => event(index + 1)),
      { seq: 8, at: AT, line_ms: 9, event: { kind: 'turn' as const, turn } },
    ];
    await store.callEvents.appendMany(a.companyId, call, events);
    const seqs: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page++) {
      const { body } = await get(`/events?limit=3${cursor && `&cursor=${cursor}`}`);
      for (const index of [0, 1, 2]) seqs.push(at(body, `data.${index}.seq`));
      cursor = String(at(body, 'next_cursor'));
    }
    t.strictSame(seqs, [1, 2, 3, 4, 5, 6, 7, 8, undefined]);
    t.equal(cursor, 'null');
    t.match(await get('/events?limit=1'), {
      body: { data: [{ seq: 1, at: '2026-11-23T18:00:00.001Z', line_ms: 20, event: { kind: 'transcript-interim', text: 'part 1' } }] },
    });
    t.strictSame((await get('/transcript')).body, { data: [turn], next_cursor: null });
  });

  await t.test('has a recording with ranges, once it is finalised', async (t) => {
    t.match(await get('/recording'), { status: 409, body: { error: { code: 'recording_not_ready' } } });
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
    world.recordings.set(call, bytes);
    const fetched = async (headers: Record<string, string>, method = 'GET') => {
      const response = await fetch(`${world.url}${path}/recording`, { method, headers: { Authorization: `Bearer ${a.secret}`, ...headers } });
      return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const whole = await fetched({});
    t.equal(whole.status, 200);
    t.ok(whole.bytes.equals(bytes));
    t.equal(whole.headers.get('content-type'), 'audio/wav');
    t.equal(whole.headers.get('content-length'), '1000');
    t.equal(whole.headers.get('accept-ranges'), 'bytes');
    const etag = whole.headers.get('etag') ?? '';
    const part = await fetched({ Range: 'bytes=100-199' });
    t.equal(part.status, 206);
    t.equal(part.headers.get('content-range'), 'bytes 100-199/1000');
    t.ok(part.bytes.equals(bytes.subarray(100, 200)));
    t.equal((await fetched({ Range: 'bytes=-50', 'If-Range': etag })).status, 206);
    t.equal((await fetched({ Range: 'bytes=-50', 'If-Range': '"older"' })).status, 200, 'a part of another file is of no use');
    const outside = await fetched({ Range: 'bytes=1000-' });
    t.equal(outside.status, 416);
    t.equal(outside.headers.get('content-range'), 'bytes */1000');
    const same = await fetched({ 'If-None-Match': etag });
    t.strictSame([same.status, same.bytes.length], [304, 0]);
    const head = await fetched({}, 'HEAD');
    t.strictSame([head.status, head.headers.get('content-length'), head.bytes.length], [200, '1000', 0]);
  });

  await t.test('can be ended once', async (t) => {
    t.match(await a.ask('POST', `${path}/hang-up`), { status: 202, body: { data: { id: call } } });
    t.strictSame(world.hungUp, [call]);
    await store.calls.joinState(a.companyId, call, 'completed', { at: world.now() });
    t.match(await a.ask('POST', `${path}/hang-up`), { status: 409, body: { error: { code: 'conflict' } } });
    t.strictSame(world.hungUp, [call]);
    world.recordings.clear();
    t.match(await get('/recording'), { status: 404, body: { error: { code: 'not_found' } } }, 'after the end it is not late but absent');
  });
});

/** A reader of server-sent events. `ids()` are the ids read so far; `until` waits for a text; `ended` resolves when the server ends the stream. */
const readEvents = async (url: string, secret: string, lastEventId?: string) => {
  const stop = new AbortController();
  const headers = { Authorization: `Bearer ${secret}`, ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) };
  const response = await fetch(url, { headers, signal: stop.signal });
  let text = '';
  let wake: () => void = () => undefined;
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      wake();
    }
  })().catch(() => undefined);
  return {
    response,
    ended,
    text: () => text,
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    async until(wanted: string) {
      while (!text.includes(wanted))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    stop: () => stop.abort(),
  };
};

t.test('the live stream', async (t) => {
  const world = await startApi(t);
  const { a, store } = world;
  const { call } = await world.furnish(a);
  const url = `${world.url}/v1/calls/${call}/live`;
  await store.callEvents.appendMany(a.companyId, call, [event(1), event(2), event(3)]);

  await t.test('tells what was, then what happens, each once and in order', async (t) => {
    const reader = await readEvents(url, a.secret);
    t.match(reader.response.headers.get('content-type'), /^text\/event-stream/);
    await reader.until('id: 3');
    world.publish(call, event(3));
    world.publish(call, event(4));
    await reader.until('id: 4');
    // Stored later than it was told live: the store's copy is not told again. An event of another server comes by the store alone.
    await store.callEvents.appendMany(a.companyId, call, [event(4), event(5, 'from another server')]);
    await reader.until('from another server');
    t.strictSame(reader.ids(), [1, 2, 3, 4, 5]);
    t.match(reader.text(), /\nid: 2\nevent: transcript-interim\ndata: \{"seq":2,"at":"2026-11-23T18:00:00\.002Z","line_ms":40,.*\}\n\n/);
    t.equal(world.listenersOf(call), 1);
    reader.stop();
    await reader.ended;
    while (world.listenersOf(call) > 0) await new Promise((resolve) => setImmediate(resolve));
    t.equal(world.listenersOf(call), 0, 'a reader that goes is forgotten');
  });

  await t.test('resumes after Last-Event-ID', async (t) => {
    const reader = await readEvents(url, a.secret, '3');
    await reader.until('id: 5');
    t.strictSame(reader.ids(), [4, 5]);
    reader.stop();
    const odd = await readEvents(url, a.secret, 'yesterday');
    await odd.until('id: 5');
    t.strictSame(odd.ids(), [1, 2, 3, 4, 5], 'an id that is not ours starts from the beginning');
    odd.stop();
  });

  await t.test('ends when the call is over and told, and says so to who comes back', async (t) => {
    const reader = await readEvents(url, a.secret, '5');
    await store.callEvents.appendMany(a.companyId, call, [{ seq: 6, at: AT, event: { kind: 'ended', by: 'agent', reason: 'finished' } }]);
    await store.calls.joinState(a.companyId, call, 'completed', { at: world.now() });
    await reader.ended;
    t.strictSame(reader.ids(), [6]);
    t.equal((await a.ask('GET', `/v1/calls/${call}/live`, undefined, { 'Last-Event-ID': '6' })).status, 204);
    const late = await readEvents(url, a.secret);
    await late.ended;
    t.strictSame(late.ids(), [1, 2, 3, 4, 5, 6], 'a first reader gets it all and the end');
    t.equal(world.listenersOf(call), 0);
  });

  await t.test('is not for another company', async (t) => {
    t.match(await world.b.ask('GET', `/v1/calls/${call}/live`), { status: 404 });
  });
});
