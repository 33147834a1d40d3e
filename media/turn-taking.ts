import { classifyOverlap } from './overlap.js';
import { cleared, commit, commitKeys, heard, join, LATE_MS, onKey, type Step, startIdle } from './turn-commit.js';
import { type TurnSettings, turnWaitMs } from './turn-defaults.js';
import { withSpeculation } from './turn-speculation.js';
import type { TimerName, TurnEffect, TurnEvent, TurnState } from './turn-state.js';

/*
 * Who holds the floor: one pure reducer. Events in, effects out; no I/O, no promises, time is line ms in every event.
 *
 *              voice / words                       agent-speaking
 *        ┌───────────────────────┐            ┌──────────────────────┐
 *        ▼                       │            ▼                      │
 *   ┌───────────┐  wait over  ┌──┴───┐  agent speaks  ┌───────┐      │
 *   │ candidate ├────────────►│ open ├───────────────►│ agent │      │
 *   └───────────┘   commit    └──────┘◄───────────────┴──┬────┘      │
 *        ▲                        agent was heard out    │ voice     │
 *        │  words, command                               ▼ (pause)   │
 *        │            (abort)                      ┌───────────┐     │
 *        └─────────────────────────────────────────┤ contested ├─────┘
 *                                                  └───────────┘ nod, cough (resume)
 *
 *   floor      event                       next        effects
 *   open       voice-start, words          candidate   stop idle
 *   open       timer idle                  open        prompt-idle
 *   open       agent-speaking              agent       stop idle
 *   agent      voice-start, words          contested   pause-agent
 *   agent      agent-silent                open        start idle
 *   contested  command, content words      candidate   abort-agent
 *   contested  voice ended: nod or nothing agent       resume-agent (commit-nod when it was said)
 *   candidate  voice-end                   candidate   listen for the final, start turn-end
 *   candidate  voice ended, words stand    candidate   speculate; drop-speculation when the voice is back
 *   candidate  timer turn-end, all finals  open        commit-turn, or nothing when it was only noise
 *   candidate  vendor's end of turn        open        commit-turn, when voice has ended and the answer is complete in form
 *   any        dtmf                        open        abort-agent; commit-keys after the gap, `#`, or one key of a closed answer
 *
 * Invariants (test/media/turn-taking.test.ts and turn-words.test.ts, random orders): every word lands in exactly one committed turn or nod; nothing is committed while voice is on;
 * pause is followed by resume or abort; every state but `open` has a running timer or voice or the agent's audio to end it.
 */

export const nextTurn = (state: TurnState, event: TurnEvent, settings: TurnSettings): Step => withSpeculation(state, move(state, event, settings));

const move = (state: TurnState, event: TurnEvent, settings: TurnSettings): Step => {
  switch (event.kind) {
    case 'expect':
      return onExpect(state, event, settings);
    case 'voice-start':
      return onVoice(
        {
          ...state,
          late: event.lineMs > state.lateUntil ? 0 : state.late,
          voice: true,
          voiceCommitted: false,
          stretchMs: event.startedMs,
          startedMs: isListening(state) ? state.startedMs : event.startedMs,
        },
        event.lineMs,
        settings,
      );
    case 'voice-end':
      return onVoiceEnd(state, event, settings);
    case 'transcript-interim':
      // The engine works in order: until the late final has come, this is still of the committed turn.
      if (state.late > 0) return { state, effects: [] };
      return onWords({ ...state, interim: event.text, progress: event.progress }, event.lineMs, settings);
    case 'transcript-final':
      if (state.late > 0) return onLateFinal(state, event, settings);
      return onWords(
        { ...state, said: join(state.said, event.text), interim: '', progress: event.progress, owed: Math.max(0, state.owed - 1) },
        event.lineMs,
        settings,
      );
    case 'vendor-end-of-turn':
      // Vendors end a turn at any full sentence: only what has the form of an answer need not wait any longer.
      return state.floor === 'candidate' && !state.voice && state.owed === 0 && state.progress === 'complete' && heard(state) !== ''
        ? commit(state, event.lineMs, settings)
        : { state, effects: [] };
    case 'recognition-failed':
      return onRecognitionFailed(state, event.lineMs, settings);
    case 'agent-speaking':
      return onAgentSpeaking(state, event, settings);
    case 'agent-silent':
      if (state.floor !== 'agent') return { state, effects: [] };
      return { state: { ...state, floor: 'open', asking: false }, effects: [startIdle(state, event.lineMs, settings)] };
    case 'dtmf':
      return onKey(state, event, settings);
    case 'line-ended':
      return isListening(state) && heard(state) !== ''
        ? commit({ ...state, endedMs: state.voice ? event.lineMs : state.endedMs }, event.lineMs, settings, state.floor === 'contested')
        : { state, effects: [] };
    case 'timer':
      return onTimer(state, event, settings);
    default:
      return event satisfies never;
  }
};

