import type { TurnSettings } from './turn-defaults.js';
import { initialTurnState, type TimerName, type TurnEffect, type TurnEvent } from './turn-state.js';
import { nextTurn } from './turn-taking.js';

/*
 * Runs the turn-taking reducer for one call: keeps its state and its timers (in line ms, driven by frames) and carries out its effects. Effects may cause
 * further events; those wait until the current one is done, so the reducer always sees a settled state.
 */

export interface TurnActions {
  pause(startedMs: number): void;
  resume(): void;
  abort(): void;
  commitTurn(turn: Extract<TurnEffect, { kind: 'commit-turn' }>): void;
  commitNod(turn: Extract<TurnEffect, { kind: 'commit-nod' }>): void;
  commitKeys(digits: string): void;
  promptIdle(nth: number): void;
  speculate(text: string): void;
  dropSpeculation(): void;
}

export interface TurnTaker {
  /** Neither the candidate speaks nor is anything being decided. */
  readonly candidateSilent: boolean;
  dispatch(event: TurnEvent): void;
  /** Fires the timers due by `lineMs`, in their order. */
  tick(lineMs: number): void;
  /** The stream broke: whatever was being said is gone. */
  reset(): void;
}

export const createTurnTaker = (options: { settings: TurnSettings; actions: TurnActions }): TurnTaker => {
  const { settings, actions } = options;
  let state = initialTurnState();
  const timers = new Map<TimerName, number>();
  const waiting: TurnEvent[] = [];
  let running = false;

  const perform = (effect: TurnEffect): void => {
    switch (effect.kind) {
      case 'start-timer':
        timers.set(effect.name, effect.atMs);
        return;
      case 'stop-timer':
        timers.delete(effect.name);
        return;
      case 'pause-agent':
        return actions.pause(effect.startedMs);
      case 'resume-agent':
        return actions.resume();
      case 'abort-agent':
        return actions.abort();
      case 'commit-turn':
        return actions.commitTurn(effect);
      case 'commit-nod':
        return actions.commitNod(effect);
      case 'commit-keys':
        return actions.commitKeys(effect.digits);
      case 'prompt-idle':
        return actions.promptIdle(effect.nth);
      case 'speculate':
        return actions.speculate(effect.text);
      case 'drop-speculation':
        return actions.dropSpeculation();
      default:
        return effect satisfies never;
    }
  };

  const dispatch = (event: TurnEvent) => {
    waiting.push(event);
    if (running) return;
    running = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const step = nextTurn(state, next, settings);
        state = step.state;
        for (const effect of step.effects) perform(effect);
      }
    } finally {
      running = false;
    }
  };

  return {
    get candidateSilent() {
      return state.floor !== 'candidate' && state.floor !== 'contested';
    },
    dispatch,
    tick(lineMs) {
      for (;;) {
        const due = [...timers].filter(([, at]) => at <= lineMs).sort((a, b) => a[1] - b[1])[0];
        if (!due) return;
        timers.delete(due[0]);
        dispatch({ kind: 'timer', lineMs, name: due[0] });
      }
    },
    reset() {
      state = { ...initialTurnState(), expecting: state.expecting, idleMs: state.idleMs };
      timers.clear();
    },
  };
};
