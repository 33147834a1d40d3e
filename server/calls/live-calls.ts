import { setMaxListeners } from 'node:events';
import { factsOf } from '../../agents/interview/plan.js';
import { llmInterviewer } from '../../agents/interviewer-llm.js';
import { scriptedInterviewer } from '../../agents/interviewer-scripted.js';
import { openingTexts } from '../../agents/opening.js';
import type { Call } from '../../schemas/call.js';
import { type AnsweredBy, isFinal } from '../../schemas/call-state.js';
import type { Clock, Random } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import type { CallEvent, TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { Engines } from '../engines/engines.js';
import type { Recordings } from '../recording/contract.js';
import type { Store } from '../store/connect.js';
import type { Lease } from '../store/repositories/screening-lease.js';
import type { CallDesk } from '../webhooks/voice-webhooks.js';
import { createCallRecords } from './call-records.js';
import { interviewContext } from './interview-context.js';
import { readInterviewRecords } from './interview-records.js';
import { createLiveCall, type LiveCall } from './live-call.js';
import type { Timelines } from './timeline.js';

/*
 * The calls that live in this process, by token and id. The dialer opens one before it dials; a call that an earlier life of the server left behind is opened
 * again when its provider comes back for the answer document.
 */

/** A provider that asks for the answer document more often than this gets a hang-up: its stream does not hold. */
const MAX_ANSWERS = 6;

export interface LiveCalls extends CallDesk {
  /** Opens the live side of a call that is about to be dialed. The caller has created it in the store. */
  open(call: Call): Promise<LiveCall>;
  /** The live call of a token, opened from the store when this process does not have it; undefined for an unknown or finished one. */
  find(token: string): Promise<{ live: LiveCall; provider: TelephonyProvider } | undefined>;
  findById(callId: string): LiveCall | undefined;
  /** The lease under which the screening of a live call may be written. */
  setLease(lease: Lease): void;
  /** That lease is over; a newer one of the same screening stays. */
  dropLease(lease: Lease): void;
  readonly count: number;
  /**
   * For shutdown after the drain: opens no more calls and ends every conversation at once, without a goodbye; resolves when what they came to is stored or
   * has taken too long. A call that still rings is left to the next server.
   */
  endAll(reason: string): Promise<void>;
}

export interface LiveCallsDeps {
  store: Store;
  clock: Clock;
  random: Random;
  ids: Ids;
  phoneHashKey: Uint8Array;
  providers: ReadonlyMap<string, TelephonyProvider>;
  engines: Pick<Engines, 'speechToText' | 'textToSpeech' | 'languageModel'>;
  recordings: Recordings;
  timelines: Timelines;
  /** A call reached a final state: the dialer goes on. */
  onFinal: (callId: string) => void;
  onTrouble: (error: unknown, at: { where: string; callId?: string }) => void;
}

export const createLiveCalls = (deps: LiveCallsDeps): LiveCalls => {
  const { store, clock, timelines } = deps;
  const byToken = new Map<string, LiveCall>();
  const opening = new Map<string, Promise<LiveCall>>();
  const leases = new Map<string, Lease>();
  const stopping = new AbortController();
  let closed = false;
  // Every write that waits for the store listens to it.
  setMaxListeners(0, stopping.signal);

  const build = async (call: Call): Promise<LiveCall> => {
    const { companyId } = call;
    const screening = await store.screenings.find(companyId, call.screening_id);
    const [records, earlier] = await Promise.all([screening && readInterviewRecords(store, screening), store.callEvents.list(companyId, call.id)]);
    const provider = deps.providers.get(call.provider);
    if (!screening || !records || !provider)
      throw new Error(`call ${call.id} names a screening, bot, candidate, application or provider that is gone`);
    const onTrouble = (error: unknown, where: string) => deps.onTrouble(error, { where, callId: call.id });
    const { bot, candidate, company } = records;
    const context = interviewContext({ ...records, now: new Date(clock.now()) });
    const turns = earlier.flatMap(({ event }) => (event.kind === 'turn' ? [event.turn] : []));
    // The line ran on while nobody was here to hear it.
    const last = earlier.findLast((event) => event.line_ms !== undefined && event.line_ms !== null);
    const lineMs = last ? (last.line_ms ?? 0) + Math.max(0, clock.now() - last.at) : 0;
    const { speechToText, textToSpeech, languageModel } = deps.engines;
    const told = { context, random: deps.random, progress: screening.progress ?? undefined };
    const interviewer = languageModel
      ? llmInterviewer({ ...told, clock, model: languageModel, onTrouble: ({ kind, reason }) => onTrouble(new Error(reason), `model: ${kind}`) })
      : scriptedInterviewer(told);
    // Last of all, since whoever opens it releases it.
    const timeline = await timelines.open(companyId, call.id);
    return createLiveCall({
      call,
      bot,
      codec: provider.codec,
      clock,
      interviewer,
      firstSentences: openingTexts(factsOf(context)),
      keyterms: [company.name, bot.name, candidate.first_name, candidate.last_name].filter((term) => term !== ''),
      speechToText,
      textToSpeech,
      sink: deps.recordings.open({ id: call.id, companyId }),
      timeline,
      records: createCallRecords({
        store,
        clock,
        ids: deps.ids,
        phoneHashKey: deps.phoneHashKey,
        call,
        screening,
        bot,
        candidate,
        earlierTurns: turns,
        lease: () => leases.get(screening.id),
        stopping: stopping.signal,
        onTrouble,
      }),
      resumeAt: { lineMs, turn: turns.length + 1 },
      onDefect: onTrouble,
    });
  };

  const open = (call: Call): Promise<LiveCall> => {
    let live = opening.get(call.token);
    if (!live && closed) return Promise.reject(new AppError('not_ready'));
    if (!live) {
      live = build(call).then((built) => {
        byToken.set(call.token, built);
        return built;
      });
      opening.set(call.token, live);
      const forget = () => {
        byToken.delete(call.token);
        opening.delete(call.token);
      };
      live.then(async (built) => {
        await built.finished;
        forget();
        timelines.release(call.id);
      }, forget);
    }
    return live;
  };

  const find = async (token: string) => {
    const live = byToken.get(token);
    const call = live?.call ?? (await store.calls.findByToken(token));
    const provider = call && deps.providers.get(call.provider);
    // What has been said is stored: the conversation is over, although the provider may still ask how to go on.
    const over = call && (isFinal(call.state) || call.ended_by !== null);
    if (!call || !provider || (!live && (over || closed))) return undefined;
    return { live: live ?? (await open(call)), provider };
  };

  const report = async (token: string, event: CallEvent): Promise<boolean> => {
    const call = byToken.get(token)?.call ?? (await store.calls.findByToken(token));
    if (!call) return false;
    await store.calls.setPlaced(call.companyId, call.id, event.providerCallId);
    if (!event.state) return true;
    const moved = await store.calls.joinState(call.companyId, call.id, event.state, {
      at: new Date(clock.now()),
      vendor_reason: event.reason,
      ...(event.answeredBy ? { answered_by: event.answeredBy } : {}),
    });
    if (!moved) return true;
    const live = byToken.get(token);
    const timeline = await timelines.open(call.companyId, call.id);
    timeline.record({
      kind: 'call-state',
      state: moved.state,
      provider_call_id: event.providerCallId,
      ...(event.reason ? { reason: event.reason } : {}),
    });
    timelines.release(call.id);
    if (isFinal(moved.state)) {
      live?.carrierEnded(event.reason ?? moved.state);
      deps.onFinal(call.id);
    }
    return true;
  };

  return {
    open,
    find,
    report,
    findById: (callId) => [...byToken.values()].find((live) => live.call.id === callId),
    setLease: (lease) => void leases.set(lease.screeningId, lease),
    dropLease({ screeningId, fence }) {
      if (leases.get(screeningId)?.fence === fence) leases.delete(screeningId);
    },
    get count() {
      return byToken.size;
    },
    async answer(token, event) {
      if (event) await report(token, event);
      const found = await find(token);
      if (!found?.live.session.live || found.live.unwanted) return { connect: false };
      found.live.answersGiven += 1;
      return { connect: found.live.answersGiven <= MAX_ANSWERS };
    },
    async machineDetected(token: string, verdict: AnsweredBy) {
      const found = await find(token);
      found?.live.machineDetected(verdict);
      return found !== undefined;
    },
    async endAll(reason) {
      closed = true;
      const live = [...byToken.values()];
      for (const one of live) {
        if (one.session.started) one.session.hangUp('limit', reason);
        else one.session.discard();
      }
      await Promise.all(live.filter((one) => one.session.started).map((one) => one.finished));
      stopping.abort(new Error('the server stops'));
    },
  };
};
