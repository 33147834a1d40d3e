import { sameValue } from '../answers/same-value.js';
import { bareText, plainText } from '../commands.js';
import { confirmValue, declineAnswer, dropValue, giveUp, type Heard, isKnockedOut, settleAwaiting, takeValue } from './answering.js';
import { again, ask, askNext, askToConfirm, giveUpAndGoOn, MAX_REPAIRS, reprompt } from './asking.js';
import { type Draft, detour, goTo, itemOf, speak } from './draft.js';
import { close } from './ending.js';
import { keysIn } from './keypad.js';
import { variableOf } from './plan.js';
import { isNod, resumeAfterChange, SAID_ENOUGH, type Said, takeElsewhere } from './question-flow.js';
import { understand, yesOrNo } from './understanding.js';

/*
 * The reply to "I have the third of June. Is that right?": a yes, a no, or a no with the right value in the same breath.
 */

/** Denied or corrected this often, a value stays as it is or is dropped. */
const MAX_DOUBTS = 3;

/** A bare yes or no, without anything that could be a value. */
export const isBare = (said: string): boolean => hasOnlyReplies(said) || hasOnlyReplies(bareText(said));

const hasOnlyReplies = (said: string): boolean =>
  /^(?:(?:yes|yeah|yep|yup|no|nope|nah|correct|right|exactly|that's|it's|it|is|not|isn't|wrong|incorrect|sure|okay|ok|please|thanks|that|all|perfect|good|uh|um|huh)(?: |$))+$/.test(
    plainText(said),
  );

export const onConfirm = (draft: Draft, said: Said, name: string): void => {
  const keys = keysIn(said.turn.text);
  const before = itemOf(draft, name).answer?.value;
  if (keys !== undefined) {
    if (keys.startsWith('1')) return accept(draft, said, name);
    if (keys.startsWith('2')) return deny(draft, name);
    return unclear(draft, name);
  }
  if (said.cut !== undefined && (said.cut.act !== 'confirm' || said.cut.share < SAID_ENOUGH) && isNod(said.statement) && detour(draft))
    return again(draft);
  const yes = yesOrNo(draft.context, said.statement);
  const bare = isBare(said.statement);
  if (yes === true && bare) return accept(draft, said, name);
  if (yes === false && bare) return deny(draft, name);
  const heard: Heard = { interpretation: understand(draft.context, name, said.statement, before), turns: [said.turn], confidence: said.confidence };
  const { status, value } = heard.interpretation;
  if (status === 'declined') {
    declineAnswer(draft, name, heard);
    speak(draft, { act: 'acknowledge', variable: name }, { manner: 'declined' });
    return askNext(draft);
  }
  const elsewhere = takeElsewhere(draft, said, name);
  if (elsewhere.changed.length + elsewhere.added.length > 0) {
    if (yes === true && elsewhere.rest !== '') confirmValue(draft, name, said.turn, said.turn.text);
    resumeAfterChange(draft, [...elsewhere.changed, ...elsewhere.added]);
    return;
  }
  if (status === 'understood' && value !== undefined) {
    // "No, I don't" agrees with a no; otherwise a no never confirms, whatever figures are in it.
    if (sameValue(value, before))
      return yes === false && variableOf(draft.context, name).type !== 'yes-no' ? deny(draft, name) : accept(draft, said, name);
    if (yes !== true || variableOf(draft.context, name).type === 'yes-no') return correct(draft, heard, name);
  }
  if (yes === true) return accept(draft, said, name);
  if (yes === false) return deny(draft, name);
  unclear(draft, name);
};

const accept = (draft: Draft, said: Said, name: string): void => {
  confirmValue(draft, name, said.turn, said.statement === '' ? said.turn.text : said.statement);
  settleAwaiting(draft);
  if (isKnockedOut(draft)) return close(draft, 'unqualified');
  speak(draft, { act: 'acknowledge', variable: name }, { manner: 'thanks' });
  askNext(draft);
};

const correct = (draft: Draft, heard: Heard, name: string): void => {
  const item = itemOf(draft, name);
  item.doubts += 1;
  const { value } = heard.interpretation;
  const taken = takeValue(draft, name, heard);
  if (taken === 'unproven' || value === undefined) return unclear(draft, name);
  if (item.doubts >= MAX_DOUBTS) {
    giveUp(draft, name);
    return askNext(draft);
  }
  // What needed to be asked back once is asked back again, whatever its own confidence: the first hearing was wrong.
  item.done = false;
  item.awaiting = false;
  item.toConfirm = true;
  askToConfirm(draft, name, value);
};

/** "No" without a value: the question is asked again, which counts as a repair. A knock-out value denied is dropped, never guessed. */
const deny = (draft: Draft, name: string): void => {
  const item = itemOf(draft, name);
  dropValue(draft, name);
  item.doubts += 1;
  if (item.doubts >= MAX_DOUBTS || item.repairs >= MAX_REPAIRS) return giveUpAndGoOn(draft, name);
  item.repairs += 1;
  goTo(draft, { at: 'question', variable: name });
  speak(draft, { act: 'repair', variable: name, reason: 'not-understood' }, { manner: 'back-to-it' });
  ask(draft, name);
};

const unclear = (draft: Draft, name: string): void => {
  draft.state.tries += 1;
  if (draft.state.tries <= 1) {
    speak(draft, { act: 'repair', variable: name, reason: 'not-understood' }, { manner: 'again' });
    return reprompt(draft);
  }
  giveUp(draft, name);
  askNext(draft);
};
