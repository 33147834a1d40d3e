import type { AnswerStatus, AnswerValue } from '../../../schemas/answer.js';
import type { ReplyEngines } from '../../../schemas/call-event.js';
import type { HeardLatency } from './heard-latency.js';

/** One expectation that did not hold: which, as `key` or `key: wanted`, and what was found instead. */
export interface Failure {
  expect: string;
  got: unknown;
}

export interface ReportedTurn {
  speaker: 'agent' | 'candidate';
  text: string;
  start_ms: number;
  end_ms: number;
  interrupted: boolean;
}

export interface ReportedAnswer {
  value?: AnswerValue | null;
  status: AnswerStatus;
  confidence?: number;
  quote?: string;
  start_ms?: number;
  end_ms?: number;
}

/** What came of one document of a scenario file; printed as one line by `--json`. Keys as in design/scenarios.md. */
export interface ScenarioReport {
  name: string;
  file: string;
  passed: boolean;
  failures: Failure[];
  screening: { id: string; outcome: string | null; held_because: string | null } | null;
  calls: { id: string; provider: string; disposition: string | null; duration_ms: number | null; answered_by: string | null }[];
  answers: Record<string, ReportedAnswer>;
  form: Record<string, AnswerValue | null>;
  transcript: ReportedTurn[];
  recording: { path: string; channels: number; duration_ms: number; sha256: string } | null;
  messages: { to: string; text: string; status: string }[];
  /** Who heard, worded and spoke, one row a reply; null where nobody was needed. */
  served: ReplyEngines[];
  /** As the candidate's ear measured it, over all calls. */
  latency: HeardLatency;
  sandbox: {
    /** Dials placed, counted at the provider. */
    dials: number;
    /** Frames with sound of the agent, and with sound of the candidate. */
    frames_in: number;
    frames_out: number;
    /** The words that were really played to the candidate. */
    heard: string;
  };
}

/** The lines of a file's documents as one: the last document's findings, passed only when all did, failures of earlier ones named by their document. */
export const joinReports = (reports: readonly ScenarioReport[]): ScenarioReport | undefined => {
  const last = reports.at(-1);
  if (!last || reports.length === 1) return last;
  const failures = reports.flatMap(({ name, failures: own }) => own.map(({ expect, got }) => ({ expect: `${name}: ${expect}`, got })));
  return { ...last, passed: failures.length === 0, failures };
};

/** A report for people: what failed, or how it went, in a few lines. */
export const summarise = (report: ScenarioReport): string[] => {
  const calls = report.calls.map((call) => [call.disposition ?? 'open', call.answered_by ?? '-', seconds(call.duration_ms)].join(' '));
  const outcome = report.screening?.held_because ? `held: ${report.screening.held_because}` : (report.screening?.outcome ?? 'no outcome');
  const head = `${report.passed ? 'ok  ' : 'FAIL'} ${report.file} (${report.name}): ${outcome}; ${report.sandbox.dials} dialled${calls.length ? `: ${calls.join(', ')}` : ''}`;
  return [head, ...report.failures.map(({ expect, got }) => `       expected ${expect}; got ${JSON.stringify(got)}`)];
};

const seconds = (ms: number | null) => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`);
