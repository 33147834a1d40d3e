import { ask, reprompt, sayNotice } from './asking.js';
import { type Draft, speak } from './draft.js';
import { callLater, close, hangUp } from './ending.js';
import { answeredBy, leaveMessage } from './line-flow.js';
import { greet, startNotice } from './opening-flow.js';
import { onPiecesEnd } from './question-flow.js';
import { onStopCheckSilence } from './stop-check.js';

/*
 * Nobody says anything: a short question whether they are there, then an offer, then goodbye. What silence means depends on what was asked.
 */

const SCREENER_SILENCES = 2;

export const onSilence = (draft: Draft): void => {
  const { state } = draft;
  const { prompt } = state;
  state.waiting = false;
  switch (prompt.at) {
    case 'pick-up':
      return greet(draft, '');
    case 'name':
      return startNotice(draft);
    case 'voicemail':
      return leaveMessage(draft);
    case 'message':
      state.closing = 'voicemail';
      return hangUp(draft);
    case 'screener':
      state.idle += 1;
      return state.idle >= SCREENER_SILENCES ? close(draft, 'not-a-person', { silent: true }) : undefined;
    case 'fetching':
      return close(draft, 'call-later');
    case 'someone-else':
    case 'right-number':
      // Silence says nothing about the number: they may have gone to fetch the person.
      state.idle += 1;
      if (state.idle > 1) return close(draft, 'call-later');
      speak(draft, { act: 'idle', nth: 1 });
      return reprompt(draft);
    case 'call-back-time':
      state.idle += 1;
      return state.idle > 1 ? callLater(draft, '') : reprompt(draft);
    case 'stop-check':
      return onStopCheckSilence(draft);
    case 'farewell':
      return hangUp(draft);
    case 'their-questions':
      return close(draft, 'finished');
    case 'recording':
    case 'person':
    case 'question':
    case 'confirm':
    case 'read-back':
    case 'change':
      break;
    default:
      return prompt satisfies never;
  }
  if (prompt.at === 'question' && state.pieces.length > 0) return onPiecesEnd(draft, prompt.variable);
  state.idle += 1;
  if (state.idle >= 3) {
    if (!state.spoken) answeredBy(draft, 'silence');
    return close(draft, 'silence');
  }
  speak(draft, { act: 'idle', nth: state.idle });
  if (prompt.at === 'recording') return sayNotice(draft);
  if (prompt.at === 'question') return ask(draft, prompt.variable, state.idle > 1);
  reprompt(draft);
};
