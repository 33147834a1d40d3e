import { acknowledgement } from './acknowledgement.js';
import type { ChatRequest } from './chat-request.js';
import type { ModelReply } from './completion.js';
import { type Conversation, type PromptState, type PromptVariable, readConversation } from './conversation.js';
import { EXTRACTION_NAME, extract } from './extraction-model.js';
import { answerFrom } from './knowledge-answer.js';
import { type Misbehaviour, misbehave } from './misbehaviour.js';
import { fillSchema } from './schema-filler.js';
import { type Found, findAsked, findVolunteered, isQuestion, toSentences } from './understanding.js';
import { contentWords, NO, overlap, RATHER_NOT, YES } from './value-words.js';
import { findInjection, findWish } from './wishes.js';

/** One call as the model means it; `fitted` brings it into the form of the tool that the request offers. */
interface Act {
  tool: string;
  args: Readonly<Record<string, unknown>>;
}

/**
 * A competent interviewer, as a real model would be one: it knows nothing but the request. It reads the state block of the last system message, the
 * candidate's last words and the tools on offer, acknowledges in a few words, records answers with verbatim quotes, answers questions from the knowledge it was
 * given, and leaves the next question to the plan. A call that was refused it does not make again. With a response shape it writes JSON that fits.
 */
export const interviewerModel = (request: ChatRequest, misbehaviour?: Misbehaviour): ModelReply => {
  const conversation = readConversation(request);
  const reply = request.responseShape ? structured(request, request.responseShape) : interview(request, conversation);
  return misbehaviour ? misbehave(misbehaviour, reply, request, conversation) : reply;
};

const structured = (request: ChatRequest, { name, schema }: { name: string; schema: Record<string, unknown> }): ModelReply => ({
  text: JSON.stringify(fillSchema(schema, name === EXTRACTION_NAME ? extract(request) : undefined)),
  toolCalls: [],
});

const interview = (request: ChatRequest, conversation: Conversation): ModelReply => {
  const { state, results } = conversation;
  if (!state) return { text: request.wantsJson ? '{}' : 'Ready.', toolCalls: [] };
  if (results.length > 0 && results.every(({ refused }) => !refused)) return { text: '', toolCalls: [] };
  const { text, acts } = react(state, conversation);
  const calls = acts.flatMap((act) => fitted(act, request));
  if (results.length > 0) {
    const insists = calls.some((one) => results.some((old) => old.refused && old.name === one.name && old.arguments === one.arguments));
    return insists ? GIVE_UP : { text: '', toolCalls: calls };
  }
  if (calls.length === 0 && request.toolChoice === 'required') return { text, toolCalls: fitted({ tool: 'ask_next', args: {} }, request) };
  return { text, toolCalls: calls };
};

/** What is left when the own understanding was refused. */
const GIVE_UP: ModelReply = { text: 'Sorry, I did not get that right.', toolCalls: [] };
const NOT_CAUGHT = 'Sorry, I did not catch that.';
/** Nobody is thanked for an answer that was not given. */
const DECLINED = 'I understand.';

interface Reaction {
  text: string;
  acts: readonly Act[];
}

const only = (text: string): Reaction => ({ text, acts: [] });
const NEXT: Act = { tool: 'ask_next', args: {} };

const react = (state: PromptState, conversation: Conversation): Reaction => {
  const { turn, said } = conversation;
  const letters = /[\p{L}\p{N}]/u.test(turn);
  if (!letters) return only(NOT_CAUGHT);
  if (findInjection(turn)) return only('Let us stay with your application.');
  const wish = findWish(turn);
  switch (wish?.kind) {
    case 'stop':
      return { text: 'Understood.', acts: [{ tool: 'stop_contact', args: { quote: turn } }] };
    case 'human':
      return { text: 'Of course.', acts: [{ tool: 'request_human', args: { quote: turn } }] };
    case 'wrong-person':
      return { text: 'Sorry about that.', acts: [{ tool: 'wrong_person', args: { quote: turn } }] };
    case 'callback':
      return { text: 'No problem.', acts: [{ tool: 'schedule_callback', args: { when_text: wish.when, quote: turn } }] };
    case 'goodbye':
      return { text: 'Thank you for your time.', acts: [{ tool: 'end_call', args: { reason: 'the candidate said goodbye' } }] };
    case 'repeat':
      return only('Of course.');
    default:
  }
  const questions = toSentences(turn).filter(isQuestion);
  const answered = understand(state, turn);
  const replies = questions.map((question) => ({ question, answer: answerFrom(state.knowledge, question) }));
  if (answered === undefined && replies.length === 0) return only(NOT_CAUGHT);
  const texts = replies.map(({ answer }) => answer);
  return {
    text: [...(answered ? [RATHER_NOT.test(turn) ? DECLINED : acknowledgement(said)] : []), ...texts].join(' '),
    acts: [
      ...(answered?.records ?? []),
      ...replies.map((args): Act => ({ tool: 'answer_candidate_question', args })),
      ...(answered?.goesOn ? [NEXT] : []),
    ],
  };
};

