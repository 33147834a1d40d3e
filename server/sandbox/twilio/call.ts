import type { Clock, Random } from '../../../schemas/clock.js';
import type { Line } from '../far-end.js';
import { type CallAudio, startCallAudio } from './call-audio.js';
import type { CallParameters, DocumentSource } from './call-parameters.js';
import { durationS, isOver, type SandboxCall, type TwilioCallStatus } from './call-record.js';
import { twilioAnsweredBy } from './machine-detection.js';
import { openMediaStream } from './media-stream.js';
import { createStatusCallbacks } from './status-callbacks.js';
import { createTruthRecorder, type StereoTruth } from './stereo-truth.js';
import { runTwiml, type TwimlCall } from './twiml-run.js';
import { type SendWebhook, WebhookFailure } from './webhooks.js';

/** SIP's word for the end of a call, as in the final callback. */
const SIP_CODE: Partial<Record<TwilioCallStatus, string>> = { completed: '200', busy: '486', 'no-answer': '487', canceled: '487', failed: '503' };

/** A call from its creation to its end. */
export interface LiveCall {
  readonly record: SandboxCall;
  /** Ends the call, once; later calls do nothing. */
  end(status: TwilioCallStatus, by: NonNullable<SandboxCall['endedBy']>): void;
  /** Leaves the running TwiML for another document. Only while the call is in progress. */
  redirect(source: DocumentSource): void;
  truth(): StereoTruth;
  /** Frees the memory of the truth. */
  forgetTruth(): void;
  /** Resolves when the call has ended and its callbacks are through. */
  readonly done: Promise<void>;
}

export interface CallParts {
  clock: Clock;
  random: Random;
  accountSid: string;
  authToken: string;
  record: SandboxCall;
  parameters: CallParameters;
  line: Line;
  send: SendWebhook;
  /** The vendor's debugger. */
  report: (level: 'error' | 'warning', code: number, text: string) => void;
  /** The sandbox shuts down: everything stops where it is. */
  shutdown: AbortSignal;
}

