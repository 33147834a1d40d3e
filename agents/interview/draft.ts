import type { InterviewAction, SpeechAct } from '../../schemas/ports/interviewer.js';
import type { InterviewContext } from './plan.js';
import type { InterviewState, Item, Pending, Prompt } from './state.js';

/** How something is said, where the act alone does not tell. The wording turns it into words; a model may phrase it differently. */
export type Manner =
  /** repair: again, put differently, with keys, or given up for a link or for good */
  | 'again'
  | 'rephrase'
  | 'keypad'
  | 'link'
  | 'give-up'
  /** repair: the value is impossible or incomplete */
  | 'out-of-range'
  | 'past'
  | 'future'
  | 'incomplete'
  /** repair: a detour back to the question */
  | 'asked-to-repeat'
  | 'slower'
  | 'take-your-time'
  | 'back-to-it'
  /** repair: asks whether what may have been a wish to be left alone was one */
  | 'stop-check'
  | 'once-more'
  /** acknowledge: the value alone, after words of thanks that a model has said */
  | 'value-only'
  | 'declined'
  | 'changed'
  | 'thanks'
  | 'not-recorded'
  | 'recorded'
  /** acknowledge: heard, but the notice comes first */
  | 'one-moment'
  /** acknowledge: what was recorded before stays, nothing more is */
  | 'recording-stopped'
  /** acknowledge: the first words of a goodbye, before who calls is told */
  | 'parting'
  /** close: the rest of such a goodbye */
  | 'parted';

/** One thing to say, before it has words. */
export interface Say {
  id: string;
  act: SpeechAct;
  compulsory: boolean;
  /** Words that must be said exactly so: notices, the bot's own texts, sentences of the knowledge base. */
  text?: string;
  manner?: Manner;
  /** Call-back time in ISO, where the close speaks of one. */
  at?: string;
}

/** What one event leads to. Actions take effect before anything is said, but for the hang-up, which comes after. */
export interface Step {
  state: InterviewState;
  say: Say[];
  actions: InterviewAction[];
}

/** A step under construction: the state is a private copy. */
export interface Draft extends Step {
  readonly context: InterviewContext;
}

export const draftOf = (context: InterviewContext, state: InterviewState): Draft => ({
  context,
  state: structuredClone(state),
  say: [],
  actions: [],
});

/** Adds something to say and remembers it as not yet heard. */
export const speak = (
  draft: Draft,
  act: SpeechAct,
  extra: { text?: string; manner?: Manner; at?: string; compulsory?: boolean; notice?: NonNullable<Pending['notice']> } = {},
): void => {
  const { compulsory = false, notice = null, ...rest } = extra;
  draft.state.utterances += 1;
  const id = `u${draft.state.utterances}`;
  draft.say.push({ id, act, compulsory, ...rest });
  draft.state.pending.push({ id, act, text: extra.text ?? '', notice });
  // Sessions report every utterance; were reports lost, the list must not grow for ever.
  if (draft.state.pending.length > 20) draft.state.pending.shift();
};

export const act = (draft: Draft, action: Exclude<InterviewAction, { kind: 'expect' | 'progress' }>): void => {
  draft.actions.push(action);
};

/** Opens another prompt; counters of the one before are forgotten. */
export const goTo = (draft: Draft, prompt: Prompt): void => {
  draft.state.prompt = prompt;
  draft.state.tries = 0;
  draft.state.detours = 0;
  draft.state.idle = 0;
  draft.state.keys = '';
  draft.state.pieces = [];
};

/** The item of a variable; every variable of the bot has one. */
export const itemOf = (draft: Draft, variable: string): Item => {
  const item = draft.state.items[variable];
  if (!item) throw new Error(`the interview has no item for ${variable}`);
  return item;
};

/** Detours (repeats, side questions, noises) per prompt before they count as failures. */
const FREE_DETOURS = 3;

/** Counts a detour from the open prompt; false when there have been too many. */
export const detour = (draft: Draft): boolean => {
  draft.state.detours += 1;
  return draft.state.detours <= FREE_DETOURS;
};
