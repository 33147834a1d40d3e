import type { AnsweredBy, CallState } from '../call-state.js';
import type { E164 } from '../phone.js';
import type { CarrierCodec } from './carrier-codec.js';

/** What a provider can do; routing asks this instead of trying. */
export interface ProviderCapabilities {
  voice: boolean;
  sms: boolean;
  machineDetection: 'none' | 'binary' | 'beep';
  transfer: boolean;
  dtmfOut: boolean;
  signedWebhooks: boolean;
}

export interface PlaceCall {
  to: E164;
  from: E164;
  /** Unguessable token of this call; part of every URL that the provider gets. */
  token: string;
  ringTimeoutS: number;
  maxDurationS: number;
  detectMachine: boolean;
}

/** A call as the provider's list shows it; for reconciliation after a doubtful dial. */
export interface ProviderCall {
  providerCallId: string;
  state: CallState | undefined;
  to: string;
  from: string;
  createdAt: Date | undefined;
}

/** An incoming provider request before anything is trusted. `url` is the public URL exactly as the provider was given it. */
export interface RawWebhook {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  /** The raw body bytes. */
  body: Buffer;
}

/** What a provider's callback says about a call, in our words; unknown words leave `state` undefined and are kept in `raw`. */
export interface CallEvent {
  providerCallId: string;
  state: CallState | undefined;
  answeredBy?: AnsweredBy;
  /** Provider's order of callbacks, when it has one. */
  sequence?: number;
  /** Duration that the provider bills, s. */
  durationS?: number;
  /** The vendor's own word or code for the end, kept for people. */
  reason?: string;
  raw: Record<string, string>;
}

/** Where the answered call's audio goes. */
export interface StreamTarget {
  /** wss:// (or ws:// on loopback) address of the media socket, token in the path. */
  mediaUrl: string;
  /** Fetched by the provider when the stream ends while the call lives: the only way back after a broken socket. */
  recoveryUrl: string;
  parameters: Record<string, string>;
}

/**
 * A voice provider. Adapters build the request, parse the reply, map words and failures to ours; they never retry, route or store. Calls that fail throw
 * ProviderError, whose `outcome` tells whether the phone may have rung.
 */
export interface TelephonyProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  readonly codec: CarrierCodec;
  placeCall(request: PlaceCall, signal: AbortSignal): Promise<{ providerCallId: string }>;
  findCalls(query: { to: E164; from: E164; since: Date }, signal: AbortSignal): Promise<ProviderCall[]>;
  hangUp(providerCallId: string, signal: AbortSignal): Promise<void>;
  answerDocument(target: StreamTarget): { contentType: string; body: string };
  /** The document that ends a call that has nothing more to do. */
  hangUpDocument(): { contentType: string; body: string };
  verifyWebhook(webhook: RawWebhook): boolean;
  /** Checks the upgrade request of a media socket; `url` as given in the answer document. */
  verifyMediaUpgrade(url: string, headers: RawWebhook['headers']): boolean;
  parseCallEvent(webhook: RawWebhook): CallEvent | undefined;
}
