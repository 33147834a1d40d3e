import { type BsonDocument, type BsonValue, isDocument } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import type { Filter } from './filter.js';
import { parseOperators } from './query-operators.js';

/** A parsed filter; throws BadValue for operators and operands that MongoDB does not know, NotImplemented for those that this store does not serve. */
export const parseFilter = (filter: BsonDocument): Filter => {
  const clauses: Filter[] = [];
  for (const [name, operand] of filter) {
    if (!name.startsWith('$')) {
      clauses.push(...parseFieldConditions(name, operand));
      continue;
    }
    switch (name) {
      case '$and':
        clauses.push({ kind: 'all', clauses: parseClauses(name, operand) });
        break;
      case '$or':
        clauses.push({ kind: 'any', clauses: parseClauses(name, operand) });
        break;
      case '$nor':
        clauses.push({ kind: 'not', clause: { kind: 'any', clauses: parseClauses(name, operand) } });
        break;
      case '$comment':
        break;
      case '$where':
      case '$expr':
      case '$text':
      case '$jsonSchema':
      case '$sampleRate':
      case '$alwaysTrue':
      case '$alwaysFalse':
        throw notServed(`the query operator ${name}`);
      default:
        throw new CommandError(
          'BadValue',
          `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
        );
    }
  }
  const [only] = clauses;
  return clauses.length === 1 && only ? only : { kind: 'all', clauses };
};

const parseClauses = (name: string, operand: BsonValue): Filter[] => {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', `${name} must be an array`);
  if (operand.length === 0) throw new CommandError('BadValue', `${name} must be a nonempty array`);
  return operand.map((clause) => {
    if (!isDocument(clause)) throw new CommandError('BadValue', `${name} argument's entries must be objects`);
    return parseFilter(clause);
  });
};

/** The conditions that a filter puts on one path, as in `{ path: operand }`; all must hold. Throws as `parseFilter`. */
export const parseFieldConditions = (path: string, operand: BsonValue): Filter[] => parseOperators(path, operand, parseFilter);
