import type { Random } from '../schemas/clock.js';
import type { InterviewAction, Interviewer, Utterance } from '../schemas/ports/interviewer.js';
import { type InterviewContext, type InterviewState, loopBroken, next, startInterview, worded } from './interview/index.js';
import { type Vary, wordsFor } from './wording.js';

export interface ScriptedInterviewerOptions {
  context: InterviewContext;
  /** What an earlier call of this screening saved; the interview goes on there. */
  progress?: string | undefined;
  /** Chooses between equal wordings; the same sequence gives the same words. */
  random: Pick<Random, 'next'>;
}

/** Sentences this many utterances back are not used again when there is another form. */
const MEMORY = 4;

/**
 * The interviewer that needs no model: the plan decides, templates word it. Everything is computed at once and nothing waits, so an aborted signal only keeps
 * back what was not yielded yet.
 */
export const scriptedInterviewer = ({ context, progress, random }: ScriptedInterviewerOptions): Interviewer => {
  let state: InterviewState = startInterview(context, progress);
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
    async *handle(event, signal): AsyncIterable<Utterance | InterviewAction> {
      if (signal.aborted) return;
      let step = next(context, state, event);
      let words = step.say.map((say) => wordsFor(context, step.state, say, vary));
      const all = words.join(' ');
      const compulsory = step.say.some((say) => say.compulsory);
      if (all !== '' && all === lastWords && !compulsory && step.state.closing === null) {
        // The same words twice in a row: something goes round in circles, so the call is ended.
        const broken = loopBroken(context, step.state);
        step = { ...broken, actions: [...step.actions, ...broken.actions] };
        words = step.say.map((say) => wordsFor(context, step.state, say, vary));
      }
      if (all !== '') lastWords = all;
      state = worded(step.state, new Map(step.say.map((say, index) => [say.id, words[index] ?? ''])));
      const hangUps = step.actions.filter((action) => action.kind === 'hang-up');
      for (const action of step.actions) if (action.kind !== 'hang-up') yield action;
      for (const [index, say] of step.say.entries()) {
        if (signal.aborted) return;
        yield { kind: 'say', id: say.id, text: words[index] ?? '', act: say.act, compulsory: say.compulsory };
      }
      yield* hangUps;
    },
  };
};
