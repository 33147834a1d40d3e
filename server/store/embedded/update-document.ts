import type { BsonDocument, BsonValue } from './bson-values.js';
import { isDocument, typeNameOf } from './bson-values.js';
import { CommandError } from './command-error.js';

/** MongoDB pads an array with nulls up to a written position, but not beyond this many. */
const MAX_ARRAY_PADDING = 1_500_000;

/** The place of a value in a document that is being changed. */
export interface Place {
  get(): BsonValue | undefined;
  set(value: BsonValue): void;
  /** Removes a field; an array element becomes null, as in MongoDB. */
  unset(): void;
}

const isPosition = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

/**
 * The place at a path of concrete names and positions. With `create`, missing documents on the way are made; without, a missing parent gives undefined.
 * Throws PathNotViable when a scalar or a non-numeric name of an array stands in the way of a write.
 */
export const placeAt = (document: BsonDocument, parts: readonly string[], create: boolean): Place | undefined => {
  let container: BsonValue = document;
  for (const [depth, part] of parts.entries()) {
    const last = depth === parts.length - 1;
    const place = directPlace(container, part, create, parts[depth - 1]);
    if (!place || last) return place;
    let next = place.get();
    if (next === undefined) {
      if (!create) return undefined;
      next = new Map();
      place.set(next);
    }
    container = next;
  }
  return undefined;
};

const directPlace = (container: BsonValue, part: string, create: boolean, parent: string | undefined): Place | undefined => {
  if (isDocument(container)) {
    return {
      get: () => container.get(part),
      set: (value) => void container.set(part, value),
      unset: () => void container.delete(part),
    };
  }
  if (Array.isArray(container) && isPosition(part)) {
    const index = Number(part);
    return {
      get: () => container[index],
      set: (value) => {
        if (index > container.length + MAX_ARRAY_PADDING)
          throw new CommandError('BadValue', `can't backfill more than ${MAX_ARRAY_PADDING} elements`);
        while (container.length < index) container.push(null);
        container[index] = value;
      },
      unset: () => {
        if (index < container.length) container[index] = null;
      },
    };
  }
  if (!create) return undefined;
  throw new CommandError('PathNotViable', `Cannot create field '${part}' in element {${parent ?? ''}: ${typeNameOf(container)}}`);
};

/** A copy that shares nothing mutable with the original: operands of an update may be written into many documents. */
export const copyValue = (value: BsonValue): BsonValue => {
  if (Array.isArray(value)) return value.map(copyValue);
  if (isDocument(value)) return copyDocument(value);
  return value;
};

export const copyDocument = (document: BsonDocument): BsonDocument => new Map([...document].map(([name, value]) => [name, copyValue(value)]));
