// The rows of `scan`: demanded when a message is accepted, claimed under a lease, settled once.
import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';

/** What a scanner said of one attachment that is not clean. */
export interface Finding {
  /** Number of the attachment in its message, from 1. */
  readonly no: number;
  readonly outcome: 'infected' | 'too-large';
  /** In the scanner's words. */
  readonly name?: string;
}

/** What came of a message; the first two let it go, the others hold it in quarantine. */
export interface Verdict {
  readonly state: 'clean' | 'passed' | 'infected' | 'unscannable';
  readonly findings: readonly Finding[];
  /** Undefined: nothing was scanned. */
  readonly version: string | undefined;
}

/** A message under this process's lease. */
export interface Claim {
  readonly messageId: string;
  readonly leaseId: string;
  /** Attempts that failed so far. */
  readonly attempts: number;
}

/** Demands a scan, in the transaction that accepts the message. */
export async function insertScan(client: ClientBase, messageId: string): Promise<void> {
  await client.query('INSERT INTO scan (message_id) VALUES ($1)', [messageId]);
}

/** The message that waits longest and is due, or none. */
export async function claimScan(pool: Pool, leaseMs: number): Promise<Claim | undefined> {
  const leaseId = randomUUID();
  const { rows } = await pool.query<{ message_id: string; attempts: number }>(
    `UPDATE scan SET lease_id = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
       WHERE message_id = (SELECT message_id FROM scan WHERE state = 'waiting' AND next_at <= clock_timestamp()
         AND coalesce(lease_until <= clock_timestamp(), true) ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING message_id, attempts`,
    [leaseId, leaseMs],
  );
  const [row] = rows;
  return row && { messageId: row.message_id, leaseId, attempts: row.attempts };
}

/** @returns false when the lease was lost, or people have decided meanwhile */
export async function renewScan(pool: Pool, claim: Claim, leaseMs: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE scan SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       WHERE message_id = $1 AND lease_id = $2 AND state = 'waiting'`,
    [claim.messageId, claim.leaseId, leaseMs],
  );
  return rowCount !== 0;
}

/** Gives a message back, to be taken again after `pauseMs`. @param problem why; undefined: it was no attempt */
export async function postponeScan(
  pool: Pool,
  { messageId, leaseId }: Claim,
  pauseMs: number,
  problem?: string,
): Promise<void> {
  await pool.query(
    `UPDATE scan SET lease_id = NULL, lease_until = NULL, next_at = clock_timestamp() + $3 * interval '1 millisecond',
         attempts = attempts + CASE WHEN $4::text IS NULL THEN 0 ELSE 1 END, problem = coalesce($4, problem)
       WHERE message_id = $1 AND lease_id = $2`,
    [messageId, leaseId, pauseMs, problem ?? null],
  );
}

/** Writes the verdict. @returns false when the lease was lost, or people have decided meanwhile */
export async function settleScan(
  client: ClientBase,
  { messageId, leaseId }: Claim,
  { state, findings, version }: Verdict,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE scan SET state = $3, findings = $4, scanner_version = $5, lease_id = NULL, lease_until = NULL
       WHERE message_id = $1 AND lease_id = $2 AND state = 'waiting'`,
    [messageId, leaseId, state, JSON.stringify(findings), version ?? null],
  );
  return rowCount !== 0;
}
