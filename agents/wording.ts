import type { AnswerValue, MoneyValue } from '../schemas/answer.js';
import type { OutputVariable } from '../schemas/caller-bot.js';
import type { CloseReason } from '../schemas/ports/interviewer.js';
import { spokenInstant } from './interview/call-back.js';
import type { Manner, Say } from './interview/draft.js';
import { KEYPAD_TYPES } from './interview/keypad.js';
import { filled, type InterviewContext, orderedQuestions, questionOf, variableOf } from './interview/plan.js';
import type { InterviewState } from './interview/state.js';
import { payUnitInWords, speakable } from './speakable.js';
import { spokenName, spokenOptions } from './spoken-names.js';

/*
 * English templates for the acts of the interview: short first clauses, because the first words decide how fast a reply feels, and several forms of each, so
 * that nobody hears the same sentence twice in a row.
 *
 * Some forms are recognised from outside by their words alone, by people who listen and by the scenario runner. They keep their form:
 *
 *   question        ends with the text (or follow-up) of a question of the bot, unaltered
 *   confirm         "for NAME, I have VALUE. Is that right?", of a yes or no "I have yes for NAME. Is that right?"; NAME is the variable's with spaces
 *   read-back       "Let me read that back. For NAME, VALUE. … Is that all correct?", "Is it all correct now?"
 *   change          "What should I change?"
 *   any questions   "… do you have any questions for me?", "Is there anything else?"
 *   idle            "Are you still there?"
 *   closing         ends with "Goodbye."
 */

/** Chooses one of several equal forms, avoiding what was said last. */
export type Vary = (forms: readonly [string, ...string[]]) => string;

const REPAIRS: Readonly<
  Record<
    Exclude<
      Manner,
      | 'value-only'
      | 'declined'
      | 'changed'
      | 'thanks'
      | 'not-recorded'
      | 'recorded'
      | 'one-moment'
      | 'recording-stopped'
      | 'parting'
      | 'parted'
      | 'keypad'
      | 'rephrase'
    >,
    readonly [string, ...string[]]
  >
> = {
  again: ["Sorry, I didn't catch that.", 'Sorry, I missed that.', "Sorry, I didn't get that."],
  'out-of-range': ["Sorry, that doesn't fit here.", "Sorry, I can't take that value."],
  past: ['Sorry, that date is in the past.', 'Sorry, that day has passed already.'],
  future: ['Sorry, that date is still to come.', 'Sorry, that day is in the future.'],
  incomplete: ['Go on.', 'And then?', "I'm listening."],
  link: ["No problem. I'll text you a link to type it in.", "That's fine. You'll get a text with a link for that."],
  'give-up': ["No problem, let's move on.", "That's fine, we'll leave that one."],
  'asked-to-repeat': ['Of course.', 'Sure.', 'Sure, once more.'],
  slower: ['Sure, I will go slower.', 'Of course, more slowly.'],
  'take-your-time': ['Sure, take your time.', 'Of course, go ahead.', 'No hurry.'],
  'stop-check': ['Do you want us to stop contacting you?', 'Would you like us to stop contacting you?'],
  'once-more': ['Once more.', 'Okay, once more.', 'Let me say that again.'],
  'back-to-it': ['Sorry about that.', 'Okay, let me ask again.', 'Sorry, once more.'],
};

