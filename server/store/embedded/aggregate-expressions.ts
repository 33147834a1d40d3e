import { type BsonDocument, type BsonValue, isDocument } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';

/** The value of an expression for a document; undefined when it is missing. */
export type Expression = (document: BsonDocument) => BsonValue | undefined;

/**
 * A parsed expression: field paths ("$a.b"), `$literal`, constants, and documents and lists of them. Every other operator and every variable is refused by
 * name.
 */
export const parseExpression = (expression: BsonValue): Expression => {
  if (typeof expression === 'string') return expression.startsWith('$') ? parseFieldPath(expression) : () => expression;
  if (Array.isArray(expression)) {
    const items = expression.map(parseExpression);
    return (document) => items.map((item) => item(document) ?? null);
  }
  if (!isDocument(expression)) return () => expression;
  const [first] = expression.keys();
  if (first === '$literal') {
    const literal = expression.get('$literal');
    return () => literal;
  }
  if (first?.startsWith('$')) throw notServed(`the expression operator ${first}`);
  const fields = [...expression].map(([name, value]) => [name, parseExpression(value)] as const);
  return (document) => {
    const result: BsonDocument = new Map();
    for (const [name, evaluate] of fields) {
      const value = evaluate(document);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
};

/** The parts of "$a.b". Throws for "$$variable" and empty names. */
export const fieldPathParts = (path: string): string[] => {
  if (path.startsWith('$$')) throw notServed(`the variable ${path}`);
  const parts = path.slice(1).split('.');
  if (!path.startsWith('$') || parts.some((part) => part === '' || part.startsWith('$'))) {
    throw new CommandError('Location40352', `'${path}' is not a valid field path: names may be neither empty nor begin with $`);
  }
  return parts;
};

const parseFieldPath = (path: string): Expression => {
  const parts = fieldPathParts(path);
  return (document) => valueAt(document, parts);
};

/** In expressions an array of documents gives the array of their values; positions are not followed. */
const valueAt = (value: BsonValue | undefined, parts: readonly string[]): BsonValue | undefined => {
  const [part, ...rest] = parts;
  if (part === undefined) return value;
  if (isDocument(value)) return valueAt(value.get(part), rest);
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => valueAt(item, parts)).filter((item) => item !== undefined);
};
