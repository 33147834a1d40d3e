import { type CallEnd, type CallSession, createCallSession } from '../../media/call-session.js';
import type { Recorder } from '../../media/recorder.js';
import { createRecorder } from '../../media/recorder.js';
import { TURN_DEFAULTS } from '../../media/turn-defaults.js';
import type { Answer } from '../../schemas/answer.js';
import type { Call, CallLatency } from '../../schemas/call.js';
import type { CallTimelineEntry } from '../../schemas/call-event.js';
import type { AnsweredBy, EndedBy, ScreeningOutcome } from '../../schemas/call-state.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Clock } from '../../schemas/clock.js';
import type { CarrierCodec } from '../../schemas/ports/carrier-codec.js';
import type { InterviewAction, Interviewer } from '../../schemas/ports/interviewer.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Turn } from '../../schemas/transcript.js';
import { botVoice } from '../engines/bot-voice.js';
import type { RecordingSink } from '../recording/contract.js';
import type { CallRecords } from './call-records.js';
import type { CallResult } from './call-result.js';
import type { Timeline } from './timeline.js';
import { turnLatency } from './turn-latency.js';

/*
 * One call while it lives: the session (audio) and the interviewer (words) joined to what is kept of them. Everything kept goes through `records`, behind the
 * call's back; what the dialer wants to know afterwards is gathered here.
 */

export interface LiveCall {
  readonly call: Call;
  readonly session: CallSession;
  readonly timeline: Timeline;
  /** How often the provider asked for the answer document: one that asks again and again gets a hang-up. */
  answersGiven: number;
  /** The session is over and everything of it is stored, the recording finalised or given up for now. Never rejects. */
  readonly finished: Promise<CallResult>;
  /** A recruiter has hung up before anyone answered: the provider is to be told as soon as it knows the call. */
  readonly unwanted: boolean;
  machineDetected(verdict: AnsweredBy): void;
  /** Ends the conversation at once; without one the call becomes unwanted. */
  hangUp(by: EndedBy, reason: string): void;
  /** The provider says that the call is over; `finished` follows. */
  carrierEnded(reason: string): void;
}

export interface LiveCallDeps {
  call: Call;
  bot: CallerBot;
  codec: CarrierCodec;
  clock: Clock;
  interviewer: Interviewer;
  /** Sentences that will be said for certain, made while the phone rings. */
  firstSentences: readonly string[];
  keyterms: readonly string[];
  speechToText: SpeechToText;
  textToSpeech: TextToSpeech;
  sink: RecordingSink;
  timeline: Timeline;
  records: CallRecords;
  /** Where an earlier life of the server left the call: line time and the number of the next turn. */
  resumeAt: { lineMs: number; turn: number };
  onDefect: (error: unknown, where: string) => void;
}

export const createLiveCall = (deps: LiveCallDeps): LiveCall => {
  const { call, bot, timeline, records, sink } = deps;
  const answers = new Map<string, Answer>();
  const turns: Turn[] = [];
  const latency: CallLatency = { greeting_ms: null, reply_ms: [], barge_in_ms: [], turns: [] };
  let outcome: ScreeningOutcome | undefined;
  let answeredBy: AnsweredBy | undefined;
  let callLaterAt: number | null | undefined;
  let unwanted = false;
  let finish: (end: CallEnd | undefined) => void = () => undefined;

  const onEvent = (entry: CallTimelineEntry, lineMs: number) => {
    timeline.record(entry, lineMs);
    if (entry.kind === 'turn') turns.push(entry.turn);
    if (entry.kind === 'latency' && entry.stage === 'greeting') latency.greeting_ms ??= entry.ms;
    if (entry.kind === 'latency' && entry.stage === 'reply') latency.reply_ms.push(entry.ms);
    if (entry.kind === 'barge-in' && entry.decision === 'interrupt') latency.barge_in_ms.push(entry.reaction_ms);
    if (entry.kind === 'reply-timing' && latency.turns.length < MAX_TIMED_TURNS) latency.turns.push(turnLatency(entry));
  };

  const onAction = (action: InterviewAction, lineMs: number) => {
    switch (action.kind) {
      case 'answer-updated':
        answers.set(action.answer.variable, action.answer);
        timeline.record({ kind: 'answer', answer: action.answer }, lineMs);
        return records.answer(action.answer);
      case 'consent':
        timeline.record({ kind: 'consent', channel: action.channel, granted: action.granted, quote: action.quote }, lineMs);
        return records.consent(action);
      case 'answered-by':
        answeredBy = action.who;
        timeline.record({ kind: 'answered-by', who: action.who }, lineMs);
        return records.answeredBy(action.who);
      case 'outcome':
        outcome = action.outcome;
        return timeline.record({ kind: 'outcome', outcome: action.outcome }, lineMs);
      case 'suppress':
        return records.suppress(action.reason);
      case 'call-later':
        callLaterAt = action.at ? Date.parse(action.at) : null;
        return;
      case 'progress':
        return records.progress(action.state);
      // The session's own: what may be said next, the recorder, the goodbye. Links are texts and belong to messaging.
      case 'expect':
      case 'recording':
      case 'hang-up':
      case 'stage':
      case 'send-link':
        return;
      default:
        return action satisfies never;
    }
  };

  const recorder: Recorder = createRecorder({
    onSegment: (n, bytes) => sink.segment(n, bytes),
    onPart: (n, bytes) => sink.part(n, bytes),
    fromLineMs: deps.resumeAt.lineMs,
  });
  const session = createCallSession({
    clock: deps.clock,
    codec: deps.codec,
    speechToText: deps.speechToText,
    textToSpeech: deps.textToSpeech,
    interviewer: deps.interviewer,
    recorder,
    turnSettings: { ...TURN_DEFAULTS, minWords: bot.barge_in.min_words, smooth: bot.barge_in.smooth },
    voice: botVoice(bot),
    recognition: { language: bot.language, keyterms: deps.keyterms },
    maxDurationMs: bot.max_duration_s * 1000,
    fromLineMs: deps.resumeAt.lineMs,
    firstTurn: deps.resumeAt.turn,
    onEvent,
    onAction,
    onEnded: (end) => finish(end),
    onDefect: deps.onDefect,
  });
  session.prepare(deps.firstSentences);

  const settle = async (end: CallEnd | undefined): Promise<CallResult> => {
    const result: CallResult = { end, outcome, callLaterAt, answers: [...answers.values()], turns, latency, answeredBy };
    try {
      records.result(result);
      await Promise.all([sink.close(end?.durationMs ?? 0), records.stored(), timeline.flushed(STORE_WITHIN_MS)]);
    } catch (error) {
      deps.onDefect(error, 'settle');
    }
    return result;
  };
  const finished = new Promise<CallEnd | undefined>((resolve) => {
    finish = resolve;
  }).then(settle);

  return {
    call,
    session,
    timeline,
    answersGiven: 0,
    finished,
    machineDetected: (verdict) => session.tellInterviewer({ kind: 'machine-detected', verdict }),
    get unwanted() {
      return unwanted;
    },
    hangUp(by, reason) {
      if (session.started) session.hangUp(by, reason);
      else unwanted = true;
    },
    carrierEnded(reason) {
      if (session.started) session.carrierEnded(reason);
      else {
        session.discard();
        finish(undefined);
      }
    },
  };
};

/** How long the end of a call waits for the store before it goes on without it. */
const STORE_WITHIN_MS = 30_000;
/** More turns than any call has; what is shown of a call is bounded. */
const MAX_TIMED_TURNS = 200;