/** Places the call: it waits for its slot, rings, and runs its TwiML when answered. */
export const placeCall = (parts: CallParts): LiveCall => {
  const { clock, record, parameters, line, send, report, shutdown } = parts;
  const life = new AbortController();
  const form = {
    AccountSid: parts.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: record.sid,
    Called: record.to,
    Caller: record.from,
    Direction: 'outbound-api',
    From: record.from,
    To: record.to,
  };
  const callbacks = createStatusCallbacks({ clock, parameters, form, send, report, signal: shutdown });
  const truth = createTruthRecorder();
  let audio: CallAudio | undefined;
  let programme = new AbortController();
  let redirected: DocumentSource | undefined;
  let verdictTold = Promise.resolve();

  const end: LiveCall['end'] = (status, by) => {
    if (isOver(record.status)) return;
    record.status = status;
    record.endedAt = clock.now();
    record.endedBy = by;
    audio?.stop();
    life.abort();
    const seconds = durationS(record);
    callbacks.notify('completed', status, {
      ...(record.answeredAt === undefined ? {} : { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)) }),
      ...(SIP_CODE[status] === undefined ? {} : { SipResponseCode: SIP_CODE[status] }),
    });
  };

  const dial = async () => {
    await clock.sleep(record.queueTimeMs, life.signal);
    record.dialedAt = clock.now();
    callbacks.notify('initiated', 'initiated');
    if (line.result === 'concurrency-limit') {
      report('error', 10_004, 'Call concurrency limit exceeded');
      return end('failed', 'carrier');
    }
    if (line.result !== 'busy' && line.result !== 'carrier-error') {
      record.status = 'ringing';
      callbacks.notify('ringing', 'ringing');
    }
    const ringsOut = line.result === 'no-answer' || line.ringMs > parameters.timeoutS * 1000;
    await clock.sleep(ringsOut ? parameters.timeoutS * 1000 : line.ringMs, life.signal);
    const result = ringsOut ? 'no-answer' : line.result;
    switch (result) {
      case 'no-answer':
        return end('no-answer', 'carrier');
      case 'answered':
        return answered();
      case 'busy':
      case 'rejected':
        return end('busy', 'party');
      case 'carrier-error':
      case 'invalid-number':
        return end('failed', 'carrier');
      default:
        return result satisfies never;
    }
  };

  const answered = async () => {
    record.status = 'in-progress';
    record.answeredAt = clock.now();
    audio = startCallAudio({
      clock,
      line,
      party: line.answer(),
      timeLimitS: parameters.timeLimitS,
      truth,
      record,
      onEnd: (by) => end('completed', by),
      onDefect,
    });
    callbacks.notify('answered', 'in-progress');
    await detectMachine();
    let next: DocumentSource | undefined = parameters.answer;
    while (next) {
      programme = new AbortController();
      // A redirect may have come while machine detection held the call.
      const source: DocumentSource = redirected ?? next;
      redirected = undefined;
      try {
        await runTwiml(twimlCall(AbortSignal.any([life.signal, programme.signal])), source);
      } catch (error) {
        if (life.signal.aborted || !programme.signal.aborted) throw error;
      }
      next = redirected;
    }
    end('completed', 'document');
  };

  /** Synchronous detection holds the call back until the verdict; asynchronous detection posts it later. */
  const detectMachine = async () => {
    const detection = parameters.machineDetection;
    if (!detection) return;
    const { asyncCallback, mode, timeoutS } = detection;
    const tell = () => {
      record.answeredBy = twilioAnsweredBy(line.amd?.verdict ?? 'unknown', mode);
    };
    const afterMs = Math.min(line.amd?.afterMs ?? Number.POSITIVE_INFINITY, timeoutS * 1000);
    if (!asyncCallback) {
      await clock.sleep(afterMs, life.signal);
      return tell();
    }
    if (!line.amd) return;
    const cancel = clock.after(afterMs, () => {
      tell();
      const verdict = { ...form, AnsweredBy: record.answeredBy ?? 'unknown', MachineDetectionDuration: String(Math.round(afterMs)) };
      verdictTold = send(asyncCallback, verdict, { retryStatus: true, signal: shutdown }).then(() => undefined, noteLostWebhook);
    });
    life.signal.addEventListener('abort', cancel, { once: true });
  };

  const twimlCall = (signal: AbortSignal): TwimlCall => ({
    fallback: parameters.fallback,
    report,
    wait: (ms) => clock.sleep(ms, signal),
    async fetch(address, extra = {}) {
      const verdict = record.answeredBy === undefined ? {} : { AnsweredBy: record.answeredBy };
      const reply = await send(address, { ...form, CallStatus: 'in-progress', ...verdict, ...extra }, { retryStatus: false, signal });
      signal.throwIfAborted();
      return reply;
    },
    async connectStream(url, parameters) {
      const opening = openMediaStream({
        ...parts,
        ...line,
        callSid: record.sid,
        url,
        parameters,
        warn: (code, text) => report('warning', code, text),
        signal: shutdown,
      });
      const stream = await opening.catch((error: unknown) => {
        report('error', 31_920, `the media socket ${url} could not be opened: ${error instanceof Error ? error.message : error}`);
        return undefined;
      });
      if (!stream) return signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const leave = () => {
          stream.stop();
          resolve();
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        audio?.attach(stream);
        stream.closed.then(resolve, resolve);
      });
      audio?.detach(stream);
      signal.throwIfAborted();
    },
  });

  const noteLostWebhook = (error: unknown) => {
    if (error instanceof WebhookFailure) report('warning', error.vendorCode, error.message);
    else if (!shutdown.aborted) onDefect(error);
  };
  const onDefect = (error: unknown) => {
    report('error', 0, `the sandbox or its far end failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    end('failed', 'sandbox');
  };

  const done = dial()
    .catch((error: unknown) => {
      // The call ended while it waited for something; that wait is over by the signal.
      if (!life.signal.aborted) onDefect(error);
    })
    .then(async () => {
      await Promise.all([callbacks.settled(), verdictTold]);
    });

  return {
    record,
    end,
    redirect(source) {
      redirected = source;
      programme.abort();
    },
    truth: () => truth.truth(),
    forgetTruth: () => truth.forget(),
    done,
  };
};
