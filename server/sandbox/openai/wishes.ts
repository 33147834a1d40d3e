/*
 * What a candidate may want instead of answering. A plain reader's patterns.
 */

export type Wish =
  | { kind: 'stop' }
  | { kind: 'human' }
  | { kind: 'wrong-person' }
  | { kind: 'callback'; when: string | null }
  | { kind: 'goodbye' }
  | { kind: 'repeat' };

const PATTERNS: readonly [Exclude<Wish['kind'], 'callback'>, RegExp][] = [
  [
    'stop',
    /\b(?:stop (?:calling|contacting|bothering)|(?:don'?t|do not|never) (?:ever )?(?:call|contact|phone) (?:me|here)?|take me off|remove (?:me|my number)|unsubscribe)\b/i,
  ],
  [
    'wrong-person',
    /\b(?:wrong (?:number|person)|(?:there(?:'s| is) )?no(?:body| one)? (?:here )?(?:by|of|with) that name|you have the wrong|i(?:'m| am) not (?:dana|the person))\b/i,
  ],
  ['human', /\b(?:speak|talk|connect|transfer|put)\b.{0,20}\b(?:human|person|someone|somebody|recruiter|manager|agent)\b|\breal (?:person|human)\b/i],
  [
    'repeat',
    /\b(?:repeat (?:that|it|the question)|say (?:that|it) again|pardon|come again|what did you say|didn'?t (?:hear|catch|get) (?:that|you))\b/i,
  ],
];
const CALLBACK =
  /\b(?:call(?: me)? (?:back|later|again|tomorrow|tonight|on|at|in)|(?:not a|bad) (?:good )?time|(?:i'm|i am) (?:driving|busy|at work|in a meeting)|another time)\b/i;
const WHEN =
  /\b(?:(?:in|after) (?:an?|one|two|three|half an|\d+) (?:minutes?|hours?|days?|weeks?|hour)|(?:(?:tomorrow|today|tonight|(?:on |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|morning|afternoon|evening|(?:at|after|before|around) (?:noon|\w+(?: thirty| fifteen)?(?: ?[ap]\.?m\b\.?)?)|in the (?:morning|afternoon|evening))[ ,]*)+)/i;

/** The first wish in a turn, in the order of weight. */
export const findWish = (turn: string): Wish | undefined => {
  const kind = PATTERNS.find(([, pattern]) => pattern.test(turn))?.[0];
  if (kind) return { kind };
  if (CALLBACK.test(turn)) return { kind: 'callback', when: WHEN.exec(turn)?.[0]?.replace(/[ ,]+$/, '') ?? null };
  return /^\W*(?:(?:okay|ok|thanks|thank you|well)\W+)*(?:good ?bye|bye(?: bye)?|i have to go|have a (?:good|nice) (?:day|one))\b/i.test(turn)
    ? { kind: 'goodbye' }
    : undefined;
};

/** An order to the assistant itself. `order` is what it shall do. */
export const findInjection = (turn: string): { order: string } | undefined => {
  const order =
    /\b(?:ignore|disregard|forget) (?:all |any |every |the |your |my |previous |prior )*(?:instructions?|rules?|prompts?|guidelines?)\W*(?:and |then |instead )*(.*)$/is.exec(
      turn,
    )?.[1];
  return order === undefined ? undefined : { order: order.trim() };
};
