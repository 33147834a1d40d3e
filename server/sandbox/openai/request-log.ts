/** A prompt takes some 20 kB. */
const MAX_ENTRIES = 500;

/** One request, for tests and scenarios. */
export interface LoggedRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON; undefined for a request without one. */
  body: unknown;
  model: string | undefined;
  /** Counts the connections since the start: requests with the same number shared one. */
  connection: number;
  /** Undefined while nothing was sent. */
  status: number | undefined;
  /** Resolves when the exchange is over, and how: the reply was sent whole, the client left, or a fault broke it. */
  over: Promise<'answered' | 'client-gone' | 'cut'>;
}

export interface RequestLog {
  add(entry: LoggedRequest): void;
  entries(): LoggedRequest[];
  /** Resolves when `count` requests have come since the start. */
  reached(count: number): Promise<void>;
}

export const createRequestLog = (): RequestLog => {
  const entries: LoggedRequest[] = [];
  let total = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > MAX_ENTRIES) entries.shift();
      total += 1;
      for (const one of waiting) if (one.count <= total) one.resolve();
      waiting = waiting.filter(({ count }) => count > total);
    },
    entries: () => [...entries],
    reached: (count) => (count <= total ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
  };
};
