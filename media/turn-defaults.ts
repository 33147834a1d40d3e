import type { AnswerProgress, ExpectedAnswer } from '../schemas/ports/interviewer.js';

/*
 * How long the candidate may be silent before their turn is over, and what else decides who holds the floor. Defaults of a bot, in one table; the reasons
 * stand in design/conversation.md section 3.
 */

export interface TurnSettings {
  /** Silence after the last voiced frame that ends a turn, by what is expected, ms. */
  waitMs: Record<ExpectedAnswer['type'], number>;
  /** Wait once the answer is complete in form, ms: short for closed answers, a little longer where more digits may follow. */
  completeWaitMs: Record<ExpectedAnswer['type'], number>;
  /** What a trailing "and", "um" or a half-said value adds, ms. */
  continuesMs: number;
  /** Longest turn, ms; open text may run longer. */
  maxTurnMs: number;
  maxOpenTurnMs: number;
  /** Sound over the agent without a word for this long after its end is a cough: the agent goes on, ms. */
  noWordMs: number;
  /** The recogniser owes a final for every stretch of voice; after this long the turn goes on without it, ms. */
  finalDeadlineMs: number;
  /** Wordless voice shorter than this is noise and no turn, ms. */
  minVoiceMs: number;
  /** Silence after the last heard sample before the agent asks whether anyone is there, ms. */
  idleMs: number;
  /** Keys of one answer may be this far apart, ms. */
  keyGapMs: number;
  /** Content words needed to take the floor from the agent. */
  minWords: number;
  /** False: sound over the agent never resumes it; any word interrupts. */
  smooth: boolean;
}

export const TURN_DEFAULTS: TurnSettings = {
  waitMs: {
    opening: 350,
    'yes-no': 350,
    choice: 450,
    number: 600,
    money: 600,
    date: 800,
    phone: 1500,
    email: 1800,
    availability: 1200,
    text: 1200,
    open: 900,
    'voicemail-greeting': 1500,
  },
  completeWaitMs: {
    opening: 300,
    'yes-no': 300,
    choice: 350,
    number: 400,
    money: 400,
    date: 450,
    phone: 500,
    email: 500,
    availability: 900,
    text: 1200,
    open: 700,
    'voicemail-greeting': 1500,
  },
  continuesMs: 900,
  maxTurnMs: 45_000,
  maxOpenTurnMs: 120_000,
  noWordMs: 350,
  finalDeadlineMs: 2500,
  minVoiceMs: 400,
  idleMs: 6000,
  keyGapMs: 2000,
  minWords: 1,
  smooth: true,
};

/** The silence that ends the turn now. */
export const turnWaitMs = (settings: TurnSettings, type: ExpectedAnswer['type'], progress: AnswerProgress): number => {
  if (progress === 'complete') return Math.min(settings.completeWaitMs[type], settings.waitMs[type]);
  return settings.waitMs[type] + (progress === 'continues' ? settings.continuesMs : 0);
};
