import type { Answer, AnswerType, AnswerValue } from '../answer.js';
import type { AnsweredBy, ScreeningOutcome } from '../call-state.js';
import type { ConsentChannel } from '../candidate.js';
import type { Turn } from '../transcript.js';

/**
 * What the agent says, as data: the interview decides the act, an interviewer finds the words. The act travels with the audio, so the transcript and the
 * interview know which acts were heard.
 */
export type SpeechAct =
  | { act: 'greet' }
  /** A part of the compulsory opening: who calls, that it is an AI, for whom and why, how long, the recording, the way out. */
  | { act: 'disclose' }
  | { act: 'ask-recording' }
  | { act: 'ask-right-person' }
  | { act: 'introduce' }
  | { act: 'ask'; variable: string; attempt: number }
  | { act: 'confirm'; variable: string; value: AnswerValue }
  /** Implicit confirmation: says back what was understood and goes on. */
  | { act: 'acknowledge'; variable?: string; value?: AnswerValue }
  | { act: 'repair'; variable?: string; reason: 'not-understood' | 'out-of-range' | 'silence' }
  | { act: 'answer'; question: string }
  | { act: 'read-back' }
  /** After a no to the read-back: what shall be changed? */
  | { act: 'ask-change' }
  | { act: 'ask-call-back-time' }
  | { act: 'invite-questions' }
  | { act: 'idle'; nth: number }
  | { act: 'apologise'; reason: 'engine-failed' | 'line-broke' }
  | { act: 'voicemail' }
  | { act: 'close'; reason: CloseReason };

export type CloseReason =
  | 'finished'
  | 'unqualified'
  | 'stop-contact'
  | 'human-requested'
  | 'ai-opt-out'
  | 'call-later'
  | 'wrong-number'
  | 'not-interested'
  | 'recording-refused'
  | 'silence'
  | 'voicemail'
  | 'limit'
  | 'not-a-person';

/** One thing to say. `compulsory` text is said to its end even when interrupted: what was not heard is said again. */
export interface Utterance {
  kind: 'say';
  id: string;
  text: string;
  act: SpeechAct;
  compulsory: boolean;
}

/** How ready a partial answer is: `complete` may end the turn early, `continues` extends the wait, `open` neither. */
export type AnswerProgress = 'open' | 'complete' | 'continues';

/** What the candidate may say next; set by the interview with each question. It carries nothing but the bot's own question, type and options. */
export interface ExpectedAnswer {
  /** `opening`: a greeting on pick-up; `voicemail-greeting`: a machine is talking, wait for its end; `open`: any remark or question. */
  type: AnswerType | 'opening' | 'voicemail-greeting' | 'open';
  variable?: string;
  /** JSGF rule body for closed recognisers, complete grammar text; absent when any words may come. */
  grammar?: string;
  /** Words worth hinting to a general recogniser. */
  keyterms?: readonly string[];
  /** How ready is this text as an answer? Pure, cheap, called on every interim. */
  progress?(text: string): AnswerProgress;
  /** Silence after which the interviewer gets a `silence` event, ms from the last heard sample; absent: the default of the bot. */
  idleMs?: number;
}

/** What happened, told to the interviewer in line order. */
export type InterviewEvent =
  | { kind: 'call-answered'; lineMs: number /** true when the media stream came back after a break in the same call */; resumed: boolean }
  /** The candidate finished a turn. `interrupted` names the utterance that it cut off. Text may be empty: sound without words. */
  | { kind: 'candidate-turn'; turn: Turn; confidence: number; interrupted?: { utteranceId: string; heardText: string } }
  /** Keys were pressed. `turn` is the candidate turn `[keypad 1]` that the session made of them: the proof of an answer given by keys. */
  | { kind: 'dtmf'; digits: string; lineMs: number; turn?: Turn }
  /** Nobody was heard for the idle time; `nth` counts from 1 and restarts with every candidate turn. */
  | { kind: 'silence'; nth: number; lineMs: number }
  /** An utterance was played: to its end, or cut after `heardText`. */
  | { kind: 'utterance-heard'; utteranceId: string; heardText: string; complete: boolean; lineMs: number }
  | { kind: 'machine-detected'; verdict: AnsweredBy }
  | { kind: 'engine-failed'; engine: 'speech-to-text' | 'text-to-speech' | 'language-model' }
  /** Maximum duration is near: close politely. */
  | { kind: 'time-nearly-over'; lineMs: number }
  /** The line is gone without our doing. Nothing more is heard; what the leaving means is decided now. */
  | { kind: 'line-ended'; lineMs: number };

/** What shall be done besides talking. Actions take effect in the order in which they are yielded. */
export type InterviewAction =
  | { kind: 'expect'; expected: ExpectedAnswer }
  | { kind: 'answer-updated'; answer: Answer }
  | { kind: 'recording'; allowed: boolean }
  | { kind: 'consent'; channel: ConsentChannel; granted: boolean; quote: string; turnId: string }
  | { kind: 'answered-by'; who: AnsweredBy }
  | { kind: 'outcome'; outcome: ScreeningOutcome }
  | { kind: 'suppress'; reason: 'stop' | 'wrong_number' }
  | { kind: 'call-later' /** ISO instant, absent when the candidate named none */; at?: string; quote: string }
  | { kind: 'send-link'; variable: string }
  | { kind: 'progress' /** serialised interview state, so that the next call resumes here */; state: string }
  /** A moment in the making of the reply, for the record of where the time went; `served` names who found the words. */
  | { kind: 'stage'; stage: 'first-token' | 'first-clause' }
  | { kind: 'stage'; stage: 'served'; engine: string }
  /** Hang up after everything said so far has been heard to its last sample. */
  | { kind: 'hang-up'; reason: CloseReason };

/**
 * The mind of a call: events in, words and actions out. The scripted one and the model-driven one are interchangeable in any state. `handle` ends when
 * everything for this event has been yielded; aborting the signal (barge-in) ends it early without effect beyond what was already yielded.
 */
export interface Interviewer {
  handle(event: InterviewEvent, signal: AbortSignal): AsyncIterable<Utterance | InterviewAction>;
  /**
   * The candidate has probably finished, with these words: a reply may be begun. It has no effect before the `candidate-turn` comes with the same words, and
   * is dropped in silence when others come.
   */
  speculate?(text: string): void;
  /** The candidate goes on: what was begun is of no use. */
  dropSpeculation?(): void;
}
