// What the service of online payment is made of, and what its parts ask of each other. Types only.
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import type { SourceTrace } from '../../../adapters/adapter.ts';
import type {
  PaymentBeneficiary,
  PaymentDemand,
  PaymentPlatform,
  PaymentVariant,
  QueryOutcome,
  ReconciliationRow,
} from '../../../adapters/payment-platform/payment.ts';
import type { components } from '../../../openapi/types/payment.v1.ts';
import type { BlobStore } from '../../blobs/types.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { WebhookNotices } from '../../delivery/webhook/notices.ts';
import type { EvidenceLog } from '../../evidence/types.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { ExceptionKind, LedgerEvent, LedgerPayment, Verdict } from './ledger.ts';

/** What a province decides about payments; SETTINGS_FILE `limits` › `payment.v1` holds those that differ. */
export interface PaymentRules {
  /** Variant of new payments; messages of the other are still taken. */
  readonly variant: PaymentVariant;
  /** Minutes after which a payment that waits is asked for, one after the other; then a person has it. §8.7 */
  readonly queryMinutes: readonly number[];
  /** The same for a receipt that is not ready. §8.9 */
  readonly receiptMinutes: readonly number[];
  /** Longest time that a payer may be given, in hours. */
  readonly expiryHours: number;
  /** Largest receipt, bytes. */
  readonly receiptBytes: number;
  /** Refused messages of a minute that are written singly; the rest is counted. */
  readonly refusedPerMinute: number;
  /** Hour of the day (Asia/Ho_Chi_Minh) from which the day before may be reconciled, and how many days are caught up. */
  readonly reconcileFromHour: number;
  readonly reconcileDaysBack: number;
}

/** The platforms that this hub is connected to. */
export type Platforms = Partial<Readonly<Record<PaymentVariant, PaymentPlatform>>>;

/** The rooms that payments stand on. */
export interface PaymentRooms {
  /** The database in the hub's own role. */
  readonly pool: Pool;
  readonly keys: Pick<Keys, 'field' | 'blob'>;
  readonly registry: Registry;
  readonly engine: DeliveryEngine;
  /** Of what the hub asks the platform by itself. */
  readonly log: Pick<EvidenceLog, 'open' | 'close'>;
  readonly notices: Pick<WebhookNotices, 'draft'>;
  readonly blobs: BlobStore;
  readonly platforms: Platforms;
  readonly rules: PaymentRules;
  readonly processId: string;
  readonly logger: Logger;
  /** Told after a commit that may have put an outcome into the mailboxes of these units. */
  readonly onArrival: (unitIds: readonly string[]) => void;
  readonly now: () => Date;
}

/** What lies sealed in `payment.form`: the demand as it is sent, and sent again. */
export type PaymentForm = Omit<PaymentDemand, 'reference' | 'amount' | 'dossier' | 'at'>;

/** A payment as its row says, for the parts of this service. */
export interface PaymentRow extends LedgerPayment {
  readonly id: string;
  readonly reference: string;
  readonly variant: PaymentVariant;
  readonly unitId: string;
  readonly dossier: string;
  readonly stateNo: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly queries: number;
}

/** Why a state changes: at least one of these, and evidence wherever money is confirmed. */
export interface Cause {
  readonly messageId?: string;
  readonly line?: { readonly reconciliationId: string; readonly no: number };
  /** The exception that a person decided, in the same transaction. */
  readonly exceptionId?: string;
  readonly exchangeId?: string;
  readonly officerId?: string;
}

/** What applying an event came to. */
export interface Applied {
  readonly verdict: Verdict;
  /** After it. */
  readonly payment: PaymentRow;
  /** The exception, where there is one; the earlier one where the same was there already. */
  readonly exceptionId?: string;
  /** Units to be told after the commit. */
  readonly told: readonly string[];
}

/** A message to be written down. */
export interface MessageDraft {
  readonly paymentId?: string;
  readonly direction: 'in' | 'out';
  readonly kind: components['schemas']['PaymentMessage']['kind'];
  readonly outcome: components['schemas']['PaymentMessage']['outcome'];
  readonly says?: components['schemas']['PaymentMessage']['says'];
  readonly code?: string;
  readonly amount?: number;
  readonly transaction?: string;
  readonly saidAt?: Date;
  readonly sha256: string;
  readonly bytes: number;
  readonly answerSha256?: string;
  /** The body of what may become an exception; sealed here. */
  readonly body?: string;
  readonly exchangeId?: string;
}

