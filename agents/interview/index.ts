import type { InterviewEvent } from '../../schemas/ports/interviewer.js';
import type { Turn } from '../../schemas/transcript.js';
import { isInstruction } from '../instructions.js';
import { splitQuestions } from '../knowledge.js';
import { classifyLine } from '../line-classifier.js';
import { noticeText } from '../opening.js';
import { aside, onCommand } from './anytime.js';
import { reprompt } from './asking.js';
import { wishesChange } from './attribution.js';
import { answerQuestion } from './call-facts.js';
import { onConfirm } from './confirm-flow.js';
import { type Draft, draftOf, type Step, speak } from './draft.js';
import { callLater, close, endCall, hangUp } from './ending.js';
import { inviteMore, onChange, onFarewell, onReadBack, onTheirQuestions } from './ending-flow.js';
import { expectation } from './expectation.js';
import { onHeard } from './hearing.js';
import { keypadQuote, keysIn } from './keypad.js';
import { answeredBy, onMachine, onMachineTalk } from './line-flow.js';
import { onRecording } from './notice-flow.js';
import { greet, onName, onPerson, onPickUp } from './opening-flow.js';
import { factsOf, type InterviewContext } from './plan.js';
import { type ProposedTurn, takeProposed } from './proposals.js';
import { onQuestion, type Said } from './question-flow.js';
import { onSilence } from './silence.js';
import { onFetched, onRightNumber, onSomeoneElse } from './someone-else-flow.js';
import { type InterviewState, initialState } from './state.js';
import { onStopCheck, onStopCheckUnanswered } from './stop-check.js';

export type { Say, Step } from './draft.js';
export type { InterviewContext } from './plan.js';
export type { ProposedTurn } from './proposals.js';
export type { InterviewState } from './state.js';

/*
 * The interview as a pure function: which question is next, what counts as an answer, what is confirmed, when the call ends. No words are chosen here but the
 * fixed ones; no time passes here; the same events lead to the same acts.
 */

/** The state before the call; `progress` is what an earlier call of the same screening saved. */
export const startInterview = (context: InterviewContext, progress?: string): InterviewState =>
  initialState(context, (part) => noticeText(factsOf(context), part), progress);

/** One event: the next state, what is to be said, what is to be done. Never throws for anything a caller can say. */
export const next = (context: InterviewContext, state: InterviewState, event: InterviewEvent): Step => {
  const draft = draftOf(context, state);
  onEvent(draft, event);
  return stepOf(draft, state, event);
};

/** A candidate's turn with what a model made of it: proposals that hold are taken in place of the rules' own understanding, and the plan goes on from there. */
export const nextProposed = (
  context: InterviewContext,
  state: InterviewState,
  event: Extract<InterviewEvent, { kind: 'candidate-turn' }>,
  proposed: ProposedTurn,
): Step => {
  const draft = draftOf(context, state);
  onTurn(draft, event.turn, event.confidence, event.interrupted, proposed);
  return stepOf(draft, state, event);
};

const stepOf = (draft: Draft, state: InterviewState, event: InterviewEvent): Step => {
  const { context } = draft;
  const moved = JSON.stringify(draft.state.prompt) !== JSON.stringify(state.prompt);
  if (draft.say.length > 0 || moved || event.kind === 'call-answered' || draft.state.waiting !== state.waiting)
    draft.actions.push({ kind: 'expect', expected: expectation(context, draft.state) });
  if (JSON.stringify(draft.state.items) !== JSON.stringify(state.items)) draft.actions.push({ kind: 'progress', state: JSON.stringify(draft.state) });
  return { state: draft.state, say: draft.say, actions: draft.actions };
};

const onEvent = (draft: Draft, event: InterviewEvent): void => {
  switch (event.kind) {
    case 'call-answered':
      return event.resumed ? goOn(draft, 'line-broke') : undefined;
    case 'candidate-turn':
      return onTurn(draft, event.turn, event.confidence, event.interrupted);
    case 'dtmf':
      return onKeys(draft, event);
    case 'silence':
      return onSilence(draft);
    case 'utterance-heard':
      return onHeard(draft, event.utteranceId, event.heardText, event.complete);
    case 'machine-detected':
      return onMachineHint(draft, event.verdict);
    case 'engine-failed':
      return goOn(draft, 'engine-failed');
    case 'time-nearly-over':
      return close(draft, 'limit');
    case 'line-ended':
      return onStopCheckUnanswered(draft);
    default:
      return event satisfies never;
  }
};

