/**
 * MongoDB's own error codes for everything that the embedded store refuses or fails at, so that the driver and mongoose react as they do to a server.
 * Follows: MongoDB source, error_codes.yml.
 */
export const ERROR_CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  Overflow: 15,
  AuthenticationFailed: 18,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  UnsatisfiableWriteConcern: 100,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  TransactionTooOld: 225,
  NotImplemented: 238,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
  Location15947: 15947,
  Location15955: 15955,
  Location15957: 15957,
  Location15958: 15958,
  Location15959: 15959,
  Location15972: 15972,
  Location15973: 15973,
  Location15976: 15976,
  KeyTooLong: 17280,
  Location17419: 17419,
  Location28812: 28812,
  Location31249: 31249,
  Location31253: 31253,
  Location31254: 31254,
  Location40156: 40156,
  Location40160: 40160,
  Location40234: 40234,
  Location40238: 40238,
  Location40323: 40323,
  Location40324: 40324,
  Location40352: 40352,
  Location40414: 40414,
  Location40415: 40415,
  Location51091: 51091,
  Location51108: 51108,
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

/** A refusal or failure that is answered to the client as `{ ok: 0, code, codeName, errmsg }`, or as one `writeErrors` entry of a batch. */
export class CommandError extends Error {
  readonly codeName: ErrorName;
  readonly code: number;

  constructor(codeName: ErrorName, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandError';
    this.codeName = codeName;
    this.code = ERROR_CODES[codeName];
  }
}

/** The refusal of something that MongoDB knows and this store does not serve. `what` names it, for example "the $where operator". */
export const notServed = (what: string): CommandError =>
  new CommandError('NotImplemented', `The embedded store does not support ${what}. Set MONGODB_URI to use a MongoDB server.`);
