import type { Turn } from '../../schemas/transcript.js';
import type { Interpretation } from '../answers/kind.js';
import { sameValue } from '../answers/same-value.js';
import { plainText } from '../commands.js';
import { acknowledge, declineAnswer, type Heard, isKnockedOut, settleAwaiting, takeValue } from './answering.js';
import { again, askNext, askToConfirm, giveUpAndGoOn, offerOnFile, type Problem, repairQuestion } from './asking.js';
import { attribute, soundsLikeCorrection } from './attribution.js';
import { type Draft, detour, itemOf, speak } from './draft.js';
import { close } from './ending.js';
import { interpretKeys, keysIn } from './keypad.js';
import { SURE, variableOf } from './plan.js';
import { understand } from './understanding.js';

/*
 * An answer to a question of the script: understood, written down, said back, or repaired. Parts of it may correct earlier answers or answer later questions.
 */

/** A candidate turn as the flows take it. `statement` is the turn without the questions in it. */
export interface Said {
  turn: Turn;
  statement: string;
  confidence: number;
  /** What the turn cut off: the act, and the share of its words that was heard. */
  cut: { act: string; share: number } | undefined;
}

/** An answer given over this little of its question is not believed: it is a nod to what was said before. */
const HEARD_ENOUGH = 0.6;
/** A yes to something said back counts only when the value in it was heard. */
export const SAID_ENOUGH = 0.7;
const NOD = /^(?:(?:yes|yeah|yep|yup|okay|ok|right|sure|uh huh|mhm|mm|hmm|alright|great|good|fine|thanks|thank you|i see|got it)(?: |$))+$/;

export const isNod = (said: string): boolean => NOD.test(plainText(said));

/** What the clauses of a statement say about other questions than the open one. */
interface Elsewhere {
  changed: string[];
  added: string[];
  /** Something known was only said once more. */
  restated: boolean;
  /** What is left for the open question; empty when the whole turn was about others. */
  rest: string;
}

/** Corrects earlier answers and takes early ones out of a statement. `open` is undefined when no question is open. */
export const takeElsewhere = (draft: Draft, said: Said, open: string | undefined): Elsewhere => {
  const result: Elsewhere = { changed: [], added: [], restated: false, rest: said.statement };
  const clauses = attribute(draft, said.statement, open);
  const correcting = soundsLikeCorrection(said.statement);
  const others = clauses.filter(({ about }) => about !== undefined && about !== open);
  const left: string[] = [];
  for (const { text, about } of clauses) {
    if (about === undefined || about === open || (open !== undefined && !correcting && belongsToOpen(draft, open, text))) {
      left.push(text);
      continue;
    }
    const item = itemOf(draft, about);
    // A correction is understood with its opening words, which may hold the "no" that it turns on.
    const known = item.answer?.value;
    const replaced = open === undefined || correcting ? known : undefined;
    const heard: Heard = { interpretation: understand(draft.context, about, text, replaced), turns: [said.turn], confidence: said.confidence };
    const { status, value, confidence } = heard.interpretation;
    if (status !== 'understood' || value === undefined) {
      left.push(text);
      continue;
    }
    if (known !== undefined) {
      if (sameValue(known, value)) {
        result.restated = true;
        continue;
      }
      if (takeValue(draft, about, heard) !== 'unproven') result.changed.push(about);
    } else if (confidence >= SURE && item.answer?.status !== 'declined') {
      if (takeValue(draft, about, heard) !== 'unproven') result.added.push(about);
    } else left.push(text);
  }
  if (others.length > 0) {
    const bare = left.filter(
      (text) => !soundsLikeCorrection(text) && !(result.changed.length > 0 && /^(?:no|nope|wait|sorry|actually|oh)$/.test(plainText(text))),
    );
    const kept = correcting && result.changed.length > 0 ? bare.filter((text) => plainText(text) !== 'no') : bare;
    result.rest = spanOf(said.statement, kept);
  }
  return result;
};

