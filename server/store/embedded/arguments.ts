import { type BsonDocument, type BsonValue, isDocument, isTruthy, toJsNumber, typeNameOf } from './bson-values.js';
import { CommandError } from './command-error.js';

/**
 * The fields of a command or of one of its statements, read with their types. Every accessor throws TypeMismatch (14) for a wrong type and answers undefined
 * (or its default) for an absent field or null.
 */
export class Arguments {
  readonly fields: BsonDocument;
  readonly #owner: string;

  /** `owner` names the command in messages, as in "find". */
  constructor(owner: string, fields: BsonDocument) {
    this.#owner = owner;
    this.fields = fields;
  }

  value(name: string): BsonValue | undefined {
    return this.fields.get(name) ?? undefined;
  }

  document(name: string): BsonDocument | undefined {
    const value = this.value(name);
    if (value === undefined || isDocument(value)) return value;
    throw this.#mismatch(name, value, 'object');
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string') return value;
    if (value === undefined) throw new CommandError('Location40414', `BSON field '${this.#owner}.${name}' is missing but a required field`);
    throw this.#mismatch(name, value, 'string');
  }

  list(name: string): BsonValue[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.#mismatch(name, value, 'array');
  }

  documents(name: string): BsonDocument[] {
    return this.list(name).map((item) => {
      if (isDocument(item)) return item;
      throw this.#mismatch(name, item, 'object');
    });
  }

  /** A whole number of at least 0. */
  count(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = toJsNumber(value);
    if (number === undefined) throw this.#mismatch(name, value, 'long');
    if (number < 0 || !Number.isInteger(number))
      throw new CommandError('BadValue', `BSON field '${name}' value must be >= 0, actual value '${number}'`);
    return number;
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (value !== undefined && typeof value !== 'boolean' && toJsNumber(value) === undefined) throw this.#mismatch(name, value, 'bool');
    return isTruthy(value);
  }

  /** Refuses fields outside of `known`: 40415, or NotImplemented for those in `notServed` when they are set. */
  check(known: readonly string[], notServed: readonly string[] = []): void {
    for (const [name, value] of this.fields) {
      if (known.includes(name)) continue;
      if (!notServed.includes(name)) throw new CommandError('Location40415', `BSON field '${this.#owner}.${name}' is an unknown field.`);
      if (isTruthy(value))
        throw new CommandError(
          'NotImplemented',
          `The embedded store does not support the option '${name}' of ${this.#owner}. Set MONGODB_URI to use a MongoDB server.`,
        );
    }
  }

  #mismatch(name: string, value: BsonValue, expected: string): CommandError {
    return new CommandError(
      'TypeMismatch',
      `BSON field '${this.#owner}.${name}' is the wrong type '${typeNameOf(value)}', expected type '${expected}'`,
    );
  }
}
