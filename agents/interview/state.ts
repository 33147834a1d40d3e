import { z } from 'zod';
import { type Answer, answerSchema } from '../../schemas/answer.js';
import type { AnsweredBy, ScreeningOutcome } from '../../schemas/call-state.js';
import type { CloseReason, SpeechAct } from '../../schemas/ports/interviewer.js';
import type { Turn } from '../../schemas/transcript.js';
import type { NoticePart } from '../opening.js';
import { type InterviewContext, orderedQuestions } from './plan.js';

/**
 * What the interview waits for. The flow of a call is a walk through these:
 *
 *   pick-up ─► name ─► recording ─► person ─► question* ⇄ confirm ─► read-back ─► their-questions ─► farewell
 *      │         └► someone-else ─► right-number      └► change ┘
 *      │             └► fetching ─► name
 *      └► voicemail ─► message ; screener ; (menu, fax: hang up)      any time: call-back-time, stop-check
 */
export type Prompt =
  | { at: 'pick-up' }
  | { at: 'voicemail' }
  | { at: 'message' }
  | { at: 'screener' }
  | { at: 'name' }
  | { at: 'recording' }
  | { at: 'person' }
  | { at: 'someone-else' }
  | { at: 'right-number' }
  | { at: 'fetching' }
  | { at: 'question'; variable: string }
  | { at: 'confirm'; variable: string }
  | { at: 'read-back' }
  | { at: 'change' }
  | { at: 'their-questions' /** they have been asked before */; invited: boolean }
  | { at: 'call-back-time' }
  /** Shall all contact end? `back` is what was open before. */
  | { at: 'stop-check'; quote: string; turnId: string; back: Prompt }
  | { at: 'farewell' /** when the goodbye promised another call, ISO */; promised: string | null };

/** What is known of one output variable. */
export interface Item {
  /** How often its question was asked. */
  asks: number;
  /** Failed understandings of this question, at most two before the fallback. */
  repairs: number;
  /** The keypad or the value on file has been offered: the last try. */
  lastTry: boolean;
  /** Nothing more is asked about it, unless the candidate comes back to it. */
  done: boolean;
  /** Said back without a question: the next turn that does not contradict it confirms it. */
  awaiting: boolean;
  /** Heard before its turn came, or changed, and to be asked back. */
  toConfirm: boolean;
  /** Failed or corrected confirmations in a row. */
  doubts: number;
  /** Known from an earlier call: its turns are not those of this one. */
  carried: boolean;
  answer: Answer | null;
}

/** Something that was sent to be spoken and is not known to have been heard. */
export interface Pending {
  id: string;
  act: SpeechAct;
  text: string;
  notice: NoticePart | 'identification' | null;
}

/** The whole state of an interview: plain data that survives JSON, so that a later call can go on from it. */
export interface InterviewState {
  version: 1;
  prompt: Prompt;
  answeredBy: AnsweredBy | null;
  spoken: boolean;
  person: 'unknown' | 'confirmed';
  fetched: boolean;
  /** What is still to be heard of each part of the notice; empty when all of it was. */
  notice: Record<NoticePart, string>;
  /** Who calls was heard otherwise than by the notice, of the person now on the line. */
  identified: boolean;
  recording: 'unasked' | 'allowed' | 'refused';
  /** Whether the question about the recording was put, so that it was heard, and what the candidate has said to it. */
  consent: 'unasked' | 'asked' | 'given' | 'refused';
  introduced: boolean;
  resumed: boolean;
  slow: boolean;
  /** The candidate asked for a moment: silence is fine for a while. */
  waiting: boolean;
  items: Record<string, Item>;
  lastVariable: string | null;
  /** Turns of an answer that came in pieces so far (a phone number in groups). */
  pieces: Turn[];
  keys: string;
  utterances: number;
  pending: Pending[];
  /** Cut off since the candidate's last turn, with the share of the words that was heard, 0 to 1. */
  cut: { id: string; act: SpeechAct; share: number }[];
  /** Failed tries at the prompt that is open, of any kind; bounds every loop. */
  tries: number;
  /** Repeats, answers to questions and noises at the prompt that is open; they are free, but not endless. */
  detours: number;
  idle: number;
  turns: number;
  breaks: number;
  readBacks: number;
  closing: CloseReason | null;
  outcome: ScreeningOutcome | null;
}

const itemAtStart = (): Item => ({
  asks: 0,
  repairs: 0,
  lastTry: false,
  done: false,
  awaiting: false,
  toConfirm: false,
  doubts: 0,
  carried: false,
  answer: null,
});

/** A saved item is read leniently: only what the next call needs. */
const savedSchema = z.object({
  version: z.literal(1),
  items: z.record(z.string(), z.object({ done: z.boolean(), answer: answerSchema.nullable() })),
});

/**
 * The state before the first event. `progress` is what an earlier call saved: its answers are kept and not asked again; disclosure and the check of the person
 * are made anew. Progress that cannot be read is ignored: asking again is better than not calling.
 */
export const initialState = (context: InterviewContext, notice: (part: NoticePart) => string, progress?: string): InterviewState => {
  const saved = progress === undefined ? undefined : parseProgress(progress);
  const items: Record<string, Item> = {};
  for (const { variable } of orderedQuestions(context.bot)) {
    const before = saved?.items[variable];
    items[variable] = before?.done && before.answer ? { ...itemAtStart(), done: true, carried: true, answer: before.answer } : itemAtStart();
  }
  return {
    version: 1,
    prompt: { at: 'pick-up' },
    answeredBy: null,
    spoken: false,
    person: 'unknown',
    fetched: false,
    notice: { who: notice('who'), recorded: notice('recorded'), 'way-out': notice('way-out') },
    identified: false,
    recording: 'unasked',
    consent: 'unasked',
    introduced: false,
    resumed: Object.values(items).some((item) => item.done),
    slow: false,
    waiting: false,
    items,
    lastVariable: null,
    pieces: [],
    keys: '',
    utterances: 0,
    pending: [],
    cut: [],
    tries: 0,
    detours: 0,
    idle: 0,
    turns: 0,
    breaks: 0,
    readBacks: 0,
    closing: null,
    outcome: null,
  };
};

const parseProgress = (text: string) => {
  try {
    return savedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: saved by something else or cut off.
    return undefined;
  }
};
