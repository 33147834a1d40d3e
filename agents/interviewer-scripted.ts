import type { Random } from '../schemas/clock.js';
import type { Interviewer } from '../schemas/ports/interviewer.js';
import { type InterviewContext, type InterviewState, next, startInterview } from './interview/index.js';
import { createPhrasing } from './phrasing.js';

export interface ScriptedInterviewerOptions {
  context: InterviewContext;
  /** What an earlier call of this screening saved; the interview goes on there. */
  progress?: string | undefined;
  /** Chooses between equal wordings; the same sequence gives the same words. */
  random: Pick<Random, 'next'>;
}

/**
 * The interviewer that needs no model: the plan decides, templates word it. Everything is computed at once and nothing waits, so an aborted signal only keeps
 * back what was not yielded yet.
 */
export const scriptedInterviewer = ({ context, progress, random }: ScriptedInterviewerOptions): Interviewer => {
  let state: InterviewState = startInterview(context, progress);
  const phrasing = createPhrasing(context, random);
  return {
    async *handle(event, signal) {
      if (signal.aborted) return;
      const step = phrasing.phrase(next(context, state, event));
      state = step.state;
      yield* step.actions;
      for (const utterance of step.utterances) {
        if (signal.aborted) return;
        yield utterance;
      }
      yield* step.hangUps;
    },
  };
};