const isListening = (state: TurnState) => state.floor === 'candidate' || state.floor === 'contested';

const onExpect = (state: TurnState, event: Extract<TurnEvent, { kind: 'expect' }>, settings: TurnSettings): Step => {
  const idlePrompts = event.type === state.expecting ? state.idlePrompts : 0;
  const next: TurnState = { ...state, expecting: event.type, idleMs: event.idleMs, idlePrompts };
  return { state: next, effects: state.floor === 'open' ? [startIdle(next, event.lineMs, settings)] : [] };
};

const onAgentSpeaking = (state: TurnState, event: Extract<TurnEvent, { kind: 'agent-speaking' }>, settings: TurnSettings): Step => {
  if (state.floor !== 'candidate') {
    const floor = state.floor === 'contested' ? 'contested' : 'agent';
    return { state: { ...state, floor, asking: event.asking }, effects: [{ kind: 'stop-timer', name: 'idle' }] };
  }
  // The candidate went on while a reply was being made: it waits until their words, or the lack of them, decide.
  const contested: TurnState = { ...state, floor: 'contested', asking: event.asking };
  const decided = decide(contested, event.lineMs, settings, false);
  return {
    state: decided.state,
    effects: [{ kind: 'pause-agent', startedMs: state.startedMs }, { kind: 'stop-timer', name: 'turn-end' }, ...decided.effects],
  };
};

/** Voice or words arrived: whoever was silent is not any more. */
const onVoice = (state: TurnState, lineMs: number, settings: TurnSettings): Step => {
  const fresh = { startedMs: state.startedMs || lineMs, voicedMs: 0, interrupting: false };
  const maxMs = state.expecting === 'text' || state.expecting === 'open' ? settings.maxOpenTurnMs : settings.maxTurnMs;
  switch (state.floor) {
    case 'open':
      return {
        state: { ...state, ...fresh, floor: 'candidate' },
        effects: [
          { kind: 'stop-timer', name: 'idle' },
          { kind: 'start-timer', name: 'max-turn', atMs: lineMs + maxMs },
          ...turnEnd(state, lineMs, settings),
        ],
      };
    case 'agent':
      return {
        state: { ...state, ...fresh, floor: 'contested' },
        effects: [
          { kind: 'pause-agent', startedMs: fresh.startedMs },
          { kind: 'start-timer', name: 'max-turn', atMs: lineMs + maxMs },
          ...decideBy(state, lineMs, settings),
        ],
      };
    case 'candidate':
      return { state, effects: turnEnd(state, lineMs, settings) };
    case 'contested':
      return { state, effects: decideBy(state, lineMs, settings) };
    default:
      return state.floor satisfies never;
  }
};

/** While voice is on nothing can end; otherwise the turn ends when the silence has lasted. */
const turnEnd = (state: TurnState, lineMs: number, settings: TurnSettings): TurnEffect[] =>
  state.voice
    ? [{ kind: 'stop-timer', name: 'turn-end' }]
    : [{ kind: 'start-timer', name: 'turn-end', atMs: Math.max(lineMs, state.endedMs + turnWaitMs(settings, state.expecting, state.progress)) }];

const decideBy = (state: TurnState, lineMs: number, settings: TurnSettings): TurnEffect[] =>
  state.voice
    ? [{ kind: 'stop-timer', name: 'decide' }]
    : [{ kind: 'start-timer', name: 'decide', atMs: Math.max(lineMs, state.endedMs + settings.noWordMs) }];

const onVoiceEnd = (state: TurnState, event: { lineMs: number; endedMs: number }, settings: TurnSettings): Step => {
  if (!state.voice) return { state, effects: [] };
  if (state.voiceCommitted) return { state: { ...state, voice: false, voiceCommitted: false, lateUntil: event.lineMs + LATE_MS }, effects: [] };
  const ended: TurnState = {
    ...state,
    voice: false,
    endedMs: event.endedMs,
    voicedMs: state.voicedMs + Math.max(0, event.endedMs - state.stretchMs),
    owed: state.owed + 1,
    finalBy: event.lineMs + settings.finalDeadlineMs,
  };
  if (state.floor === 'candidate') return { state: ended, effects: turnEnd(ended, event.lineMs, settings) };
  if (state.floor === 'contested') return { state: ended, effects: decideBy(ended, event.lineMs, settings) };
  return { state: ended, effects: [] };
};

