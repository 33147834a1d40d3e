import type { Arguments } from './arguments.js';
import type { Catalog } from './catalog.js';
import { CommandError } from './command-error.js';
import type { Cursors } from './cursors.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

/** Everything that commands work with. */
export interface Engine {
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly records: Records;
  readonly cursors: Cursors;
  /** Where clients reach the engine, as `hello` tells them: "path.sock" or "127.0.0.1:1234". */
  readonly address: string;
  /** Wall clock, ms since the epoch. */
  now(): number;
}

/** One command as a client sent it, on its way to its handler. */
export interface Statement {
  readonly name: string;
  readonly database: string;
  readonly arguments: Arguments;
  /** The documents that came beside the body ("documents", "updates", "deletes"), as bytes. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  /** Throws MaxTimeMSExpired (50) when the client's time for this command is over. Called between blocks of work. */
  checkTime(): void;
}

/** How one command is answered. */
export interface Command {
  /** Writing commands run inside a durable transaction. */
  readonly writes: boolean;
  /** The fields it understands, besides those every command may carry. */
  readonly fields: readonly string[];
  /** Fields that MongoDB knows and this store refuses when they are set. */
  readonly notServed?: readonly string[];
  /** The reply's bytes. Throws CommandError for what is answered with `ok: 0`. */
  run(engine: Engine, statement: Statement): Buffer;
}

/** The collection that the command's first field names. Throws InvalidNamespace (73). */
export const collectionNameOf = (statement: Statement, field = statement.name): string => {
  const name = statement.arguments.text(field);
  if (name === '' || name.includes('$') || name.includes('\0') || name.startsWith('.') || name.endsWith('.') || name.startsWith('system.')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${statement.database}.${name}'`);
  }
  return name;
};