/**
 * A clause that answers the open question is its answer, whatever else it mentions: "Monday morning" is a day. A yes or no fits every clause and proves
 * nothing; free text takes all but an explicit correction.
 */
const belongsToOpen = (draft: Draft, open: string, clause: string): boolean => {
  const { type } = variableOf(draft.context, open);
  if (type === 'text') return true;
  return type !== 'yes-no' && understand(draft.context, open, clause).status === 'understood';
};

/** The verbatim stretch of a statement from its first to its last kept clause. */
const spanOf = (statement: string, kept: readonly string[]): string => {
  const first = kept[0];
  const last = kept.at(-1);
  if (first === undefined || last === undefined) return '';
  return statement.slice(statement.indexOf(first), statement.lastIndexOf(last) + last.length);
};

/**
 * A value without a subject, said where no question is open: it replaces the one answer whose kind it fits. Undefined when none or several would take it.
 */
export const takeOnlyOfKind = (draft: Draft, said: Said): string | undefined => {
  const fits = Object.keys(draft.state.items).flatMap((name) => {
    const { type } = variableOf(draft.context, name);
    const known = itemOf(draft, name).answer?.value;
    if (known === undefined || type === 'yes-no' || type === 'text') return [];
    // Any figure could be the end of a number or an address: those are replaced whole.
    const replaced = type === 'phone' || type === 'email' ? undefined : known;
    const interpretation = understand(draft.context, name, said.statement, replaced);
    const fit = interpretation.status === 'understood' && interpretation.value !== undefined && !sameValue(known, interpretation.value);
    return fit ? [{ name, heard: { interpretation, turns: [said.turn], confidence: said.confidence } }] : [];
  });
  const [only] = fits;
  if (!only || fits.length > 1) return undefined;
  return takeValue(draft, only.name, only.heard) === 'unproven' ? undefined : only.name;
};

/** Words over the next question that take back the answer before it: "no wait, no". */
const correctPrevious = (draft: Draft, said: Said, open: string): boolean => {
  const previous = draft.state.lastVariable;
  if (previous === null || previous === open) return false;
  const early = said.cut !== undefined && (said.cut.act === 'acknowledge' || said.cut.share < HEARD_ENOUGH);
  if (!early && !/\b(?:last (?:one|question|answer)|previous|before that|i said|earlier)\b/.test(plainText(said.statement))) return false;
  if (!soundsLikeCorrection(said.statement) && !/^(?:no|nope)\b/.test(plainText(said.statement))) return false;
  const known = itemOf(draft, previous).answer?.value;
  const heard: Heard = {
    interpretation: understand(draft.context, previous, said.statement, known),
    turns: [said.turn],
    confidence: said.confidence,
  };
  const { status, value } = heard.interpretation;
  if (status !== 'understood' || value === undefined || sameValue(known, value)) return false;
  return takeValue(draft, previous, heard) !== 'unproven' && resumeAfterChange(draft, [previous]);
};

/** Says back what was changed, asks it back where the policy wants that, and returns to the open question. */
export const resumeAfterChange = (draft: Draft, changed: readonly string[]): true => {
  settleAwaiting(draft, changed);
  for (const name of changed) if (!itemOf(draft, name).toConfirm) acknowledge(draft, name, true);
  askNext(draft);
  return true;
};