/** A call of more turns than this is going nowhere. */
const turnLimit = (draft: Draft): number => 60 + 15 * draft.context.bot.script.questions.length;

const onTurn = (
  draft: Draft,
  turn: Turn,
  confidence: number,
  interrupted?: { utteranceId: string; heardText: string },
  proposed?: ProposedTurn,
): void => {
  const { state } = draft;
  if (interrupted) onHeard(draft, interrupted.utteranceId, interrupted.heardText, false);
  const cut = interrupted ? state.cut.find(({ id }) => id === interrupted.utteranceId) : undefined;
  const apology = state.cut.find(({ act, share }) => act.act === 'apologise' && share === 0)?.act;
  state.cut = [];
  state.pending = interrupted ? [] : state.pending;
  state.turns += 1;
  state.idle = 0;
  state.waiting = false;
  if (state.turns > turnLimit(draft)) return state.closing ? hangUp(draft) : close(draft, 'limit');
  if (apology) speak(draft, apology);
  if (turn.text.trim() === '' && state.prompt.at !== 'pick-up') return onNoise(draft, interrupted !== undefined);
  if (state.prompt.at === 'pick-up' || inOpening(state)) {
    const { who } = classifyLine(turn.text, !state.spoken);
    if (state.recording === 'unasked' && onMachine(draft, who)) return;
  }
  if (turn.text.trim() !== '' && talksToPerson(state)) {
    state.spoken = true;
    answeredBy(draft, 'human');
  }
  const { statement, questions } = splitQuestions(turn.text);
  const said: Said = { turn, statement, confidence, cut: cut ? { act: cut.act.act, share: cut.share } : undefined };
  if (onCommand(draft, said)) return;
  // Said before a word of the apology was heard: it may have begun in the break, and half an answer can mean the opposite of the whole. Keys are whole.
  if (apology && keysIn(turn.text) === undefined) return aside(draft);
  if (proposed && takeProposed(draft, said, proposed, proposed.answered ? [] : questions)) return;
  route(draft, said, questions, proposed?.answered);
};

/** Words that no machine explains come from a person. Machines' own prompts are left when a person takes over. */
const talksToPerson = ({ prompt }: InterviewState): boolean => prompt.at !== 'voicemail' && prompt.at !== 'message' && prompt.at !== 'screener';

const inOpening = ({ prompt }: InterviewState): boolean => prompt.at === 'name' || prompt.at === 'recording';

/** Words to the machine are no answer: back to what was asked. */
const onInstruction = (draft: Draft): void => {
  speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'back-to-it' });
  aside(draft);
};

/** `answered`: their questions have been answered already, in a model's words. */
const route = (draft: Draft, said: Said, questions: readonly string[], answered = false): void => {
  const { prompt } = draft.state;
  switch (prompt.at) {
    case 'pick-up':
      return onPickUp(draft, said.turn);
    case 'voicemail':
    case 'message':
    case 'screener':
      if (onMachineTalk(draft, said.turn)) onPickUp(draft, said.turn);
      return;
    case 'name':
      return onName(draft, said.turn);
    case 'recording':
      return onRecording(draft, said, questions);
    case 'person':
      return onPerson(draft, said.turn, questions);
    case 'someone-else':
      return onSomeoneElse(draft, said.turn);
    case 'right-number':
      return onRightNumber(draft, said.turn);
    case 'fetching':
      return onFetched(draft, said.turn);
    case 'call-back-time':
      return callLater(draft, said.turn.text);
    case 'stop-check':
      if (!onStopCheck(draft, said, questions)) route(draft, said, questions);
      return;
    case 'farewell':
      return onFarewell(draft, said, questions);
    case 'question':
    case 'confirm':
    case 'read-back':
    case 'change':
    case 'their-questions':
      return isInstruction(said.turn.text) ? onInstruction(draft) : withQuestions(draft, said, questions, answered);
    default:
      return prompt satisfies never;
  }
};

