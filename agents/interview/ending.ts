import type { ScreeningOutcome } from '../../schemas/call-state.js';
import type { CloseReason } from '../../schemas/ports/interviewer.js';
import { identification, noticeText } from '../opening.js';
import { giveUp, isKnockedOut } from './answering.js';
import { callBackTime } from './call-back.js';
import { act, type Draft, detour, goTo, speak } from './draft.js';
import { factsOf, filled, variableOf } from './plan.js';

/*
 * The end of the interview: read-back, the candidate's questions, goodbye. An outcome is set at most once; a call that ends without one leaves the screening
 * open for another call.
 */

/** Answers that are read back: all that have a value, but for free text, which nobody wants to hear again. */
export const readable = (draft: Draft): string[] =>
  Object.entries(draft.state.items)
    .filter(([name, item]) => item.answer?.value !== undefined && variableOf(draft.context, name).type !== 'text')
    .map(([name]) => name);

export const startReadBack = (draft: Draft): void => {
  if (isKnockedOut(draft)) return close(draft, 'unqualified');
  if (readable(draft).length === 0) return inviteQuestions(draft);
  goTo(draft, { at: 'read-back' });
  draft.state.readBacks += 1;
  speak(draft, { act: 'read-back' });
};

export const inviteQuestions = (draft: Draft): void => {
  goTo(draft, { at: 'their-questions', invited: false });
  speak(draft, { act: 'invite-questions' });
};

/** What the screening comes to when it ends for this reason; undefined leaves it open. */
const outcomeFor = (draft: Draft, reason: CloseReason): ScreeningOutcome | undefined => {
  switch (reason) {
    case 'finished': {
      const decisive = draft.context.bot.output_variables.filter((variable) => variable.knockout);
      const sure = decisive.every((variable) => draft.state.items[variable.name]?.answer?.status === 'confirmed');
      return decisive.length > 0 && sure ? 'qualified' : 'completed';
    }
    case 'unqualified':
      return 'unqualified';
    case 'stop-contact':
    case 'not-interested':
      return 'not-interested';
    case 'human-requested':
    case 'recording-refused':
      return 'human-requested';
    case 'ai-opt-out':
      return 'ai-opt-out';
    case 'wrong-number':
      return 'wrong-number';
    case 'limit':
      return draft.state.introduced ? 'completed' : undefined;
    case 'call-later':
    case 'silence':
    case 'voicemail':
    case 'not-a-person':
      return undefined;
    default:
      return reason satisfies never;
  }
};

/**
 * Says goodbye and sets the outcome. The hang-up follows when the goodbye was heard (or cut off without a reason to go on), so that a last word of the
 * candidate is still listened to. `silent` hangs up at once; `unsettled` leaves the screening open, because the call was ended by what is
 * not the candidate's doing. A second close says goodbye again and changes nothing.
 */
export const close = (draft: Draft, reason: CloseReason, options: { at?: string; silent?: boolean; unsettled?: boolean } = {}): void => {
  const { state, context } = draft;
  const first = state.closing === null;
  state.closing ??= reason;
  if (first) {
    if (reason === 'finished' && isKnockedOut(draft)) state.closing = 'unqualified';
    if (reason === 'limit' && state.introduced && !options.unsettled)
      for (const [name, item] of Object.entries(state.items)) if (!item.done) giveUp(draft, name);
    const outcome = options.unsettled ? undefined : outcomeFor(draft, state.closing);
    if (outcome && state.outcome === null) {
      state.outcome = outcome;
      act(draft, { kind: 'outcome', outcome });
    }
  }
  const promised = options.at ?? (state.prompt.at === 'farewell' ? state.prompt.promised : null);
  goTo(draft, { at: 'farewell', promised });
  if (options.silent) return hangUp(draft);
  sayGoodbye(draft, state.closing === 'finished' ? filled(context, context.bot.script.closing) : '');
};

/** Nobody on the line has heard yet who calls: neither by the notice nor otherwise. */
export const owesIdentification = ({ state }: Draft): boolean => state.notice.who !== '' && !state.identified;

/** Says who calls. Why is told to the candidate alone. */
export const identify = (draft: Draft): void => {
  const facts = factsOf(draft.context);
  const text = draft.state.person === 'confirmed' ? noticeText(facts, 'who') : identification(facts);
  speak(draft, { act: 'disclose' }, { text, compulsory: true, notice: 'identification' });
};

/** The goodbye of the close that was decided, and who called before it to a person who has not heard that. `own` replaces its words. */
export const sayGoodbye = (draft: Draft, own = ''): void => {
  const { closing, prompt } = draft.state;
  if (closing === null) return;
  const owed = owesIdentification(draft);
  if (owed) {
    speak(draft, { act: 'acknowledge' }, { manner: 'parting' });
    identify(draft);
  }
  const at = prompt.at === 'farewell' ? prompt.promised : null;
  speak(
    draft,
    { act: 'close', reason: closing },
    { ...(own ? { text: own } : {}), ...(at === null ? {} : { at }), ...(owed ? { manner: 'parted' } : {}) },
  );
};

/** Words over the goodbye that change nothing end the call; one that cut off who called gets to hear it, once more. */
export const endCall = (draft: Draft): void => {
  if (owesIdentification(draft) && draft.state.detours === 0 && detour(draft)) return sayGoodbye(draft);
  hangUp(draft);
};

/** Another time: with the instant when one was named. `by` tells whose words these are. */
export const callLater = (draft: Draft, quote: string, by: 'candidate' | 'someone-else' = 'candidate'): void => {
  const at = callBackTime(quote, draft.context.now, draft.context.candidate.time_zone, by);
  act(draft, { kind: 'call-later', quote, ...(at === undefined ? {} : { at }) });
  close(draft, 'call-later', at === undefined ? {} : { at });
};

export const hangUp = (draft: Draft): void => {
  act(draft, { kind: 'hang-up', reason: draft.state.closing ?? 'voicemail' });
};
