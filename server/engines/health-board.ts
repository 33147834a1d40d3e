import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import { type EngineEvent, type EngineHealth, engineHealth, latencyPercentiles, mayTry, newEngineHealth } from '../../schemas/engine-health.js';

/*
 * How every engine of this process is doing, measured by the calls themselves. Engines whose account needs a person are known by name until they have
 * served again.
 */

export type EngineKind = 'speech-to-text' | 'text-to-speech' | 'language-model';

/** One engine as people see it. */
export interface EngineReport {
  name: string;
  kind: EngineKind;
  /** `embedded`: runs in this process; `vendor`: somebody's service; `sandbox`: a vendor's protocol on this machine. */
  place: 'embedded' | 'vendor' | 'sandbox';
  /** The order in which engines of this kind are asked, from 1. */
  order: number;
  state: 'unused' | 'serving' | 'resting' | 'misconfigured';
  last_success_at: string | null;
  last_failure: { at: string; failure: string; vendor_code: string | null } | null;
  consecutive_failures: number;
  /** From the request to the first result, ms. */
  latency_ms: { p50: number; p95: number } | null;
}

export interface HealthBoard {
  /** Records by name; shared with compositions that keep them themselves. */
  readonly records: Map<string, EngineHealth>;
  enrol(engine: Pick<EngineReport, 'name' | 'kind' | 'place' | 'order'>): void;
  note(name: string, event: EngineEvent): void;
  failed(name: string, error: unknown): void;
  isUsable(name: string): boolean;
  /** Names of engines that a person must mend: a refused key, an empty account. */
  misconfigured(): string[];
  report(): EngineReport[];
}

export const createHealthBoard = (clock: Clock): HealthBoard => {
  const records = new Map<string, EngineHealth>();
  const engines: Pick<EngineReport, 'name' | 'kind' | 'place' | 'order'>[] = [];
  const recordOf = (name: string) => records.get(name) ?? newEngineHealth(name);
  const note = (name: string, event: EngineEvent) => {
    records.set(name, engineHealth(recordOf(name), event, { now: clock.now(), monotonicMs: clock.monotonic() }));
  };
  const stateOf = (health: EngineHealth): EngineReport['state'] => {
    if (health.needsPerson) return 'misconfigured';
    if (health.circuit.state !== 'closed') return 'resting';
    return health.lastSuccessAt === undefined ? 'unused' : 'serving';
  };
  return {
    records,
    enrol: (engine) => void engines.push(engine),
    note,
    failed(name, error) {
      const known = error instanceof EngineError ? error : undefined;
      note(name, { kind: 'failure', failure: known?.failure ?? 'unavailable', vendorCode: known?.vendorCode });
    },
    isUsable: (name) => mayTry(recordOf(name), clock.monotonic()),
    misconfigured: () => engines.filter(({ name }) => recordOf(name).needsPerson).map(({ name }) => name),
    report: () =>
      engines.map((engine) => {
        const health = recordOf(engine.name);
        const latency = latencyPercentiles(health);
        return {
          ...engine,
          state: stateOf(health),
          last_success_at: health.lastSuccessAt === undefined ? null : new Date(health.lastSuccessAt).toISOString(),
          last_failure: health.lastFailure
            ? {
                at: new Date(health.lastFailure.at).toISOString(),
                failure: health.lastFailure.failure,
                vendor_code: health.lastFailure.vendorCode ?? null,
              }
            : null,
          consecutive_failures: health.consecutiveFailures,
          latency_ms: latency ? { p50: Math.round(latency.p50Ms), p95: Math.round(latency.p95Ms) } : null,
        };
      }),
  };
};
