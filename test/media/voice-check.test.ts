import t from 'tap';
import { elevenLabsTextToSpeech } from '../../media/speech/elevenlabs.js';
import { elevenLabsHttpTextToSpeech } from '../../media/speech/elevenlabs-http.js';
import { checkVoice } from '../../media/speech/voice-check.js';
import { EngineError } from '../../schemas/engine-error.js';
import { steerableClock } from '../../server/runtime.js';
import type { ElevenLabsFault } from '../../server/sandbox/elevenlabs/sandbox.js';
import { KEY, MODEL, PATIENT, QUICK, startAccount, VOICE_ID } from '../fixtures/elevenlabs/account.js';

const never = () => new AbortController().signal;

t.test('a check tells what a call would meet', async (t) => {
  const clock = steerableClock(1);
  const sandbox = await startAccount(t, clock, { profile: QUICK });
  const rows: { name: string; changes?: { apiKey?: string; voiceId?: string; model?: string }; fault?: ElevenLabsFault; failure: string }[] = [
    { name: 'everything in order', failure: 'none' },
    { name: 'a wrong key', changes: { apiKey: 'wrong' }, failure: 'auth' },
    { name: 'a voice that the account does not have', changes: { voiceId: 'nobody' }, failure: 'bad-request' },
    { name: 'an empty account, which could still list its voices', fault: { kind: 'refuse', status: 401, code: 'quota_exceeded' }, failure: 'quota' },
    {
      name: 'a plan without the model',
      fault: { kind: 'refuse', status: 403, code: 'subscription_required' },
      failure: 'quota',
    },
  ];
  for (const open of [elevenLabsTextToSpeech, elevenLabsHttpTextToSpeech]) {
    for (const { name, changes, fault, failure } of rows) {
      if (fault) sandbox.faults.add(fault);
      const engine = open({ apiKey: KEY, baseUrl: sandbox.baseUrl, voiceId: VOICE_ID, model: MODEL, clock, timeouts: PATIENT, ...changes });
      const found = await checkVoice(engine, never()).then(
        () => 'none',
        (error: unknown) => (error instanceof EngineError ? error.failure : String(error)),
      );
      t.equal(found, failure, `${engine.name}: ${name}`);
    }
  }
});

t.test('a check that is called off rejects with the reason', async (t) => {
  const clock = steerableClock(1);
  const sandbox = await startAccount(t, clock, { profile: QUICK });
  sandbox.faults.add({ kind: 'hang-body' });
  const engine = elevenLabsTextToSpeech({ apiKey: KEY, baseUrl: sandbox.baseUrl, voiceId: VOICE_ID, model: MODEL, clock, timeouts: PATIENT });
  const off = new AbortController();
  const checked = checkVoice(engine, off.signal);
  off.abort(new Error('enough'));
  await t.rejects(checked, { message: 'enough' });
});
