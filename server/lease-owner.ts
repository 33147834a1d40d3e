import { hostname } from 'node:os';

/** The owners of this process. Global on purpose: it is about the process, in which several servers may run. */
const living = new Set<string>();

/**
 * The name under which a server holds leases, on screenings and recordings: host, process id and a token that no other start shares. It lets a restarted
 * server see that the one which held a lease is gone, without waiting for it to run out. `retire` says that the server has stopped.
 */
export const registerOwner = (token: string): { name: string; retire: () => void } => {
  const name = `${hostname()}/${process.pid}/${token}`;
  living.add(name);
  return { name, retire: () => living.delete(name) };
};

/** True when `owner` ran on this host and certainly runs no more. False is "cannot tell": then the lease decides. */
export const isDeadOwner = (owner: string): boolean => {
  const [host, pid] = owner.split('/');
  if (living.has(owner) || host !== hostname() || !pid || !/^\d+$/.test(pid)) return false;
  // Our own process id, not ours: an earlier process had it, as always in a container, where every server is process 1.
  if (Number(pid) === process.pid) return true;
  try {
    // Signal 0 ends nothing: it only asks whether the process exists.
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
};
