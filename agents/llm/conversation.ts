import type { InterviewEvent } from '../../schemas/ports/interviewer.js';
import type { ModelMessage } from '../../schemas/ports/language-model.js';

/*
 * The conversation as a model may know it: what the candidate said, and of the agent's words those whose last sample was played. A turn of which nothing was
 * heard never happened.
 */

/** Oldest turns beyond this are left out: the state tells what was learnt from them. */
const MAX_MESSAGES = 60;

export interface Conversation {
  /** Takes every event of the interview, before it is handled. */
  take(event: InterviewEvent): void;
  /** `next` is what the candidate has probably just said: as the messages would be with it. */
  messages(next?: string): ModelMessage[];
}

export const createConversation = (): Conversation => {
  const said: { role: 'assistant' | 'user'; text: string }[] = [];
  const counted = new Set<string>();

  const add = (role: 'assistant' | 'user', text: string, to = said) => {
    if (text.trim() === '') return;
    const last = to.at(-1);
    if (last?.role === role) last.text = `${last.text} ${text}`;
    else to.push({ role, text });
    if (to.length > MAX_MESSAGES) to.shift();
  };
  const addHeard = (utteranceId: string, heardText: string) => {
    // A cut utterance is reported by itself and once more with the turn that cut it.
    if (counted.has(utteranceId)) return;
    counted.add(utteranceId);
    add('assistant', heardText);
  };

  return {
    take(event) {
      if (event.kind === 'utterance-heard') addHeard(event.utteranceId, event.heardText);
      if (event.kind !== 'candidate-turn') return;
      if (event.interrupted) addHeard(event.interrupted.utteranceId, event.interrupted.heardText);
      add('user', event.turn.text);
    },
    messages(next = '') {
      const messages = said.map(({ role, text }) => ({ role, text }));
      add('user', next, messages);
      return messages;
    },
  };
};
