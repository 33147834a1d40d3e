import { type BsonDocument, type BsonValue, isDocument } from './bson-values.js';

/** Called for each value that a path reaches; `index` is the position in the outermost array passed on the way. Answering true ends the walk. */
export type VisitValue = (value: BsonValue | undefined, index: number | undefined) => boolean;

/**
 * Walks a dotted path as MongoDB's matcher does: arrays on the way are fanned out over their documents, a number may also be a position, scalars inside such
 * an array yield nothing, and a field absent from a document yields `undefined`. With `expandsLeaf`, an array at the end yields its elements, then itself.
 * Follows: MongoDB source, matcher/path.cpp. Returns whether `visit` ended the walk.
 */
export const walkPath = (document: BsonDocument, parts: readonly string[], expandsLeaf: boolean, visit: VisitValue): boolean =>
  fromDocument(document, { parts, expandsLeaf, visit }, 0, undefined);

interface Walk {
  readonly parts: readonly string[];
  readonly expandsLeaf: boolean;
  readonly visit: VisitValue;
}

const fromDocument = (document: BsonDocument, walk: Walk, from: number, outer: number | undefined): boolean => {
  let value: BsonValue | undefined = document;
  for (let at = from; at < walk.parts.length; at += 1) {
    if (Array.isArray(value)) return fromArray(value, walk, at, outer);
    if (!isDocument(value)) return walk.visit(undefined, outer);
    value = value.get(walk.parts[at] ?? '');
  }
  if (Array.isArray(value) && walk.expandsLeaf) {
    for (const [index, element] of value.entries()) if (walk.visit(element, outer ?? index)) return true;
  }
  return walk.visit(value, outer);
};

const fromArray = (array: readonly BsonValue[], walk: Walk, at: number, outer: number | undefined): boolean => {
  const part = walk.parts[at] ?? '';
  for (const [index, element] of array.entries()) {
    const position = outer ?? index;
    if (isDocument(element) && fromDocument(element, walk, at, position)) return true;
    if (part !== String(index)) continue;
    if (at + 1 === walk.parts.length) {
      if (walk.visit(element, position)) return true;
    } else if (Array.isArray(element)) {
      if (fromArray(element, walk, at + 1, position)) return true;
    } else if (isDocument(element)) {
      if (fromDocument(element, walk, at + 1, position)) return true;
    }
  }
  return false;
};

/** One of the parts that make up a compound key: a value already found, or a path still to be walked from a place in the document. */
type Slot = { readonly value: BsonValue | undefined } | { readonly from: BsonValue | undefined; readonly parts: readonly string[] };

export interface KeyTuples {
  /** Each tuple has one value for each path; a missing field is null, an empty array at the end of a path is `undefined`. */
  readonly tuples: (BsonValue | undefined)[][];
  /** Whether an array was fanned out, so that one document may stand at several places of an index. */
  readonly multikey: boolean;
}

/**
 * The keys of a document over several paths, for indexes and sorting: arrays are fanned out together when the paths share them.
 * Answers undefined when two paths end in different arrays (MongoDB refuses such parallel arrays).
 */
export const keyTuples = (document: BsonDocument, paths: readonly (readonly string[])[]): KeyTuples | undefined => {
  const found = { tuples: [] as (BsonValue | undefined)[][], multikey: false };
  const slots = paths.map((parts): Slot => ({ from: document, parts }));
  return expandSlots(slots, found) ? found : undefined;
};

const expandSlots = (slots: readonly Slot[], found: { tuples: (BsonValue | undefined)[][]; multikey: boolean }): boolean => {
  const settled = slots.map(settleSlot);
  const array = settled.map(arrayOf).find((candidate) => candidate !== undefined);
  if (!array) {
    found.tuples.push(settled.map((slot) => ('value' in slot ? slot.value : null)));
    return true;
  }
  found.multikey = true;
  if (settled.some((slot) => ![undefined, array].includes(arrayOf(slot)))) return false;
  const elements: (BsonValue | undefined)[] = array.length > 0 ? array : [undefined];
  for (const element of elements) {
    const next = settled.map((slot): Slot => {
      if (arrayOf(slot) !== array || 'value' in slot) return slot;
      if (slot.parts.length === 0) return { value: element };
      return isDocument(element) ? { from: element, parts: slot.parts } : { value: null };
    });
    if (!expandSlots(next, found)) return false;
  }
  return true;
};

const arrayOf = (slot: Slot): BsonValue[] | undefined => ('value' in slot || !Array.isArray(slot.from) ? undefined : slot.from);

/** Walks a slot to its end or to the first array on its way; a position (a number right behind an array) is followed. */
const settleSlot = (slot: Slot): Slot => {
  if ('value' in slot) return slot;
  let from = slot.from;
  let at = 0;
  for (; at < slot.parts.length; at += 1) {
    const part = slot.parts[at] ?? '';
    if (isDocument(from)) from = from.get(part);
    else if (Array.isArray(from) && /^\d+$/.test(part)) from = from[Number(part)];
    else break;
  }
  if (Array.isArray(from)) return { from, parts: slot.parts.slice(at) };
  return { value: at < slot.parts.length ? null : (from ?? null) };
};
