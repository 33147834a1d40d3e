import type { InterviewContext } from '../../agents/interview/index.js';
import { scriptedInterviewer } from '../../agents/interviewer-scripted.js';
import type { Answer } from '../../schemas/answer.js';
import type { ScreeningOutcome } from '../../schemas/call-state.js';
import { type CallerBotInput, callerBotSchema } from '../../schemas/caller-bot.js';
import type { InterviewAction, InterviewEvent, Interviewer, Utterance } from '../../schemas/ports/interviewer.js';
import type { Turn } from '../../schemas/transcript.js';

/*
 * A call as text: what the agent says, what the candidate says, what comes of it. It stands in the session's place, without audio: every utterance is heard
 * to its end unless the candidate cuts in.
 */

export const warehouse: CallerBotInput = {
  slug: 'warehouse-associate',
  name: 'Warehouse associate',
  language: 'en-US',
  script: {
    introduction: 'I have a few short questions.',
    questions: [
      { variable: 'start_date', text: 'When could you start?' },
      { variable: 'night_shift', text: 'Can you work night shifts?' },
      { variable: 'hourly_rate', text: 'What hourly rate are you looking for?', follow_up: 'How much per hour, before tax?' },
      { variable: 'shift', text: 'Which part of the day suits you best, morning, afternoon or evening?' },
    ],
    closing: 'Thank you. A person from our team will contact you within three days.',
  },
  output_variables: [
    { name: 'start_date', type: 'date', forbid: 'past', capture_prompt: 'First day the candidate can start' },
    { name: 'night_shift', type: 'yes-no', capture_prompt: 'Can the candidate do nights?' },
    { name: 'hourly_rate', type: 'money', currency: 'USD', period: 'hour', capture_prompt: 'Hourly rate wanted' },
    {
      name: 'shift',
      type: 'choice',
      capture_prompt: 'Part of the day',
      options: [{ value: 'morning' }, { value: 'afternoon' }, { value: 'evening', synonyms: ['late'] }],
    },
  ],
  knowledge_base: 'The job pays eighteen dollars an hour. Parking is free. The warehouse is at 12 Dock Street.',
};

export const contextFor = (bot: CallerBotInput = warehouse, changes: Partial<InterviewContext> = {}): InterviewContext => ({
  bot: callerBotSchema.parse(bot),
  candidate: { first_name: 'Dana', last_name: 'Reyes', country: 'US', time_zone: 'America/Los_Angeles' },
  company: { name: 'Acme Staffing', callback_number: null },
  recording: { consent: 'explicit', when_refused: 'continue' },
  can_text_link: true,
  consents: ['voice', 'recording'],
  on_file: {},
  inputs: {},
  now: new Date('2026-11-23T18:00:00Z'),
  ...changes,
});

/** Repeats from a seed; enough for wordings. */
export const seeded = (seed: number) => ({
  next: () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  },
});

export const never = new AbortController().signal;

/** One call with a scripted interviewer, told event by event. */
export class Dialogue {
  readonly said: string[] = [];
  readonly actions: InterviewAction[] = [];
  readonly answers = new Map<string, Answer>();
  readonly turns: Turn[] = [];
  /** Said since the last event and not yet heard. */
  queue: Utterance[] = [];
  lineMs = 0;
  private readonly interviewer;

  constructor(context: InterviewContext, progress?: string, seed = 1, interviewer?: Interviewer) {
    this.interviewer = interviewer ?? scriptedInterviewer({ context, random: seeded(seed), progress });
  }

  /** Tells one event; returns what is said in answer, as one text. */
  async tell(event: InterviewEvent): Promise<string> {
    const texts: string[] = [];
    for await (const item of this.interviewer.handle(event, never)) {
      if (item.kind === 'say') {
        this.queue.push(item);
        texts.push(item.text);
        this.said.push(item.text);
      } else {
        this.actions.push(item);
        if (item.kind === 'answer-updated') this.answers.set(item.answer.variable, item.answer);
      }
    }
    return texts.join(' ');
  }

