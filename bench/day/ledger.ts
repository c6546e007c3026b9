// What the simulated systems themselves wrote down: what they sent, what reached them, in which order. Nothing here comes
// from the hub's own lists.

/** A delivery as its sender knows it. */
export interface ExpectedDelivery {
  readonly deliveryId: string;
  /** Of the document's place in the plan. */
  readonly n: number;
  readonly documentId: string;
  readonly messageId: string;
  /** Code as written. */
  readonly receiver: string;
  readonly isOutside: boolean;
  /** Business type as the axis writes it. */
  readonly type: '0' | '2';
}

/** A document whose sending was answered. */
export interface SentDocument {
  readonly documentId: string;
  readonly messageId: string;
  readonly deliveries: readonly ExpectedDelivery[];
}

/** The statuses of every delivery, in their order. */
export const statusesExpected = ['01', '03', '06'] as const;

const mostFaults = 100;

/** The simulated systems' own records. */
export class Ledger {
  /** By place in the plan. */
  readonly sent = new Map<number, SentDocument>();
  /** SHA-256 of attachments by DocumentId, as the sender made them. */
  readonly contents = new Map<string, string>();
  readonly deliveries = new Map<string, ExpectedDelivery>();
  /** DocumentId, type and receiver of what was registered, in the order in which it came, and by what it came. */
  readonly registered = new Map<string, { readonly place: number; readonly by: string }>();
  /** By delivery: codes as the sender of the document got them. */
  readonly statuses = new Map<string, string[]>();
  /** Milliseconds of each answered sending. */
  readonly sendMs: number[] = [];
  /** What went wrong, in a sentence each, the first of it. */
  readonly faults: string[] = [];
  statusCount = 0;
  /** Registered twice by a receiver, or told twice to a sender: that must not be. */
  duplicated = 0;
  /** Items that came again by the axis and were told apart by the receiver. */
  repeatedItems = 0;
  /** Sendings that were sent again on purpose. */
  repeats = 0;
  cuts = 0;
  changedMs = performance.now();

  /** @param by id of the delivery or item @returns whether it was there already, by the same one or by another */
  register(key: string, by: string): 'new' | 'same' | 'other' {
    const earlier = this.registered.get(key);
    if (earlier) return earlier.by === by ? 'same' : 'other';
    this.registered.set(key, { place: this.registered.size, by });
    this.changedMs = performance.now();
    return 'new';
  }

  noteSent(n: number, document: SentDocument): void {
    const earlier = this.sent.get(n);
    if (earlier) {
      if (earlier.messageId !== document.messageId) this.duplicated += 1;
      return;
    }
    this.sent.set(n, document);
    for (const delivery of document.deliveries) this.deliveries.set(delivery.deliveryId, delivery);
    this.changedMs = performance.now();
  }

  noteStatus(deliveryId: string, code: string): void {
    const codes = this.statuses.get(deliveryId) ?? [];
    if (codes.includes(code)) this.duplicated += 1;
    else this.statusCount += 1;
    this.statuses.set(deliveryId, [...codes, code]);
    this.changedMs = performance.now();
  }

  fail(error: unknown): void {
    if (this.faults.length < mostFaults)
      this.faults.push(error instanceof Error ? error.message : String(error));
  }

  /** Deliveries that their receivers registered. */
  get received(): number {
    return this.registered.size;
  }
}

/** Whether one document of a plan was registered after another at a receiver. */
export const isAfter = ({ registered }: Ledger, key: string, earlier: string): boolean =>
  (registered.get(key)?.place ?? Number.POSITIVE_INFINITY) > (registered.get(earlier)?.place ?? -1);

/** What a receiver tells documents apart by. Source: document-axis.md §3.2, §9.13 */
export const toKey = (documentId: string, type: string, receiver: string): string =>
  `${documentId} ${type} ${receiver}`;
