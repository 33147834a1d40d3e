import { MAX_DOCUMENT_BYTES } from './bson-bytes.js';
import { type BsonValue, numberValue } from './bson-values.js';
import { CommandError } from './command-error.js';
import { okReply } from './reply.js';
import type { Command } from './statement.js';

/** Largest message on the wire, bytes; MongoDB's own. */
export const MAX_MESSAGE_BYTES = 48_000_000;

/** The oldest protocol that OP_MSG drivers speak, and that of MongoDB 7.0: a later one would make drivers send the `bulkWrite` command. */
const MIN_WIRE_VERSION = 0;
const MAX_WIRE_VERSION = 21;

/** Sessions idle for longer may be forgotten, minutes; MongoDB's own. */
export const SESSION_TIMEOUT_MINUTES = 30;

const SET_NAME = 'screenline-embedded';

/** Extra fields of a client's greeting that need no answer: nothing is compressed and nobody logs in. */
const HELLO_FIELDS = [
  'helloOk',
  'client',
  'compression',
  'loadBalanced',
  'saslSupportedMechs',
  'speculativeAuthenticate',
  'hostInfo',
  'internalClient',
  'backpressure',
];

/**
 * Presents the engine as the primary of a replica set of one, since drivers use sessions and retryable writes only then. No topologyVersion, so that
 * they poll instead of holding a stream open. Follows: MongoDB specifications, "MongoDB Handshake" and "Server Discovery And Monitoring".
 */
const greeting = (name: 'hello' | 'isMaster' | 'ismaster'): Command => ({
  writes: false,
  fields: [name, ...HELLO_FIELDS],
  run: (engine) =>
    okReply({
      helloOk: true,
      [name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
      secondary: false,
      setName: SET_NAME,
      setVersion: 1,
      hosts: [engine.address],
      primary: engine.address,
      me: engine.address,
      maxBsonObjectSize: MAX_DOCUMENT_BYTES,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      maxWriteBatchSize: 100_000,
      localTime: new Date(engine.now()),
      logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
      connectionId: 1,
      minWireVersion: MIN_WIRE_VERSION,
      maxWireVersion: MAX_WIRE_VERSION,
      readOnly: false,
    }),
});

const constant = (name: string, fields: Record<string, BsonValue | number> = {}): Command => ({
  writes: false,
  fields: [name],
  run: () => okReply(fields),
});

const buildInfo = constant('buildInfo', {
  version: '7.0.0',
  versionArray: [7, 0, 0, 0].map(numberValue),
  // Says plainly that this is no MongoDB server.
  gitVersion: 'screenline embedded store, single process',
  modules: ['screenline-embedded'],
  bits: 64,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
});

const noLogin = (name: string): Command => ({
  writes: false,
  fields: [name, 'mechanism', 'payload', 'options', 'conversationId', 'user', 'nonce', 'key', 'autoAuthorize'],
  run: () => {
    throw new CommandError('AuthenticationFailed', 'The embedded store has no users: leave user and password out of the connection string.');
  },
});

/** Commands by which a client gets to know the engine. */
export const HANDSHAKE_COMMANDS: Readonly<Record<string, Command>> = {
  hello: greeting('hello'),
  isMaster: greeting('isMaster'),
  ismaster: greeting('ismaster'),
  ping: constant('ping'),
  buildInfo,
  buildinfo: { ...buildInfo, fields: ['buildinfo'] },
  saslStart: noLogin('saslStart'),
  saslContinue: noLogin('saslContinue'),
  authenticate: noLogin('authenticate'),
  getnonce: noLogin('getnonce'),
  logout: constant('logout'),
};
