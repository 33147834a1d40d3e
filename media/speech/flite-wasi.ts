/*
 * The 13 WASI calls that flite makes, over memory: arguments in, printed text and one file out. No disk, no clock, no environment.
 * Follows: WASI snapshot preview 1 (wasi_snapshot_preview1.witx).
 */

/** The part of the WebAssembly API that is used; the types of Node 20 leave it out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/** A compiled program; it may be run any number of times. */
export interface FliteProgram {
  readonly module: object;
}

/** Compiles the 21 MB program: some 60 ms, once. */
export const compileFlite = (bytes: Uint8Array): FliteProgram => ({ module: new WebAssembly.Module(bytes) });

/** What one run of the program left behind. */
export interface FliteRun {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The file that was written, empty when none was. */
  file: Buffer;
}

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NO_ENTRY = 44;
const FILETYPE_CHARACTER_DEVICE = 2;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR_FILE = 4;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;
const [STDOUT, STDERR, ROOT, FILE] = [1, 2, 3, 4];
const OPEN_CREATE = 1;
/** An hour of 16 kHz speech; a program that writes more has run wild. */
const MAX_FILE_BYTES = 120_000_000;

/** Thrown through the program to end it. */
class ProgramExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/**
 * Runs the compiled program once in a fresh instance. A trap of the program is thrown with the trap as its cause; the module
 * stays usable.
 */
export const runFlite = ({ module }: FliteProgram, args: readonly string[]): FliteRun => {
  const printed = { [STDOUT]: [] as Buffer[], [STDERR]: [] as Buffer[] };
  const file = growingFile();
  const argv = ['flite', ...args].map((arg) => Buffer.from(`${arg}\0`));
  let memory: { readonly buffer: ArrayBuffer } | undefined;
  const bytes = () => new Uint8Array(memory?.buffer ?? new ArrayBuffer(0));
  const view = () => new DataView(memory?.buffer ?? new ArrayBuffer(0));
  const setSize = (at: number, value: number) => view().setUint32(at, value, true);

  /** The pieces of a scatter list: address and length pairs. */
  const pieces = (list: number, count: number) =>
    Array.from({ length: count }, (_, nth) => ({ at: view().getUint32(list + nth * 8, true), length: view().getUint32(list + nth * 8 + 4, true) }));

  const calls = {
    args_sizes_get(countAt: number, bytesAt: number) {
      setSize(countAt, argv.length);
      setSize(
        bytesAt,
        argv.reduce((sum, arg) => sum + arg.length, 0),
      );
      return SUCCESS;
    },
    args_get(pointersAt: number, bytesAt: number) {
      let at = bytesAt;
      argv.forEach((arg, nth) => {
        setSize(pointersAt + nth * 4, at);
        bytes().set(arg, at);
        at += arg.length;
      });
      return SUCCESS;
    },
    clock_time_get(_clock: number, _precision: bigint, at: number) {
      // Only its benchmark output uses the time.
      view().setBigUint64(at, 0n, true);
      return SUCCESS;
    },
    fd_prestat_get(descriptor: number, at: number) {
      if (descriptor !== ROOT) return BAD_DESCRIPTOR;
      setSize(at, 0);
      setSize(at + 4, 1);
      return SUCCESS;
    },
    fd_prestat_dir_name(descriptor: number, at: number) {
      if (descriptor !== ROOT) return BAD_DESCRIPTOR;
      bytes()[at] = '/'.charCodeAt(0);
      return SUCCESS;
    },
    path_open(_descriptor: number, _lookup: number, _path: number, _length: number, flags: number, ...rest: (number | bigint)[]) {
      // Only the output file may be opened: nothing is there to be read.
      if (!(flags & OPEN_CREATE)) return NO_ENTRY;
      setSize(Number(rest[3]), FILE);
      return SUCCESS;
    },
    fd_fdstat_get(descriptor: number, at: number) {
      if (descriptor > FILE) return BAD_DESCRIPTOR;
      const type = descriptor === FILE ? FILETYPE_REGULAR_FILE : descriptor === ROOT ? FILETYPE_DIRECTORY : FILETYPE_CHARACTER_DEVICE;
      view().setUint8(at, type);
      view().setUint16(at + 2, 0, true);
      view().setBigUint64(at + 8, ALL_RIGHTS, true);
      view().setBigUint64(at + 16, ALL_RIGHTS, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    fd_write(descriptor: number, list: number, count: number, writtenAt: number) {
      let written = 0;
      for (const { at, length } of pieces(list, count)) {
        const data = Buffer.from(bytes().subarray(at, at + length));
        if (descriptor === FILE) file.write(data);
        else if (descriptor === STDOUT || descriptor === STDERR) printed[descriptor]?.push(data);
        else return BAD_DESCRIPTOR;
        written += length;
      }
      setSize(writtenAt, written);
      return SUCCESS;
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, positionAt: number) {
      if (descriptor !== FILE) return BAD_DESCRIPTOR;
      view().setBigUint64(positionAt, BigInt(file.seek(Number(offset), whence)), true);
      return SUCCESS;
    },
    fd_read(_descriptor: number, _list: number, _count: number, readAt: number) {
      setSize(readAt, 0);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    proc_exit(code: number) {
      throw new ProgramExit(code);
    },
  };

  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: calls });
  const { memory: exportedMemory, _start: main } = exports;
  if (!(exportedMemory instanceof WebAssembly.Memory) || typeof main !== 'function')
    throw new Error('flite.wasm is not the WASI program that was expected.');
  memory = exportedMemory;
  let exitCode = 0;
  try {
    main();
  } catch (error) {
    if (!(error instanceof ProgramExit))
      throw new Error(`flite stopped: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    exitCode = error.code;
  }
  const text = (parts: Buffer[] | undefined) => Buffer.concat(parts ?? []).toString('latin1');
  return { exitCode, stdout: text(printed[STDOUT]), stderr: text(printed[STDERR]), file: file.contents() };
};

/** A file in memory with a position, as `fd_write` and `fd_seek` see it. */
const growingFile = () => {
  let data = Buffer.alloc(65_536);
  let length = 0;
  let position = 0;
  return {
    write(part: Buffer): void {
      const end = position + part.length;
      if (end > MAX_FILE_BYTES) throw new RangeError('flite wrote more than an hour of speech');
      if (end > data.length) data = Buffer.concat([data.subarray(0, length)], Math.max(end, data.length * 2));
      part.copy(data, position);
      position = end;
      length = Math.max(length, end);
    },
    /** `whence`: 0 from the start, 1 from here, 2 from the end. */
    seek(offset: number, whence: number): number {
      position = Math.max(0, offset + (whence === 0 ? 0 : whence === 1 ? position : length));
      return position;
    },
    contents: (): Buffer => data.subarray(0, length),
  };
};
