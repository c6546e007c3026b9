// The port of the online payment platform: what it can be asked, and how its own messages are read and answered, whatever
// the variant. It knows nothing of states, exceptions or the database. Source: payment-platform.md §1-§3
import type { Readable } from 'node:stream';
import type { SourceTrace } from '../adapter.ts';

/** The source's name in traces, errors and settings. */
export const paymentPlatformName = 'payment-platform';

/** The messages of the platform of the national portal, and the older KeyPay. §1, §2 */
export type PaymentVariant = 'payment-platform' | 'keypay';

/** On whose behalf a call is made. */
export interface PaymentCall {
  /** Id of the exchange or work, for the trace; the platform takes no request code. */
  readonly requestCode: string;
  readonly signal: AbortSignal;
}

/** A fee; `phi` is LoaiPhiLePhi 1, `le-phi` 2. §1.2 */
export interface PaymentLine {
  readonly kind: 'phi' | 'le-phi';
  readonly code: string;
  readonly name: string;
  /** VND. */
  readonly amount: number;
}

/** Code and name, as the receipt block wants them together. */
export interface CodedName {
  readonly code: string;
  readonly name: string;
}

/** Who pays. Nothing is invented where something is missing. §8.3 */
export interface Payer {
  readonly name: string;
  readonly identityNumber: string | undefined;
  readonly address: string | undefined;
  readonly province: string | undefined;
  /** The payer's own address, never the server's. §8.1 */
  readonly ip: string;
}

/** The account that the money is to reach, from approved configuration. §8.13 */
export interface PaymentBeneficiary {
  readonly account: string;
  readonly bankCode: string;
  readonly accountName: string;
  readonly treasury: string | undefined;
  readonly budgetAccount: string | undefined;
}

/** What a fine stands on. §1.2 */
export interface FineDecision {
  readonly kind: CodedName;
  readonly agency: CodedName;
  readonly number: string;
  /** `yyyy-MM-dd` */
  readonly day: string;
  /** RFC 3339 */
  readonly violatedAt: string | undefined;
  readonly place: string | undefined;
  readonly violator: string | undefined;
}

/** A demand as the platform is to know it. Everything but `at` is the same when it is sent again. */
export interface PaymentDemand {
  /** MaThamChieu: at most 20 capital letters and digits; the idempotency key at the platform. §8.2 */
  readonly reference: string;
  /** VND; equals the sum of the lines. §8.3 */
  readonly amount: number;
  readonly text: string;
  readonly at: Date;
  readonly dossier: string;
  /** MaDVC, TenDVC; undefined: as the procedure. */
  readonly publicService: CodedName | undefined;
  readonly procedure: CodedName;
  readonly unit: CodedName;
  readonly lines: readonly PaymentLine[];
  readonly payer: Payer;
  readonly beneficiary: PaymentBeneficiary;
  /** Undefined: fees. */
  readonly fine: FineDecision | undefined;
  /** Where the payer comes back to, in variants that take it. */
  readonly returnUrl: string | undefined;
}

/** What came of a call, with its trace. */
export interface PaymentAnswer<T> {
  readonly value: T;
  readonly trace: SourceTrace;
}

/**
 * INIT's outcome. `refused`: the platform answered without an address; `code` is its MaLoi, or
 * `no-address` under `00`: nobody can pay at it, and the next demand is a new one. A call whose outcome is not known
 * throws (`timeout`, `unreadable`) and may be sent again with the same content. §8.2, §8.4
 */
export type CreateOutcome =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'refused'; readonly code: string };

/**
 * QUERY's outcome: TrangThaiGD 1, 3, 4, or any MaLoi but `00`, or (`isState`) a TrangThaiGD that is not known: then the platform
 * knows the payment, and what became of it is not understood. §1.4, §8.7
 */
export type QueryOutcome =
  | { readonly kind: 'paid' | 'pending' | 'failed' }
  | { readonly kind: 'unknown'; readonly code: string; readonly isState?: true };

/** GET_BILL's outcome. `pdf` must be read or destroyed; it ends with a SourceError where it breaks off or is too large. */
export type ReceiptOutcome =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'pdf'; readonly content: Readable }
  | { readonly kind: 'not-ready' };

/** Whether the variant has messages for it at all: the reference states none, so `unsupported` means "a person does it". */
export type CancelOutcome = { readonly kind: 'done' | 'refused' | 'unsupported' };

