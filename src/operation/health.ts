// Health says what is true: can I record, sign, know the rights, reach the sources; is my clock right.
import type { StampingState } from '../evidence/time-stamps/stamping.ts';
import type { Registry } from '../registry/types.ts';

/** What readiness is made of. */
export interface HealthDependencies {
  readonly log: { readonly healthy: boolean };
  readonly clock: { readonly isRight: boolean };
  readonly registry: Pick<Registry, 'confirmedMsAgo'>;
  /** Age of the newest checkpoint's confirmation in milliseconds. */
  readonly sequencer: { confirmedMsAgo(): number };
  /** Whether the key that signs access tokens is at hand and confirmed. */
  readonly signIn: { canIssue(): boolean };
  readonly stamping: { readonly state: StampingState };
  /** State of the breaker of each source. */
  readonly sources: () => Readonly<Record<string, string>>;
  readonly isStopping: () => boolean;
}

/** The answer of `/health/ready`. */
export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly record: boolean;
  readonly rights: boolean;
  readonly sign: boolean;
  /** The clock of this process agrees with the database's, and is not known to run unsynchronised. */
  readonly clock: boolean;
  /** Access tokens can be issued; without the key that signs them those of other processes are refused here. */
  readonly tokens: boolean;
  readonly stopping: boolean;
  /** Whether an authority stamped a head in the last two periods. Told, but no reason to take the hub out of service. */
  readonly timeStamps: StampingState;
  /** Told, but no reason to take the hub out of service: other services still work. */
  readonly sources: Readonly<Record<string, string>>;
}

const rightsWithinMs = 5_000;
const signWithinMs = 10_000;

/** Readiness now. */
export function toReadiness(d: HealthDependencies): Readiness {
  const record = d.log.healthy;
  const rights = d.registry.confirmedMsAgo() <= rightsWithinMs;
  const sign = d.sequencer.confirmedMsAgo() <= signWithinMs;
  const clock = d.clock.isRight;
  const tokens = d.signIn.canIssue();
  const stopping = d.isStopping();
  return {
    status: record && rights && sign && clock && tokens && !stopping ? 'ready' : 'not-ready',
    record,
    rights,
    sign,
    clock,
    tokens,
    stopping,
    timeStamps: d.stamping.state,
    sources: d.sources(),
  };
}
