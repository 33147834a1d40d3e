import type { FarEndParty } from '../far-end.js';
import type { Ear, HeardWord } from './ear.js';
import type { HeardLatency } from './heard-latency.js';
import { measureLatency } from './heard-latency.js';
import type { Mouth } from './mouth.js';
import { type CandidateScript, createCandidateMind, type RuleUses } from './rules.js';
import { isAudible } from './sounds.js';

/** What the far end itself saw of one call. */
export interface FarEndRecord {
  to: string;
  /** Words of the agent that were played to their last sample. */
  heard: HeardWord[];
  /** Frames with sound of the agent in them, and frames with sound of the party in them. */
  framesIn: number;
  framesOut: number;
  /** Frames with sound that the ear could not assign to anything the agent's voice has made. */
  unknownFrames: number;
  latency: HeardLatency;
  answered: boolean;
  ended: boolean;
}

export const newFarEndRecord = (to: string): FarEndRecord => ({
  to,
  heard: [],
  framesIn: 0,
  framesOut: 0,
  unknownFrames: 0,
  latency: { greeting_ms: null, reply_ms: [], barge_in_ms: [] },
  answered: false,
  ended: false,
});

/**
 * A person at the far end of a line: an ear, a mouth and the rules of a scenario between them. Writes what was heard into `record` as it happens. Hangs up
 * once everything said before has been sent.
 */
export const createVirtualCandidate = (parts: {
  ear: Ear;
  mouth: Mouth;
  script: CandidateScript;
  uses: RuleUses;
  record: FarEndRecord;
}): FarEndParty => {
  const { ear, mouth, record } = parts;
  const mind = createCandidateMind(parts.script, parts.uses);
  const measure = measureLatency();
  record.answered = true;
  record.latency = measure.latency;
  let hangingUp = false;
  let ownAudible = false;

  return {
    exchange(audio, lineMs) {
      const heard = ear.hear(audio, lineMs);
      record.heard.push(...heard);
      record.unknownFrames = ear.unknownFrames;
      const agentAudible = isAudible(audio);
      if (agentAudible) record.framesIn += 1;
      const act = mind.step({ lineMs, heard, agentAudible, ownAudible, speaking: mouth.busy || hangingUp });
      if (act?.say) mouth.say(act.say);
      if (act?.dtmf) mouth.press(act.dtmf);
      if (act?.interrupts && agentAudible) measure.interrupted(lineMs);
      hangingUp ||= act?.hangUp === true;
      const { audible, ...frame } = mouth.frame();
      ownAudible = audible;
      if (audible) record.framesOut += 1;
      measure.frame(lineMs, agentAudible, audible, mouth.busy);
      return hangingUp && !mouth.busy ? { ...frame, hangUp: true } : frame;
    },
    ended() {
      record.ended = true;
    },
  };
};
