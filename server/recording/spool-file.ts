import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SEGMENT_MS, STEREO_FRAME_BYTES } from '../../media/recorder.js';

/*
 * A spool file is the local copy of a live recording: one header record, then interleaved stereo mu-law in whole frames, and nothing that a crash could
 * leave wrong: no lengths, no index. Its name is `<call id>.<epoch>.ulaw2`.
 */

/** The header is JSON, filled up with spaces and ended by a newline; two stereo frames long, so that the whole file is whole frames. */
export const SPOOL_HEADER_BYTES = 2 * STEREO_FRAME_BYTES;
/** Stereo bytes of one ms of line time. */
export const BYTES_PER_MS = 16;

const spoolHeaderSchema = z.object({
  format: z.literal('screenline-ulaw2'),
  version: z.literal(1),
  call_id: z.string(),
  company_id: z.string(),
  epoch: z.number().int(),
  /** The segment with which the file begins. */
  first_n: z.number().int().min(0),
  started_at_ms: z.number(),
  sample_rate_hz: z.literal(8000),
  channels: z.literal(2),
  /** The process that wrote it (lease-owner.ts). */
  owner: z.string(),
});
export type SpoolHeader = z.infer<typeof spoolHeaderSchema>;

export const encodeSpoolHeader = (header: SpoolHeader): Buffer => {
  const text = JSON.stringify(header);
  if (Buffer.byteLength(text) >= SPOOL_HEADER_BYTES) throw new RangeError('The header of a recording spool is too long.');
  return Buffer.from(`${text.padEnd(SPOOL_HEADER_BYTES - 1 - (Buffer.byteLength(text) - text.length), ' ')}\n`);
};

export const spoolFolder = (dataDir: string): string => join(dataDir, 'recordings');

export const spoolPath = (folder: string, callId: string, epoch: number): string => join(folder, `${callId}.${epoch}.ulaw2`);

/** The spool files of a folder, in no order. A folder that does not exist is made. Throws the file system's error when it cannot be used. */
export const listSpools = async (folder: string): Promise<{ path: string; callId: string; epoch: number }[]> => {
  await mkdir(folder, { recursive: true });
  return (await readdir(folder)).flatMap((name) => {
    const spool = epochOf(name);
    return spool ? [{ ...spool, path: join(folder, name) }] : [];
  });
};

/** The call and epoch that a spool's file name tells; undefined for other files. */
export const epochOf = (fileName: string): { callId: string; epoch: number } | undefined => {
  const [, callId, epoch] = /^([A-Za-z0-9_-]+)\.(\d+)\.ulaw2$/.exec(fileName) ?? [];
  return callId && epoch ? { callId, epoch: Number(epoch) } : undefined;
};

/** An open spool file. Line times are ms from the start of the call. Whoever opened it closes it. */
export interface SpoolFile {
  header: SpoolHeader;
  startMs: number;
  /** End of the last whole frame. */
  endMs: number;
  /** The audio from `fromMs` to `toMs` as far as the file has it, and the line time at which that begins. */
  read(fromMs: number, toMs: number): Promise<{ startMs: number; bytes: Buffer }>;
  close(): Promise<void>;
}

/** Opens a spool to read it; undefined when the crash came before its header was whole, so that it holds no audio. */
export const openSpoolFile = async (path: string): Promise<SpoolFile | undefined> => {
  const handle = await open(path, 'r');
  try {
    const header = parseHeader(await readAt(handle, 0, SPOOL_HEADER_BYTES));
    if (!header) {
      await handle.close();
      return undefined;
    }
    const { size } = await handle.stat();
    const frames = Math.max(0, Math.floor((size - SPOOL_HEADER_BYTES) / STEREO_FRAME_BYTES));
    const startMs = header.first_n * SEGMENT_MS;
    const endMs = startMs + (frames * STEREO_FRAME_BYTES) / BYTES_PER_MS;
    return {
      header,
      startMs,
      endMs,
      async read(fromMs, toMs) {
        const from = Math.min(Math.max(fromMs, startMs), endMs);
        const to = Math.min(Math.max(toMs, from), endMs);
        const bytes = await readAt(handle, SPOOL_HEADER_BYTES + (from - startMs) * BYTES_PER_MS, (to - from) * BYTES_PER_MS);
        return { startMs: from, bytes };
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const readAt = async (handle: FileHandle, position: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
};

const parseHeader = (bytes: Buffer): SpoolHeader | undefined => {
  if (bytes.length < SPOOL_HEADER_BYTES) return undefined;
  try {
    return spoolHeaderSchema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    // Not JSON: the header record was cut or never written.
    return undefined;
  }
};
