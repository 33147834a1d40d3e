import { type AgentSpeech, createAgentSpeech, type Prompt, type QuestionTexts, textOf } from './agent-speech.js';
import type { HeardWord } from './ear.js';
import type { Otherwise, Rule } from './schema.js';
import { spokenTexts } from './speech-script.js';

/** One 20 ms frame as the candidate lives it. */
export interface Moment {
  lineMs: number;
  /** Words of the agent that ended in this frame. */
  heard: readonly HeardWord[];
  agentAudible: boolean;
  ownAudible: boolean;
  /** Something of the candidate is still being said or pressed, pauses included. */
  speaking: boolean;
}

/** What the candidate does now. `interrupts` when it is said over the agent on purpose. */
export interface Act {
  say?: string;
  dtmf?: string;
  hangUp: boolean;
  interrupts: boolean;
}

export interface CandidateScript {
  speaks: readonly Rule[];
  otherwise: Otherwise | undefined;
  manners: 'cooperative' | 'none';
  questions: readonly QuestionTexts[];
}

/** How often each rule has been taken; kept over all calls of a scenario, since a rule serves once in it. The last entry is `otherwise`. */
export type RuleUses = number[];

const DEFAULT_AFTER_MS = 400;
const DEFAULT_ANSWER_AFTER_MS = 250;
/** Whoever replies waits until the other has been silent this long: never shorter, and longer only as the rule's own pace asks. */
const LEAST_AGENT_SILENCE_MS = 200;
const MOST_AGENT_SILENCE_MS = 400;
/** A prompt that ended while the candidate was talking was half heard: it is only answered when nobody goes on. */
const OVERHEARD_SILENCE_MS = 2500;
/** An agent that has been silent this long has ended its sentence. */
const SENTENCE_PAUSE_MS = 700;

/**
 * The mind of a virtual candidate in one call: frame by frame in, acts out, by the rules of the scenario. Time comes in with the moments, so it runs in
 * virtual time as well. `uses` is shared by the calls of a scenario and updated in place.
 */
