// The platform's file of a day, read to its end before anything is concluded from it, as an exchange of the hub's own.
// Source: payment-platform.md §4, §8.11
import { SourceError } from '../../../../adapters/adapter.ts';
import {
  type PaymentPlatform,
  paymentPlatformName,
  type ReconciliationRow,
} from '../../../../adapters/payment-platform/payment.ts';
import { type Called, recordOwnCall } from '../../../exchange/own-call.ts';
import type { MessageDraft, PaymentMovement, PaymentRooms } from '../dependencies.ts';

/** A whole file. */
export interface DayFile {
  /** In the file's own order. */
  readonly rows: readonly ReconciliationRow[];
  /** Of its bytes as they came. */
  readonly sha256: string;
  /** Our question, to be written down. */
  readonly message: MessageDraft;
}

/** More than a province has in a day; bounds memory. */
const mostRows = 200_000;

async function readAll(
  platform: PaymentPlatform,
  day: string,
  requestCode: string,
  signal: AbortSignal,
): Promise<Called<DayFile>> {
  const rows: ReconciliationRow[] = [];
  const listed = platform.fetchReconciliation(day, { requestCode, signal });
  for await (const row of listed)
    if (rows.push(row) > mostRows)
      throw new SourceError('unreadable', paymentPlatformName, 'a day has too many rows', {
        trace: listed.trace(),
      });
  const trace = listed.trace();
  const { request, answer } = trace;
  if (!answer) throw new SourceError('unreadable', paymentPlatformName, 'a file has no digest', { trace });
  const message = {
    ...({ direction: 'out', kind: 'reconciliation', outcome: 'verified', exchangeId: requestCode } as const),
    ...{ sha256: request.sha256, bytes: request.bytes, answerSha256: answer.sha256 },
  };
  const value = { rows, sha256: answer.sha256, message };
  return { value, result: `${day} ${rows.length}`, sources: [trace] };
}

/** @throws SourceError where it broke off or cannot be read whole; RecordError: then nothing was sent */
export const fetchFile = (
  rooms: Pick<PaymentRooms, 'log'>,
  platform: PaymentPlatform,
  day: string,
  signal: AbortSignal,
): Promise<DayFile> =>
  recordOwnCall(rooms, { service: 'payment.v1', operation: 'fetchReconciliation' }, (exchangeId) =>
    readAll(platform, day, exchangeId, signal),
  );

/** Leaves a message of a question that failed after it was sent. */
export async function noteFailure(
  { pool }: Pick<PaymentRooms, 'pool'>,
  movement: Pick<PaymentMovement, 'write'>,
  { trace, kind }: SourceError,
): Promise<void> {
  if (!trace) return;
  const client = await pool.connect();
  try {
    await movement.write(client, {
      ...{ direction: 'out', kind: 'reconciliation', outcome: 'unclear', code: kind },
      ...{ sha256: trace.request.sha256, bytes: trace.request.bytes, exchangeId: trace.requestCode },
      ...(trace.answer && { answerSha256: trace.answer.sha256 }),
    });
  } finally {
    client.release();
  }
}