const onWords = (state: TurnState, lineMs: number, settings: TurnSettings): Step => {
  const text = heard(state);
  if (!isListening(state)) {
    // A final that comes after its turn was given up, or words that the voice detector missed.
    if (text === '') return { state, effects: [] };
    const began = state.voice ? state : { ...state, startedMs: lineMs, endedMs: lineMs };
    const step = onVoice(began, lineMs, settings);
    const settled = onWords(step.state, lineMs, settings);
    return { state: settled.state, effects: [...step.effects, ...settled.effects] };
  }
  if (state.floor === 'candidate') return { state, effects: turnEnd(state, lineMs, settings) };
  return decide(state, lineMs, settings, false);
};

/** A final after its turn was given up waiting: words that were committed already are dropped, others begin a turn of their own. */
const onLateFinal = (state: TurnState, event: Extract<TurnEvent, { kind: 'transcript-final' }>, settings: TurnSettings): Step => {
  // Engines answer in order, so the words that were known belong to the first of the late finals only.
  const next: TurnState = { ...state, late: state.late - 1, lateIsKnown: false };
  if (state.lateIsKnown || event.text === '') return { state: next, effects: [] };
  return onWords({ ...next, said: join(state.said, event.text), progress: event.progress }, event.lineMs, settings);
};

const onRecognitionFailed = (state: TurnState, lineMs: number, settings: TurnSettings): Step => {
  const next: TurnState = { ...cleared(state), owed: 0, late: 0 };
  if (state.floor === 'contested')
    return { state: { ...next, floor: 'agent' }, effects: [{ kind: 'resume-agent' }, { kind: 'stop-timer', name: 'decide' }] };
  if (state.floor === 'candidate')
    return { state: { ...next, floor: 'open' }, effects: [{ kind: 'stop-timer', name: 'turn-end' }, startIdle(state, lineMs, settings)] };
  return { state: next, effects: [] };
};

/** Contested floor: do these words take it? `last` when the sound is over and no more words will come. */
const decide = (state: TurnState, lineMs: number, settings: TurnSettings, last: boolean): Step => {
  const text = heard(state);
  const overlap = classifyOverlap(text, state.asking);
  const enough = text.split(' ').length >= settings.minWords;
  const takes = overlap === 'command' || (overlap === 'words' && enough) || (!settings.smooth && overlap !== 'nothing');
  if (takes) {
    const taken: TurnState = { ...state, floor: 'candidate', interrupting: true };
    return { state: taken, effects: [{ kind: 'abort-agent' }, { kind: 'stop-timer', name: 'decide' }, ...turnEnd(taken, lineMs, settings)] };
  }
  if (!last) return { state, effects: state.voice ? [] : decideBy(state, lineMs, settings) };
  const nod: TurnEffect[] = overlap !== 'nothing' ? [{ kind: 'commit-nod', startedMs: state.startedMs, endedMs: state.endedMs, text }] : [];
  return {
    state: { ...cleared(state), floor: 'agent' },
    effects: [...nod, { kind: 'resume-agent' }, { kind: 'stop-timer', name: 'decide' }, { kind: 'stop-timer', name: 'max-turn' }],
  };
};

const onTimer = (state: TurnState, event: { lineMs: number; name: TimerName }, settings: TurnSettings): Step => {
  switch (event.name) {
    case 'idle': {
      if (state.floor !== 'open') return { state, effects: [] };
      const nth = state.idlePrompts + 1;
      return { state: { ...state, idlePrompts: nth }, effects: [{ kind: 'prompt-idle', nth }, startIdle(state, event.lineMs, settings)] };
    }
    case 'turn-end':
      if (state.floor !== 'candidate' || state.voice) return { state, effects: [] };
      if (state.owed > 0 && event.lineMs < state.finalBy) return { state, effects: [{ kind: 'start-timer', name: 'turn-end', atMs: state.finalBy }] };
      return commit(state, event.lineMs, settings);
    case 'decide':
      if (state.floor !== 'contested' || state.voice) return { state, effects: [] };
      if (state.owed > 0 && event.lineMs < state.finalBy) return { state, effects: [{ kind: 'start-timer', name: 'decide', atMs: state.finalBy }] };
      return decide(state, event.lineMs, settings, true);
    case 'max-turn':
      // Somebody talks without end, or the detector is stuck: take what there is and let the interview cut in.
      return isListening(state)
        ? commit({ ...state, endedMs: event.lineMs }, event.lineMs, settings, state.floor === 'contested')
        : { state, effects: [] };
    case 'keys': {
      const done = commitKeys(state, event.lineMs);
      return { state: done.state, effects: [...done.effects, startIdle(done.state, event.lineMs, settings)] };
    }
    default:
      return event.name satisfies never;
  }
};
