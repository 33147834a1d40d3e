import type { BsonDocument, BsonValue } from './bson-values.js';
import { walkPath } from './field-path.js';

/** Where in the outermost array the match was found; the positional `$` of an update needs it. */
export interface MatchPosition {
  index: number | undefined;
}

/** A condition on the value at one path. */
export interface FieldCondition {
  readonly kind: 'field';
  readonly path: string;
  readonly parts: readonly string[];
  /** The MongoDB operator, "$eq" for a plain value; the planner reads it and `operand`. */
  readonly operator: string;
  readonly operand: BsonValue;
  /** Whether an array at the end of the path is tested element by element, then as a whole. */
  readonly expandsLeaf: boolean;
  /** Tests one value; may note a position inside it. */
  test(value: BsonValue | undefined, position: MatchPosition): boolean;
}

/** A parsed filter. `all` of an empty list is true. */
export type Filter =
  | { readonly kind: 'all' | 'any'; readonly clauses: readonly Filter[] }
  | { readonly kind: 'not'; readonly clause: Filter }
  | FieldCondition;

/** Whether the document satisfies the filter. The only judge of a match: indexes merely narrow the candidates. */
export const matches = (filter: Filter, document: BsonDocument, position: MatchPosition = { index: undefined }): boolean => {
  switch (filter.kind) {
    case 'all':
      return filter.clauses.every((clause) => matches(clause, document, position));
    case 'any':
      return filter.clauses.some((clause) => matches(clause, document, position));
    case 'not':
      return !matches(filter.clause, document);
    case 'field':
      return walkPath(document, filter.parts, filter.expandsLeaf, (value, index) => {
        if (!filter.test(value, position)) return false;
        if (index !== undefined) position.index = index;
        return true;
      });
    default:
      return filter satisfies never;
  }
};

/** Whether one array element satisfies conditions that apply to it as a whole (`$elemMatch: { $gt: 1 }`, `$pull: { $gt: 1 }`). */
export const matchesElement = (filter: Filter, value: BsonValue): boolean => {
  switch (filter.kind) {
    case 'all':
      return filter.clauses.every((clause) => matchesElement(clause, value));
    case 'any':
      return filter.clauses.some((clause) => matchesElement(clause, value));
    case 'not':
      return !matchesElement(filter.clause, value);
    case 'field':
      return filter.test(value, { index: undefined });
    default:
      return filter satisfies never;
  }
};

/** The field conditions that every match must satisfy: those of the top level and of nested `$and`s. */
export const requiredConditions = (filter: Filter): FieldCondition[] => {
  if (filter.kind === 'field') return [filter];
  // An `any` with one clause is as binding as the clause.
  if (filter.kind === 'all' || (filter.kind === 'any' && filter.clauses.length === 1)) return filter.clauses.flatMap(requiredConditions);
  return [];
};