/** What the turn answers; undefined when nothing in it is understood. `goesOn`: the plan may take its next step. */
const understand = ({ open, variables }: PromptState, turn: string): { records: Act[]; goesOn: boolean } | undefined => {
  const record = ({ name }: PromptVariable, { valueText, quote }: Found): Act => ({
    tool: 'record_answer',
    args: { variable: name, value_text: valueText, quote },
  });
  const statements = toSentences(turn).filter((sentence) => !isQuestion(sentence));
  const [first = ''] = statements;
  const asked = variables.find(({ name }) => name === open?.variable);
  const volunteered = (taken: Found | undefined) =>
    variables
      .filter((variable) => variable !== asked && variable.status === 'open')
      .map((variable) => ({ variable, found: findVolunteered(variable, turn) }))
      .filter(
        ({ found }) => found !== undefined && !(taken && (taken.valueText.includes(found.valueText) || found.valueText.includes(taken.valueText))),
      )
      .map(({ variable, found }) => record(variable, found ?? { valueText: turn, quote: turn }));

  switch (open?.kind) {
    case 'question': {
      const found = asked && findAsked(asked, turn);
      const others = volunteered(found);
      if (!asked || (!found && others.length === 0)) return undefined;
      return { records: [...(found ? [record(asked, found)] : []), ...others], goesOn: true };
    }
    case 'confirm': {
      // A corrected value says more than the no before it.
      const found = asked && (findAsked(asked, turn) ?? yesOrNo(first));
      return asked && found ? { records: [record(asked, found)], goesOn: true } : undefined;
    }
    case 'read-back':
    case 'change': {
      const meant = mostLike(variables, turn);
      const found = meant && !(open.kind === 'read-back' && YES.test(first)) ? findAsked(meant, turn.replace(NO, '').trim()) : undefined;
      if (meant && found) return { records: [record(meant, found)], goesOn: true };
      if (open.kind === 'read-back' && YES.test(first)) return { records: [], goesOn: true };
      return NO.test(first) || meant ? { records: [], goesOn: false } : undefined;
    }
    case 'their-questions':
      return statements.length > 0 && (NO.test(first) || /\b(?:that(?:'s| is) (?:all|it)|nothing|all good|i'?m (?:fine|good))\b/i.test(turn))
        ? { records: [], goesOn: true }
        : undefined;
    default:
      return yesOrNo(first) ? { records: [], goesOn: true } : undefined;
  }
};

const yesOrNo = (sentence: string): Found | undefined =>
  YES.test(sentence) || NO.test(sentence) ? { valueText: sentence.replace(/[.!]+$/, ''), quote: sentence } : undefined;

/** The variable that the words are about. */
const mostLike = (variables: readonly PromptVariable[], turn: string): PromptVariable | undefined => {
  const words = contentWords(turn);
  const scored = variables.map((variable) => ({
    variable,
    score:
      overlap(contentWords(`${variable.capture_prompt} ${variable.name.replaceAll('_', ' ')}`), words) + (findVolunteered(variable, turn) ? 2 : 0),
  }));
  const best = scored.sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.variable : undefined;
};

/** The act as a call of an offered tool, its arguments in the shape of the tool; nothing when no such tool may be called. */
const fitted = ({ tool, args }: Act, { tools, toolChoice }: ChatRequest): { name: string; arguments: string }[] => {
  const offered = tools.find(({ name }) => name === tool);
  if (!offered || toolChoice === 'none' || (typeof toolChoice === 'object' && toolChoice.name !== tool)) return [];
  return [{ name: tool, arguments: JSON.stringify(offered.parameters ? fillSchema(offered.parameters, args) : args) }];
};
