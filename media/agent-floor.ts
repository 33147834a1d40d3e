import type { InterviewEvent } from '../schemas/ports/interviewer.js';
import type { Word } from '../schemas/transcript.js';
import type { AgentSpeech, UtteranceEnd } from './agent-speech.js';
import type { LedgerEvent } from './heard.js';
import type { InterviewPump } from './interview-pump.js';
import type { MediaLine } from './media-line.js';
import type { Transcript } from './transcript.js';

/*
 * The agent's side of the floor: it takes it when audio goes out, gives it back when everything was heard, and loses it when it is cut off. What was heard of
 * its words goes to the transcript and the interview from here, and from nowhere else.
 */

export interface AgentFloor {
  /** Audio is queued, playing or paused, or a cut has not been settled yet. */
  readonly active: boolean;
  /** Audio is on its way. True when the agent had been silent. */
  take(): boolean;
  /** Barge-in: the turn is aborted first, then the queue dropped, then the carrier cleared; late audio would refill its buffer otherwise. */
  cut(): void;
  /** What the ledger found: words heard, utterances heard to their end, a clear that was obeyed. */
  ledger(events: readonly LedgerEvent[]): void;
  /** Makes and sends more audio. True when the last of it has been heard by now. */
  play(): boolean;
  /** The utterance that was cut last, for the turn that cut it; given once. */
  takeCut(): { utteranceId: string; heardText: string } | undefined;
}

export const createAgentFloor = (options: {
  speech: AgentSpeech;
  interview: InterviewPump;
  transcript: Transcript;
  /** The first sample of an utterance was played. */
  onHeard: (lineMs: number) => void;
  line: () => MediaLine | undefined;
  lineMs: () => number;
}): AgentFloor => {
  const { speech, interview, transcript, onHeard, line, lineMs } = options;
  let active = false;
  let lastCut: { utteranceId: string; heardText: string } | undefined;

  /** Once the carrier has obeyed the clear, what was heard of the dropped utterances is certain, and the interviewer may be told. */
  const settle = () => {
    if (line()?.clearing) return;
    const dropped = speech.dropped();
    if (dropped.length > 0) {
      active = false;
      transcript.agentCut();
      const cut = dropped.find(({ words }) => words.length > 0) ?? dropped[0];
      if (cut) lastCut = { utteranceId: cut.utterance.id, heardText: textOf(cut.words) };
    }
    interview.pushFirst(dropped.map((ended) => heardEvent(ended, lineMs())));
    interview.release();
  };

  return {
    get active() {
      return active;
    },
    take() {
      const took = !active;
      active = true;
      return took;
    },
    cut() {
      interview.interrupt();
      speech.abort();
      line()?.abort();
      settle();
    },
    ledger(events) {
      for (const event of events) {
        if (event.kind === 'utterance-started') onHeard(event.lineMs);
        if (event.kind === 'word-heard') transcript.agentWord(event.word);
      }
      for (const ended of speech.heard(events)) interview.push(heardEvent(ended, lineMs()));
      if (events.some((event) => event.kind === 'cleared')) settle();
    },
    play() {
      speech.feed();
      line()?.pump();
      if (!active || speech.active || !line()?.quiet) return false;
      active = false;
      transcript.agentDone();
      return true;
    },
    takeCut() {
      const cut = lastCut;
      lastCut = undefined;
      return cut;
    },
  };
};

const textOf = (words: readonly Word[]) => words.map((word) => word.text).join(' ');

const heardEvent = ({ utterance, words, complete }: UtteranceEnd, lineMs: number): InterviewEvent => ({
  kind: 'utterance-heard',
  utteranceId: utterance.id,
  heardText: textOf(words),
  complete,
  lineMs,
});