/** Why a message of the platform is not taken: it has no effect whatever it says. */
export type RefusedWhy = 'malformed' | 'wrong-partner' | 'wrong-checksum' | 'wrong-type' | 'wrong-time';

/** A confirmation whose checksum and partner hold, in our own words. §1.3 */
export interface Confirmation {
  readonly reference: string;
  /** VND, whether it came as an integer or as a text. §8.5 */
  readonly amount: number;
  readonly currency: string;
  /** Whether MaLoi is `00` (KeyPay: `status` 0); any other code is "not confirmed". */
  readonly isPaid: boolean;
  readonly code: string;
  /** MaGiaoDich; the older variant states none. */
  readonly transaction: string | undefined;
  readonly bank: string | undefined;
  /** ThoiGianGD, read as Asia/Ho_Chi_Minh. */
  readonly at: Date;
}

/**
 * A message that came in. Of a refused one the reference is given only where it has the form of ours, so that nothing else is
 * ever kept of it.
 */
export type ReadMessage<T> =
  | { readonly kind: 'verified'; readonly value: T }
  | { readonly kind: 'refused'; readonly why: RefusedWhy; readonly reference: string | undefined };

/** What a confirmation is answered with. */
export interface ConfirmationAnswer {
  /** MaLoi `00`, else `99`. */
  readonly isAccepted: boolean;
  /** MoTaLoi, in Vietnamese; no personal data. */
  readonly words: string;
  /** As it came; empty where it could not be read. */
  readonly reference: string;
  readonly at: Date;
}

/** The platform asks for an unpaid bill. §1.3, §8.10 */
export interface BillLookUp {
  readonly dossier: string;
}

/** The answer: error_code 1 payable, 0 none, -1 error. */
export type BillAnswer =
  | {
      readonly kind: 'payable';
      readonly dossier: string;
      readonly amount: number;
      readonly reference: string;
      readonly at: Date;
    }
  | { readonly kind: 'none' | 'error'; readonly dossier: string; readonly at: Date };

/** A row of the platform's reconciliation. Texts are as it wrote them where it has no form that is known. §4 [assumed] */
export interface ReconciliationRow {
  readonly reference: string;
  readonly transaction: string | undefined;
  /** VND. */
  readonly amount: number;
  readonly status: 'paid' | 'refunded' | 'not-paid' | 'unknown';
  readonly bank: string | undefined;
  readonly at: Date | undefined;
}

/** Rows of a day. An iteration that throws has not shown the whole day, and nothing may be concluded from it. */
export interface ReconciliationRows extends AsyncIterable<ReconciliationRow> {
  /** The digest of the file is there once the iteration has ended. */
  trace(): SourceTrace;
}

/** A body in the platform's own fields. */
export type WireBody = Readonly<Record<string, string | number>>;

/**
 * The platform. Calls send one request, never repeated, within their time, and fail with a SourceError of source
 * `payment-platform`; what reads and answers is pure and never throws. Secrets never leave it. §8.13
 */
export interface PaymentPlatform {
  readonly variant: PaymentVariant;
  /** Whether it can be asked for states, receipts and days; the older variant states none of these (§2). */
  readonly can: { readonly query: boolean; readonly receipt: boolean; readonly reconcile: boolean };
  /** @throws SourceError `unmapped` (party `caller`) where the demand cannot be said exactly: sum, lengths, texts */
  create(demand: PaymentDemand, call: PaymentCall): Promise<PaymentAnswer<CreateOutcome>>;
  query(reference: string, at: Date, call: PaymentCall): Promise<PaymentAnswer<QueryOutcome>>;
  receipt(reference: string, at: Date, call: PaymentCall): Promise<PaymentAnswer<ReceiptOutcome>>;
  cancel(reference: string, at: Date, call: PaymentCall): Promise<PaymentAnswer<CancelOutcome>>;
  /** Reads a confirmation or callback and checks it in constant time. */
  readConfirmation(body: unknown): ReadMessage<Confirmation>;
  answerConfirmation(answer: ConfirmationAnswer): WireBody;
  readBillLookUp(body: unknown): ReadMessage<BillLookUp>;
  answerBillLookUp(answer: BillAnswer): WireBody;
  /** @param day `yyyy-MM-dd` in Asia/Ho_Chi_Minh */
  fetchReconciliation(day: string, call: PaymentCall): ReconciliationRows;
  /** Ends all connections, running calls included. */
  close(): Promise<void>;
}
