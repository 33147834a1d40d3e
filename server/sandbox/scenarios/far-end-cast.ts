import type { CallerBot } from '../../../schemas/caller-bot.js';
import type { FarEnd, FarEndParty, Line } from '../far-end.js';
import type { QuestionTexts } from './agent-speech.js';
import { createAnsweringMachine, DEFAULT_GREETINGS } from './answering-machine.js';
import type { CandidateVoice } from './candidate-voice.js';
import type { Ear } from './ear.js';
import { createMouth } from './mouth.js';
import type { LineScript, Scenario } from './schema.js';
import { seededRandom } from './seeded-random.js';
import { COMFORT_NOISE_RMS, noiseRms } from './sounds.js';
import { spokenTexts } from './speech-script.js';
import { createVirtualCandidate, type FarEndRecord, newFarEndRecord } from './virtual-candidate.js';

/** Everything that a scenario's far end may say, so that a voice which takes time can be rendered before the call. */
export const scenarioTexts = (scenario: Scenario): string[] => {
  const says = [
    ...scenario.speaks.map((rule) => rule.say),
    scenario.otherwise?.say,
    ...scenario.line.map((line) => line.greeting),
    ...Object.values(DEFAULT_GREETINGS),
    'Yes.',
    'No.',
  ];
  return [...new Set(says.flatMap((say) => (say ? spokenTexts(say) : [])))];
};

/** The texts by which the bot's questions are known when they are heard. */
export const questionTexts = (bot: { script: Pick<CallerBot['script'], 'questions'> }): QuestionTexts[] =>
  bot.script.questions.map(({ variable, text, follow_up }) => ({ variable, texts: follow_up === undefined ? [text] : [text, follow_up] }));

/** The far end of one server's sandbox: the scenario that is being played decides who picks up. */
export interface FarEndCast extends FarEnd {
  /** Casts a scenario; dials from now on are its dials, counted from 0. */
  play(casting: { scenario: Scenario; questions: readonly QuestionTexts[]; voice: CandidateVoice; onAnswer?: () => void }): void;
  /** One record for each dial of the scenario that is being played. */
  readonly records: readonly FarEndRecord[];
}

export const createFarEndCast = (newEar: () => Ear): FarEndCast => {
  let casting: Parameters<FarEndCast['play']>[0] | undefined;
  let records: FarEndRecord[] = [];
  let uses: number[] = [];

  const castParty = (line: LineScript, record: FarEndRecord, nth: number): FarEndParty => {
    if (!casting) throw new Error('A call was answered before a scenario was cast.');
    const { scenario, questions, voice } = casting;
    const random = seededRandom(`${scenario.name} ${nth}`);
    const quiet = voice.needsComfortNoise ? COMFORT_NOISE_RMS : 0;
    const backgroundRms = line.noise_db === null ? quiet : noiseRms(voice.speechRms, line.noise_db);
    const mouth = createMouth({ speak: voice.speak, random, backgroundRms });
    const ear = newEar();
    const person = () =>
      createVirtualCandidate({
        ear,
        mouth,
        record,
        uses,
        script: { speaks: scenario.speaks, otherwise: scenario.otherwise, manners: scenario.manners, questions },
      });
    if (line.by === 'human') return person();
    const takeOver = line.by === 'call-screening' && scenario.speaks.length > 0 ? person : undefined;
    return createAnsweringMachine({ kind: line.by, line, ear, mouth, record, takeOver });
  };

  return {
    get records() {
      return records;
    },
    play(next) {
      casting = next;
      records = [];
      uses = [];
    },
    dial({ to }): Line {
      const nth = records.length;
      const lines = casting?.scenario.line ?? [];
      const line = lines[Math.min(nth, lines.length - 1)];
      if (!line) throw new Error('A number was dialled before a scenario was cast.');
      const record = newFarEndRecord(to);
      records.push(record);
      return {
        ringMs: line.ring_ms,
        result: line.result,
        jitterMs: line.jitter_ms,
        loss: line.loss,
        dropAfterMs: line.drop_after_ms,
        socketBreaksAtMs: line.socket_breaks_at_ms,
        amd: line.amd === null ? null : { verdict: AMD_VERDICTS[line.amd], afterMs: line.amd_ms ?? DEFAULT_AMD_MS },
        answer() {
          casting?.onAnswer?.();
          return castParty(line, record, nth);
        },
      };
    },
  };
};

const AMD_VERDICTS = { human: 'human', machine: 'voicemail', unknown: 'unknown' } as const;
/** Providers need some seconds to tell a machine (telephony reference, machine detection). */
const DEFAULT_AMD_MS = 3500;
