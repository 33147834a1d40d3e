import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { twilioCodec } from '../../../media/carriers/twilio.js';
import { isFinal } from '../../../schemas/call-state.js';
import { ProviderError } from '../../../schemas/errors.js';
import type { CallEvent, RawWebhook, TelephonyProvider } from '../../../schemas/ports/telephony.js';
import { type TwilioRestOptions, twilioRest } from './rest.js';
import { formFieldsOf, isSignedUpgrade, isSignedWebhook } from './signature.js';
import { ANSWERED_BY, CALL_STATES } from './words.js';

const NAME = 'twilio';
const TWIML = 'text/xml; charset=utf-8';
/** More calls between one pair of numbers than this since a doubtful dial do not happen. */
const LIST_LIMIT = 50;

/** An account at Twilio and the public address under which it reaches us. */
export interface TwilioVoiceOptions extends TwilioRestOptions {
  /** Scheme and host that Twilio calls back, without a path. */
  publicUrl: string;
}

/**
 * Calls by Twilio: REST by the vendor's SDK, TwiML with `<Connect><Stream>`, signed webhooks. The webhooks of a call go to
 * `{publicUrl}/webhooks/twilio/{answer|call|amd}/{token}`; the answer URL is also the fallback, so a first failure gets a second try.
 *
 * Follows: Twilio, "Call resource", "TwiML Voice: <Stream>", "Answering Machine Detection", "Webhooks Security".
 */
export const twilioVoice = (options: TwilioVoiceOptions): TelephonyProvider => {
  const rest = twilioRest(options);
  const webhooks = `${options.publicUrl.replace(/\/+$/, '')}/webhooks/twilio`;
  return {
    name: NAME,
    capabilities: { voice: true, sms: false, machineDetection: 'binary', transfer: false, dtmfOut: false, signedWebhooks: true },
    codec: twilioCodec,

    async placeCall(request, signal) {
      const answerUrl = `${webhooks}/answer/${request.token}`;
      const call = await rest('place a call', signal, (client) =>
        client.calls.create({
          to: request.to,
          from: request.from,
          url: answerUrl,
          method: 'POST',
          fallbackUrl: answerUrl,
          fallbackMethod: 'POST',
          statusCallback: `${webhooks}/call/${request.token}`,
          statusCallbackMethod: 'POST',
          statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
          timeout: request.ringTimeoutS,
          timeLimit: request.maxDurationS,
          // Asynchronous: the audio flows while the vendor makes up its mind.
          ...(request.detectMachine
            ? {
                machineDetection: 'Enable',
                asyncAmd: 'true',
                asyncAmdStatusCallback: `${webhooks}/amd/${request.token}`,
                asyncAmdStatusCallbackMethod: 'POST',
              }
            : {}),
        }),
      );
      if (typeof call.sid !== 'string' || !call.sid) {
        throw new ProviderError(
          { provider: NAME, operation: 'place a call', outcome: 'unknown', retryable: false },
          'Twilio took the call but gave no call id.',
        );
      }
      return { providerCallId: call.sid };
    },

    async findCalls({ to, from, since }, signal) {
      // Not filtered by StartTime at the vendor: a call that still waits in its queue has none. The vendor's times have whole seconds.
      const earliest = Math.floor(since.getTime() / 1000) * 1000;
      const calls = await rest('list calls', signal, (client) => client.calls.list({ to, from, limit: LIST_LIMIT, pageSize: LIST_LIMIT }));
      return calls
        .map((call) => ({
          providerCallId: call.sid,
          state: CALL_STATES.get(call.status),
          to: call.to,
          from: call.from,
          createdAt: call.dateCreated instanceof Date ? call.dateCreated : undefined,
        }))
        .filter(({ createdAt }) => createdAt === undefined || createdAt.getTime() >= earliest);
    },

    async hangUp(providerCallId, signal) {
      try {
        await rest('hang up', signal, (client) => client.calls(providerCallId).update({ status: 'completed' }));
      } catch (error) {
        // 20404 and 21220: the call has ended already, which is what was wanted.
        if (error instanceof ProviderError && (error.vendorCode === '20404' || error.vendorCode === '21220')) return;
        throw error;
      }
    },

    answerDocument({ mediaUrl, recoveryUrl, parameters }) {
      const response = new VoiceResponse();
      const stream = response.connect().stream({ url: mediaUrl });
      for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
      response.redirect({ method: 'POST' }, recoveryUrl);
      return { contentType: TWIML, body: response.toString() };
    },

    hangUpDocument() {
      const response = new VoiceResponse();
      response.hangup();
      return { contentType: TWIML, body: response.toString() };
    },

    verifyWebhook: (webhook) => isSignedWebhook(options.authToken, webhook),
    verifyMediaUpgrade: (url, headers) => isSignedUpgrade(options.authToken, url, headers),
    parseCallEvent,
  };
};

/** Status, machine-detection and answer callbacks share one form; without a call id it is none of them. */
const parseCallEvent = (webhook: RawWebhook): CallEvent | undefined => {
  const raw = Object.fromEntries(
    Object.entries(formFieldsOf(webhook) ?? {}).map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? '') : value]),
  );
  const field = (name: string) => (Object.hasOwn(raw, name) ? raw[name] : undefined);
  const providerCallId = field('CallSid');
  if (!providerCallId) return undefined;
  const word = field('CallStatus') ?? '';
  const state = CALL_STATES.get(word);
  const answeredBy = ANSWERED_BY.get(field('AnsweredBy') ?? '');
  const sequence = countIn(field('SequenceNumber'));
  const durationS = countIn(field('CallDuration'));
  const sipCode = field('SipResponseCode');
  return {
    providerCallId,
    state,
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(durationS === undefined ? {} : { durationS }),
    ...(state !== undefined && isFinal(state) ? { reason: sipCode ? `${word} (SIP ${sipCode})` : word } : {}),
    raw,
  };
};

const countIn = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);