const asList = (parts: readonly string[], last: 'and' | 'or'): string => {
  if (parts.length <= 1) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1) ?? ''}`;
};

/** A variable as it is spoken of: with its option labels as they are inside a sentence. */
const spokenVariable = (context: InterviewContext, name: string): OutputVariable => {
  const variable = variableOf(context, name);
  if (!variable.options) return variable;
  const { text, follow_up } = questionOf(context, name);
  return { ...variable, options: spokenOptions(variable.options, `${text} ${follow_up ?? ''}`) };
};

/** How to answer, when the question alone did not do it. */
const hint = (variable: OutputVariable): string => {
  switch (variable.type) {
    case 'yes-no':
      return 'A yes or a no is enough.';
    case 'choice':
      return `You can say ${asList(
        (variable.options ?? []).map((option) => option.label ?? option.value),
        'or',
      )}.`;
    case 'number':
      return 'Just a number, please.';
    case 'money':
      return 'Just an amount, please.';
    case 'date':
      return 'A day and a month, please.';
    case 'phone':
      return 'Digit by digit, please.';
    case 'email':
      return 'Slowly, with at and dot, please.';
    case 'availability':
      return 'Days and times, please.';
    case 'text':
      return 'In your own words, please.';
    default:
      return variable.type satisfies never;
  }
};

/** What is taken, where the author set limits: without them a figure outside would be refused again and again. */
const payLimits = (variable: OutputVariable, language: string): string => {
  const { min, max, currency = '', period = 'hour' } = variable;
  const said = (value: MoneyValue): string => speakable(value, variable, language);
  if (min !== undefined && max !== undefined) return ` It can be ${said({ min, max, currency, period })}.`;
  if (min !== undefined) return ` It can be ${said({ amount: min, currency, period })} or more.`;
  return max === undefined ? '' : ` It can be ${said({ amount: max, currency, period })} or less.`;
};

/** Keys in words: what is said is then what is written down, whatever a voice makes of figures. */
const KEYS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

const keypadHint = (variable: OutputVariable, language: string): string => {
  if (variable.type === 'yes-no') return 'You can use your keypad: press one for yes, or two for no.';
  if (variable.type === 'money')
    return `You can use your keypad: type the amount in ${payUnitInWords(variable)}, with star for the point, and then press hash.${payLimits(variable, language)}`;
  if (variable.type !== 'choice') return 'You can type it on your keypad, and then press hash.';
  const keys = KEYS.flatMap((key, index) => {
    const option = variable.options?.[index];
    return option ? [`${key} for ${option.label ?? option.value}`] : [];
  });
  return `You can use your keypad: press ${asList(keys, 'or')}.`;
};

/** A value as it is said. */
const spokenValue = (context: InterviewContext, name: string, value: AnswerValue): string =>
  speakable(value, spokenVariable(context, name), context.bot.language);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Worded so that any name fits, also one that is no thing: "I have yes for eighteen or over." */
const confirmation = (context: InterviewContext, name: string, value: AnswerValue): string => {
  const label = spokenName(variableOf(context, name));
  const said = spokenValue(context, name, value);
  if (label === '') return `I have ${said}. Is that right?`;
  return typeof value === 'boolean' ? `I have ${said} for ${label}. Is that right?` : `For ${label}, I have ${said}. Is that right?`;
};

const readBack = (context: InterviewContext, state: InterviewState): string => {
  const said = orderedQuestions(context.bot).flatMap(({ variable }) => {
    const value = state.items[variable]?.answer?.value;
    const asked = variableOf(context, variable);
    // Nobody wants to hear a story of their own again.
    if (value === undefined || asked.type === 'text') return [];
    const label = spokenName(asked);
    return [`${label ? `for ${label}, ` : ''}${spokenValue(context, variable, value)}`];
  });
  return `Let me read that back. ${said.map((part) => `${capital(part)}.`).join(' ')} Is that all correct?`;
};

/** A goodbye in two parts: a word to what was said, and what happens next. Who calls is told between them where that is still owed. */
const closing = (
  context: InterviewContext,
  { person }: Pick<InterviewState, 'person'>,
  reason: CloseReason,
  at: string | undefined,
): readonly [first: string, rest: string] => {
  const { company, candidate, bot, now } = context;
  // A name is for its bearer.
  const thanks = person === 'confirmed' ? `Thank you, ${candidate.first_name}.` : 'Thank you.';
  switch (reason) {
    case 'finished':
      return [thanks, `A person at ${company.name} will look at your answers and get back to you. Goodbye.`];
    case 'unqualified':
      return [`${thanks} That is all I need.`, `A person at ${company.name} will review this and get back to you. Goodbye.`];
    case 'stop-contact':
      return ['Understood.', 'We will not contact you again. Goodbye.'];
    case 'human-requested':
      return ['Of course.', `A person from ${company.name} will contact you. Goodbye.`];
    case 'recording-refused':
      return ['I understand.', `A person from ${company.name} will contact you instead. Goodbye.`];
    case 'ai-opt-out':
      return ["That's fine.", `A person from ${company.name} will contact you instead of me. Goodbye.`];
    case 'call-later': {
      if (!at) return ['No problem.', 'We will try again another time. Goodbye.'];
      const when = spokenInstant(at, now, candidate.time_zone, bot.language);
      return ['No problem.', `We will call ${person === 'confirmed' ? 'you' : 'again'} ${when}. Goodbye.`];
    }
    case 'wrong-number':
      return ['Sorry to have bothered you.', 'We will not call this number again. Goodbye.'];
    case 'not-interested':
      return ['Thank you for telling me.', 'I will let the team know. Goodbye.'];
    case 'silence':
      return ["I still can't hear you, so I will end the call here.", 'We will be in touch. Goodbye.'];
    case 'limit':
      return ['I have to stop here.', `${thanks} We will be in touch. Goodbye.`];
    case 'voicemail':
    case 'not-a-person':
      return ['Thank you.', 'Goodbye.'];
    default:
      return reason satisfies never;
  }
};

const acknowledgement = (context: InterviewContext, state: InterviewState, say: Say, vary: Vary): string => {
  if (say.manner === 'parting') return closing(context, state, state.closing ?? 'limit', undefined)[0];
  if (say.manner === 'declined') return vary(["That's fine.", 'No problem at all.', "That's okay."]);
  if (say.manner === 'not-recorded') return "That's fine, this call is not recorded.";
  if (say.manner === 'recorded') return 'Thank you, this call is recorded from here on.';
  if (say.manner === 'one-moment') return vary(['Thanks, just a moment.', 'Thank you, one moment.']);
  if (say.manner === 'recording-stopped') return "Of course, I've stopped recording.";
  if (say.manner === 'thanks') return vary(['Thank you.', 'Thanks.', 'Great.']);
  const { act } = say;
  if (act.act !== 'acknowledge' || act.variable === undefined || act.value === undefined) return vary(['Okay.', 'Alright.']);
  const value = spokenValue(context, act.variable, act.value);
  const label = spokenName(variableOf(context, act.variable));
  if (say.manner === 'value-only') {
    // A bare "yes" would sound like an answer of the agent's own.
    return typeof act.value === 'boolean' ? vary([`That's a ${value}.`, `I'll put ${value}.`, `I have that as a ${value}.`]) : `${capital(value)}.`;
  }
  if (say.manner === 'changed')
    return vary([`Okay, I changed ${label || 'that'} to ${value}.`, `Got it, ${label ? `${label} is now` : 'now'} ${value}.`]);
  return vary([`${capital(value)}, got it.`, `Okay, ${value}.`, `Thanks, ${value}.`]);
};

const idle = (state: InterviewState, context: InterviewContext, nth: number): string => {
  if (nth <= 1) return 'Are you still there?';
  const { prompt } = state;
  const variable = prompt.at === 'question' ? spokenVariable(context, prompt.variable) : undefined;
  if (variable && KEYPAD_TYPES.has(variable.type)) return `I can't hear you. ${keypadHint(variable, context.bot.language)} Or say call me later.`;
  return "I can't hear you. If this is a bad time, say call me later.";
};

