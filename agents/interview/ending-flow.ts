import { plainText } from '../commands.js';
import { acknowledge, confirmValue, isKnockedOut, reopenAnswer, settleAwaiting } from './answering.js';
import { again, ask, askNext, reprompt } from './asking.js';
import { subjectOf, wishesChange } from './attribution.js';
import { answerQuestion, asksWhoCalls } from './call-facts.js';
import { type Draft, detour, goTo, itemOf, speak } from './draft.js';
import { close, endCall, inviteQuestions, owesIdentification, readable, sayGoodbye } from './ending.js';
import { keysIn } from './keypad.js';
import { variableOf } from './plan.js';
import { isNod, SAID_ENOUGH, type Said, takeElsewhere, takeOnlyOfKind } from './question-flow.js';
import { yesOrNo } from './understanding.js';

/*
 * After the last question: the read-back and its corrections, the candidate's questions, and what is said over the goodbye.
 */

const MAX_READ_BACKS = 3;

export const onReadBack = (draft: Draft, said: Said): void => {
  const keys = keysIn(said.turn.text);
  const changed = keys === undefined ? changesIn(draft, said) : [];
  if (changed.length > 0) return afterChange(draft, changed);
  if (said.cut?.act === 'read-back' && said.cut.share < SAID_ENOUGH && isNod(said.statement) && detour(draft)) return again(draft);
  const yes = yesOrNo(draft.context, keys === undefined ? said.statement : said.turn.text);
  const wish = wishesChange(said.statement);
  if (yes === true && !wish) return allCorrect(draft, said);
  if (reopened(draft, said)) return;
  if (yes === false || wish) {
    goTo(draft, { at: 'change' });
    return speak(draft, { act: 'ask-change' });
  }
  draft.state.tries += 1;
  if (draft.state.tries <= 1) {
    speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
    return reprompt(draft);
  }
  leaveAsIs(draft);
};

/** An answer that is named without a new value: its question is put again. */
const reopened = (draft: Draft, said: Said): boolean => {
  const name = subjectOf(draft, said.statement);
  if (name === undefined) return false;
  settleAwaiting(draft, [name]);
  reopenAnswer(draft, name);
  goTo(draft, { at: 'question', variable: name });
  speak(draft, { act: 'repair', variable: name, reason: 'not-understood' }, { manner: 'asked-to-repeat' });
  ask(draft, name);
  return true;
};

/** What a turn changes when no question is open: by its subject, or by the one answer of its kind that it can replace ("no, Tuesday"). */
const changesIn = (draft: Draft, said: Said): string[] => {
  const { changed, added } = takeElsewhere(draft, said, undefined);
  if (changed.length + added.length > 0) return [...changed, ...added];
  const only = takeOnlyOfKind(draft, said);
  return only === undefined ? [] : [only];
};

const allCorrect = (draft: Draft, said: Said): void => {
  for (const name of readable(draft)) if (variableOf(draft.context, name).type !== 'text') confirmValue(draft, name, said.turn, said.turn.text);
  settleAwaiting(draft);
  if (isKnockedOut(draft)) return close(draft, 'unqualified');
  inviteQuestions(draft);
};

/** What was changed is said back; the rest is asked for once more. */
const afterChange = (draft: Draft, changed: readonly string[]): void => {
  settleAwaiting(draft, changed);
  for (const name of changed) if (!itemOf(draft, name).toConfirm) acknowledge(draft, name, true);
  if (draft.state.readBacks >= MAX_READ_BACKS) return leaveAsIs(draft);
  askNext(draft);
};

/** Without a yes nothing more is confirmed: what was said back and denied as a whole stays inferred. */
const leaveAsIs = (draft: Draft): void => {
  for (const item of Object.values(draft.state.items)) item.awaiting = false;
  inviteQuestions(draft);
};

export const onChange = (draft: Draft, said: Said): void => {
  const changed = changesIn(draft, said);
  if (changed.length > 0) return afterChange(draft, changed);
  if (reopened(draft, said)) return;
  if (
    /\b(?:nothing|never mind|nevermind|it's (?:fine|okay|ok|all right|correct)|all (?:good|correct|fine)|forget it)\b/.test(plainText(said.statement))
  )
    return inviteQuestions(draft);
  draft.state.tries += 1;
  if (draft.state.tries <= 1) {
    speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
    return reprompt(draft);
  }
  speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'give-up' });
  leaveAsIs(draft);
};

const MAX_QUESTIONS = 5;
const GO_AHEAD = /^(?:(?:yes|yeah|yep|sure|actually|i do|i have|one|a|question|questions|please|just|quick|couple|of|few|one question)(?: |$))+$/;

export const onTheirQuestions = (draft: Draft, said: Said): void => {
  const plain = plainText(said.turn.text);
  const elsewhere = takeElsewhere(draft, said, undefined);
  const changed = [...elsewhere.changed, ...elsewhere.added];
  if (changed.length > 0) {
    settleAwaiting(draft, changed);
    for (const name of changed) acknowledge(draft, name, true);
  }
  if (changed.some((name) => itemOf(draft, name).toConfirm)) return askNext(draft);
  if (changed.length === 0 && wishesChange(said.statement)) {
    if (reopened(draft, said)) return;
    goTo(draft, { at: 'change' });
    return speak(draft, { act: 'ask-change' });
  }
  const more = changed.length > 0 || GO_AHEAD.test(plain);
  if (!more || plain === '') return close(draft, 'finished');
  draft.state.tries += 1;
  if (draft.state.tries > MAX_QUESTIONS) return close(draft, 'finished');
  if (changed.length > 0) return sayInviteMore(draft);
  speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'take-your-time' });
};

/** After the candidate's questions were answered at the end: is there more? */
export const inviteMore = (draft: Draft): void => {
  draft.state.tries += 1;
  if (draft.state.tries > MAX_QUESTIONS) return close(draft, 'finished');
  sayInviteMore(draft);
};

const sayInviteMore = (draft: Draft): void => {
  if (draft.state.prompt.at === 'their-questions') draft.state.prompt.invited = true;
  speak(draft, { act: 'invite-questions' });
};

/** Words over the goodbye: a correction is taken, a question answered; anything else ends the call. */
export const onFarewell = (draft: Draft, said: Said, questions: readonly string[]): void => {
  const changed = draft.state.introduced ? takeElsewhere(draft, said, undefined).changed : [];
  for (const name of changed) acknowledge(draft, name, true);
  const asked = questions.find((question) => !asksWhoCalls(question) || !owesIdentification(draft));
  if (asked !== undefined) answerQuestion(draft, asked);
  if ((changed.length > 0 || asked !== undefined) && detour(draft)) return sayGoodbye(draft);
  endCall(draft);
};
