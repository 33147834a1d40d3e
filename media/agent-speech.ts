import type { SpeechAct, Utterance } from '../schemas/ports/interviewer.js';
import type { SpokenAudio, Voice } from '../schemas/ports/speech.js';
import type { Word } from '../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE } from './audio/g711.js';
import type { LedgerEvent, SentAudio } from './heard.js';
import { splitSentences } from './sentences.js';

/*
 * The agent's mouth: utterances wait in line, their sentences become audio one after the other, the audio goes to playout, and the ledger tells what was heard
 * of each. An utterance leaves in exactly one of two ways: heard to its end, or dropped with its heard prefix.
 */

/** Ends every utterance: only the end of a voice's stream tells which piece was its last, and to hold one back until then would delay all of them. */
const SILENT_FRAME = Buffer.alloc(MU_LAW_FRAME_BYTES, MU_LAW_SILENCE);
/** Sentences made ahead at most: an opening has some eight. */
const MAX_PREPARED = 20;
/** Enough audio in hand; more sentences are made when it has shrunk. */
const AHEAD_MS = 4000;

/** Acts that want an answer: a "yes" over one of them is that answer and no nod. */
const ASKING: ReadonlySet<SpeechAct['act']> = new Set([
  'greet',
  'ask',
  'confirm',
  'read-back',
  'ask-recording',
  'ask-right-person',
  'ask-change',
  'ask-call-back-time',
  'invite-questions',
]);

/** What became of an utterance. `words` are those heard, with line times. */
export interface UtteranceEnd {
  utterance: Utterance;
  words: Word[];
  complete: boolean;
}

export interface AgentSpeech {
  /** Something is waiting, being made, playing or paused. */
  readonly active: boolean;
  /** A question is among what is waiting or playing. */
  readonly asking: boolean;
  /** Has the voice make texts that will be said for certain, so that it has them at hand. Nothing is played. */
  prepare(texts: readonly string[]): void;
  say(utterance: Utterance): void;
  /** Takes the ledger's events; gives the utterances that were thereby heard to their end. */
  heard(events: readonly LedgerEvent[]): UtteranceEnd[];
  /** Makes more audio when playout has room. Called on every frame. */
  feed(): void;
  /** Forgets everything not yet heard. Call `dropped` once the carrier's clear has taken effect, for what had been heard of it. */
  abort(): void;
  dropped(): UtteranceEnd[];
}

interface Job {
  utterance: Utterance;
  sentences: string[];
  next: number;
  words: Word[];
}

export const createAgentSpeech = (options: {
  voice: Voice;
  /** Playout's `add` and `queuedMs`. */
  add: (piece: SentAudio) => void;
  queuedMs: () => number;
  signal: AbortSignal;
  /** The voice failed in the middle of an utterance. Nothing is tried again here: the interviewer apologises, which asks the voice anew. */
  onFailure: (reason: string) => void;
  /** A prepared text could not be made: it will be tried again when it is said. */
  onDefect: (error: unknown) => void;
}): AgentSpeech => {
  const { voice, add, queuedMs, signal, onFailure } = options;
  const jobs: Job[] = [];
  const gone: Job[] = [];
  /** Sentences that were made before they are said, whole. */
  const prepared = new Map<string, SpokenAudio[]>();
  let turn = new AbortController();
  let making = false;

  const makeNext = async (): Promise<void> => {
    const job = jobs.find((one) => one.next < one.sentences.length);
    if (!job || making || queuedMs() > AHEAD_MS || signal.aborted) return;
    making = true;
    const current = turn;
    const last = job.next === job.sentences.length - 1;
    const sentence = job.sentences[job.next++] ?? '';
    const isWanted = () => !current.signal.aborted && !signal.aborted;
    const emit = ({ audio, words, engine }: SpokenAudio, isLast = false) => {
      // Even words without sound have an end that must be reached.
      const sound = audio.length > 0 ? audio : SILENT_FRAME;
      add({ utteranceId: job.utterance.id, audio: sound, words, last: isLast, ...(engine ? { engine } : {}) });
    };
    try {
      let pieces = 0;
      for await (const piece of prepared.get(sentence) ?? voice.speak(sentence, AbortSignal.any([signal, current.signal]))) {
        if (!isWanted()) break;
        emit(piece);
        pieces += 1;
      }
      if (isWanted() && pieces === 0) onFailure('the voice gave no audio');
      else if (isWanted() && last) emit({ audio: SILENT_FRAME, words: [] }, true);
    } catch (error) {
      if (isWanted()) onFailure(error instanceof Error ? error.message : String(error));
    } finally {
      making = false;
    }
    await makeNext();
  };
  /** One after the other, the first first: the phone may be answered in the middle of it. */
  const makeAhead = async (sentences: readonly string[]): Promise<void> => {
    for (const sentence of sentences) {
      const pieces: SpokenAudio[] = [];
      for await (const piece of voice.speak(sentence, signal)) pieces.push(piece);
      if (signal.aborted) return;
      if (pieces.length > 0) prepared.set(sentence, pieces);
    }
  };
  const feed = () => {
    // makeNext reports its failures itself and never rejects.
    void makeNext();
  };

  return {
    get active() {
      return jobs.length > 0;
    },
    get asking() {
      return jobs.some(({ utterance }) => ASKING.has(utterance.act.act));
    },
    prepare(texts) {
      void makeAhead([...new Set(texts.flatMap(splitSentences))].slice(0, MAX_PREPARED)).catch(options.onDefect);
    },
    say(utterance) {
      const sentences = splitSentences(utterance.text);
      if (sentences.length === 0) return;
      jobs.push({ utterance, sentences, next: 0, words: [] });
      feed();
    },
    heard(events) {
      const ended: UtteranceEnd[] = [];
      for (const event of events) {
        if (event.kind === 'word-heard') [...gone, ...jobs].find((job) => job.utterance.id === event.utteranceId)?.words.push(event.word);
        if (event.kind !== 'utterance-finished') continue;
        const index = jobs.findIndex((job) => job.utterance.id === event.utteranceId);
        const [job] = index >= 0 ? jobs.splice(index, 1) : [];
        if (job) ended.push({ utterance: job.utterance, words: job.words, complete: true });
      }
      return ended;
    },
    feed,
    abort() {
      turn.abort();
      turn = new AbortController();
      gone.push(...jobs.splice(0));
    },
    dropped: () => gone.splice(0).map((job) => ({ utterance: job.utterance, words: job.words, complete: false })),
  };
};
