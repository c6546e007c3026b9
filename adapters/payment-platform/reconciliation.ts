// Fetches the platform's file of a day, whole and bounded, and gives its rows. Source: payment-platform.md §4 [assumed], §8.11
import { setImmediate } from 'node:timers/promises';
import { SourceError, type SourceTrace } from '../adapter.ts';
import { toChecksum } from './checksum.ts';
import { type PaymentClient, toUnasked } from './client.ts';
import {
  type PaymentCall,
  paymentPlatformName,
  type ReconciliationRow,
  type ReconciliationRows,
} from './payment.ts';
import { readRows } from './reconciliation-file.ts';
import type { ReconciliationSettings } from './reconciliation-settings.ts';
import { toUnmapped } from './refusals.ts';
import type { PlatformSettings } from './settings.ts';
import { toStamp } from './times.ts';

/** Address of a day's file; its proof, never the secret, stands in it. @throws SourceError `unmapped` */
function toUrl(
  day: string,
  at: Date,
  file: ReconciliationSettings,
  { partner, secret }: PlatformSettings,
): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw toUnmapped('NgayDoiSoat', 'malformed', 'hub');
  const signed = { MaDoiTac: partner, NgayDoiSoat: day.replaceAll('-', ''), ThoiGianGD: toStamp(at) };
  const query = file.signed
    ? { ...signed, MaXacThuc: toChecksum(Object.values(signed), secret) }
    : { NgayDoiSoat: signed.NgayDoiSoat };
  return `${file.url}?${new URLSearchParams(query).toString()}`;
}

/** Rows read before others get their turn. */
const rowsAtOnce = 500;

/** The platform has no file of this day yet. */
const isMissing = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.code === 'http-404';

const toNotThere = (trace: SourceTrace | undefined): SourceError =>
  new SourceError('unavailable', paymentPlatformName, 'the file of the day is not there', {
    code: 'file-not-there',
    ...(trace && { trace }),
  });

/** The rows of a day; asked for when the iteration begins. `now` gives epoch milliseconds. */
export function createReconciliationRows(
  client: PaymentClient,
  file: ReconciliationSettings,
  settings: PlatformSettings,
  day: string,
  call: PaymentCall,
  now: () => number,
): ReconciliationRows {
  let trace: SourceTrace = toUnasked(call);
  return {
    trace: () => trace,
    async *[Symbol.asyncIterator](): AsyncGenerator<ReconciliationRow> {
      const url = toUrl(day, new Date(now()), file, settings);
      const { fileBytes: answerBytes, callMs } = file;
      const answer = await client.send({ url, answerBytes, callMs }, call).catch((error: unknown) => {
        throw isMissing(error) ? toNotThere(error.trace) : error;
      });
      trace = answer.trace;
      let rows = 0;
      for (const row of readRows(answer.bytes, file, trace)) {
        yield row;
        rows += 1;
        if (rows % rowsAtOnce === 0) await setImmediate();
      }
    },
  };
}
