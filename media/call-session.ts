import type { CallTimelineEntry } from '../schemas/call-event.js';
import type { EndedBy } from '../schemas/call-state.js';
import type { InterviewAction } from '../schemas/ports/interviewer.js';
import { createAgentFloor } from './agent-floor.js';
import { createAgentSpeech } from './agent-speech.js';
import { createCallLimits } from './call-limits.js';
import type { CallSession, CallSessionOptions } from './call-session-contract.js';
import { createCallTiming } from './call-timing.js';
import { createCandidateTurns } from './candidate-turns.js';
import { createEar } from './ear.js';
import { createInterviewPump } from './interview-pump.js';
import { FRAME_MS } from './line-clock.js';
import { createMediaLine, type MediaLine } from './media-line.js';
import { createStreamWatch } from './stream-watch.js';
import { createTranscript } from './transcript.js';
import { createTurnTaker } from './turn-taker.js';

export type { CallEnd, CallSession, CallSessionOptions } from './call-session-contract.js';

/*
 * The loop of one call: frames come in, words go out. It joins the pure parts (line clock, voice detector, turn-taking, heard ledger) with the engines
 * behind their ports and with the interviewer, and does nothing that can wait: no store, no log, no file is awaited here.
 *
 *   frame ─► line clock ─► ledger ─► recorder
 *                     └──► ear ─► turn-taking ─► interviewer ─► agent speech ─► playout ─► carrier
 *                                     └─ pause / abort ───────────────────────────┘
 */

const FORMAT = { encoding: 'mulaw', sampleRateHz: 8000 } as const;
/** After a hang-up the candidate's last words have this long to take effect. */
const LAST_WORDS_MS = 1_000;
/** So many failures of the voice without a word between them end the call. */
const VOICE_FAILURES = 3;