export const createCandidateMind = (script: CandidateScript, uses: RuleUses): { step(moment: Moment): Act | undefined } => {
  const speech = createAgentSpeech(script.questions);
  let answeredMs: number | undefined;
  let answerServed = false;
  let agentLastMs = 0;
  let ownLastMs = 0;
  /** Words before this index have been replied to. */
  let repliedWords = 0;
  let ownSpeech = { startMs: -1, endMs: -1, open: false };

  const isLeft = (rule: Rule, index: number) => (uses[index] ?? 0) < rule.times;

  const take = (rule: Rule | Otherwise, index: number, lineMs: number, interrupts: boolean): Act => {
    uses[index] = (uses[index] ?? 0) + 1;
    return reply({ say: rule.say, dtmf: rule.dtmf, hangUp: rule.hang_up === true, interrupts }, lineMs);
  };
  const reply = (act: { say: string | undefined; dtmf?: string | undefined; hangUp: boolean; interrupts: boolean }, lineMs: number): Act => {
    // A cough is no reply: what was asked stays asked.
    if (act.say === undefined || act.say === '' || spokenTexts(act.say).length > 0) {
      repliedWords = speech.words.length;
      ownSpeech = { startMs: lineMs, endMs: lineMs, open: true };
    }
    ownLastMs = lineMs;
    return {
      ...(act.say ? { say: act.say } : {}),
      ...(act.dtmf ? { dtmf: act.dtmf } : {}),
      hangUp: act.hangUp,
      interrupts: act.interrupts,
    };
  };

  /** When what the rule waits for was complete; undefined while it is not. */
  const triggeredAt = (rule: Rule): number | undefined => {
    if (rule.on === 'answer' || 'silence_ms' in rule.on) return undefined;
    if ('heard' in rule.on) return findHeard(speech, repliedWords, rule.on.heard)?.endMs;
    const prompt = latestPrompt(speech, repliedWords);
    const wanted = 'question' in rule.on ? { kind: 'question', variable: rule.on.question } : { kind: 'confirm', variable: rule.on.confirm };
    return prompt && prompt.kind === wanted.kind && 'variable' in prompt && prompt.variable === wanted.variable ? prompt.endMs : undefined;
  };

  const interruptsAt = (rule: Rule): number | undefined => {
    if (rule.interrupt_after_ms === undefined || rule.on === 'answer' || 'silence_ms' in rule.on) return undefined;
    let beganMs: number | undefined;
    if ('heard' in rule.on) beganMs = findHeard(speech, repliedWords, rule.on.heard)?.beganMs;
    else if ('question' in rule.on) {
      const begun = speech.findBegunQuestion(repliedWords);
      beganMs = begun?.variable === rule.on.question ? begun.beginMs : undefined;
    } else {
      const { confirm } = rule.on;
      beganMs = speech.prompts.find((prompt) => prompt.lastWord >= repliedWords && prompt.kind === 'confirm' && prompt.variable === confirm)?.beginMs;
    }
    return beganMs === undefined ? undefined : beganMs + rule.interrupt_after_ms;
  };

  const isReady = (triggerMs: number, afterMs: number, lineMs: number): boolean => {
    const agentSilentMs = lineMs - agentLastMs;
    if (lineMs < triggerMs + afterMs || agentSilentMs < Math.max(LEAST_AGENT_SILENCE_MS, Math.min(afterMs, MOST_AGENT_SILENCE_MS))) return false;
    const wasOverheard = triggerMs > ownSpeech.startMs && triggerMs <= ownSpeech.endMs;
    return !wasOverheard || lineMs - Math.max(agentLastMs, ownLastMs) >= OVERHEARD_SILENCE_MS;
  };

  const interrupt = (lineMs: number): Act | undefined => {
    for (const [index, rule] of script.speaks.entries()) {
      const dueMs = isLeft(rule, index) ? interruptsAt(rule) : undefined;
      if (dueMs !== undefined && lineMs >= dueMs) return take(rule, index, lineMs, true);
    }
    return undefined;
  };

  const answerTheCall = (lineMs: number, callMs: number): Act | undefined => {
    const index = script.speaks.findIndex((rule, nth) => rule.on === 'answer' && isLeft(rule, nth));
    const rule = script.speaks[index];
    if (!rule || answerServed || callMs < (rule.after_ms ?? DEFAULT_ANSWER_AFTER_MS)) return undefined;
    answerServed = true;
    return take(rule, index, lineMs, false);
  };

  const replyToAgent = (lineMs: number): Act | undefined => {
    for (const [index, rule] of script.speaks.entries()) {
      if (!isLeft(rule, index) || rule.interrupt_after_ms !== undefined) continue;
      const triggerMs = triggeredAt(rule);
      if (triggerMs === undefined) continue;
      // The first rule that matches is the one, also while its time has not come.
      return isReady(triggerMs, rule.after_ms ?? DEFAULT_AFTER_MS, lineMs) ? take(rule, index, lineMs, false) : undefined;
    }
    const prompt = latestPrompt(speech, repliedWords);
    if (script.manners === 'cooperative' && (prompt?.kind === 'courtesy' || prompt?.kind === 'confirm')) {
      const say = prompt.kind === 'confirm' || prompt.reply === 'yes' ? 'Yes.' : 'No.';
      return isReady(prompt.endMs, DEFAULT_AFTER_MS, lineMs) ? reply({ say, hangUp: false, interrupts: false }, lineMs) : undefined;
    }
    const unanswered = speech.prompts.findLast((other) => other.lastWord >= repliedWords);
    const index = script.speaks.length;
    if (!unanswered || !script.otherwise || (uses[index] ?? 0) >= script.otherwise.times) return undefined;
    return isReady(unanswered.endMs, script.otherwise.after_ms ?? DEFAULT_AFTER_MS, lineMs)
      ? take(script.otherwise, index, lineMs, false)
      : undefined;
  };

  const endSilence = (lineMs: number): Act | undefined => {
    const silentMs = lineMs - Math.max(agentLastMs, ownLastMs, answeredMs ?? 0);
    for (const [index, rule] of script.speaks.entries()) {
      if (rule.on === 'answer' || !('silence_ms' in rule.on) || !isLeft(rule, index)) continue;
      if (silentMs >= rule.on.silence_ms + (rule.after_ms ?? 0)) return take(rule, index, lineMs, false);
    }
    return undefined;
  };

  return {
    step({ lineMs, heard, agentAudible, ownAudible, speaking }) {
      answeredMs ??= lineMs;
      if (agentAudible) agentLastMs = lineMs;
      if (ownAudible) ownLastMs = lineMs;
      for (const word of heard) speech.add(word);
      if (lineMs - agentLastMs > SENTENCE_PAUSE_MS) speech.pause();
      if (speaking) return undefined;
      if (ownSpeech.open) ownSpeech = { ...ownSpeech, endMs: ownLastMs, open: false };
      return answerTheCall(lineMs, lineMs - answeredMs) ?? interrupt(lineMs) ?? replyToAgent(lineMs) ?? endSilence(lineMs);
    },
  };
};

const latestPrompt = (speech: AgentSpeech, fromWord: number): Prompt | undefined =>
  speech.prompts.findLast((prompt) => prompt.lastWord >= fromWord && prompt.kind !== 'other');

/** The first place where the expression matches what was heard since `fromWord`: when its sentence began, and when its last word ended. */
const findHeard = (speech: AgentSpeech, fromWord: number, expression: string): { beganMs: number; endMs: number } | undefined => {
  const words = speech.words.slice(fromWord);
  const match = new RegExp(expression, 'i').exec(textOf(words));
  if (!match) return undefined;
  const wordAt = (offset: number) => {
    let at = 0;
    return words.findIndex((word) => {
      at += word.text.length + 1;
      return offset < at;
    });
  };
  const first = wordAt(match.index);
  const last = wordAt(match.index + Math.max(0, match[0].length - 1));
  return { beganMs: speech.sentenceBeganMs(fromWord + Math.max(0, first)), endMs: words[Math.max(0, last)]?.endMs ?? 0 };
};
