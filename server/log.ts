import { type Logger, pino } from 'pino';
import type { Config } from './config.js';

/** Enough digits to be somebody's number, in the form in which we and the vendors write it. */
const NUMBER = /\+\d{3,11}(\d{4})(?!\d)/g;

const masked = (text: string): string => text.replace(NUMBER, '+…$1');

/** An error as it is logged. Causes are left out: they are a vendor's or a driver's own objects, which carry requests, numbers and keys. */
export const describeError = (error: unknown): Record<string, string> => {
  if (!(error instanceof Error)) return { message: masked(String(error)) };
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: String(error.code) } : {};
  const stack = error.stack === undefined ? {} : { stack: masked(error.stack) };
  return { type: error.name, message: masked(error.message), ...code, ...stack };
};

/** The server's log: one JSON object a line on standard output, or where `write` says. Telephone numbers are masked, in errors to their last four digits. */
export const createLog = (level: Config['logLevel'], destination?: { write(line: string): void }): Logger => {
  const options = {
    level,
    redact: { paths: ['to', 'from', '*.to', '*.from'], censor: '[number]' },
    serializers: { err: describeError },
  };
  return destination ? pino(options, destination) : pino(options);
};