  /** Everything said is heard to its end. */
  async hear(): Promise<string> {
    const texts: string[] = [];
    while (this.queue.length > 0) {
      const utterance = this.queue.shift();
      if (!utterance) break;
      this.lineMs += 500;
      texts.push(
        await this.tell({ kind: 'utterance-heard', utteranceId: utterance.id, heardText: utterance.text, complete: true, lineMs: this.lineMs }),
      );
    }
    return texts.filter((text) => text !== '').join(' ');
  }

  turn(text: string): Turn {
    const start = this.lineMs + 300;
    const words = text.split(/\s+/).filter((word) => word !== '');
    const turn: Turn = {
      id: `t${this.turns.length + 1}`,
      speaker: 'candidate',
      text,
      start_ms: start,
      end_ms: start + words.length * 300,
      words: words.map((word, index) => ({ text: word, start_ms: start + index * 300, end_ms: start + index * 300 + 250 })),
      interrupted: false,
    };
    this.lineMs = turn.end_ms;
    this.turns.push(turn);
    return turn;
  }

  /** Hears everything, then says something; returns the agent's reply. */
  async say(text: string, confidence = 0.95): Promise<string> {
    await this.hear();
    return this.tell({ kind: 'candidate-turn', turn: this.turn(text), confidence });
  }

  /** Talks over the utterance at `index` of the queue after `words` of its words were heard; what comes later is dropped. */
  async cutIn(text: string, index: number, words: number): Promise<string> {
    const interrupted = await this.cutOff(index, words);
    return this.tell({ kind: 'candidate-turn', turn: this.turn(text), confidence: 0.95, interrupted });
  }

  /** Presses keys over the utterance at `index` of the queue. */
  async pressOver(digits: string, index: number, words: number): Promise<string> {
    await this.cutOff(index, words);
    return this.tell({ kind: 'dtmf', digits, lineMs: this.lineMs, turn: this.turn(`[keypad ${digits}]`) });
  }

  /** Something comes over the utterance at `index` after `words` of its words were heard; what was to follow is dropped. */
  async cutOff(index: number, words: number): Promise<{ utteranceId: string; heardText: string }> {
    for (const utterance of this.queue.slice(0, index))
      await this.tell({ kind: 'utterance-heard', utteranceId: utterance.id, heardText: utterance.text, complete: true, lineMs: this.lineMs });
    const cut = this.queue[index];
    if (!cut) throw new Error(`nothing is being said at ${index}`);
    const heardText = cut.text.split(/\s+/).slice(0, words).join(' ');
    const dropped = this.queue.slice(index);
    this.queue = [];
    for (const utterance of dropped)
      await this.tell({
        kind: 'utterance-heard',
        utteranceId: utterance.id,
        heardText: utterance === cut ? heardText : '',
        complete: false,
        lineMs: this.lineMs,
      });
    return { utteranceId: cut.id, heardText };
  }

  async silence(nth = 1): Promise<string> {
    await this.hear();
    this.lineMs += 6000;
    return this.tell({ kind: 'silence', nth, lineMs: this.lineMs });
  }

  async keys(digits: string): Promise<string> {
    await this.hear();
    return this.tell({ kind: 'dtmf', digits, lineMs: this.lineMs, turn: this.turn(`[keypad ${digits}]`) });
  }

  /** From the pick-up to the first question, the usual way. */
  async open(): Promise<string> {
    await this.tell({ kind: 'call-answered', lineMs: 0, resumed: false });
    await this.say('Hello?');
    await this.say('Yes');
    return this.say('Yes, that is fine');
  }

  get outcomes(): ScreeningOutcome[] {
    return this.actions.flatMap((action) => (action.kind === 'outcome' ? [action.outcome] : []));
  }

  get hungUp(): string | undefined {
    return this.actions.flatMap((action) => (action.kind === 'hang-up' ? [action.reason] : []))[0];
  }

  get progress(): string | undefined {
    return this.actions.flatMap((action) => (action.kind === 'progress' ? [action.state] : [])).at(-1);
  }

  kinds(kind: InterviewAction['kind']): InterviewAction[] {
    return this.actions.filter((action) => action.kind === kind);
  }
}
