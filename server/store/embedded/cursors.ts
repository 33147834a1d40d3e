import { MAX_DOCUMENT_BYTES } from './bson-bytes.js';
import { CommandError } from './command-error.js';

/** One reply's worth of documents, and the id under which more can be had (0 when there are no more). */
export interface Batch {
  readonly documents: readonly Buffer[];
  readonly cursor: bigint;
}

interface OpenCursor {
  readonly namespace: string;
  readonly documents: Iterator<Buffer, void>;
  /** A document that was read but did not fit the last reply. */
  held: Buffer | undefined;
  lastUsedAt: number;
}

/** The cursors that clients have open: positions in running queries. */
export interface Cursors {
  /** The first batch of a query; keeps a cursor when there is more and `single` is false. */
  open(namespace: string, documents: Iterator<Buffer, void>, batch: { size: number; single: boolean }): Batch;
  /** The next batch; `size` 0 means as many as fit. Throws CursorNotFound (43). */
  next(cursor: bigint, namespace: string, size: number): Batch;
  /** Whether the cursor was open. */
  close(cursor: bigint): boolean;
  /** Closes those over a namespace (all of a database when it ends in a dot): what they read has gone, and a silent early end would be a wrong answer. */
  closeOver(namespace: string): void;
  /** Closes those unused for ten minutes, as MongoDB does. */
  closeIdle(): void;
}

const IDLE_MS = 10 * 60_000;

/** More than any client here needs; beyond it the one unused for longest is closed. */
const MAX_CURSORS = 1000;

/** `now` is the wall clock in ms. Ids start from it, so that a cursor from before a restart is never taken for a new one. */
export const createCursors = (now: () => number): Cursors => {
  const cursors = new Map<bigint, OpenCursor>();
  let lastId = BigInt(Math.round(now())) << 16n;

  const take = (cursor: OpenCursor, size: number): { documents: Buffer[]; finished: boolean } => {
    const documents: Buffer[] = [];
    let bytes = 0;
    while (documents.length < size) {
      const document = cursor.held ?? (cursor.documents.next().value || undefined);
      cursor.held = undefined;
      if (!document) return { documents, finished: true };
      if (documents.length > 0 && bytes + document.length > MAX_DOCUMENT_BYTES) {
        cursor.held = document;
        return { documents, finished: false };
      }
      documents.push(document);
      bytes += document.length;
    }
    return { documents, finished: false };
  };

  return {
    open(namespace, documents, { size, single }) {
      const cursor: OpenCursor = { namespace, documents, held: undefined, lastUsedAt: now() };
      const batch = take(cursor, size);
      if (batch.finished || single) return { documents: batch.documents, cursor: 0n };
      const [oldest] = cursors.keys();
      if (cursors.size >= MAX_CURSORS && oldest !== undefined) cursors.delete(oldest);
      lastId += 1n;
      cursors.set(lastId, cursor);
      return { documents: batch.documents, cursor: lastId };
    },
    next(id, namespace, size) {
      const cursor = cursors.get(id);
      if (!cursor || cursor.namespace !== namespace) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
      // Used last: to the end of the map.
      cursors.delete(id);
      const batch = take(cursor, size === 0 ? Number.POSITIVE_INFINITY : size);
      if (batch.finished) return { documents: batch.documents, cursor: 0n };
      cursor.lastUsedAt = now();
      cursors.set(id, cursor);
      return { documents: batch.documents, cursor: id };
    },
    close: (id) => cursors.delete(id),
    closeOver(namespace) {
      for (const [id, cursor] of cursors) {
        if (cursor.namespace === namespace || (namespace.endsWith('.') && cursor.namespace.startsWith(namespace))) cursors.delete(id);
      }
    },
    closeIdle() {
      for (const [id, cursor] of cursors) if (now() - cursor.lastUsedAt > IDLE_MS) cursors.delete(id);
    },
  };
};
