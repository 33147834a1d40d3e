import { readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../../schemas/clock.js';
import type { Storage } from './storage.js';
import { factKey } from './storage-keys.js';

/*
 * One process at a time may serve a store: what it keeps in memory would not see another's writes. The owner's name stands in the store itself, and taking it
 * over is an lmdb transaction, so of two that try, one wins. A name left behind by a process that died is recognised and replaced.
 */

const OwnerSchema = z.object({
  pid: z.number(),
  /** When that process started, in ticks since the boot, and which boot; both tell a process from a later one with its number. Linux only. */
  startedTicks: z.string().optional(),
  bootId: z.string().optional(),
  /** Process numbers mean something only within their namespace (a container has its own). Linux only. */
  pidNamespace: z.string().optional(),
});

/** Who serves a store. */
export type Owner = z.infer<typeof OwnerSchema>;

/** How long to wait for another container's socket to accept, ms; a living one on this machine accepts at once. */
const CONNECT_MS = 1000;

const tryRead = (read: () => string): string | undefined => {
  try {
    return read().trim();
  } catch {
    // Not Linux, or no such process.
    return undefined;
  }
};

/** The 22nd field of /proc/PID/stat; the second one, the name, may itself contain spaces and parentheses. Follows: proc(5). */
const startedTicksOf = (pid: number): string | undefined =>
  tryRead(
    () =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? '',
  );

/** This process as an owner. */
const thisOwner = (): Owner => ({
  pid: process.pid,
  startedTicks: startedTicksOf(process.pid),
  bootId: tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  pidNamespace: tryRead(() => readlinkSync('/proc/self/ns/pid')),
});

/**
 * Takes the store for this process. Answers the other owner when a living process has it; `socketPath` is where a server of this store listens. The caller
 * makes sure that this process does not open a store twice: an owner that is this very process is a leftover.
 */
export const takeOwnership = async (storage: Storage, socketPath: string, clock: Clock): Promise<Owner | undefined> => {
  const self = thisOwner();
  for (;;) {
    const before = storage.get(factKey('owner'));
    const other = before && OwnerSchema.parse(JSON.parse(before.toString('utf8')));
    if (other && (await isAlive(other, self, () => accepts(socketPath, clock)))) return other;
    const taken = storage.transaction(() => {
      const now = storage.get(factKey('owner'));
      const unchanged = now === undefined ? before === undefined : before?.equals(now) === true;
      if (unchanged) storage.put(factKey('owner'), Buffer.from(JSON.stringify(self)));
      return unchanged;
    });
    if (taken) return undefined;
  }
};

export const releaseOwnership = (storage: Storage): void => storage.transaction(() => storage.remove(factKey('owner')));

const isAlive = async (owner: Owner, self: Owner, answersOnSocket: () => Promise<boolean>): Promise<boolean> => {
  if (owner.bootId !== self.bootId) return false;
  if (owner.pidNamespace !== self.pidNamespace) return answersOnSocket();
  if (owner.pid === self.pid) return false;
  if (owner.startedTicks !== undefined) return startedTicksOf(owner.pid) === owner.startedTicks;
  try {
    return process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const accepts = (path: string, clock: Clock): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (alive: boolean) => {
      cancel();
      socket.destroy();
      resolve(alive);
    };
    const cancel = clock.after(CONNECT_MS, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
