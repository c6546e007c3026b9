// Reconciliations as rows: begun once, taken by one process at a time under a lease, ended once. A process that lost its
// lease can write nothing more.
import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentVariant } from '../../../../adapters/payment-platform/payment.ts';
import type { ProblemCode } from '../../../problem-codes.ts';

/** One that this process has taken. */
export interface Claim {
  readonly id: string;
  readonly variant: PaymentVariant;
  /** `yyyy-MM-dd` */
  readonly day: string;
  readonly leaseId: string;
  /** This one included. */
  readonly attempts: number;
  /** Lines that an earlier attempt has written, and of which file. */
  readonly lines: number;
  readonly sha256: string | undefined;
}

/** Thrown where another process may have it by now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

const insertDemand = `INSERT INTO reconciliation (id, variant, day, cause, exchange_id) VALUES ($1, $2, $3, 'demand', $4)
  ON CONFLICT DO NOTHING`;

/** @returns its id; undefined while another of this day runs */
export async function beginDemand(
  client: ClientBase,
  variant: PaymentVariant,
  day: string,
  exchangeId: string,
): Promise<string | undefined> {
  const { rowCount } = await client.query(insertDemand, [uuidv7(), variant, day, exchangeId]);
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM reconciliation WHERE exchange_id = $1',
    [exchangeId],
  );
  if (rowCount === 1 && !rows[0]) throw new Error('a reconciliation was not written');
  return rows[0]?.id;
}

// Before its first payment a hub has nothing to compare.
const insertDue = `WITH first AS (SELECT (min(created_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day FROM payment WHERE variant = $1)
  INSERT INTO reconciliation (id, variant, day, cause)
  SELECT gen_random_uuid(), $1, d::date, 'daily' FROM first, generate_series(greatest($2::date, first.day), $3::date, '1 day') d
  WHERE NOT EXISTS (SELECT FROM reconciliation r WHERE r.variant = $1 AND r.day = d::date AND r.cause = 'daily')
  ON CONFLICT DO NOTHING`;

// What wrote lines is not begun again: they are of a file that the platform has changed since.
const retryFailed = `UPDATE reconciliation r SET state = 'running', problem = NULL, ended_at = NULL, attempts = 0
  WHERE cause = 'daily' AND state = 'failed' AND lines = 0 AND variant = $1 AND day >= $2::date
    AND ended_at < clock_timestamp() - $3 * interval '1 millisecond'
    AND NOT EXISTS (SELECT FROM reconciliation o WHERE (o.variant, o.day) = (r.variant, r.day) AND o.state = 'running')`;

/** Begins the days that nobody reconciled, and those again that failed before anything was written. */
export async function beginDue(
  pool: Pool,
  variant: PaymentVariant,
  days: { readonly from: string; readonly to: string },
  retryMs: number,
): Promise<void> {
  await pool.query(insertDue, [variant, days.from, days.to]);
  await pool.query(retryFailed, [variant, days.from, retryMs]);
}

const claimNext = `UPDATE reconciliation SET lease_id = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond',
    attempts = attempts + 1
  WHERE id = (SELECT id FROM reconciliation WHERE state = 'running' AND variant = ANY ($3)
      AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    ORDER BY day, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, variant, day::text, attempts, lines, sha256`;

/** Takes the oldest day that runs and that no process has. */
export async function claimRun(
  pool: Pool,
  leaseId: string,
  leaseMs: number,
  variants: readonly PaymentVariant[],
): Promise<Claim | undefined> {
  const { rows } = await pool.query<Omit<Claim, 'leaseId' | 'sha256'> & { sha256: string | null }>(
    claimNext,
    [leaseId, leaseMs, variants],
  );
  return rows[0] && { ...rows[0], leaseId, sha256: rows[0].sha256 ?? undefined };
}

const hold = `UPDATE reconciliation SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE id = $1 AND lease_id = $2 AND state = 'running'`;

/** Renews the lease; in a transaction it keeps others out until the commit. @throws LeaseLost */
export async function holdRun(
  client: ClientBase | Pool,
  { id, leaseId }: Claim,
  leaseMs: number,
): Promise<void> {
  const { rowCount } = await client.query({
    ...{ name: 'reconciliation-hold', text: hold },
    values: [id, leaseId, leaseMs],
  });
  if (rowCount !== 1) throw new LeaseLost(`the reconciliation ${id} is another's`);
}

/** Of which file it is, and how many rows it has. Under the lease. */
export async function keepFile(
  client: ClientBase,
  { id }: Claim,
  file: { readonly sha256: string; readonly rows: number },
): Promise<void> {
  await client.query('UPDATE reconciliation SET sha256 = $2, rows = $3 WHERE id = $1', [
    ...[id, file.sha256, file.rows],
  ]);
}

/** Its progress, in the transaction that wrote the lines. */
export async function keepProgress(client: ClientBase, { id }: Claim, lines: number): Promise<void> {
  await client.query({
    name: 'reconciliation-progress',
    text: 'UPDATE reconciliation SET lines = $2 WHERE id = $1',
    values: [id, lines],
  });
}

/** @param problem undefined: it is done */
export async function endRun(
  pool: Pool,
  { id, leaseId }: Claim,
  problem: ProblemCode | undefined,
): Promise<void> {
  await pool.query(
    `UPDATE reconciliation SET state = $3, problem = $4, ended_at = clock_timestamp(), lease_id = NULL, lease_until = NULL
     WHERE id = $1 AND lease_id = $2 AND state = 'running'`,
    [id, leaseId, problem === undefined ? 'done' : 'failed', problem],
  );
}

/** Another process may have it at once. */
export async function releaseRun(pool: Pool, { id, leaseId }: Claim): Promise<void> {
  await pool.query(
    'UPDATE reconciliation SET lease_id = NULL, lease_until = NULL WHERE id = $1 AND lease_id = $2',
    [id, leaseId],
  );
}
