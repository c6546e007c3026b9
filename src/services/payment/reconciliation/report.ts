// Reconciliations and their lines as the contract shows them, with counts and sums by kind and the exception of each line.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import { Problem } from '../../../problem.ts';
import { type Page, readPage } from '../../admin/page.ts';
import { toOptional, toTime } from '../../admin/wire.ts';
import type { RequestOf } from '../../service.ts';
import { readLineExceptions } from './line-exceptions.ts';
import { type LineRow, lineKinds, lineSelect, type TotalRow } from './lines.ts';

/** A reconciliation as the contract shows it. */
export type Reconciliation = components['schemas']['Reconciliation'];

type ReconciliationLine = components['schemas']['ReconciliationLine'];

interface RunRow {
  readonly id: string;
  readonly day: string;
  readonly cause: Reconciliation['cause'];
  readonly state: Reconciliation['state'];
  readonly problem: string | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly sha256: string | null;
  readonly rows: number;
  readonly lines: number;
  readonly totals: readonly TotalRow[];
}

const runSelect = `SELECT r.id, r.day, r.cause, r.state, r.problem, r.started_at, r.ended_at, r.sha256, r.rows, r.lines,
    (SELECT coalesce(jsonb_agg(t), '[]') FROM (
      SELECT kind, count(*) AS count, coalesce(sum(our_amount), 0) AS ours, coalesce(sum(their_amount), 0) AS theirs
      FROM reconciliation_line l WHERE l.reconciliation_id = r.id GROUP BY kind) t) AS totals
  FROM reconciliation r`;

/** Every kind, in one order, also where there is none. */
const toTotals = (totals: readonly TotalRow[]): Reconciliation['totals'] =>
  lineKinds.map((kind) => {
    const { count = 0, ours = 0, theirs = 0 } = totals.find((total) => total.kind === kind) ?? {};
    return { kind, count, ours, theirs };
  });

const toReconciliation = (row: RunRow): Reconciliation => ({
  ...{ reconciliationId: row.id, day: row.day, cause: row.cause, state: row.state },
  ...toOptional('problem', row.problem),
  startedAt: toTime(row.started_at),
  ...(row.ended_at && { endedAt: toTime(row.ended_at) }),
  ...toOptional('sha256', row.sha256),
  ...{ rows: row.rows, lines: row.lines, totals: toTotals(row.totals) },
});

/** Newest day first. */
export const listRuns = (
  pool: Pool,
  { query }: RequestOf<operations['listReconciliations']>,
): Promise<Page<Reconciliation>> => {
  const listing = {
    select: `${runSelect} WHERE ($1::text IS NULL OR r.day::text >= $1) AND ($2::text IS NULL OR r.day::text <= $2)`,
    values: [query.fromDay, query.toDay],
    ...{ id: 'id', sorts: { day: 'day' } },
  };
  return readPage<RunRow, Reconciliation>(pool, listing, { ...query, sort: '-day' }, toReconciliation);
};

/** @throws Problem reconciliation-not-found */
export async function readRun(pool: Pool, id: string): Promise<Reconciliation> {
  const { rows } = await pool.query<RunRow>(`${runSelect} WHERE r.id = $1`, [id]);
  if (!rows[0]) throw new Problem('reconciliation-not-found');
  return toReconciliation(rows[0]);
}

const toLine = (row: LineRow): ReconciliationLine => ({
  ...{ no: row.no, kind: row.kind, reference: row.reference },
  ...toOptional('paymentId', row.payment_id),
  ...toOptional('transaction', row.transaction_code),
  ...toOptional('ourAmount', row.our_amount === null ? null : Number(row.our_amount)),
  ...toOptional('theirAmount', row.their_amount === null ? null : Number(row.their_amount)),
  ...toOptional('ourState', row.our_state),
  ...toOptional('theirStatus', row.their_status),
  ...toOptional('bank', row.bank),
  ...(row.said_at && { saidAt: toTime(row.said_at) }),
});

/** In their order. @throws Problem reconciliation-not-found */
export async function listLines(
  pool: Pool,
  { params: { reconciliationId }, query }: RequestOf<operations['listReconciliationLines']>,
): Promise<Page<ReconciliationLine>> {
  await readRun(pool, reconciliationId);
  const listing = {
    select: `${lineSelect} WHERE l.reconciliation_id = $1 AND ($2::text IS NULL OR l.kind = $2)`,
    values: [reconciliationId, query.kind],
    ...{ id: 'no', sorts: { no: 'no' }, isNumbered: true },
  };
  const { items, next } = await readPage<LineRow, LineRow>(pool, listing, query, (row) => row);
  const exceptions = await readLineExceptions(pool, items);
  return {
    items: items.map((row, index) => ({
      ...toLine(row),
      ...toOptional('exceptionId', exceptions[index] ?? null),
    })),
    next,
  };
}
