import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Random } from '../../schemas/clock.js';
import type { EngineLog } from './worker-start.js';

/** A part file of this age belongs to a process that is gone. */
const ABANDONED_MS = 3_600_000;
/** Phrases that may wait to be written; more are not kept. */
const MAX_PENDING = 16;
const PHRASE = /^[0-9a-f]{64}\.phrase$/;
const LEFT_OVER = /^[0-9a-f]{64}\.phrase\.[0-9a-f]+\.part$/;

/** Files in one folder, bounded in their size together. */
export interface PhraseStore {
  /** The file, or undefined when there is none or it cannot be read. Never rejects. */
  read(name: string): Promise<Buffer | undefined>;
  /** Keeps a file, soon and off the caller's path; the oldest go when there is no room. A failure is logged once and forgotten. */
  write(name: string, content: Buffer): void;
  /** Resolves when nothing waits to be written. Never rejects. */
  written(): Promise<void>;
}

/**
 * A folder of phrases. It is made when first written to; other files in it are left alone. Writes go one after the other to a part file and are renamed, so
 * a reader and a crash see whole files only. Several processes may share the folder; each counts what it has seen there.
 */
export const createPhraseStore = (options: { dir: string; maxBytes: number; clock: Clock; random: Random; log?: EngineLog }): PhraseStore => {
  const { dir, maxBytes, clock, random, log } = options;
  const partSuffix = `${random.bytes(6).toString('hex')}.part`;
  /** By age, the oldest first, once the folder has been looked through. */
  let files: Map<string, number> | undefined;
  let pending = 0;
  let queue: Promise<void> = Promise.resolve();
  let isWarned = false;

  const look = async (): Promise<Map<string, number>> => {
    await mkdir(dir, { recursive: true });
    const found: { name: string; bytes: number; changedMs: number }[] = [];
    for (const name of await readdir(dir)) {
      const about = PHRASE.test(name) || LEFT_OVER.test(name) ? await stat(join(dir, name)).catch(() => undefined) : undefined;
      if (!about?.isFile()) continue;
      if (PHRASE.test(name)) found.push({ name, bytes: about.size, changedMs: about.mtimeMs });
      else if (clock.now() - about.mtimeMs > ABANDONED_MS) await rm(join(dir, name), { force: true });
    }
    found.sort((a, b) => a.changedMs - b.changedMs);
    return new Map(found.map(({ name, bytes }) => [name, bytes]));
  };

  const put = async (name: string, content: Buffer): Promise<void> => {
    files ??= await look();
    const part = join(dir, `${name}.${partSuffix}`);
    try {
      await writeFile(part, content);
      await rename(part, join(dir, name));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    files.delete(name);
    files.set(name, content.length);
    let bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
    for (const [oldest, size] of [...files]) {
      if (bytes <= maxBytes) break;
      await rm(join(dir, oldest), { force: true });
      files.delete(oldest);
      bytes -= size;
    }
  };

  return {
    read: (name) => readFile(join(dir, name)).catch(() => undefined),
    write(name, content) {
      if (content.length > maxBytes || pending >= MAX_PENDING) return;
      pending += 1;
      queue = queue
        .then(() => put(name, content))
        .catch((error: unknown) => {
          if (!isWarned) log?.warn({ code: error instanceof Error && 'code' in error ? error.code : undefined }, 'a phrase could not be kept');
          isWarned = true;
        })
        .finally(() => {
          pending -= 1;
        });
    },
    written: () => queue,
  };
};
