import type { TurnSettings } from './turn-defaults.js';
import type { TurnEffect, TurnState } from './turn-state.js';

/*
 * The end of a candidate's turn, spoken or keyed: what is committed, what is forgotten, and what is still owed. Moves of the reducer in turn-taking.ts.
 */

/** A recogniser that has not answered by then never will. */
export const LATE_MS = 5000;

export type Step = { state: TurnState; effects: TurnEffect[] };

export const heard = (state: TurnState) => join(state.said, state.interim);
export const join = (a: string, b: string) => (a && b ? `${a} ${b}` : a || b);

/** Everything of the finished turn forgotten. Finals still owed stay owed: their words begin the next turn. */
export const cleared = (state: TurnState): TurnState => ({
  ...state,
  said: '',
  interim: '',
  progress: 'open',
  voicedMs: 0,
  startedMs: 0,
  interrupting: false,
});

export const commit = (state: TurnState, lineMs: number, settings: TurnSettings, abort = false): Step => {
  const text = heard(state);
  const next: TurnState = {
    ...cleared(state),
    floor: 'open',
    owed: 0,
    late: state.owed + (state.voice ? 1 : 0),
    lateIsKnown: state.interim !== '' || (state.voice && state.owed === 0 && text !== ''),
    lateUntil: lineMs + LATE_MS,
    voiceCommitted: state.voice,
    idlePrompts: text === '' ? state.idlePrompts : 0,
  };
  const over: TurnEffect[] = [
    ...(abort ? [{ kind: 'abort-agent' } as const] : []),
    { kind: 'stop-timer', name: 'turn-end' },
    { kind: 'stop-timer', name: 'max-turn' },
    startIdle(state, lineMs, settings),
  ];
  // A machine's beep is no turn, however long.
  const noise = state.voicedMs < settings.minVoiceMs || state.expecting === 'voicemail-greeting';
  if (text === '' && noise && !state.interrupting) return { state: next, effects: over };
  return {
    state: next,
    effects: [...over, { kind: 'commit-turn', startedMs: state.startedMs, endedMs: state.endedMs, text, interrupting: state.interrupting || abort }],
  };
};

export const onKey = (state: TurnState, event: { lineMs: number; digit: string }, settings: TurnSettings): Step => {
  const keys = event.digit === '#' ? state.keys : state.keys + event.digit;
  const takesFloor = state.floor === 'agent' || state.floor === 'contested';
  const next: TurnState = { ...state, keys, ...(takesFloor ? { ...cleared(state), floor: 'open' as const, keys } : {}) };
  const effects: TurnEffect[] = [...(takesFloor ? [{ kind: 'abort-agent' } as const] : []), { kind: 'stop-timer', name: 'idle' }];
  const single = state.expecting === 'yes-no' || state.expecting === 'choice' || state.expecting === 'opening';
  if (event.digit === '#' || single) {
    const done = commitKeys(next, event.lineMs);
    return { state: done.state, effects: [...effects, ...done.effects, startIdle(done.state, event.lineMs, settings)] };
  }
  return { state: next, effects: [...effects, { kind: 'start-timer', name: 'keys', atMs: event.lineMs + settings.keyGapMs }] };
};

export const commitKeys = (state: TurnState, lineMs: number): Step =>
  state.keys === ''
    ? { state, effects: [] }
    : {
        state: { ...state, keys: '', idlePrompts: 0 },
        effects: [
          { kind: 'stop-timer', name: 'keys' },
          { kind: 'commit-keys', digits: state.keys, lineMs },
        ],
      };

export const startIdle = (state: TurnState, lineMs: number, settings: TurnSettings): TurnEffect => ({
  kind: 'start-timer',
  name: 'idle',
  atMs: lineMs + (state.idleMs ?? settings.idleMs),
});