/** An exception that no event of a payment makes: unknown reference, only theirs. */
export interface ExceptionDraft {
  readonly kind: Extract<ExceptionKind, 'unknown-reference' | 'only-theirs'>;
  /** What makes it the same one. */
  readonly key: string;
  readonly messageId?: string;
  readonly line?: Cause['line'];
}

/**
 * Part 1, `movement/`: the one way by which payments move. Everything happens in the caller's transaction; mailboxes are
 * locked at its end, so `apply` comes last before the commit.
 */
export interface PaymentMovement {
  /** Locks the row (`FOR UPDATE`) so that what is decided holds until the commit. */
  lock(
    client: ClientBase,
    by: { readonly id: string } | { readonly reference: string },
  ): Promise<PaymentRow | undefined>;
  /**
   * Asks the ledger and writes what it says: the change, the exception, the times of what is next, and the outcome into the
   * unit's mailbox with its notices. A verdict `refused` writes nothing and is the caller's to tell.
   */
  apply(client: ClientBase, payment: PaymentRow, event: LedgerEvent, cause: Cause): Promise<Applied>;
  /** @returns its id; that of the earlier one where the same confirmation was written before */
  write(client: ClientBase, message: MessageDraft): Promise<{ readonly id: string; readonly isNew: boolean }>;
  /** Writes a refused message singly, or counts it beyond `refusedPerMinute`. */
  refuse(message: MessageDraft, why: string): Promise<void>;
  raise(client: ClientBase, exception: ExceptionDraft): Promise<string>;
}

/** What a call to the platform about one payment came to. */
export interface Asked {
  readonly applied: Applied;
  readonly traces: readonly SourceTrace[];
}

/** Part 1, `asking/`: what the hub asks the platform about one payment, on demand and by its poller. */
export interface PaymentAsking {
  /**
   * Sends INIT, or sends it again: the reference is the platform's idempotency key.
   * @throws SourceError where its outcome is not known; the payment stays `created`
   * @throws Problem beneficiary-changed where its account is no longer in force; nothing is sent
   */
  init(
    paymentId: string,
    exchangeId: string,
    signal: AbortSignal,
  ): Promise<Asked & { readonly url: string | undefined }>;
  /** Sends QUERY and applies the answer; after `expiresAt` an answer without money expires it. @throws SourceError */
  query(
    paymentId: string,
    exchangeId: string,
    signal: AbortSignal,
  ): Promise<Asked & { readonly says: QueryOutcome['kind'] }>;
  /** Fetches and stores the receipt once. @throws SourceError */
  fetchReceipt(paymentId: string, exchangeId: string, signal: AbortSignal): Promise<AskedReceipt>;
}

/** What asking for a receipt came to; not stored while it is not ready. */
export interface AskedReceipt {
  readonly isStored: boolean;
  readonly traces: readonly SourceTrace[];
}

/** Part 2, `demands/`: payments as the contract shows them. */
export interface PaymentReading {
  /** @throws Problem payment-not-found where it is not the unit's */
  read(id: string, unitId: string): Promise<components['schemas']['PaymentWithHistory']>;
  /** Of the acting unit, or of all where the platform asks (`unitId` undefined); those that can be paid now. */
  findPayable(dossier: string, unitId: string | undefined): Promise<readonly PaymentRow[]>;
  /** What the demand says, for INIT. */
  openForm(payment: PaymentRow): Promise<PaymentForm>;
}

/** Part 3, `beneficiaries/`: approved accounts. */
export interface BeneficiaryBook {
  /** The account in force of this code that the unit may name; undefined: there is none. */
  find(
    client: ClientBase | Pool,
    code: string,
    unitId: string,
  ): Promise<(PaymentBeneficiary & { readonly revision: number }) | undefined>;
}

/** Part 3, `reconciliation/`: what one row of the platform's day is against our payment; pure. */
export type CompareLine = (
  payment: PaymentRow | undefined,
  row: ReconciliationRow | undefined,
) => { readonly kind: components['schemas']['LineKind']; readonly event: LedgerEvent | undefined };

/** Part 3, `reconciliation/`: runs what is due; the same day twice at once runs once. */
export interface Reconciler {
  /** Begins one, to go on by itself. @throws Problem reconciliation-running | reconciliation-day-early */
  start(client: ClientBase, day: string, exchangeId: string): Promise<{ readonly id: string }>;
  /** Runs the days before `day` that are due and those that a dead process left. */
  runDue(day: string): Promise<void>;
}
