// The daily reconciliation file (T+1): what was really paid that local day, changed where a test wants a difference.
// Its columns are unknown: all of it is [assumed]. Source: payment-platform.md §4, §7.9.
import type { ServerResponse } from 'node:http';
import type { Reader } from '../parts/reader.ts';
import { type Answer, toJson } from './answer.ts';
import { signedFields } from './checksum.ts';
import { toDay, toStamp } from './clock.ts';
import { type Judged, refuse, serveAsked } from './exchange.ts';
import { checkProof } from './init.ts';
import type { Difference } from './journal.ts';
import type { Payment } from './ledger.ts';
import type { Parts } from './parts.ts';

interface Row {
  readonly transaction: string;
  readonly reference: string;
  readonly amount: number;
  readonly stamp: string;
  readonly status: string;
  readonly bank: string;
}

const header = 'MaGiaoDich|MaThamChieu|SoTien|ThoiGianGD|TrangThai|MaNganHang';

/** Reads one change of a file. `onlyTheirs` needs an amount; a status is a status column's word. */
export function parseDifference(reader: Reader): Difference {
  const kind = reader.choice('kind', ['onlyTheirs', 'missing', 'amount', 'status']);
  const needsAmount = kind === 'onlyTheirs' || kind === 'amount';
  const [status, transaction, bank] = ['status', 'transaction', 'bank'].map((key) =>
    reader.optional(key, { match: /^[\w-]{1,40}$/ }),
  );
  return {
    kind,
    reference: reader.text('reference', { match: /^[\w.-]{1,64}$/ }),
    ...((needsAmount || reader.has('amount')) && {
      amount: reader.whole('amount', { least: 0, most: Number.MAX_SAFE_INTEGER }),
    }),
    ...(status && { status }),
    ...(transaction && { transaction }),
    ...(bank && { bank }),
  };
}

function toRow(payment: Payment, bank: string): Row {
  const { transaction = '', reference, amount, state, paidAtMs = 0 } = payment;
  const status = state === 'refunded' ? 'REFUNDED' : '1';
  return { transaction, reference, amount, stamp: toStamp(paidAtMs), status, bank };
}

function applyDifference(rows: readonly Row[], difference: Difference, date: string, bank: string): Row[] {
  const { kind, reference, amount, status } = difference;
  if (kind === 'missing') return rows.filter((row) => row.reference !== reference);
  if (kind !== 'onlyTheirs')
    return rows.map((row) =>
      row.reference !== reference
        ? row
        : kind === 'amount'
          ? { ...row, amount: amount ?? row.amount }
          : { ...row, status: status ?? '4' },
    );
  const transaction = difference.transaction ?? `GD${reference}`;
  const added = { transaction, reference, amount: amount ?? 0, stamp: `${date}120000` };
  return [...rows, { ...added, status: status ?? '1', bank: difference.bank ?? bank }];
}

/** The text of a day's file. */
export function toFile(
  date: string,
  { ledger, settings: { bank } }: Pick<Parts, 'ledger' | 'settings'>,
): string {
  const paid = ledger
    .all()
    .filter(({ state, paidAtMs }) => (state === 'paid' || state === 'refunded') && paidAtMs !== undefined)
    .map((payment) => toRow(payment, bank))
    .filter(({ stamp }) => stamp.startsWith(date));
  const rows = ledger
    .differences(date)
    .reduce<readonly Row[]>((all, difference) => applyDifference(all, difference, date, bank), paid);
  const lines = rows.map((row) =>
    [row.transaction, row.reference, row.amount, row.stamp, row.status, row.bank].join('|'),
  );
  return `${[header, ...lines].join('\n')}\n`;
}

function judge(query: Readonly<Record<string, string>>, parts: Parts): Judged {
  const { settings, schedule } = parts;
  const refusal = (reason: Parameters<typeof refuse>[0], status: number): Judged => {
    const refused = refuse(reason, parts);
    return { ...refused, answer: { ...refused.answer, status } };
  };
  const date = query['NgayDoiSoat'] ?? '';
  const reason = settings.reconciliationSigned
    ? checkProof(query, signedFields.reconciliation, settings, schedule.nowMs())
    : undefined;
  if (reason !== undefined) return refusal(reason, 403);
  if (!/^\d{8}$/.test(date)) return refusal('shape', 400);
  if (date >= toDay(schedule.nowMs()) && !settings.reconciliationEarly) return refusal('notThere', 404);
  const text = toFile(date, parts);
  const answer: Answer =
    settings.reconciliationForm === 'base64'
      ? toJson({ type: 1, content: Buffer.from(text).toString('base64') })
      : { status: 200, type: 'text/plain; charset=utf-8', body: text };
  return { answer, code: '00' };
}

/** Serves the file of the day that is asked for. */
export async function serveReconciliation(response: ServerResponse, url: URL, parts: Parts): Promise<void> {
  const query = Object.fromEntries(url.searchParams);
  const asked = {
    ...{ face: 'platform' as const, operation: 'reconciliation', reference: undefined },
    body: Buffer.from(url.search),
  };
  await serveAsked(response, asked, () => judge(query, parts), parts);
}
