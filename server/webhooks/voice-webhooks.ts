import { type ErrorRequestHandler, type Response, Router, raw } from 'express';
import type { AnsweredBy } from '../../schemas/call-state.js';
import { AppError } from '../../schemas/errors.js';
import type { CallEvent, RawWebhook, TelephonyProvider } from '../../schemas/ports/telephony.js';

/*
 * What providers tell us about calls: POST /webhooks/<provider>/{answer|call|amd}/<token>. Each request is believed only with the provider's signature over
 * the public URL and the raw body; where a provider signs nothing, the token is the proof. Everything here may come late, twice or out of order.
 */

/** Providers' forms have a few hundred bytes. */
const BODY_LIMIT_KIB = 64;

/** The calls, as far as providers' requests concern them. */
export interface CallDesk {
  /** What a call's provider should do with the answered call: connect the stream, or hang up because the call is over or unknown. */
  answer(token: string, event: CallEvent | undefined): Promise<{ connect: boolean }>;
  /** A provider reports a call's state. False when the token is unknown. */
  report(token: string, event: CallEvent): Promise<boolean>;
  machineDetected(token: string, verdict: AnsweredBy): Promise<boolean>;
}

export const voiceWebhooks = (deps: {
  providers: ReadonlyMap<string, TelephonyProvider>;
  desk: CallDesk;
  publicUrl: string;
  mediaUrl: (token: string) => string;
}): Router => {
  const router = Router();
  router.post('/webhooks/:provider/:kind/:token', raw({ type: () => true, limit: BODY_LIMIT_KIB * 1024 }), async (request, response) => {
    const { kind, token } = request.params;
    const provider = deps.providers.get(request.params.provider);
    if (!provider || !token) throw new AppError('route_not_found');
    const webhook: RawWebhook = {
      method: request.method,
      url: `${deps.publicUrl}${request.originalUrl}`,
      headers: request.headers,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    };
    if (!provider.verifyWebhook(webhook)) throw new AppError('signature_invalid');
    const event = provider.parseCallEvent(webhook);
    switch (kind) {
      case 'answer': {
        const { connect } = await deps.desk.answer(token, event);
        const target = { mediaUrl: deps.mediaUrl(token), recoveryUrl: webhook.url, parameters: {} };
        return sendDocument(response, connect ? provider.answerDocument(target) : provider.hangUpDocument());
      }
      case 'call':
        if (event && !(await deps.desk.report(token, event))) throw new AppError('not_found', { what: 'call' });
        return void response.status(204).end();
      case 'amd':
        if (event?.answeredBy && !(await deps.desk.machineDetected(token, event.answeredBy))) throw new AppError('not_found', { what: 'call' });
        return void response.status(204).end();
      default:
        throw new AppError('route_not_found');
    }
  });
  router.use(tellLimit);
  return router;
};

/** The body parser's refusal, with the limit that holds here. */
const tellLimit: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
  const tooLarge = typeof error === 'object' && error !== null && 'type' in error && error.type === 'entity.too.large';
  next(tooLarge ? new AppError('body_too_large', { limit: `${BODY_LIMIT_KIB} KiB` }, { cause: error }) : error);
};

const sendDocument = (response: Response, document: { contentType: string; body: string }) =>
  void response.status(200).set('Content-Type', document.contentType).send(document.body);
