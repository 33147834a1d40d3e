import t from 'tap';
import { ACCOUNT, FROM, lineTo, party, TO } from '../fixtures/twilio/application.js';
import { codes, FRAME, firstStream, heardBy, marksOf, open, play, runCall, sound, statuses } from '../fixtures/twilio/fast-call.js';

t.test('a whole call carries audio both ways and ends when the application closes its socket', async (t) => {
  const ear = party((lineMs) => ({ audio: Buffer.alloc(FRAME, (lineMs / 20) % 200) }));
  const app = await open(t, lineTo(ear), {
    onStream: (stream) => play(stream, sound(400), 'end'),
    onMessage: (stream, { event }) => {
      if (event === 'mark') stream.socket.close(1000);
    },
  });
  const call = await runCall(app);
  t.match(call, { status: 'completed', endedBy: 'document', framesOut: 3 });
  t.strictSame(statuses(app), ['initiated', 'ringing', 'in-progress', 'completed']);
  t.strictSame(
    app.at('call').map(({ form }) => form['SequenceNumber']),
    ['0', '1', '2', '3'],
  );
  t.ok(
    app.webhooks.every(({ signed }) => signed),
    'every webhook is signed so that the adapter accepts it',
  );
  t.match(app.at('answer')[0]?.form, { CallSid: call.sid, CallStatus: 'in-progress', Direction: 'outbound-api', To: '+14155550123' });
  t.match(app.at('recovery')[0]?.form, { CallSid: call.sid, CallStatus: 'in-progress' });
  t.match(app.at('call')[3]?.form, { CallDuration: /^\d+$/, SipResponseCode: '200' });
  const last = app.at('call')[3];
  t.match(last && app.provider.parseCallEvent(last.raw), { providerCallId: call.sid, state: 'completed', sequence: 3 });
  t.match(await app.provider.findCalls({ to: TO, from: FROM, since: new Date(call.createdAt) }, new AbortController().signal), [
    { providerCallId: call.sid, state: 'completed' },
  ]);

  const stream = firstStream(app);
  t.equal(app.streams.length, 1);
  t.ok(stream.signed, 'the upgrade is signed over its own URL');
  const { messages } = stream;
  t.strictSame(messages[0], { event: 'connected', protocol: 'Call', version: '1.0.0' });
  const streamSid = messages[1]?.streamSid ?? '';
  t.match(streamSid, /^MZ[0-9a-f]{32}$/);
  t.strictSame(messages[1], {
    event: 'start',
    sequenceNumber: '1',
    streamSid,
    start: {
      accountSid: ACCOUNT.accountSid,
      streamSid,
      callSid: call.sid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { run: 'r & 1' },
    },
  });
  const media = stream.of('media');
  t.ok(media.length >= 3);
  t.strictSame(
    media.map((message) => [message.media?.track, message.media?.chunk, message.media?.timestamp]),
    media.map((_, at) => ['inbound', String(at + 1), String(at * 20)]),
  );
  t.strictSame(
    messages.slice(1).map((message) => message.sequenceNumber),
    messages.slice(1).map((_, at) => String(at + 1)),
  );
  t.strictSame(marksOf(stream), ['end']);
  t.strictSame(heardBy(ear.heard), sound(400), 'what was sent was heard, once');

  const truth = app.sandbox.truthOf(call.sid);
  t.equal(truth?.left.length, ear.heard.length * FRAME);
  t.strictSame(truth?.right, Buffer.concat(ear.heard), 'the right side is what was heard');
  t.ok(
    truth?.left.every((byte, at) => byte === Math.floor(at / FRAME) % 200),
    'the left side is what was said',
  );
  const [recorded] = call.streams;
  t.equal(recorded?.streamSid, streamSid);
  t.ok(
    media.every(({ media: sent }) => {
      const at = ((recorded?.fromLineMs ?? 0) + Number(sent?.timestamp)) * 8;
      return truth?.left.subarray(at, at + FRAME).equals(Buffer.from(sent?.payload ?? '', 'base64'));
    }),
    'the stream and the truth are aligned',
  );
  t.equal(ear.endedAt.length, 1, 'the party is told once');
});

t.test('clear drops what waits and gives its marks back at once', async (t) => {
  const ear = party();
  const app = await open(t, lineTo(ear, { dropAfterMs: 8000 }), {
    onStream: (stream) => {
      play(stream, sound(FRAME), 'first');
      play(stream, sound(80_000), 'half');
      play(stream, sound(80_000), 'whole', 'whole');
    },
    onMessage: (stream, message) => {
      if (message.mark?.name !== 'first') return;
      stream.send({ event: 'clear', streamSid: message.streamSid });
      stream.send({ event: 'mark', streamSid: message.streamSid, mark: { name: 'after' } });
    },
  });
  await runCall(app);
  const stream = firstStream(app);
  t.strictSame(marksOf(stream), ['first', 'half', 'whole', 'whole', 'after'], 'pending marks, then one with nothing before it');
  const events = stream.messages.map(({ event }) => event);
  const cleared = events.indexOf('mark', events.indexOf('mark') + 1);
  t.strictSame(events.slice(cleared, cleared + 3), ['mark', 'mark', 'mark'], 'all at once');
  const heard = heardBy(ear.heard);
  const sent = Buffer.concat([sound(FRAME), sound(80_000), sound(80_000)]);
  t.ok(heard.length >= FRAME && heard.length < sent.length, 'the rest was not heard');
  t.ok(sent.subarray(0, heard.length).equals(heard), 'what was heard is the beginning of what was sent');
});

