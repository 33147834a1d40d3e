import { TURN_DEFAULTS, type TurnSettings } from '../../media/turn-defaults.js';
import type { TurnEvent } from '../../media/turn-state.js';
import { createTurnTaker } from '../../media/turn-taker.js';
import type { AnswerProgress, ExpectedAnswer } from '../../schemas/ports/interviewer.js';

/** What the turn taker did, and when. */
export type Seen = { at: number; what: string };

/** A turn taker on a line of its own: `voice`, `say` and `agent` make events at the present line time, `pass` lets it run on in frames. */
export const onTheLine = (settings: Partial<TurnSettings> = {}) => {
  let lineMs = 0;
  const seen: Seen[] = [];
  const begun: string[] = [];
  const note = (what: string) => seen.push({ at: lineMs, what });
  const taker = createTurnTaker({
    settings: { ...TURN_DEFAULTS, ...settings },
    actions: {
      pause: () => note('pause'),
      resume: () => note('resume'),
      abort: () => note('abort'),
      commitTurn: ({ text, interrupting }) => note(`turn:${text}${interrupting ? ' (interrupting)' : ''}`),
      commitNod: ({ text }) => note(`nod:${text}`),
      commitKeys: (digits) => note(`keys:${digits}`),
      promptIdle: (nth) => note(`idle:${nth}`),
      speculate: (text) => begun.push(text),
      dropSpeculation: () => begun.push('dropped'),
    },
  });
  const line = {
    seen,
    /** Texts for which a reply was begun ahead of the end of the turn, and `dropped` where it was of no use. */
    begun,
    whats: () => seen.map(({ what }) => what),
    now: () => lineMs,
    dispatch: (event: TurnEvent) => taker.dispatch(event),
    expect: (type: ExpectedAnswer['type']) => taker.dispatch({ kind: 'expect', lineMs, type, idleMs: undefined }),
    pass(ms: number) {
      for (const until = lineMs + ms; lineMs < until; ) {
        lineMs += 20;
        taker.tick(lineMs);
      }
    },
    voiceOn: () => taker.dispatch({ kind: 'voice-start', lineMs, startedMs: Math.max(0, lineMs - 80) }),
    /** The detector knows of the end 200 ms after it; the recogniser owes a final from then on. */
    voiceOff: () => taker.dispatch({ kind: 'voice-end', lineMs, endedMs: lineMs - 200 }),
    words: (text: string, progress: AnswerProgress = 'open') => taker.dispatch({ kind: 'transcript-interim', lineMs, text, progress }),
    final: (text: string, progress: AnswerProgress = 'open') => taker.dispatch({ kind: 'transcript-final', lineMs, text, progress }),
    agentSpeaks: (asking = false) => taker.dispatch({ kind: 'agent-speaking', lineMs, asking }),
    agentSilent: () => taker.dispatch({ kind: 'agent-silent', lineMs }),
    /** Speaks for `ms`, then is silent for as long as the detector needs; the final comes at once. */
    say(text: string, ms = 600, progress: AnswerProgress = 'open') {
      line.voiceOn();
      line.pass(ms);
      line.words(text, progress);
      line.pass(200);
      line.voiceOff();
      line.final(text, progress);
    },
  };
  return line;
};
