import { Binary } from 'bson';
import { AGGREGATE_COMMANDS } from './aggregate.js';
import { Arguments } from './arguments.js';
import { decodeBson } from './bson-bytes.js';
import { type BsonValue, isDocument, toJsNumber } from './bson-values.js';
import { CATALOG_COMMANDS } from './catalog-commands.js';
import { CommandError, notServed } from './command-error.js';
import { FIND_AND_MODIFY } from './find-and-modify.js';
import type { GroupCommit } from './group-commit.js';
import { HANDSHAKE_COMMANDS } from './handshake.js';
import { READ_COMMANDS } from './read-commands.js';
import { errorReply, okReply } from './reply.js';
import type { RetryableWrites } from './retryable-writes.js';
import type { Command, Engine, Statement } from './statement.js';
import { WRITE_COMMANDS } from './write-commands.js';

/** Fields that any command may carry. */
const COMMON_FIELDS = ['$db', 'lsid', 'txnNumber', '$clusterTime', '$readPreference', 'readConcern', 'writeConcern', 'maxTimeMS', 'comment'];

/** One command as it came off the wire. */
export interface WireCommand {
  readonly body: Buffer;
  /** Documents sent beside the body, by field name. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  /** The database, where the body does not say (legacy greeting). */
  readonly database?: string;
}

export interface Dispatcher {
  /** The reply's bytes; never rejects: failures are replies too. */
  answer(command: WireCommand): Promise<Buffer>;
}

/** Finds each command's handler, checks what all commands share, and runs the writing ones inside the group's transaction. */
export const createDispatcher = (engine: Engine, commits: GroupCommit, retries: RetryableWrites, monotonicMs: () => number): Dispatcher => {
  const commands: ReadonlyMap<string, Command> = new Map(
    Object.entries({
      ...HANDSHAKE_COMMANDS,
      ...READ_COMMANDS,
      ...WRITE_COMMANDS,
      ...FIND_AND_MODIFY,
      ...CATALOG_COMMANDS,
      ...AGGREGATE_COMMANDS,
      ...sessionCommands(retries),
    }),
  );

  const run = async ({ body, sequences, database }: WireCommand): Promise<Buffer> => {
    const fields = decodeBson(body);
    const [name = ''] = fields.keys();
    const command = commands.get(name);
    if (!command) throw new CommandError('CommandNotFound', `no such command: '${name}'`);
    const given = new Arguments(name, fields);
    if (fields.has('startTransaction') || fields.has('autocommit')) throw notServed('multi-document transactions');
    given.check([...COMMON_FIELDS, ...command.fields], command.notServed);
    for (const sequence of sequences.keys()) {
      if (!command.fields.includes(sequence)) throw new CommandError('Location40415', `BSON field '${name}.${sequence}' is an unknown field.`);
    }
    checkConcerns(given);
    const statement: Statement = {
      name,
      database: database ?? databaseOf(given),
      arguments: given,
      sequences,
      checkTime: timeCheck(given.count('maxTimeMS') ?? 0, monotonicMs),
    };
    if (!command.writes) return command.run(engine, statement);
    const retry = retryOf(given);
    return commits.submit(() => {
      const first = retry && retries.findAnswer(retry.session, retry.number);
      if (first) return first;
      const answer = command.run(engine, statement);
      if (retry) retries.keepAnswer(retry.session, retry.number, answer);
      return answer;
    });
  };

  return {
    answer: async (command) => {
      try {
        return await run(command);
      } catch (error) {
        return errorReply(
          error instanceof CommandError
            ? error
            : new CommandError('InternalError', `The embedded store failed: ${error instanceof Error ? error.message : error}`, error),
        );
      }
    },
  };
};

const databaseOf = (given: Arguments): string => {
  const database = given.text('$db');
  if (database === '' || database.length > 63 || /[/\\. "$*<>:|?\0]/.test(database))
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  return database;
};

const timeCheck = (maxTimeMs: number, monotonicMs: () => number): (() => void) => {
  if (maxTimeMs === 0) return () => {};
  const startedMs = monotonicMs();
  return () => {
    if (monotonicMs() - startedMs > maxTimeMs) throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  };
};

/** One machine holds the data: every read is of committed, durable data, and a write waits for this machine alone. */
const checkConcerns = (given: Arguments): void => {
  const w = given.document('writeConcern')?.get('w');
  if (typeof w === 'string' ? w !== 'majority' : (toJsNumber(w) ?? 1) > 1) {
    throw new CommandError('UnsatisfiableWriteConcern', 'Not enough data-bearing nodes: the embedded store is one. Use w: 1 or w: "majority".');
  }
  const concern = given.document('readConcern');
  const level = concern?.get('level');
  if (level !== undefined && !['local', 'available', 'majority'].includes(String(level))) throw notServed(`the read concern ${String(level)}`);
  const other = [...(concern?.keys() ?? [])].find((name) => name !== 'level');
  if (other !== undefined) throw notServed(`the read concern field ${other}`);
};

const sessionBytes = (lsid: BsonValue | undefined): Buffer | undefined => {
  const id = isDocument(lsid) ? lsid.get('id') : undefined;
  return id instanceof Binary && id.position === 16 ? Buffer.from(id.value()) : undefined;
};

const retryOf = (given: Arguments): { session: Buffer; number: bigint } | undefined => {
  const number = given.value('txnNumber');
  if (number === undefined) return undefined;
  const session = sessionBytes(given.value('lsid'));
  if (typeof number !== 'bigint' || !session) throw new CommandError('InvalidOptions', 'A txnNumber needs an int64 value and a session');
  return { session, number };
};

const sessionCommands = (retries: RetryableWrites): Record<string, Command> => ({
  endSessions: {
    writes: true,
    fields: ['endSessions'],
    run: (_, statement) => {
      const sessions = statement.arguments.list('endSessions');
      for (const lsid of sessions) {
        const session = sessionBytes(lsid);
        if (session) retries.forget(session);
      }
      return okReply();
    },
  },
  refreshSessions: { writes: false, fields: ['refreshSessions'], run: () => okReply() },
});
