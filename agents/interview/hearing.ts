import { remainderOf } from '../opening.js';
import type { Draft } from './draft.js';
import { hangUp } from './ending.js';
import { afterNoticeHeard } from './notice-flow.js';

/*
 * What the candidate has heard of what was said, and what follows from it: only that counts as given, asked or said goodbye.
 */

/** A question is put when this share of its words was heard. */
const PUT = 0.5;

/** What was heard of something said: the notice counts as given only when each part was heard to its end. */
export const onHeard = (draft: Draft, id: string, heardText: string, complete: boolean): void => {
  const { state } = draft;
  const index = state.pending.findIndex((pending) => pending.id === id);
  const [heard] = index < 0 ? [] : state.pending.splice(index, 1);
  if (!heard) return;
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
  const share = complete ? 1 : heard.text === '' ? 0 : Math.min(1, words(heardText) / Math.max(1, words(heard.text)));
  if (!complete) state.cut.push({ id, act: heard.act, share });
  if (heard.act.act === 'ask-recording' && share >= PUT && state.consent === 'unasked') state.consent = 'asked';
  if (heard.notice === 'identification') state.identified ||= complete;
  else if (heard.notice !== null && state.notice[heard.notice] === heard.text) {
    state.notice[heard.notice] = complete ? '' : remainderOf(heard.text, heardText);
    afterNoticeHeard(draft);
  }
  const last = !state.pending.some((pending) => pending.act.act === heard.act.act);
  if (
    complete &&
    last &&
    (heard.act.act === 'close' || heard.act.act === 'voicemail') &&
    (state.prompt.at === 'farewell' || state.prompt.at === 'message')
  ) {
    if (heard.act.act === 'voicemail') state.closing = 'voicemail';
    hangUp(draft);
  }
};