/** Their questions are answered first; then the rest of the turn counts, or the open prompt is put again. */
const withQuestions = (draft: Draft, said: Said, questions: readonly string[], answered = false): void => {
  const { at } = draft.state.prompt;
  // "Can I change the rate?" asks for no answer.
  if (questions.length > 0 && (at === 'read-back' || at === 'change' || at === 'their-questions') && wishesChange(said.turn.text))
    return withQuestions(draft, { ...said, statement: said.turn.text }, []);
  if (!answered) for (const question of questions.slice(0, 2)) answerQuestion(draft, question);
  if (
    said.statement === '' ||
    (questions.length > 0 &&
      /^(?:sorry|um+|uh+|wait|so|okay|ok|well|oh|hm+|before (?:that|we go on)|one question|quick question|excuse me)[\s,.!?]*$/i.test(said.statement))
  ) {
    if (questions.length === 0) return onNoise(draft, false);
    return draft.state.prompt.at === 'their-questions' ? inviteMore(draft) : aside(draft);
  }
  const { prompt } = draft.state;
  if (prompt.at === 'question') return onQuestion(draft, said, prompt.variable);
  if (prompt.at === 'confirm') return onConfirm(draft, said, prompt.variable);
  if (prompt.at === 'read-back') return onReadBack(draft, said);
  if (prompt.at === 'change') return onChange(draft, said);
  if (questions.length > 0) return inviteMore(draft);
  onTheirQuestions(draft, said);
};

/** Sound without words: what it cut off is said again; otherwise it was an answer that nobody could hear. */
const onNoise = (draft: Draft, interrupting: boolean): void => {
  if (draft.state.prompt.at === 'farewell') return endCall(draft);
  if (!interrupting) speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'again' });
  aside(draft);
};

/** Keys act like the turn `[keypad …]` that the session makes of them. */
const onKeys = (draft: Draft, event: { digits: string; lineMs: number; turn?: Turn }): void => {
  const quote = keypadQuote(event.digits);
  if (keysIn(quote) === undefined) return;
  const turn: Turn = event.turn ?? {
    id: '',
    speaker: 'candidate',
    text: quote,
    start_ms: event.lineMs,
    end_ms: event.lineMs,
    words: [],
    interrupted: false,
  };
  onTurn(draft, turn, 1);
};

/** The provider's or the audio's idea of who answered: a hint that counts only while nobody has talked with us. */
const onMachineHint = (draft: Draft, verdict: Parameters<typeof onMachine>[1]): void => {
  const { state } = draft;
  const untalked = state.prompt.at === 'pick-up' || state.prompt.at === 'name' || (state.prompt.at === 'recording' && !state.spoken);
  if (untalked && !state.spoken) onMachine(draft, verdict);
};

/** More breakdowns than this, and the call is better had another time. */
const MAX_BREAKS = 5;

/** After a breakdown: an apology, and the open prompt again. Disclosure that was heard is not said again. */
const goOn = (draft: Draft, reason: 'engine-failed' | 'line-broke'): void => {
  const { state } = draft;
  state.pending = [];
  state.cut = [];
  state.breaks += 1;
  if (state.prompt.at === 'farewell') return hangUp(draft);
  if (state.breaks > MAX_BREAKS) return close(draft, 'limit', { unsettled: true });
  if (state.prompt.at === 'pick-up' || state.prompt.at === 'voicemail' || state.prompt.at === 'screener' || state.prompt.at === 'fetching') {
    // The state of the conversation is lost with the process that held it: say sorry, and begin with the person again.
    if (reason === 'line-broke' && state.prompt.at === 'pick-up') {
      speak(draft, { act: 'apologise', reason });
      greet(draft, '');
    }
    return;
  }
  if (state.prompt.at === 'message') {
    state.prompt = { at: 'voicemail' };
    return;
  }
  speak(draft, { act: 'apologise', reason });
  reprompt(draft);
};

/** Tells the plan the words that were chosen, so that it knows how much of an utterance was heard when it is cut off. */
export const worded = (state: InterviewState, texts: ReadonlyMap<string, string>): InterviewState => ({
  ...state,
  pending: state.pending.map((pending) => (pending.text === '' ? { ...pending, text: texts.get(pending.id) ?? '' } : pending)),
});

/** The wording found itself repeating the same words: goodbye. Nobody asked for that, so the screening stays open. */
export const loopBroken = (context: InterviewContext, state: InterviewState): Step => {
  const draft = draftOf(context, state);
  close(draft, 'limit', { unsettled: true });
  draft.actions.push({ kind: 'expect', expected: expectation(context, draft.state) });
  return { state: draft.state, say: draft.say, actions: draft.actions };
};
