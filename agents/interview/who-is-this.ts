import { plainText } from '../commands.js';
import type { Draft } from './draft.js';
import { plainYesOrNo } from './understanding.js';

/*
 * Who is on the line, from what they say of themselves and of the candidate.
 */

const namesOf = ({ context }: Draft): { first: string; last: string } => {
  const plain = (name: string) => plainText(name).replace(/[^\p{L}\p{N} ']/gu, '');
  return { first: plain(context.candidate.first_name), last: plain(context.candidate.last_name) };
};

/** "This is her mother", "I'm his roommate", "it's Dana's phone": somebody who speaks of the person is not the person. */
export const speaksOfThem = (draft: Draft, said: string): boolean => {
  const { first, last } = namesOf(draft);
  const theirs = ['her', 'his', 'their', ...(first === '' ? [] : [`${first}'s`, `${first} ${last}'s`])].join('|');
  const themselves = `(?:this is|it's|it is|i'm|i am|you've got|you're (?:speaking|talking) (?:to|with))`;
  const other = `(?:only |just )?(?:${theirs}) (?!(?:speaking|here|calling|now)\\b)\\p{L}`;
  const denial = `not (?:${first === '' ? '' : `${first}|`}her|him|them)\\b`;
  return new RegExp(`\\b${themselves} (?:${other}|${denial})`, 'u').test(plainText(said));
};

/** "This is Dana", "Dana speaking", "hi, it's Dana here". */
export const saysName = (draft: Draft, said: string): boolean => {
  const { first: name } = namesOf(draft);
  const plain = plainText(said);
  return (
    name !== '' &&
    !/\b(?:not|isn't|no)\b/.test(plain) &&
    !speaksOfThem(draft, said) &&
    new RegExp(`\\b(?:this is|it's|it is|i'm|i am|yes|hello|hi) ${name}\\b|^${name}$|\\b${name}(?: \\w+)? (?:speaking|here)\\b`).test(plain)
  );
};

/** "She's at work": where the person is, told by somebody else. */
const ABSENT =
  /\b(?:(?:she|he|they) (?:can't|cannot|can not|couldn't|won't|just left|left|went)|(?:she|he|they)(?:'s| is|'re| are)? ?(?:not|isn't|out|away|at work|asleep|sleeping|busy|gone|in the shower|in bed|driving)|isn't (?:here|in|home|available)|not (?:here|in|home|available|around)(?: right now| at the moment)?|(?:she|he|they)(?:'ll| will) be back|call (?:her|him|them)|stepped out)\b/;
const FETCHING =
  /\b(?:hold on|hang on|one (?:moment|second|minute|sec)|just a (?:moment|second|minute|sec)|i'll get|let me get|i'll (?:put|pass)|here (?:she|he|they)|wait)\b/;

/** Fetched is somebody else, whatever yes stands before it: "sure, I'll get her". */
const FETCHES_THEM =
  /\b(?:i'll|i will|let me|i'm going to|i can) (?:go (?:and )?)?(?:get|fetch|find|grab|put|pass|call) (?:\w+ ){0,4}?(?:her|him|them|on)\b|\bhere (?:she|he|they) (?:is|are|comes?)\b/;

/** The answer to "am I speaking with Dana?", at the greeting or after the notice. True when it said something about who this is. */
export const whoIsThis = (draft: Draft, said: string): 'yes' | 'no' | 'absent' | 'fetching' | undefined => {
  const plain = plainText(said);
  if (saysName(draft, said)) return 'yes';
  if (ABSENT.test(plain)) return 'absent';
  if (speaksOfThem(draft, said)) return 'no';
  if (FETCHES_THEM.test(plain)) return 'fetching';
  const yes = plainYesOrNo(draft.context, said);
  if (yes !== true && FETCHING.test(plain)) return 'fetching';
  if (yes !== undefined) return yes ? 'yes' : 'no';
  return undefined;
};

/** "She's at work": told by somebody else. */
export const tellsOfAbsence = (said: string): boolean => ABSENT.test(plainText(said));
