import { type BsonDocument, type BsonValue, isDocument, isNumber, isTruthy, toJsNumber } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { matches } from './filter.js';
import { parseFilter } from './parse-filter.js';

/** The fields named on one level: what is kept, dropped, or cut further down. */
type Shape = Map<string, 'leaf' | Shape | ((value: BsonValue) => BsonValue | undefined)>;

export type Project = (document: BsonDocument) => BsonDocument;

/**
 * A find projection: inclusion or exclusion by dotted paths, `$slice` and `$elemMatch`. Fields keep the document's order. Throws MongoDB's codes for
 * mixtures (31253, 31254) and colliding paths (31249), NotImplemented for computed fields and the positional `$`.
 */
export const parseProjection = (projection: BsonDocument): Project => {
  const shape: Shape = new Map();
  const state: { including: boolean | undefined; idIncluded: boolean | undefined } = { including: undefined, idIncluded: undefined };
  addFields(projection, [], shape, state);
  const including = state.including ?? state.idIncluded === true;
  if (including && state.idIncluded !== false && !shape.has('_id')) shape.set('_id', 'leaf');
  if (including && state.idIncluded === false) shape.delete('_id');
  if (!including && state.idIncluded === true) shape.delete('_id');
  return (document) => applyShape(document, shape, including);
};

const addFields = (
  fields: BsonDocument,
  prefix: readonly string[],
  shape: Shape,
  state: { including: boolean | undefined; idIncluded: boolean | undefined },
): void => {
  for (const [name, spec] of fields) {
    const parts = [...prefix, ...name.split('.')];
    const path = parts.join('.');
    if (parts.includes('') || path.startsWith('$'))
      throw new CommandError('BadValue', `FieldPath field names may not be empty or start with '$': '${path}'`);
    if (parts.includes('$')) throw notServed('the positional projection');
    if (isDocument(spec)) {
      const [operator] = spec.keys();
      if (operator === '$slice' || operator === '$elemMatch') {
        if (operator === '$elemMatch') requireMode(state, true, path);
        insertPath(shape, parts, operator === '$slice' ? slicer(spec.get('$slice')) : firstElement(path, spec.get('$elemMatch')));
        if (operator === '$slice' && spec.size > 1) throw notServed('more than one operator on a projected field');
      } else if (operator === undefined || operator.startsWith('$')) throw notServed(`the projection of a computed field (${path})`);
      else addFields(spec, parts, shape, state);
      continue;
    }
    if (typeof spec !== 'boolean' && !isNumber(spec)) throw notServed(`the projection of a computed field (${path})`);
    const included = isTruthy(spec);
    if (path === '_id') state.idIncluded = included;
    else requireMode(state, included, path);
    insertPath(shape, parts, 'leaf');
  }
};

const requireMode = (state: { including: boolean | undefined }, included: boolean, path: string): void => {
  if (state.including === undefined) state.including = included;
  else if (state.including && !included) throw new CommandError('Location31254', `Cannot do exclusion on field ${path} in inclusion projection`);
  else if (!state.including && included) throw new CommandError('Location31253', `Cannot do inclusion on field ${path} in exclusion projection`);
};

const insertPath = (shape: Shape, parts: readonly string[], leaf: 'leaf' | ((value: BsonValue) => BsonValue | undefined)): void => {
  const collision = () => new CommandError('Location31249', `Path collision at ${parts.join('.')}`);
  let level = shape;
  for (const part of parts.slice(0, -1)) {
    const next = level.get(part) ?? new Map();
    if (!(next instanceof Map)) throw collision();
    level.set(part, next);
    level = next;
  }
  const last = parts.at(-1) ?? '';
  if (level.has(last)) throw collision();
  level.set(last, leaf);
};

const applyShape = (document: BsonDocument, shape: Shape, including: boolean): BsonDocument => {
  const result: BsonDocument = new Map();
  for (const [name, value] of document) {
    const spec = shape.get(name);
    if (spec === undefined) {
      if (!including) result.set(name, value);
    } else if (spec === 'leaf') {
      if (including) result.set(name, value);
    } else {
      const kept = typeof spec === 'function' ? spec(value) : applyBelow(value, spec, including);
      if (kept !== undefined) result.set(name, kept);
    }
  }
  return result;
};

/** Inclusion drops scalars where a document was expected; exclusion keeps them. */
const applyBelow = (value: BsonValue, shape: Shape, including: boolean): BsonValue | undefined => {
  if (isDocument(value)) return applyShape(value, shape, including);
  if (Array.isArray(value)) return value.map((item) => applyBelow(item, shape, including)).filter((item) => item !== undefined);
  return including ? undefined : value;
};

const slicer = (operand: BsonValue | undefined): ((value: BsonValue) => BsonValue) => {
  const [first, second] = (Array.isArray(operand) ? operand : [operand]).map((item) => toJsNumber(item));
  if (first === undefined || (Array.isArray(operand) && (second === undefined || second <= 0))) {
    throw new CommandError('Location28812', 'Invalid $slice syntax: give a number, or [skip, positive limit]');
  }
  return (value) => {
    if (!Array.isArray(value)) return value;
    if (second === undefined) return first >= 0 ? value.slice(0, first) : value.slice(first);
    const from = first >= 0 ? first : Math.max(0, value.length + first);
    return value.slice(from, from + second);
  };
};

const firstElement = (path: string, operand: BsonValue | undefined): ((value: BsonValue) => BsonValue | undefined) => {
  if (!isDocument(operand)) throw new CommandError('BadValue', `$elemMatch: Invalid argument, object required for ${path}`);
  const filter = parseFilter(new Map([['list', new Map([['$elemMatch', operand]])]]));
  return (value) => {
    const position = { index: undefined as number | undefined };
    if (!Array.isArray(value) || !matches(filter, new Map([['list', value]]), position) || position.index === undefined) return undefined;
    const found = value[position.index];
    return found === undefined ? undefined : [found];
  };
};