/** The words of an act. Fixed texts are said as they stand. */
export const wordsFor = (context: InterviewContext, state: InterviewState, say: Say, vary: Vary): string => {
  const { act } = say;
  switch (act.act) {
    case 'greet':
    case 'disclose':
    case 'ask-recording':
    case 'ask-right-person':
    case 'introduce':
    case 'voicemail':
    case 'ask':
      return say.text ?? '';
    case 'confirm':
      return confirmation(context, act.variable, act.value);
    case 'acknowledge':
      return acknowledgement(context, state, say, vary);
    case 'repair': {
      const variable = act.variable === undefined ? undefined : spokenVariable(context, act.variable);
      if (say.manner === 'rephrase') return `${vary(['Let me put it another way.', 'Let me try once more.'])}${variable ? ` ${hint(variable)}` : ''}`;
      if (say.manner === 'keypad') return variable ? keypadHint(variable, context.bot.language) : vary(REPAIRS.again);
      const forms = say.manner && say.manner in REPAIRS ? REPAIRS[say.manner as keyof typeof REPAIRS] : REPAIRS.again;
      return vary(forms);
    }
    case 'answer':
      return (
        say.text ?? vary(["I don't know that one. I will ask the team to tell you.", "That I can't say. I will pass the question on to the team."])
      );
    case 'read-back':
      return state.readBacks > 1 ? 'Is it all correct now?' : readBack(context, state);
    case 'ask-change':
      return vary(['What should I change?', 'Sorry. What would you like to change?']);
    case 'ask-call-back-time':
      return vary(['When should we call you back?', 'What would be a good time to call you back?']);
    case 'invite-questions':
      return state.prompt.at === 'their-questions' && state.prompt.invited
        ? vary(['Is there anything else?', 'Anything else you would like to know?'])
        : 'Is there anything else, or do you have any questions for me?';
    case 'idle':
      return idle(state, context, act.nth);
    case 'apologise':
      return vary(['Sorry, the line cut out for a moment.', 'Sorry, I lost you for a moment.']);
    case 'close': {
      if (say.text !== undefined) return /\b(?:good ?bye|bye)\b/i.test(say.text) ? say.text : `${filled(context, say.text)} Goodbye.`;
      const [first, rest] = closing(context, state, act.reason, say.at);
      return say.manner === 'parted' ? rest : `${first} ${rest}`;
    }
    default:
      return act satisfies never;
  }
};