/** Makes the session of one call. It opens its engines when a stream comes and closes them when the call ends, whoever ends it. */
export const createCallSession = (options: CallSessionOptions): CallSession => {
  const { clock, recorder } = options;
  const over = new AbortController();
  const voice = options.textToSpeech.open({ ...options.voice, format: FORMAT }, over.signal);
  let line: MediaLine | undefined;
  let lineMs = 0;
  let streams = 0;
  let ending = false;
  let voiceFailures = 0;

  const tell = (entry: CallTimelineEntry) => options.onEvent(entry, lineMs);
  const timing = createCallTiming(tell);
  const lineNow = () => lineMs + FRAME_MS + Math.min(FRAME_MS, clock.monotonic() - watch.lastFrameAt);
  const callLimits = createCallLimits(options.maxDurationMs);
  const transcript = createTranscript((turn) => tell({ kind: 'turn', turn }), options.firstTurn);

  /** A defect in one part must not take the call down with it. */
  const guarded = (where: string, run: () => void) => {
    try {
      run();
    } catch (error) {
      options.onDefect(error, where);
    }
  };

  const speech = createAgentSpeech({
    voice,
    signal: over.signal,
    onDefect: (error) => options.onDefect(error, 'prepare'),
    queuedMs: () => line?.queuedMs ?? Number.POSITIVE_INFINITY,
    add(piece) {
      voiceFailures = 0;
      timing.replies.audio(lineNow(), piece.engine);
      line?.add(piece);
      if (floor.take()) turns.dispatch({ kind: 'agent-speaking', lineMs, asking: speech.asking });
    },
    onFailure(reason) {
      voiceFailures += 1;
      tell({ kind: 'engine-failed', engine: options.textToSpeech.name, reason });
      if (voiceFailures >= VOICE_FAILURES) return end('limit', 'voice-engine-failed');
      floor.cut();
      interview.push({ kind: 'engine-failed', engine: 'text-to-speech' });
    },
  });

  const interview = createInterviewPump({
    interviewer: options.interviewer,
    signal: over.signal,
    onSay: (utterance) => speech.say(utterance),
    onAction: (action) => takeAction(action),
    onDefect: (error) => options.onDefect(error, 'interviewer'),
  });

  const floor = createAgentFloor({ speech, interview, transcript, onHeard: timing.agentHeard, line: () => line, lineMs: () => lineMs });

  const ear = createEar({
    speechToText: options.speechToText,
    recognition: { ...options.recognition, format: FORMAT },
    signal: over.signal,
    guarded,
    lineMs: () => lineMs + FRAME_MS,
    onTurnEvent: (event) => turns.dispatch(event),
    onInterim: (text) => tell({ kind: 'transcript-interim', speaker: 'candidate', text }),
    onFailure(reason) {
      tell({ kind: 'engine-failed', engine: options.speechToText.name, reason });
      interview.push({ kind: 'engine-failed', engine: 'speech-to-text' });
    },
  });

  const candidateTurns = createCandidateTurns({ transcript, timing, ear, floor, interview, lineMs: () => lineMs });

  const turns = createTurnTaker({
    settings: options.turnSettings,
    actions: {
      pause(startedMs) {
        if (!line || line.paused) return;
        line.pause();
        timing.contested(startedMs, lineMs + FRAME_MS);
      },
      resume() {
        timing.decided('resume');
        line?.resume();
      },
      abort() {
        timing.decided('interrupt');
        floor.cut();
      },
      ...candidateTurns,
      speculate: (text) => guarded('speculation', () => options.interviewer.speculate?.(text)),
      dropSpeculation: () => guarded('speculation', () => options.interviewer.dropSpeculation?.()),
    },
  });

  const takeAction = (action: InterviewAction) => {
    switch (action.kind) {
      case 'expect':
        ear.expect(action.expected);
        turns.dispatch({ kind: 'expect', lineMs, type: action.expected.type, idleMs: action.expected.idleMs });
        break;
      case 'recording':
        if (action.allowed) recorder.start(lineMs);
        else recorder.stop();
        tell({ kind: action.allowed ? 'recording-started' : 'recording-refused' });
        break;
      case 'hang-up':
        callLimits.sayGoodbye(action.reason, lineMs);
        break;
      case 'stage':
        if (action.stage === 'served') timing.replies.worded(action.engine);
        else timing.replies.reached(action.stage, lineNow());
        return;
      default:
        break;
    }
    options.onAction(action, lineMs);
  };

  const onFrame = (at: number, candidate: Buffer) => {
    lineMs = at;
    watch.frameCame();
    guarded('ear', () => ear.frame(candidate, lineMs));
    guarded('turn-taking', () => turns.tick(lineMs + FRAME_MS));
    guarded('playout', playOn);
    guarded('limits', limits);
  };

  const playOn = () => {
    if (floor.play()) turns.dispatch({ kind: 'agent-silent', lineMs: lineMs + FRAME_MS });
  };

  const limits = () => {
    const settled = !floor.active && !speech.active && interview.idle && turns.candidateSilent;
    const verdict = callLimits.check(lineMs, settled);
    if (verdict.kind === 'end') end(verdict.by, verdict.reason);
    if (verdict.kind === 'announce') interview.push({ kind: 'time-nearly-over', lineMs });
  };

  /**
   * Ended from outside; after the goodbye it is the agent's end all the same. Words that the candidate had just said still count: "stop calling me" and a
   * hang-up come in one breath.
   */
  const endFor = (by: EndedBy, reason: string) => {
    if (ending || over.signal.aborted) return;
    ending = true;
    const finish = () => (callLimits.goodbye ? end('agent', callLimits.goodbye) : end(by, reason));
    line?.finish();
    line = undefined;
    guarded('last words', () => {
      floor.cut();
      turns.dispatch({ kind: 'line-ended', lineMs });
      interview.push({ kind: 'line-ended', lineMs });
    });
    if (interview.idle) return finish();
    const late = clock.after(LAST_WORDS_MS, finish);
    void interview.whenIdle().then(() => {
      late();
      finish();
    });
  };

  const watch = createStreamWatch({
    clock,
    fromLineMs: options.fromLineMs,
    hasStream: () => line !== undefined,
    onFramesStopped() {
      const dead = line?.transport;
      session.broke();
      dead?.close();
    },
    onLost: () => endFor('carrier', 'stream-lost'),
  });

  const end = (by: EndedBy, reason: string) => {
    if (over.signal.aborted) return;
    watch.stop();
    const last = line;
    last?.finish();
    line = undefined;
    transcript.agentCut();
    timing.reset();
    over.abort(new Error(`call ended: ${reason}`));
    guarded('recorder', () => recorder.finish());
    voice.close();
    ear.close();
    last?.transport.close();
    tell({ kind: 'ended', by, reason });
    options.onEnded({ by, reason, durationMs: lineMs });
  };

  const session: CallSession = {
    get lineMs() {
      return lineMs;
    },
    get live() {
      return !over.signal.aborted;
    },
    get started() {
      return streams > 0;
    },
    prepare: (texts) => speech.prepare(texts),
    attach(transport, start) {
      if (over.signal.aborted || ending || line) return false;
      const resumed = streams > 0 || options.fromLineMs > 0;
      lineMs = watch.lineMsAtStart(lineMs);
      if (resumed) recorder.advanceTo(lineMs);
      line = createMediaLine({
        codec: options.codec,
        transport,
        onSent: () => timing.replies.sent(lineNow()),
        streamId: start.streamId,
        fromLineMs: lineMs,
        onFrame,
        onRecord: (at, candidate, agentHeard) => guarded('recorder', () => recorder.frame(at, candidate, agentHeard)),
        onLedger: (events) => guarded('ledger', () => floor.ledger(events)),
        onKey: (digit) => guarded('keys', () => turns.dispatch({ kind: 'dtmf', lineMs, digit })),
        onStop: () => endFor('candidate', 'candidate-hung-up'),
        gaveUp() {
          session.broke();
          transport.close();
        },
      });
      watch.frameCame();
      if (streams === 0) watch.start();
      streams += 1;
      tell({ kind: 'stream-started' });
      ear.open();
      interview.push({ kind: 'call-answered', lineMs, resumed });
      return true;
    },
    receive: (text) => guarded('media', () => line?.receive(text)),
    broke() {
      if (!line) return;
      line.finish();
      line = undefined;
      timing.reset();
      tell({ kind: 'stream-broke' });
      turns.reset();
      ear.breakOff();
      floor.cut();
      floor.takeCut();
    },
    hangUp: (by, reason) => end(by, reason),
    tellInterviewer: (event) => interview.push(event),
    discard() {
      if (over.signal.aborted || streams > 0) return;
      over.abort(new Error('nobody answered'));
      voice.close();
      ear.close();
    },
    carrierEnded: (reason) => endFor('carrier', reason),
  };
  return session;
};
