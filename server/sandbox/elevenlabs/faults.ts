import { VendorError } from './vendor-error.js';

/** Where a connection is met: the upgrade of a socket or an HTTP request for speech. */
export type Entrance = 'socket' | 'http';

/** What goes wrong when somebody comes in. */
export type EntranceFault =
  /** Refused with a status and the vendor's code, such as 429 `system_busy`. */
  | { kind: 'refuse'; status: number; code: string; at?: Entrance }
  /** The upgrade is taken and the socket closed before anything is said; the default is 1008, as for a bad key. */
  | { kind: 'accept-then-close'; code?: number; reason?: string }
  /** The connection stands and there is no reply. */
  | { kind: 'hang-headers'; at?: Entrance };

export type WrongFormat = 'pcm' | 'wav';

/** What goes wrong with speech that is being made. Places are ms of its audio. */
export type SpeechFault =
  /** The text is taken, or the headers are sent, and that is all. */
  | { kind: 'hang-body' }
  | { kind: 'slow-first-byte'; ms: number }
  /** Nothing comes for a while, or ever. */
  | { kind: 'stall'; afterMs: number; forMs?: number }
  /** The connection breaks without a word; with a code the socket is closed properly. */
  | { kind: 'cut'; afterMs: number; closeCode?: number }
  /** An error message on the socket, which is closed with 1008 after it. */
  | { kind: 'error'; afterMs: number; code: string }
  /** The speech ends too early and says that it is whole. */
  | { kind: 'truncate'; afterMs: number }
  /** Another audio format than was asked for: 16-bit samples, or a WAV file with its header. */
  | { kind: 'wrong-format'; as: WrongFormat }
  /** The speech comes whole and its end is never told (socket only). */
  | { kind: 'no-final' }
  /** Before the speech: a frame that is no JSON, one of an unknown kind, and audio of a context that nobody opened (socket only). */
  | { kind: 'noise' };

export type ElevenLabsFault = EntranceFault | SpeechFault;

/** Faults that are to come. Each is met once, or as often as it was added for, in order. */
export interface Faults {
  add(fault: ElevenLabsFault, times?: number): void;
  clear(): void;
}

const isEntrance = (fault: ElevenLabsFault): fault is EntranceFault =>
  fault.kind === 'refuse' || fault.kind === 'accept-then-close' || fault.kind === 'hang-headers';

export interface FaultQueue extends Faults {
  atEntrance(entrance: Entrance): EntranceFault | undefined;
  inSpeech(): SpeechFault | undefined;
}

export const createFaults = (): FaultQueue => {
  let waiting: { fault: ElevenLabsFault; left: number }[] = [];
  const take = <F extends ElevenLabsFault>(fits: (fault: ElevenLabsFault) => fault is F): F | undefined => {
    const entry = waiting.find(({ fault }) => fits(fault));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry);
    return fits(entry.fault) ? entry.fault : undefined;
  };
  return {
    add(fault, times = 1) {
      waiting.push({ fault, left: times });
    },
    clear() {
      waiting = [];
    },
    atEntrance: (entrance) =>
      take((fault): fault is EntranceFault => {
        if (!isEntrance(fault)) return false;
        return fault.kind === 'accept-then-close' ? entrance === 'socket' : (fault.at ?? entrance) === entrance;
      }),
    inSpeech: () => take((fault): fault is SpeechFault => !isEntrance(fault)),
  };
};

export const refusal = ({ status, code }: { status: number; code: string }): VendorError =>
  new VendorError(status, code, `This is an injected fault: ${code}.`);
