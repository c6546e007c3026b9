// What the request path and the exchange log agree on. Formats: src/evidence/leaf.ts.
import type { Digest, SourceTrace } from '../../adapters/adapter.ts';
import type { Recorded } from './ticket.ts';

/**
 * Kinds of entry. `refusals` counts many refusals in one entry; `step` is one of the many of a delivery, and `notice` tells
 * of the log itself; the exchange of either has no other kind.
 */
export type EntryKind =
  | 'opened'
  | 'closed'
  | 'unknown'
  | 'resolved'
  | 'refused'
  | 'refusals'
  | 'step'
  | 'notice';

/** Public facts of one exchange that go into every one of its leaves. */
export interface ExchangeFacts {
  /** UUIDv7. */
  readonly exchangeId: string;
  readonly systemId: string | null;
  readonly owningUnit: string | null;
  readonly actingUnit: string | null;
  /** `population.v1`, or null when nothing matched. */
  readonly service: string | null;
  /** operationId. */
  readonly operation: string | null;
  readonly grantId: string | null;
}

/** A person or thing that an exchange is about; only its keyed hash is stored. */
export interface Subject {
  /** `subject`, `relative`, … */
  readonly role: string;
  /** `personal-number`, `old-identity-number`, … */
  readonly kind: string;
  readonly number: string;
}

/** The steps of the request path; an exchange ends in one of them. */
export type Step =
  | 'match'
  | 'identify'
  | 'authorise'
  | 'admit'
  | 'checkRequest'
  | 'open'
  | 'dispatch'
  | 'checkAnswer'
  | 'record';

/** The sealed part. Absent members are left out of the text. */
export interface PrivateFacts {
  /** The national system that called us, and from where. */
  readonly calledBy?: { readonly name: string; readonly address: string } | undefined;
  readonly officerId?: string | undefined;
  readonly assurance?: number | undefined;
  readonly purpose?: string | undefined;
  readonly caseCode?: string | undefined;
  readonly subjects?: readonly Subject[] | undefined;
  readonly request?: Digest | undefined;
  /** The answer as it leaves the hub. */
  readonly released?: Digest | undefined;
  readonly sources?: readonly SourceTrace[] | undefined;
  /** The unit code that was sent to a source and the unit it stands for. */
  readonly unitCode?: { readonly used: string; readonly unit: string } | undefined;
  /** Id of the registered credential that the source was asked by; none where the hub's settings hold it. */
  readonly sourceCredential?: string | undefined;
  /** What the service says came out, e.g. `found`. */
  readonly result?: string | undefined;
  /** The exchange that this one repeats, by its idempotency key. */
  readonly repeats?: string | undefined;
  /** Names of source fields that the mapping dropped. */
  readonly unknownFields?: readonly string[] | undefined;
  /** The step in which the exchange ended with a problem. */
  readonly step?: Step | undefined;
  /** Who must act, where the case decided it and not the problem's code. */
  readonly responsible?: string | undefined;
  /** Network of the caller (/24 or /48). */
  readonly network?: string | undefined;
  /** Of a delivery: the original bytes of the message. */
  readonly message?: Digest | undefined;
  /** Of a delivery: codes of sender and receiver as they are written in the message. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Of a delivery: id of the exchange that accepted it, or that made this step of it. */
  readonly acceptedBy?: string | undefined;
  /** Of what a person did by decision: why, in that person's words. */
  readonly reason?: string | undefined;
  /** Number of the file (hồ sơ vụ việc) or decision in which an auditor acts. */
  readonly fileNumber?: string | undefined;
}

/** An exchange about to leave for its service. */
export interface OpenDraft {
  readonly facts: ExchangeFacts;
  readonly private: PrivateFacts;
  /** Hash of a DPoP proof that must never have been seen, and when it may be forgotten. */
  readonly proof?: { readonly hash: string; readonly forgetAt: Date } | undefined;
  /** Of an operation with an effect: the caller's idempotency key and the SHA-256 (hex) of the bytes asked. */
  readonly effect?: EffectKey | undefined;
}

/** What makes two requests for an effect the same one. */
export interface EffectKey {
  readonly key: string;
  readonly sha256: string;
}

/** The exchange that holds an idempotency key already. */
export interface EarlierEffect {
  readonly exchangeId: string;
  readonly sha256: string;
  /** True while its outcome is not recorded. */
  readonly isOpen: boolean;
}

/** An exchange whose entry "opened" is durable. */
export interface Opened {
  readonly facts: ExchangeFacts;
  readonly leafHash: Buffer;
}

/** How an exchange ended. `outcome`: `answered`, `problem`, or for lost ones `not-sent`. */
export interface CloseDraft {
  readonly outcome: 'answered' | 'problem';
  /** HTTP status released. */
  readonly status: number;
  /** Problem code, when the outcome is one. */
  readonly problem?: string | undefined;
  readonly private: PrivateFacts;
}

/** A refusal before opening: `refused` for one, `refusals` for those that were only counted. */
export interface RefusalDraft {
  readonly kind: 'refused' | 'refusals';
  readonly facts: ExchangeFacts;
  readonly problem: string;
  readonly status: number;
  readonly count: number;
  /** First and last of the refusals counted. */
  readonly from: Date;
  readonly to: Date;
  readonly private: PrivateFacts;
}

/** The entry that ended an exchange. */
export interface Closed extends Recorded {
  readonly kind: 'closed' | 'resolved';
}

/** The append side of the exchange log. Each promise resolves only once the entry is durable. */
export interface EvidenceLog {
  /**
   * Writes "opened".
   * @throws RecordError `proof-replayed` when the DPoP proof was used before; `effect-repeated` when an exchange holds
   *   the idempotency key, the proof being used up; `unavailable` when it cannot be recorded
   *   in `recordTimeoutMs` or the queue is full: then nothing may be sent.
   */
  open(draft: OpenDraft): Promise<Opened>;
  /**
   * Writes "closed", or "resolved" when the lease was lost in between.
   * @throws RecordError `unavailable`: then the answer must not be released.
   */
  close(opened: Opened, draft: CloseDraft): Promise<Closed>;
  /** @throws RecordError `unavailable` */
  refuse(draft: RefusalDraft): Promise<Recorded>;
  /** True while the database takes writes and this process holds its lease. */
  readonly healthy: boolean;
  /** Entries that wait for the database. */
  readonly waiting: number;
  /** Writes what waits, ends the lease, stops. */
  stop(): Promise<void>;
}

/** The one error of the exchange log. */
export class RecordError extends Error {
  readonly reason: 'unavailable' | 'proof-replayed' | 'effect-repeated';
  /** Present with `effect-repeated`. */
  readonly earlier: EarlierEffect | undefined;
  constructor(
    reason: RecordError['reason'],
    message: string,
    more: { readonly cause?: unknown; readonly earlier?: EarlierEffect } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'RecordError';
    this.reason = reason;
    this.earlier = more.earlier;
  }
}
