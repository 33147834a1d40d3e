import { heard, type Step } from './turn-commit.js';
import type { TurnState } from './turn-state.js';

/*
 * A reply may be begun while the silence that ends a turn is still being waited for: when the candidate has stopped and their words stand still. If they go
 * on it is dropped in silence; the interviewer lets nothing of it take effect before the turn is committed with the same words.
 */

/** Begun so often in one turn at most: every beginning costs a request. */
const MAX_SPECULATIONS = 3;

/** Adds to a step of the reducer what it means for speculation. */
export const withSpeculation = (before: TurnState, step: Step): Step => {
  const { state } = step;
  if (state.floor !== 'candidate') {
    // Committed, or lost: the interviewer compares the words itself.
    return before.speculated === undefined && before.speculations === 0
      ? step
      : { ...step, state: { ...state, speculated: undefined, speculations: 0 } };
  }
  const text = heard(state);
  if (state.voice || text === '')
    return state.speculated === undefined
      ? step
      : { state: { ...state, speculated: undefined }, effects: [...step.effects, { kind: 'drop-speculation' }] };
  // What was heard of the words that were cut off is not certain yet, and a reply would not know it.
  if (state.interrupting || text === state.speculated || state.speculations >= MAX_SPECULATIONS) return step;
  return {
    state: { ...state, speculated: text, speculations: state.speculations + 1 },
    effects: [...step.effects, { kind: 'speculate', text }],
  };
};
