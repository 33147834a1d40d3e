import { type Command, findCommand, isGreeting, plainText } from '../commands.js';
import { again, MAX_REPAIRS, repairQuestion, reprompt } from './asking.js';
import { callBackTime } from './call-back.js';
import { act, type Draft, detour, goTo, itemOf, speak } from './draft.js';
import { callLater, close } from './ending.js';
import { settleRecording } from './notice-flow.js';
import { wrongNumber } from './opening-flow.js';
import { questionOf, variableOf } from './plan.js';
import type { Said } from './question-flow.js';
import { understand } from './understanding.js';

/*
 * What may be said at any moment and is obeyed at once: stop, a person, not now, wrong number, are you a robot, again, slower, one moment.
 */

/** Obeyed even where the words could be an answer. */
const FIRM: ReadonlySet<Command> = new Set(['stop-contact', 'do-not-record', 'allow-recording', 'ai-opt-out', 'wrong-number']);

/** The command in a turn at the open prompt. Some words mean something else there: "hello?" on picking up is no request to repeat. */
const commandAt = (draft: Draft, said: Said): Command | undefined => {
  const { prompt } = draft.state;
  if (prompt.at === 'voicemail' || prompt.at === 'message' || prompt.at === 'screener') return undefined;
  const variable = prompt.at === 'question' ? variableOf(draft.context, prompt.variable) : undefined;
  const command = findCommand(said.turn.text, variable?.type === 'text');
  if (command === undefined) return undefined;
  const opening =
    prompt.at === 'pick-up' ||
    prompt.at === 'name' ||
    prompt.at === 'fetching' ||
    prompt.at === 'someone-else' ||
    prompt.at === 'right-number' ||
    prompt.at === 'person';
  if (opening && (command === 'wait' || command === 'are-you-a-robot' || command === 'hang-up'))
    return prompt.at === 'person' && command === 'are-you-a-robot' ? command : undefined;
  if ((prompt.at === 'pick-up' || prompt.at === 'name' || prompt.at === 'fetching') && (command === 'repeat' || command === 'slower'))
    return undefined;
  // Nobody can agree to what was not mentioned to them, and nobody for somebody else.
  if (command === 'allow-recording' && (draft.state.notice.recorded !== '' || (opening && prompt.at !== 'person'))) return undefined;
  // Over the notice "hello?" is a greeting.
  if (prompt.at === 'recording' && command === 'repeat' && isGreeting(said.turn.text)) return undefined;
  // "She's not here, call back later" is about somebody else; the flow of the person knows what to do.
  if (opening && prompt.at !== 'pick-up' && command === 'call-later' && /\b(?:she|he|they|her|him|them)\b/.test(plainText(said.turn.text)))
    return undefined;
  // "When can we reach you?" is answered by times to call.
  if (command === 'call-later' && variable && /\b(?:call|reach|contact|phone)\b/i.test(questionOf(draft.context, variable.name).text))
    return undefined;
  // An option may sound like a command ("later", "manager"): what answers a choice is its answer.
  if (variable?.type === 'choice' && !FIRM.has(command) && understand(draft.context, variable.name, said.turn.text).status === 'understood')
    return undefined;
  if (command === 'hang-up' && (prompt.at === 'their-questions' || prompt.at === 'farewell')) return undefined;
  return command;
};

/** Obeys a command in the turn; false when there is none. */
export const onCommand = (draft: Draft, said: Said): boolean => {
  const command = commandAt(draft, said);
  return command !== undefined && obey(draft, command, said);
};

/** Does what the command asks. False when the open prompt takes the words itself. */
export const obey = (draft: Draft, command: Command, said: Pick<Said, 'turn'>): boolean => {
  const { state, context } = draft;
  const quote = said.turn.text;
  switch (command) {
    case 'stop-contact':
      act(draft, { kind: 'suppress', reason: 'stop' });
      act(draft, { kind: 'consent', channel: 'voice', granted: false, quote, turnId: said.turn.id });
      close(draft, 'stop-contact');
      return true;
    case 'wrong-number':
      wrongNumber(draft, said.turn);
      return true;
    case 'ai-opt-out':
      act(draft, { kind: 'consent', channel: 'ai_processing', granted: false, quote, turnId: said.turn.id });
      close(draft, 'ai-opt-out');
      return true;
    case 'human':
      close(draft, 'human-requested');
      return true;
    case 'not-interested':
      close(draft, 'not-interested');
      return true;
    case 'hang-up':
      // They are leaving, which is no refusal: the screening stays open.
      close(draft, 'call-later');
      return true;
    case 'call-later': {
      if (state.prompt.at === 'call-back-time') return false;
      const at = callBackTime(quote, context.now, context.candidate.time_zone);
      if (at !== undefined) callLater(draft, quote);
      else {
        goTo(draft, { at: 'call-back-time' });
        speak(draft, { act: 'ask-call-back-time' });
      }
      return true;
    }
    case 'do-not-record':
      settleRecording(draft, said.turn, false);
      return true;
    case 'allow-recording':
      if (state.consent !== 'given') settleRecording(draft, said.turn, true);
      else {
        speak(draft, { act: 'answer', question: quote }, { text: 'Yes, this call is recorded.' });
        aside(draft);
      }
      return true;
    case 'are-you-a-robot':
      speak(
        draft,
        { act: 'answer', question: quote },
        { text: `Yes, I am an AI assistant for ${context.company.name}. People make the decisions, and you can ask for one at any time.` },
      );
      aside(draft);
      return true;
    case 'slower':
      state.slow = true;
      speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'slower' });
      aside(draft);
      return true;
    case 'repeat':
      repeat(draft);
      return true;
    case 'wait':
      state.waiting = true;
      if (detour(draft)) speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'take-your-time' });
      else reprompt(draft);
      return true;
    default:
      return command satisfies never;
  }
};

/** "Could you say that again?" A question is repeated as often as it would be repaired, and then left: more would only annoy. */
const repeat = (draft: Draft): void => {
  const { prompt } = draft.state;
  if (prompt.at === 'question') {
    const item = itemOf(draft, prompt.variable);
    if (item.repairs >= MAX_REPAIRS) return repairQuestion(draft, prompt.variable, 'again');
    item.repairs += 1;
  }
  speak(draft, { act: 'repair', reason: 'not-understood' }, { manner: 'asked-to-repeat' });
  aside(draft);
};

/** Back to the open prompt after a detour; too many of them count as a failure to answer. */
export const aside = (draft: Draft): void => {
  const { prompt } = draft.state;
  if (detour(draft)) return draft.say.length > 0 ? reprompt(draft) : again(draft);
  draft.state.detours = 0;
  if (prompt.at === 'question') return repairQuestion(draft, prompt.variable, 'again');
  draft.state.tries += 1;
  if (draft.state.tries > 2) return close(draft, prompt.at === 'their-questions' || prompt.at === 'read-back' ? 'finished' : 'limit');
  reprompt(draft);
};