t.test('without clear a mark comes after exactly the frames that play its audio', async (t) => {
  const ear = party();
  const app = await open(t, lineTo(ear, { dropAfterMs: 6000 }), { onStream: (stream) => play(stream, sound(50 * FRAME), 'end') });
  await runCall(app);
  const stream = firstStream(app);
  const before = stream.messages
    .slice(
      0,
      stream.messages.findIndex(({ event }) => event === 'mark'),
    )
    .filter(({ event }) => event === 'media').length;
  // The stream sends a frame for each one played; some may pass before the audio arrives.
  t.ok(before >= 50, `${before} frames`);
  const firstHeard = ear.heard.findIndex((frame) => frame[0] !== 0xff);
  t.strictSame(Buffer.concat(ear.heard.slice(firstHeard, firstHeard + 50)), sound(50 * FRAME), 'without a gap');
});

t.test('a malformed message is ignored with one warning for the stream, and the call goes on', async (t) => {
  const ear = party();
  const app = await open(t, lineTo(ear, { dropAfterMs: 4000 }), {
    onStream: (stream) => {
      const streamSid = stream.of('start')[0]?.streamSid;
      stream.socket.send(Buffer.from('{"event":"media"}'));
      stream.socket.send('{"event":');
      stream.send({ event: 'clear', streamSid: `MZ${'0'.repeat(32)}` });
      stream.send({ event: 'speak', streamSid });
      stream.send({ event: 'media', streamSid, media: { payload: '***' } });
      stream.send({ event: 'media', streamSid, media: { payload: Buffer.from('RIFF....WAVE').toString('base64') } });
      stream.send({ event: 'mark', streamSid });
      play(stream, sound(FRAME), 'end');
    },
  });
  const call = await runCall(app);
  t.strictSame(codes(app), [31_950]);
  t.match(app.sandbox.debuggerEntries()[0], { level: 'warning', callSid: call.sid, text: /binary/ });
  t.strictSame(marksOf(firstStream(app)), ['end']);
  t.strictSame(heardBy(ear.heard), sound(FRAME));
  t.equal(call.endedBy, 'carrier');
});

t.test('a broken media socket falls through to the recovery URL, and the call goes on', async (t) => {
  const ear = party((lineMs) => ({ audio: Buffer.alloc(FRAME, (lineMs / 20) % 200), hangUp: lineMs === 9000 }));
  const app = await open(t, lineTo(ear, { socketBreaksAtMs: 1000 }), {
    recovery: () =>
      app.provider.answerDocument({
        mediaUrl: `${app.url.replace('http', 'ws')}/media/t0k3n`,
        recoveryUrl: `${app.url}/webhooks/twilio/recovery/2`,
        parameters: {},
      }),
    onStream: (stream, nth) => {
      if (nth === 1) play(stream, sound(FRAME), 'back');
    },
  });
  const call = await runCall(app);
  const [broken, second] = app.streams;
  t.equal(app.streams.length, 2);
  t.equal(broken?.closeCode, 1006, 'no close frame');
  t.equal(broken?.of('stop').length, 0, 'no stop either');
  t.equal(broken?.of('media').length, 50);
  t.strictSame(
    app.webhooks.filter(({ path }) => path.includes('/recovery/')).map(({ form }) => [form['CallSid'], form['CallStatus']]),
    [[call.sid, 'in-progress']],
  );
  t.not(second?.of('start')[0]?.streamSid, broken?.of('start')[0]?.streamSid);
  t.match(second?.of('media')[0], { sequenceNumber: '2', media: { chunk: '1', timestamp: '0' } }, 'the second stream counts anew');
  t.strictSame(heardBy(ear.heard), sound(FRAME));
  t.match(call, { status: 'completed', endedBy: 'party' });
  t.equal((app.sandbox.truthOf(call.sid)?.left.length ?? 0) / FRAME, 451, 'the line has no gap');
});

t.test('keys, losses and jitter arrive as the vendor would send them', async (t) => {
  const keys = party((lineMs) => (lineMs === 2000 ? { dtmf: '1#' } : { audio: Buffer.alloc(FRAME, (lineMs / 20) % 200) }));
  const app = await open(t, lineTo(keys, { loss: 0.2, jitterMs: 100, dropAfterMs: 6000 }));
  await runCall(app);
  const stream = firstStream(app);
  t.strictSame(
    stream.of('dtmf').map((message) => message.dtmf),
    [
      { track: 'inbound_track', digit: '1' },
      { track: 'inbound_track', digit: '#' },
    ],
  );
  const media = stream.of('media').map((message) => message.media);
  const stamps = media.map((frame) => Number(frame?.timestamp));
  t.strictSame(
    stamps,
    [...stamps].sort((a, b) => a - b),
    'in order',
  );
  t.strictSame(
    media.map((frame) => frame?.chunk),
    media.map((_, at) => String(at + 1)),
  );
  const sent = (stamps.at(-1) ?? 0) / 20 + 1;
  t.ok(media.length < sent * 0.95 && media.length > sent * 0.6, 'some are missing, their time is not');
  const startFrame = (Buffer.from(media[0]?.payload ?? '', 'base64')[0] ?? 0) - (stamps[0] ?? 0) / 20;
  t.ok(
    media.every((frame) => {
      const value = Buffer.from(frame?.payload ?? '', 'base64')[0];
      return value === 0xff || value === (startFrame + Number(frame?.timestamp) / 20) % 200;
    }),
    'each frame has the time at which it was said',
  );
});
