import { z } from 'zod';
import { type Answer, type AnswerValue, answerSchema } from '../../../schemas/answer.js';
import { turnSchema } from '../../../schemas/transcript.js';
import { median } from './heard-latency.js';
import type { ScenarioReport } from './report.js';
import type { ApplicationView, LiveEvent } from './server-client.js';
import type { Staged } from './staging.js';
import { type Terminal, table, wrap } from './terminal.js';

/*
 * How a call looks in a terminal: what happens as it happens, and at the end the form. Reads nothing but what the API's live stream and resources give.
 */

const SPEAKER_WIDTH = 10;
const TIME_WIDTH = 8;

/** One event of a call's timeline as lines; none for those that people need not see. */
export const eventLines = (terminal: Terminal, { line_ms, event }: LiveEvent): string[] => {
  const note = (text: string) => [`${time(line_ms)}  ${' '.repeat(SPEAKER_WIDTH)}${text}`];
  switch (event.kind) {
    case 'call-state':
      return note(terminal.dim(`the call is ${text(event['state'])}${event['reason'] ? ` (${text(event['reason'])})` : ''}`));
    case 'stream-started':
      return note(terminal.dim('audio is connected both ways'));
    case 'stream-broke':
      return note(terminal.yellow('the audio connection broke'));
    case 'turn': {
      const turn = turnSchema.parse(event['turn']);
      const paint = turn.speaker === 'agent' ? terminal.cyan : terminal.green;
      const said = wrap(turn.text + (turn.interrupted ? ' —' : ''), terminal.width - TIME_WIDTH - 2 - SPEAKER_WIDTH);
      return said.map(
        (line, nth) =>
          `${nth === 0 ? time(turn.start_ms) : ' '.repeat(TIME_WIDTH)}  ${paint((nth === 0 ? turn.speaker : '').padEnd(SPEAKER_WIDTH))}${line}`,
      );
    }
    case 'answer': {
      const answer = answerSchema.parse(event['answer']);
      const value = `${answer.variable} = ${answer.value === undefined ? '-' : valueText(answer.value)}`;
      return note(
        `${answer.status === 'confirmed' ? terminal.green('✔') : terminal.yellow('·')} ${terminal.bold(value)} ${terminal.dim(`(${answer.status}${quoted(answer)})`)}`,
      );
    }
    case 'consent':
      return note(terminal.dim(`${text(event['channel'])} consent ${event['granted'] === true ? 'given' : 'refused'}: "${text(event['quote'])}"`));
    case 'recording-started':
      return note(terminal.dim('● recording'));
    case 'recording-refused':
      return note(terminal.yellow('not recorded'));
    case 'answered-by':
      return note(terminal.dim(`answered by: ${text(event['who'])}`));
    case 'barge-in':
      return note(terminal.dim(`the candidate talks over the agent: ${text(event['decision'])} after ${ms(event['reaction_ms'])}`));
    case 'engine-failed':
      return note(terminal.red(`${text(event['engine'])} failed: ${text(event['reason'])}`));
    case 'outcome':
      return note(terminal.bold(`outcome: ${text(event['outcome'])}`));
    case 'ended':
      return note(terminal.dim(`ended by ${text(event['by'])}: ${text(event['reason'])}`));
    default:
      return [];
  }
};

/** The application's form after the call: element, value, status, and the words that prove it with their time in the call. */
export const formLines = (terminal: Terminal, staged: Staged, application: ApplicationView, report: ScenarioReport): string[] => {
  const rows = staged.form.elements.map((element) => {
    const submission = application.elements.find((candidate) => candidate.element_slug === element.slug);
    const variable = staged.bot.output_variables.find((output) => output.element_slug === element.slug);
    const answer = variable ? report.answers[variable.name] : undefined;
    const value = application.values[element.slug] ?? null;
    return [
      element.slug + (element.required ? ' *' : ''),
      value === null ? '-' : valueText(value),
      submission?.status ?? (value === null ? 'missing' : '-'),
      answer?.quote ? `"${answer.quote}"` : '',
      answer?.start_ms === undefined ? '' : time(answer.start_ms).trim(),
    ];
  });
  return table(['element', 'value', 'status', 'quote', 'time'], rows, terminal.width, (cell, column, row) => {
    if (row < 0) return terminal.bold(cell);
    if (column !== 2) return cell;
    return cell.startsWith('confirmed') ? terminal.green(cell) : terminal.yellow(cell);
  });
};

/** Slugs of the required elements that hold no value. */
export const emptyElements = (staged: Staged, report: ScenarioReport): string[] =>
  staged.form.elements.filter(({ slug, required }) => required && (report.form[slug] ?? null) === null).map(({ slug }) => slug);

/** What the call cost in time, as the candidate's ear measured it. */
export const latencyLine = ({ latency }: ScenarioReport): string => {
  const replies =
    latency.reply_ms.length === 0
      ? 'no replies'
      : `replies after ${ms(median(latency.reply_ms))} (median), ${ms(Math.max(...latency.reply_ms))} (slowest of ${latency.reply_ms.length})`;
  const barge = latency.barge_in_ms.length === 0 ? '' : `; silent ${ms(Math.max(...latency.barge_in_ms))} after being interrupted`;
  return `greeting after ${ms(latency.greeting_ms)}; ${replies}${barge}`;
};

const moneySchema = z.object({
  currency: z.string(),
  period: z.string(),
  amount: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
const slotSchema = z.object({ day: z.string(), from: z.string(), to: z.string() });

/** An answer's value as people write it. */
export const valueText = (value: AnswerValue): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value
      .map((item: unknown) => {
        const slot = slotSchema.safeParse(item);
        return slot.success ? `${slot.data.day} ${slot.data.from}-${slot.data.to}` : String(item);
      })
      .join(', ');
  const money = moneySchema.parse(value);
  const amount = money.amount === undefined ? `${money.min}-${money.max}` : String(money.amount);
  return `${amount} ${money.currency} per ${money.period}`;
};

const quoted = (answer: Answer): string => (answer.evidence ? `, "${answer.evidence.quote}"` : '');
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const ms = (value: unknown): string => (typeof value === 'number' ? `${Math.round(value)} ms` : '-');

/** Line time as m:ss.t, right-aligned; blank before there is a line. */
const time = (lineMs: number | undefined): string => {
  if (lineMs === undefined) return ' '.repeat(TIME_WIDTH);
  const tenths = Math.round(lineMs / 100);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`.padStart(TIME_WIDTH);
};
