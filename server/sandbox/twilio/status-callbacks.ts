import type { Clock } from '../../../schemas/clock.js';
import type { CallParameters, StatusEvent } from './call-parameters.js';
import type { Form } from './signature.js';
import { twilioTime } from './twilio-time.js';
import { type SendWebhook, WebhookFailure } from './webhooks.js';

/** Sends the status callbacks of one call, in order, apart from everything else that the call does. */
export interface StatusCallbacks {
  /** `status` is the word in CallStatus. Does nothing when the event was not asked for. */
  notify(event: StatusEvent, status: string, more?: Form): void;
  /** Resolves when all that were asked for so far have been delivered or given up. */
  settled(): Promise<void>;
}

export const createStatusCallbacks = (parts: {
  clock: Clock;
  parameters: Pick<CallParameters, 'statusCallback' | 'statusEvents'>;
  /** The fields that every webhook of the call carries. */
  form: Form;
  send: SendWebhook;
  report: (level: 'error' | 'warning', code: number, text: string) => void;
  signal: AbortSignal;
}): StatusCallbacks => {
  const { statusCallback, statusEvents } = parts.parameters;
  let sequence = 0;
  let queue: Promise<void> = Promise.resolve();
  const deliver = async (form: Form) => {
    if (!statusCallback || parts.signal.aborted) return;
    try {
      await parts.send(statusCallback, form, { retryStatus: true, signal: parts.signal });
    } catch (error) {
      // A status callback that is lost is lost; the vendor notes it and goes on.
      if (error instanceof WebhookFailure) parts.report('warning', error.vendorCode, error.message);
      else if (!parts.signal.aborted) throw error;
    }
  };
  return {
    notify(event, status, more = {}) {
      if (!statusCallback || !statusEvents.includes(event)) return;
      const form = {
        ...parts.form,
        CallStatus: status,
        Timestamp: twilioTime(parts.clock.now()),
        CallbackSource: 'call-progress-events',
        SequenceNumber: String(sequence),
        ...more,
      };
      sequence += 1;
      queue = queue.then(() => deliver(form));
    },
    settled: () => queue,
  };
};