export const onQuestion = (draft: Draft, said: Said, name: string): void => {
  const keys = keysIn(said.turn.text);
  if (keys !== undefined) {
    settleAwaiting(draft);
    return takeForOpen(draft, name, {
      interpretation: interpretKeys(draft.context, variableOf(draft.context, name), keys),
      turns: [said.turn],
      confidence: 1,
    });
  }
  if (meansThisNumber(draft, name, said.statement)) return;
  if (correctPrevious(draft, said, name)) return;
  const unheard = said.cut !== undefined && (said.cut.act !== 'ask' || said.cut.share < HEARD_ENOUGH);
  if (unheard && isNod(said.statement) && detour(draft)) return again(draft);
  const elsewhere = takeElsewhere(draft, said, name);
  settleAwaiting(draft, [...elsewhere.changed, ...elsewhere.added]);
  for (const other of [...elsewhere.changed, ...elsewhere.added])
    if (!itemOf(draft, other).toConfirm) acknowledge(draft, other, elsewhere.changed.includes(other));
  const moved = elsewhere.changed.length + elsewhere.added.length > 0;
  if (moved && elsewhere.rest === '') return askNext(draft);
  if (elsewhere.restated && elsewhere.rest === '') return detour(draft) ? again(draft) : repairQuestion(draft, name, 'again');
  const pieces = [...draft.state.pieces, said.turn];
  const whole = draft.state.pieces.length > 0 ? pieces.map((piece) => piece.text).join(' ') : elsewhere.rest;
  const interpretation = understand(draft.context, name, whole);
  if (interpretation.status === 'unclear' && moved) return askNext(draft);
  if (interpretation.status === 'unclear' && interpretation.problem === 'incomplete' && pieces.length < 4 && canComeInPieces(draft, name)) {
    draft.state.pieces = pieces;
    return speak(draft, { act: 'repair', variable: name, reason: 'not-understood' }, { manner: 'incomplete' });
  }
  if (unheard && interpretation.status === 'unclear' && detour(draft)) return again(draft);
  takeForOpen(draft, name, { interpretation, turns: pieces, confidence: said.confidence });
};

const THIS_NUMBER =
  /\b(?:this|same|current) (?:number|phone|one|line|cell|mobile)\b|\b(?:number|one|phone) (?:(?:that )?you(?:'re| are)? (?:just )?(?:called|call|calling|dialed|dialled|reached|have|using)|(?:that )?(?:i'm|i am) (?:on|calling from|talking on|speaking on|using))\b/;

/** "This one", said of a telephone number, is the one that was called, which is on file: read out, so that a yes can prove it. */
const meansThisNumber = (draft: Draft, name: string, said: string): boolean => {
  const plain = plainText(said);
  const known = draft.context.on_file[name];
  const { type } = variableOf(draft.context, name);
  if (type !== 'phone' || known === undefined || !THIS_NUMBER.test(plain) || /\d|\b(?:not|no|isn't|don't|other|another|different)\b/.test(plain))
    return false;
  settleAwaiting(draft);
  offerOnFile(draft, name, known);
  return true;
};

const canComeInPieces = (draft: Draft, name: string): boolean => ['phone', 'email'].includes(variableOf(draft.context, name).type);

/** Takes, declines or repairs the answer to the open question, and goes on. */
export const takeForOpen = (draft: Draft, name: string, heard: Heard): void => {
  const { interpretation } = heard;
  switch (interpretation.status) {
    case 'declined':
      declineAnswer(draft, name, heard);
      speak(draft, { act: 'acknowledge', variable: name }, { manner: 'declined' });
      return askNext(draft);
    case 'unclear':
      return repairQuestion(draft, name, problemOf(interpretation));
    case 'understood': {
      const taken = takeValue(draft, name, heard);
      if (taken === 'unproven' || interpretation.value === undefined) return repairQuestion(draft, name, 'again');
      if (taken === 'explicit') return askToConfirm(draft, name, interpretation.value);
      if (taken === 'implicit') acknowledge(draft, name, false);
      else speak(draft, { act: 'acknowledge', variable: name }, { manner: 'thanks' });
      return isKnockedOut(draft) ? close(draft, 'unqualified') : askNext(draft);
    }
    default:
      return interpretation.status satisfies never;
  }
};

const problemOf = ({ problem }: Interpretation): Problem => {
  if (problem === 'out-of-range' || problem === 'past' || problem === 'future') return problem;
  return 'again';
};

/** Nothing came although pieces had been given: what there is was not enough. */
export const onPiecesEnd = (draft: Draft, name: string): void => {
  if (itemOf(draft, name).repairs >= 2 && itemOf(draft, name).lastTry) return giveUpAndGoOn(draft, name);
  repairQuestion(draft, name, 'again');
};
