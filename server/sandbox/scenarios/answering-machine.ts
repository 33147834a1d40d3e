import type { FarEndParty } from '../far-end.js';
import type { Ear } from './ear.js';
import type { Mouth } from './mouth.js';
import type { LineScript } from './schema.js';
import { isAudible, silence, tone } from './sounds.js';
import type { FarEndRecord } from './virtual-candidate.js';

/** What a machine says when the scenario gives it no words. A voicemail is long, as real ones are: that is how they are told from people. */
export const DEFAULT_GREETINGS: Readonly<Record<'voicemail' | 'call-screening' | 'ivr', string>> = {
  voicemail: 'Hi, you have reached my voicemail. I cannot come to the phone right now. Please leave your name and a message after the tone.',
  'call-screening': 'Hi. The person you are calling is using a screening service. Please say your name and why you are calling.',
  ivr: 'Thank you for calling. For sales, press one. For support, press two. To hear these options again, press nine.',
};

export type MachineKind = Exclude<LineScript['by'], 'human'>;

/** How long after the answer a machine starts, ms. */
const PICK_UP_MS = 400;
/** Between the last word of a greeting and the beep, ms. */
const BEFORE_BEEP_MS = 700;
/** A voicemail hangs up after this much silence, or when its tape is full, ms. */
const VOICEMAIL_PATIENCE_MS = 10_000;
const VOICEMAIL_TAPE_MS = 120_000;
/** A menu is repeated until its patience ends, ms. */
const MENU_PAUSE_MS = 6000;
const MENU_PATIENCE_MS = 60_000;
/** A called fax: 2,100 Hz for 3 s, again and again (ITU-T T.30, CED), until it gives up. */
const FAX_TONE = { frequencyHz: 2100, ms: 3000, pauseMs: 1500, patienceMs: 35_000 } as const;
/** A screening service passes the call on when the caller has answered and then been silent this long, ms; it gives up on a silent caller. */
const SCREENING_REPLY_SILENCE_MS = 1500;
const SCREENING_PATIENCE_MS = 25_000;

/**
 * Whatever is no person: voicemail, call screening, a menu, a fax, a dead line. It plays its part, takes down what it hears, and hangs up as the real one
 * would. `takeOver` is who comes to the phone after a screening service; undefined: nobody.
 */
export const createAnsweringMachine = (parts: {
  kind: MachineKind;
  line: LineScript;
  ear: Ear;
  mouth: Mouth;
  record: FarEndRecord;
  takeOver?: (() => FarEndParty) | undefined;
}): FarEndParty => {
  const { kind, line, ear, mouth, record } = parts;
  const state = { startMs: -1, plays: 0, doneMs: -1, agentLastMs: -1, heardReply: false };
  let person: FarEndParty | undefined;
  record.answered = true;

  const playGreeting = () => {
    if (kind === 'fax') {
      mouth.play(tone(FAX_TONE.frequencyHz, FAX_TONE.ms));
      return;
    }
    if (kind === 'silence') return;
    mouth.say(line.greeting ?? DEFAULT_GREETINGS[kind]);
    if (line.beep ?? kind === 'voicemail') mouth.play(Buffer.concat([silence(BEFORE_BEEP_MS), tone(1000, 400)]));
  };

  /** What happens next, once the greeting is over; true: hang up. */
  const goOn = (lineMs: number): boolean => {
    const sinceDoneMs = lineMs - state.doneMs;
    const silentMs = lineMs - Math.max(state.doneMs, state.agentLastMs);
    switch (kind) {
      case 'voicemail':
        return silentMs >= VOICEMAIL_PATIENCE_MS || sinceDoneMs >= VOICEMAIL_TAPE_MS;
      case 'ivr':
      case 'fax': {
        const pauseMs = kind === 'ivr' ? MENU_PAUSE_MS : FAX_TONE.pauseMs;
        const patienceMs = kind === 'ivr' ? MENU_PATIENCE_MS : FAX_TONE.patienceMs;
        if (lineMs - state.startMs >= patienceMs) return true;
        if (sinceDoneMs >= pauseMs) {
          state.doneMs = -1;
          playGreeting();
        }
        return false;
      }
      case 'call-screening':
        if (state.heardReply && silentMs >= SCREENING_REPLY_SILENCE_MS && parts.takeOver) person = parts.takeOver();
        return silentMs >= SCREENING_PATIENCE_MS;
      case 'silence':
        return false;
      default:
        return kind satisfies never;
    }
  };

  return {
    exchange(audio, lineMs) {
      if (person) return person.exchange(audio, lineMs);
      record.heard.push(...ear.hear(audio, lineMs));
      record.unknownFrames = ear.unknownFrames;
      if (isAudible(audio)) {
        record.framesIn += 1;
        state.agentLastMs = lineMs;
        if (state.doneMs >= 0) state.heardReply = true;
      }
      if (state.startMs < 0) state.startMs = lineMs;
      if (state.plays === 0 && lineMs - state.startMs >= PICK_UP_MS) {
        state.plays = 1;
        playGreeting();
      }
      if (state.plays > 0 && state.doneMs < 0 && !mouth.busy) state.doneMs = lineMs;
      const hangUp = state.doneMs >= 0 && goOn(lineMs);
      const { audible, ...frame } = mouth.frame();
      if (audible) record.framesOut += 1;
      return hangUp ? { ...frame, hangUp } : frame;
    },
    ended(lineMs) {
      person?.ended(lineMs);
      record.ended = true;
    },
  };
};
