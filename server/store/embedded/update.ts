import { type BsonDocument, type BsonValue, isDocument } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { equalValues } from './compare.js';
import { type Filter, matches } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { copyDocument, type Place, placeAt } from './update-document.js';
import { type FieldChange, modifierFields, parseFieldChange } from './update-operators.js';

/** One change of one path, in the order in which MongoDB applies them. */
interface PathChange {
  readonly operator: string;
  readonly parts: readonly string[];
  readonly change: FieldChange | { readonly renameTo: readonly string[] };
}

/** A parsed update: the whole new document, or changes of paths. */
export type Update =
  | { readonly kind: 'replacement'; readonly document: BsonDocument }
  | { readonly kind: 'changes'; readonly changes: readonly PathChange[]; readonly arrayFilters: ReadonlyMap<string, Filter> };

/** What an update may know of the document it is applied to. */
export interface UpdateCircumstances {
  /** Where the filter matched in an array, for the positional `$`. */
  readonly matchedIndex: number | undefined;
  /** True for the document that an upsert inserts: `$setOnInsert` applies. */
  readonly inserting: boolean;
  /** Wall clock, ms since the epoch. */
  readonly now: number;
}

/** A parsed update; throws MongoDB's codes for unknown modifiers (9), conflicting paths (40) and array filters that fit nothing (2, 9). */
export const parseUpdate = (update: BsonValue | undefined, arrayFilters: readonly BsonValue[]): Update => {
  if (Array.isArray(update)) throw notServed('updates by an aggregation pipeline');
  if (!isDocument(update)) throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  const [first] = update.keys();
  if (!first?.startsWith('$')) {
    if (arrayFilters.length > 0) throw new CommandError('FailedToParse', 'arrayFilters may not be specified for replacement-style updates');
    const modifier = [...update.keys()].find((name) => name.startsWith('$'));
    if (modifier !== undefined) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${modifier}' is not allowed in the context of an update's replacement document.`,
      );
    }
    return { kind: 'replacement', document: update };
  }
  const changes = [...update].flatMap(([operator, operand]) =>
    [...modifierFields(operator, operand)].map(([path, value]) => parseChange(operator, path, value)),
  );
  checkConflicts(changes);
  const filters = parseArrayFilters(arrayFilters, changes);
  // MongoDB applies changes in the order of their paths, numbers by value; the order of new fields follows from it.
  return { kind: 'changes', changes: changes.sort((a, b) => comparePaths(a.parts, b.parts)), arrayFilters: filters };
};

const parsePath = (path: string): string[] => {
  const parts = path.split('.');
  if (path === '' || parts.includes(''))
    throw new CommandError('EmptyFieldName', `The update path '${path}' contains an empty field name, which is not allowed.`);
  if (parts.filter((part) => part === '$').length > 1)
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  if (parts[0] === '$' || parts[0]?.startsWith('$['))
    throw new CommandError('BadValue', `Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
  const reserved = parts.find((part) => part.startsWith('$') && part !== '$' && !/^\$\[[A-Za-z0-9]*\]$/.test(part));
  if (reserved !== undefined)
    throw new CommandError('DollarPrefixedFieldName', `The dollar ($) prefixed field '${reserved}' in '${path}' is not valid for storage.`);
  return parts;
};

const parseChange = (operator: string, path: string, operand: BsonValue): PathChange => {
  const change = operator === '$rename' ? undefined : parseFieldChange(operator, path, operand);
  const parts = parsePath(path);
  if (change) return { operator, parts, change };
  if (typeof operand !== 'string') throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${path}`);
  const renameTo = parsePath(operand);
  if ([...parts, ...renameTo].some((part) => part.startsWith('$')))
    throw new CommandError('BadValue', `The source and target of $rename may not be dynamic: ${path}`);
  return { operator, parts, change: { renameTo } };
};

const startsWith = (path: readonly string[], prefix: readonly string[]): boolean => prefix.every((part, index) => path[index] === part);

const checkConflicts = (changes: readonly PathChange[]): void => {
  const paths = changes.flatMap(({ parts, change }) => ('renameTo' in change ? [parts, change.renameTo] : [parts]));
  for (const [index, path] of paths.entries()) {
    const other = paths.slice(0, index).find((earlier) => startsWith(earlier, path) || startsWith(path, earlier));
    if (other)
      throw new CommandError('ConflictingUpdateOperators', `Updating the path '${path.join('.')}' would create a conflict at '${other.join('.')}'`);
  }
};

const comparePaths = (a: readonly string[], b: readonly string[]): number => {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x = '', y = ''] = [a[index], b[index]];
    if (x === y) continue;
    const bothNumbers = /^\d+$/.test(x) && /^\d+$/.test(y);
    return bothNumbers && Number(x) !== Number(y) ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return a.length - b.length;
};

const parseArrayFilters = (documents: readonly BsonValue[], changes: readonly PathChange[]): Map<string, Filter> => {
  const filters = new Map<string, Filter>();
  for (const document of documents) {
    if (!isDocument(document)) throw new CommandError('TypeMismatch', 'Each of arrayFilters must be an object');
    const [name, ...others] = identifiersOf(document);
    if (name === undefined) throw new CommandError('FailedToParse', 'Cannot use an expression without a top-level field name in arrayFilters');
    if (others.length > 0)
      throw new CommandError(
        'FailedToParse',
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${others[0]}'`,
      );
    if (!/^[a-z][A-Za-z0-9]*$/.test(name))
      throw new CommandError(
        'BadValue',
        `The top-level field name in an array filter must be alphanumeric and begin with a lowercase letter, found '${name}'`,
      );
    if (filters.has(name)) throw new CommandError('FailedToParse', `Found multiple array filters with the same top-level field name ${name}`);
    filters.set(name, parseFilter(document));
  }
  const used = new Set(changes.flatMap(({ parts }) => parts.map((part) => /^\$\[(.+)\]$/.exec(part)?.[1])));
  for (const name of filters.keys()) {
    if (!used.has(name)) throw new CommandError('FailedToParse', `The array filter for identifier '${name}' was not used in the update`);
  }
  for (const name of used) {
    if (name !== undefined && !filters.has(name)) throw new CommandError('BadValue', `No array filter found for identifier '${name}'`);
  }
  return filters;
};

