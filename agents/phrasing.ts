import type { Random } from '../schemas/clock.js';
import type { InterviewAction, Utterance } from '../schemas/ports/interviewer.js';
import { withoutCourtesy } from './courtesies.js';
import { type InterviewContext, type InterviewState, loopBroken, type Step, worded } from './interview/index.js';
import { type Vary, wordsFor } from './wording.js';

/*
 * Steps of the plan put into words by templates: varied, never the same sentence twice in a row, and never round in circles.
 */

/** A step with its words. `hangUps` come after everything said. */
export interface PhrasedStep {
  state: InterviewState;
  actions: InterviewAction[];
  utterances: Utterance[];
  hangUps: InterviewAction[];
}

/** Sentences this many utterances back are not used again when there is another form. */
const MEMORY = 4;

export interface Phrasing {
  /** `lead` is what a model has said before these words in the same turn. */
  phrase(step: Step, lead?: string): PhrasedStep;
}

/** The phrasing of one call; the same random sequence gives the same words. */
export const createPhrasing = (context: InterviewContext, random: Pick<Random, 'next'>): Phrasing => {
  const recent: string[] = [];
  let lastWords = '';

  const vary: Vary = (forms) => {
    const fresh = forms.filter((form) => !recent.includes(form));
    // When all were used lately, the one said longest ago: never the same twice in a row.
    const oldest = recent.find((form) => forms.includes(form)) ?? forms[0];
    const chosen = fresh[Math.floor(random.next() * fresh.length)] ?? oldest;
    const again = recent.indexOf(chosen);
    if (again >= 0) recent.splice(again, 1);
    recent.push(chosen);
    if (recent.length > MEMORY) recent.shift();
    return chosen;
  };

  return {
    phrase(given, lead = '') {
      let step = given;
      let words = step.say.map((say) => wordsFor(context, step.state, say, vary));
      const [opening] = step.say;
      // Words that must be said stay as they are, and an act that is only a courtesy is not left without words.
      if (opening && !opening.compulsory && lead !== '') words[0] = withoutCourtesy(lead, words[0] ?? '') || (words[0] ?? '');
      const all = [lead, ...words].join(' ').trim();
      const compulsory = step.say.some((say) => say.compulsory);
      if (all !== '' && all === lastWords && !compulsory && step.state.closing === null) {
        // The same words twice in a row: something goes round in circles, so the call is ended.
        const broken = loopBroken(context, step.state);
        step = { ...broken, actions: [...step.actions, ...broken.actions] };
        words = step.say.map((say) => wordsFor(context, step.state, say, vary));
      }
      if (all !== '') lastWords = all;
      return {
        state: worded(step.state, new Map(step.say.map((say, index) => [say.id, words[index] ?? '']))),
        actions: step.actions.filter((action) => action.kind !== 'hang-up'),
        utterances: step.say.map((say, index) => ({
          kind: 'say',
          id: say.id,
          text: words[index] ?? '',
          act: say.act,
          compulsory: say.compulsory,
        })),
        hangUps: step.actions.filter((action) => action.kind === 'hang-up'),
      };
    },
  };
};
