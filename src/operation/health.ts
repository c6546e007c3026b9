// Health says what is true: can I record, sign, know the rights, reach the sources; is my clock right.
import type { StampingState } from '../evidence/time-stamps/stamping.ts';
import type { WitnessState } from '../evidence/witnesses/store.ts';
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
  /** Why the hub is read-only; nothing while it is not. */
  readonly gate: { readonly obstacles: readonly { readonly source: string; readonly why: string }[] };
  /** How it stands with the witnesses. */
  readonly witnesses: { readonly states: readonly WitnessState[] };
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
  /** The log's head extends every head that is known of it from outside the database; else the hub is read-only. */
  readonly anchor: boolean;
  /** Who knows another head, and what is wrong; only while `anchor` is false. */
  readonly readOnly?: readonly { readonly source: string; readonly why: string }[];
  readonly stopping: boolean;
  /** Whether an authority stamped a head in the last two periods. Told, but no reason to take the hub out of service. */
  readonly timeStamps: StampingState;
  /** Told, but no reason to take the hub out of service. `conflict` is an alarm. */
  readonly witnesses: Readonly<Record<string, WitnessReadiness>>;
  /** Told, but no reason to take the hub out of service: other services still work. */
  readonly sources: Readonly<Record<string, string>>;
}

/** How it stands with one witness. */
export interface WitnessReadiness {
  readonly state: 'cosigns' | 'fails' | 'conflict';
  /** Leaves of the newest head that it cosigned. */
  readonly leaves: number;
  /** Since its newest cosignature came; left out: none ever did. */
  readonly secondsAgo?: number;
  /** What is wrong. */
  readonly why?: string;
}

function toWitnessReadiness({ size, cosignedMsAgo, failure, conflict }: WitnessState): WitnessReadiness {
  const why = conflict ?? failure;
  return {
    state: conflict !== undefined ? 'conflict' : failure !== undefined ? 'fails' : 'cosigns',
    leaves: size,
    ...(cosignedMsAgo !== undefined && { secondsAgo: Math.round(cosignedMsAgo / 1_000) }),
    ...(why !== undefined && { why }),
  };
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
  const obstacles = d.gate.obstacles.map(({ source, why }) => ({ source, why }));
  const anchor = obstacles.length === 0;
  return {
    status: record && rights && sign && clock && tokens && anchor && !stopping ? 'ready' : 'not-ready',
    record,
    rights,
    sign,
    clock,
    tokens,
    anchor,
    ...(!anchor && { readOnly: obstacles }),
    stopping,
    timeStamps: d.stamping.state,
    witnesses: Object.fromEntries(d.witnesses.states.map((state) => [state.name, toWitnessReadiness(state)])),
    sources: d.sources(),
  };
}
