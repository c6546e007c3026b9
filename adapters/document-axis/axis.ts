// The port of the national document axis: what it can be asked, whatever its face. Source: document-axis.md §3, §4.1.
// It knows nothing of what is inside a message, of units of ours or of the database.
import type { Readable } from 'node:stream';
import { SourceError, type SourceTrace } from '../adapter.ts';

/** The source's name in traces, errors and settings. */
export const axisName = 'document-axis';

/** On the axis `edoc` and `status`: what a message is. §3.2 */
export type AxisKind = 'document' | 'status';

/** Where an item of our queue stands; one that is not `done` or `fail` is listed again. §2.4, §3.2 */
export type AxisItemState = 'initial' | 'processing' | 'done' | 'fail';

/** On whose behalf a call is made. */
export interface AxisCall {
  /** Id of the exchange or delivery, for the trace; the axis itself takes no request code. */
  readonly requestCode: string;
  readonly signal: AbortSignal;
  /** Told of each request that left, whatever came of it. */
  readonly onTrace?: ((trace: SourceTrace) => void) | undefined;
}

/** A whole edXML message to be sent. */
export interface AxisMessage {
  readonly kind: AxisKind;
  /** Code of the sending unit as the axis knows it. */
  readonly from: string;
  /** Transport addressees: those outside the province only; empty for a status that is routed by what it answers. §9.14 */
  readonly to: readonly string[];
  /** Size of the message. */
  readonly bytes: number;
  /** Lower-case hex of the message's bytes. */
  readonly sha256: string;
  /** Opens the message from its first byte; called again for a second attempt. */
  readonly open: () => Readable;
}

/** The axis has taken a message. */
export interface AxisReceipt {
  /** Queue id at the sender; each receiver has an id of its own. §3.2 */
  readonly docId: string;
  readonly trace: SourceTrace;
}

/** An item of our queue. Texts are as the axis wrote them. */
export interface AxisItem {
  /** Transport id only: never for telling duplicates. §9.13 */
  readonly docId: string;
  readonly kind: AxisKind;
  readonly from: string | undefined;
  readonly to: readonly string[];
  /** `undefined` when the axis names a state that is not known here. */
  readonly state: AxisItemState | undefined;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
}

/** What became of a message that we sent, at one receiver; texts as the axis wrote them. */
export interface AxisSentRow {
  readonly senderDocId: string;
  readonly receiverDocId: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly sentAt: string | undefined;
  readonly sendStatus: string | undefined;
  readonly receivedAt: string | undefined;
  readonly receiveStatus: string | undefined;
}

/** An answer that was read whole. */
export interface AxisAnswer<T> {
  readonly value: T;
  readonly trace: SourceTrace;
}

/** A message of our queue, on its way. */
export interface AxisContent {
  /** Its original bytes; fails with a SourceError where it breaks off or grows too large. Must be read or destroyed. */
  readonly content: Readable;
  /** The digest of the answer is there once `content` has ended. */
  trace(): SourceTrace;
}

/** Rows of a long answer. An iteration that throws has not shown the whole list. */
export interface AxisRows<T> extends AsyncIterable<T> {
  /** The digest of the answer is there once the iteration has ended. */
  trace(): SourceTrace;
}

/** An agency of the directory, with its code in the other form. §4.3 */
export interface AxisAgency {
  readonly id: string | undefined;
  readonly parentId: string | undefined;
  readonly code: string;
  readonly name: string;
  readonly mail: string | undefined;
  /** Another code of the same agency, in the old list. Which form either has is to be seen by the code itself. */
  readonly oldCode: string | undefined;
  /** Another code of the same agency, in the QĐ 20 list. Which form either has is not stated. */
  readonly code102: string | undefined;
}

/** A unit with its history. §3.2 getSynchronizeUnit, §4.3 */
export interface AxisUnit {
  readonly id: string | undefined;
  readonly parentId: string | undefined;
  readonly code: string;
  readonly name: string;
  readonly mail: string | undefined;
  readonly version: number | undefined;
  readonly centerCode: string | undefined;
  readonly isDeleted: boolean;
  /** As the axis wrote it; its form is not stated. */
  readonly modifyDate: string | undefined;
  readonly isAgency: boolean | undefined;
}

/** An agency to be registered. */
export interface AxisRegistration {
  readonly id: string;
  /** Code of the superior agency. */
  readonly pcode: string;
  readonly code: string;
  readonly name: string;
  readonly mail?: string;
  readonly mobile?: string;
  readonly fax?: string;
}

/** Days in the axis' own zone, both included: `yyyy-MM-dd`. */
export interface AxisPeriod {
  readonly from?: string;
  readonly to?: string;
}

/**
 * The axis. Every call sends one request, never repeated (but for one renewal of an expired token), within its time, and
 * fails with a SourceError of source `document-axis`; ask `isPassing` whether another attempt makes sense.
 */
export interface DocumentAxis {
  /** Code that the hub writes into the trace header of what it forwards; undefined: it adds none. */
  readonly hopCode: string | undefined;
  /** How often the queue is to be listed. */
  readonly pollSeconds: number;
  /** Most addressees of one `send`; more are `unmapped`. */
  readonly mostAddressees: number;
  send(message: AxisMessage, call: AxisCall): Promise<AxisReceipt>;
  /** What waits in our queue. An answer that cannot be read is an error, never an empty list. §9.18 */
  list(kind: AxisKind, period: AxisPeriod, call: AxisCall): Promise<AxisAnswer<readonly AxisItem[]>>;
  fetch(docId: string, call: AxisCall): Promise<AxisContent>;
  /** Tells the axis how far we are. `description` may be Vietnamese: it is written without accents where need be. */
  mark(
    docId: string,
    state: Exclude<AxisItemState, 'initial'>,
    call: AxisCall,
    description?: string,
  ): Promise<SourceTrace>;
  /** What became of what we sent; of one message when `docId` is given. */
  sent(kind: AxisKind, call: AxisCall, docId?: string): Promise<AxisAnswer<readonly AxisSentRow[]>>;
  /** How many items wait. */
  counts(call: AxisCall): Promise<{ readonly documents: number; readonly statuses: number }>;
  registerAgency(agency: AxisRegistration, call: AxisCall): Promise<SourceTrace>;
  deleteAgency(code: string, call: AxisCall): Promise<SourceTrace>;
  /** `qd20` gives `code102`, `old` gives `oldCode`. */
  agencies(list: 'qd20' | 'old', call: AxisCall): AxisRows<AxisAgency>;
  units(call: AxisCall): AxisRows<AxisUnit>;
  /** Ends all connections, running calls included. */
  close(): Promise<void>;
}

/**
 * Whether another attempt makes sense: network errors, 5xx, 20 and 21. An answer that cannot be read is none of these:
 * the message may have been taken, and every repeat would send it again. Source: document-axis.md §9.16
 */
export function isPassing(error: unknown): boolean {
  return error instanceof SourceError && ['unreachable', 'timeout', 'unavailable'].includes(error.kind);
}
