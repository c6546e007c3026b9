// What services, routes and the delivery engine agree on. A delivery is one thing on its way to one receiver; a dispatch
// is one call that takes one or more deliveries over a route.
import type { ClientBase } from 'pg';
import type { SourceTrace } from '../../adapters/adapter.ts';
import type { ExchangeFacts, PrivateFacts } from '../evidence/types.ts';
import type { ProblemCode } from '../problem-codes.ts';

/**
 * What happened to a delivery; each is an entry of kind `step` under its id. One that is in its mailbox when it is accepted
 * begins with `delivered`, any other with `accepted`. `sending` is durable before a byte leaves,
 * `interrupted` says that the process that was sending died and what came of it is not known.
 */
export type DeliveryStep =
  | 'accepted'
  | 'held'
  | 'released'
  | 'delivered'
  | 'taken'
  | 'acknowledged'
  | 'refused'
  | 'sending'
  | 'sent'
  | 'failed'
  | 'interrupted'
  | 'dead'
  | 'replayed'
  | 'abandoned';

/** Where a delivery stands. */
export type DeliveryState =
  | 'held'
  | 'waiting'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'taken'
  | 'acknowledged'
  | 'refused'
  | 'dead'
  | 'abandoned';

/** Who must act on a failure. */
export type Responsible = 'caller' | 'hub' | 'network' | 'source';

/** A delivery to be accepted. */
export interface DeliveryDraft {
  /** UUIDv7; becomes the exchange id of its entries. */
  readonly id: string;
  /** The message, a row of the service's own tables written in the same transaction. */
  readonly subject: string;
  readonly facts: Omit<ExchangeFacts, 'exchangeId'>;
  /** The receiver's code as written. */
  readonly receiver: string;
  /** The unit of ours that it stands for; needed for `mailbox`. */
  readonly receiverUnit: string | undefined;
  /** `mailbox`: delivered in this transaction; a number: taken by the dispatch at that place of the list. */
  readonly by: 'mailbox' | number;
  /** What its first entry seals: digest of the message, case, the exchange that accepted it (`repeats` is not used). */
  readonly private: PrivateFacts;
}

/** A call over a route, to be made. */
export interface DispatchDraft {
  readonly route: string;
  readonly orderKey: string;
  /** Whose turn it uses: the acting unit's id. */
  readonly share: string;
  /** 0 to 4, 4 first. */
  readonly priority: number;
  /** Ids and codes only. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Tried no longer than so many hours from the first attempt on; default 72. */
  readonly giveUpHours?: number;
  /**
   * Id of a delivery, held or dead, whose dispatch is ended for this one: it takes that place in the order of the key,
   * which is the same, before all that waits behind.
   */
  readonly inPlaceOf?: string;
}

/** What is accepted together, all or nothing. `isHeld`: nothing moves before `release`. */
export interface Acceptance {
  readonly deliveries: readonly DeliveryDraft[];
  readonly dispatches: readonly DispatchDraft[];
  readonly isHeld?: boolean;
}

/** A dispatch whose turn has come. Its deliveries' entries `sending` are durable. */
export interface ClaimedDispatch {
  readonly id: string;
  readonly orderKey: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** 1 for the first. */
  readonly attempt: number;
  readonly deliveries: readonly {
    readonly id: string;
    readonly subject: string;
    readonly receiver: string;
  }[];
}

/** What passed over the wire in an attempt: one call, or several in their order. */
export type AttemptTrace = SourceTrace | readonly SourceTrace[];

/**
 * What came of an attempt. `retry`: only for what can pass; `isRouteAway` also rests the whole route for a while, since
 * the other side was not reached at all. `dead`: tried no more until a person replays it. `split`: several deliveries in
 * one call were refused for one of them, so each is tried alone. `abandoned`: nobody waits for it any more, so it is ended
 * without a person's decision and what waits behind it goes on.
 */
export type DispatchOutcome =
  | {
      readonly kind: 'sent';
      readonly answer?: Readonly<Record<string, unknown>>;
      readonly source?: AttemptTrace | undefined;
    }
  | {
      readonly kind: 'retry';
      readonly problem: ProblemCode;
      readonly responsible: Responsible;
      readonly isRouteAway: boolean;
      /** Least time until the next attempt, where the other side asked for one. */
      readonly afterMs?: number | undefined;
      readonly source?: AttemptTrace | undefined;
      readonly cause?: unknown;
    }
  | {
      readonly kind: 'dead' | 'abandoned';
      readonly problem: ProblemCode;
      readonly responsible: Responsible;
      readonly source?: AttemptTrace | undefined;
      readonly cause?: unknown;
    }
  | { readonly kind: 'split'; readonly source?: SourceTrace | undefined };

/** A way out of the hub. */
export interface Route {
  /** As in `DispatchDraft.route`. */
  readonly name: string;
  /** The source behind it; while an administrator has it switched off nothing is sent. */
  readonly source: string | undefined;
  /** Calls at once in one process. */
  readonly concurrency: number;
  /** Longest time for one attempt; the lease is longer. */
  readonly attemptMs: number;
  /**
   * Told in the transaction in which a person ends dead dispatches of it, so that what the service shows follows; it may be
   * run again. @param subjects of the deliveries that ended
   */
  readonly abandoned?: (client: ClientBase, subjects: readonly string[]) => Promise<void>;
  /** Never throws for what can be told as an outcome; what it throws counts as `retry` with `internal-error`. */
  readonly send: (dispatch: ClaimedDispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
}

/** The engine as services see it. */
export interface DeliveryEngine {
  /**
   * Accepts in the caller's transaction: rows and entries are durable with it. Mailboxes are locked here, so this comes
   * last before the commit.
   * @returns the state of each delivery, in order
   * @throws Problem delivery-decided when what `inPlaceOf` names is neither held nor dead any more
   */
  accept(client: ClientBase, acceptance: Acceptance): Promise<readonly DeliveryState[]>;
  /**
   * Lets held deliveries of a message go on: into mailboxes, or to their dispatches.
   * @returns how many there were
   */
  release(client: ClientBase, subject: string, by: PrivateFacts): Promise<number>;
  /**
   * Says why the deliveries of a message stay held: one more step `held` of each, with this problem, for the sender to see.
   * @returns how many there were
   */
  explainHeld(client: ClientBase, subject: string, problem: ProblemCode, by: PrivateFacts): Promise<number>;
  /** Ends held deliveries of a message. @returns how many there were */
  abandonHeld(client: ClientBase, subject: string, by: PrivateFacts): Promise<number>;
  /**
   * Ends the dispatch of a delivery that is held or dead, and all that it takes; what waits behind goes on.
   * @returns false when it is neither (any more): then nothing is changed
   */
  abandon(client: ClientBase, id: string, by: PrivateFacts): Promise<boolean>;
  /**
   * Moves deliveries in a mailbox on. Those that are there already are left as they are; `refused` and `acknowledged` are
   * final.
   * @returns ids whose state moved
   */
  move(
    client: ClientBase,
    ids: readonly string[],
    to: 'taken' | 'acknowledged' | 'refused',
    by: PrivateFacts,
  ): Promise<readonly string[]>;
  /** Whether the share has `limit` (default 10,000) dispatches waiting, by a count at most a second old. */
  isFull(route: string, share: string, limit?: number): Promise<boolean>;
  /** To be called after a commit that accepted or released: work begins at once instead of at the next look. */
  poke(): void;
}
