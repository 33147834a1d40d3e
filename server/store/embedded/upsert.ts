import type { BsonDocument } from './bson-values.js';
import { CommandError } from './command-error.js';
import type { FieldCondition } from './filter.js';
import { copyValue, placeAt } from './update-document.js';

/**
 * The document that an upsert starts from: the values that the filter fixes by equality (`a: 1`, `$eq`, an `$in` of one). A replacement takes the `_id` only.
 * Throws NotSingleValueField (54) when the filter fixes one path twice.
 */
export const upsertBase = (conditions: readonly FieldCondition[], kind: 'replacement' | 'changes'): BsonDocument => {
  const document: BsonDocument = new Map();
  for (const { path, parts, operator, operand } of conditions) {
    const [only, ...others] = operator === '$in' && Array.isArray(operand) ? operand : [operand];
    if ((operator !== '$eq' && operator !== '$in') || only === undefined || others.length > 0) continue;
    if (kind === 'replacement' && path !== '_id') continue;
    const place = placeAt(document, parts, true);
    if (place?.get() !== undefined)
      throw new CommandError('NotSingleValueField', `cannot infer query fields to set, path '${path}' is matched twice`);
    place?.set(copyValue(only));
  }
  return document;
};