const identifiersOf = (filter: BsonDocument): string[] => {
  const names = [...filter].flatMap(([name, value]) => {
    if (!name.startsWith('$')) return [name.split('.')[0] ?? ''];
    return Array.isArray(value) ? value.filter(isDocument).flatMap(identifiersOf) : [];
  });
  return [...new Set(names)];
};

/**
 * The document after the update, a new one; the given document is left as it was. Throws ImmutableField (66) when `_id` would change, PathNotViable (28),
 * TypeMismatch (14) or BadValue (2) when an operator does not fit what is stored.
 */
export const applyUpdate = (document: BsonDocument, update: Update, circumstances: UpdateCircumstances): BsonDocument => {
  const result = update.kind === 'replacement' ? replaced(document, update.document) : changed(document, update, circumstances);
  const id = document.get('_id');
  if (id !== undefined && (!result.has('_id') || !equalValues(result.get('_id'), id))) {
    throw new CommandError('ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  return result;
};

const replaced = (document: BsonDocument, replacement: BsonDocument): BsonDocument => {
  const copy = copyDocument(replacement);
  const id = copy.get('_id') ?? document.get('_id');
  copy.delete('_id');
  return id === undefined ? copy : new Map<string, BsonValue>([['_id', id], ...copy]);
};

const changed = (document: BsonDocument, update: Update & { kind: 'changes' }, circumstances: UpdateCircumstances): BsonDocument => {
  const result = copyDocument(document);
  const touched: string[][] = [];
  for (const { operator, parts, change } of update.changes) {
    if (operator === '$setOnInsert' && !circumstances.inserting) continue;
    if ('renameTo' in change) {
      rename(result, parts, change.renameTo);
      continue;
    }
    for (const concrete of concretePaths(result, parts, update.arrayFilters, circumstances)) {
      const clash = touched.find((earlier) => startsWith(earlier, concrete) || startsWith(concrete, earlier));
      if (clash) throw new CommandError('ConflictingUpdateOperators', `Update created a conflict at '${clash.join('.')}'`);
      touched.push(concrete);
      const place = placeAt(result, concrete, change.creates);
      if (place) change.apply(place, { path: concrete.join('.'), now: circumstances.now });
    }
  }
  return result;
};

const rename = (document: BsonDocument, from: readonly string[], to: readonly string[]): void => {
  const source = placeAt(document, from, false);
  const value = source?.get();
  if (!source || value === undefined) return;
  for (const path of [from, to]) {
    const inArray = path.some((_, index) => index > 0 && Array.isArray(placeAt(document, path.slice(0, index), false)?.get()));
    if (inArray) throw new CommandError('BadValue', `The source and destination of $rename cannot be an array element: '${path.join('.')}'`);
  }
  source.unset();
  const target: Place | undefined = placeAt(document, to, true);
  target?.set(value);
};

/** Replaces `$`, `$[]` and `$[name]` by the positions they stand for in this document. */
const concretePaths = (
  document: BsonDocument,
  parts: readonly string[],
  filters: ReadonlyMap<string, Filter>,
  circumstances: UpdateCircumstances,
): string[][] => {
  const dynamic = parts.findIndex((part) => part.startsWith('$'));
  if (dynamic < 0) return [[...parts]];
  const [before, part, after] = [parts.slice(0, dynamic), parts[dynamic] ?? '', parts.slice(dynamic + 1)];
  const expand = (index: number) => concretePaths(document, [...before, String(index), ...after], filters, circumstances);
  if (part === '$') {
    if (circumstances.matchedIndex === undefined)
      throw new CommandError('BadValue', 'The positional operator did not find the match needed from the query.');
    return expand(circumstances.matchedIndex);
  }
  const array = placeAt(document, before, false)?.get();
  const path = before.join('.');
  if (array === undefined) throw new CommandError('BadValue', `The path '${path}' must exist in the document in order to apply array updates.`);
  if (!Array.isArray(array)) throw new CommandError('BadValue', `Cannot apply array updates to non-array element ${path}`);
  const name = part.slice(2, -1);
  const filter = filters.get(name);
  return [...array.entries()].filter(([, element]) => !filter || matches(filter, new Map([[name, element]]))).flatMap(([index]) => expand(index));
};
