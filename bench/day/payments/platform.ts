// The payment platform as a day plays it: payers pay at the mock, and its own records are read. What is paid is paid
// yesterday, so that the file of a whole day has it.
import { askMock } from '../portal/mock.ts';
import type { Course } from './plan.ts';

/** Addresses of the mock; see mocks/payment-platform/README.md. */
export interface PlatformPlace {
  readonly journalUrl: string;
  readonly payUrl: string;
  readonly reconciliationUrl: string;
}

/** A payment as the platform has it. */
export interface PlatformPayment {
  readonly reference: string;
  readonly state: string;
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly paidAtMs?: number;
}

/** A change of a day's file. */
export interface Difference {
  readonly kind: 'onlyTheirs' | 'missing' | 'amount' | 'status';
  readonly reference: string;
  readonly amount?: number;
  readonly status?: string;
}

const zoneMs = 7 * 3_600_000;
const dayMs = 86_400_000;

/** The local day before a moment, yyyy-MM-dd. */
export const toDayBefore = (ms: number): string => new Date(ms + zoneMs - dayMs).toISOString().slice(0, 10);

/** Whether the money came on a day. */
export const isOfDay = ({ paidAtMs }: PlatformPayment, day: string): boolean =>
  paidAtMs !== undefined && new Date(paidAtMs + zoneMs).toISOString().startsWith(day);

const ways: Readonly<Record<Course, object>> = {
  valid: { mode: 'valid', order: 'confirmFirst' },
  returnFirst: { mode: 'valid', order: 'returnFirst' },
  twice: { mode: 'twice' },
  late: { mode: 'late', order: 'background', delayMs: 1_500 },
  none: { mode: 'none' },
  changedAmount: { mode: 'changedAmount', order: 'background' },
  badChecksum: { mode: 'badChecksum', order: 'background' },
  fail: { outcome: 'fail', mode: 'failed' },
  abandon: { outcome: 'abandon' },
  pending: { outcome: 'pending', pendingMs: 1_500, pendingBecomes: 'success' },
};

/** Pays, or does not. @param day yyyy-MM-dd of the money */
export async function pay(
  { payUrl }: PlatformPlace,
  reference: string,
  course: Course,
  day: string,
): Promise<void> {
  const body = JSON.stringify({ reference, paidAt: `${day}T10:00:00+07:00`, ...ways[course] });
  await askMock(payUrl, { method: 'POST', body });
}

interface Page {
  readonly entries: readonly PlatformPayment[];
  readonly next: number | null;
}

/** Its records of some payments, by reference. */
export async function readPlatform(
  { journalUrl }: PlatformPlace,
  references: ReadonlySet<string>,
): Promise<ReadonlyMap<string, PlatformPayment>> {
  const found = new Map<string, PlatformPayment>();
  for (let from: number | null = 1; from !== null; ) {
    const page: Page = await askMock(`${journalUrl}?view=payments&from=${from}`);
    for (const payment of page.entries)
      if (references.has(payment.reference)) found.set(payment.reference, payment);
    from = page.next;
  }
  return found;
}

/** Changes the file of a day; none takes all changes back. */
export async function setDifferences(
  { reconciliationUrl }: PlatformPlace,
  day: string,
  differences: readonly Difference[],
): Promise<void> {
  const body = JSON.stringify({ date: day.replaceAll('-', ''), differences });
  await askMock(reconciliationUrl, differences.length > 0 ? { method: 'PUT', body } : { method: 'DELETE' });
}
