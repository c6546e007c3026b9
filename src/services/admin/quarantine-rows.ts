// Scans as administrators see them: what is held back and why, from whom and to whom; neither content nor names of files.
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import { lockRow } from './change.ts';
import { readOne } from './read-one.ts';
import { toOptional, toSortableSql, toTime } from './wire.ts';

/** A message with its scan, as the contract shows it. */
export type Quarantined = components['schemas']['Quarantined'];

/** A row of `scan`, as the selects give it. */
export interface QuarantineRow {
  readonly message_id: string;
  readonly state: Quarantined['state'];
  readonly findings: Quarantined['findings'];
  readonly scanner_version: string | null;
  readonly attempts: number;
  readonly problem: string | null;
  readonly decision: string | null;
  readonly accepted_at: Date;
  readonly changed_at: Date;
  readonly revision: bigint;
  readonly sender_system: string | null;
  readonly sender_unit: string | null;
  /** Of one message only. */
  readonly receivers?: string[] | null;
  readonly deliveries?: string[] | null;
}

const ofDeliveries = (what: string): string =>
  `(SELECT ${what} FROM delivery d WHERE d.subject = s.message_id)`;

const columns = `s.message_id, s.state, s.findings, s.scanner_version, s.attempts, s.problem, s.decision, s.accepted_at,
    s.changed_at, s.revision, ${ofDeliveries('min(d.system_id)')} AS sender_system,
    ${ofDeliveries('min(d.acting_unit)')} AS sender_unit, ${toSortableSql('s.changed_at')} AS changed_text`;

/** For lists. */
export const quarantineSelect = `SELECT ${columns} FROM scan s`;

const oneSelect = `SELECT ${columns}, ${ofDeliveries('array_agg(d.receiver ORDER BY d.id)')} AS receivers,
    ${ofDeliveries('array_agg(d.id::text ORDER BY d.id)')} AS deliveries FROM scan s WHERE s.message_id = $1`;

/** A message with its scan, as the contract shows it. */
export const toQuarantined = (row: QuarantineRow): Quarantined => ({
  messageId: row.message_id,
  state: row.state,
  findings: row.findings,
  ...toOptional('scannerVersion', row.scanner_version),
  attempts: row.attempts,
  ...toOptional('problem', row.problem),
  ...toOptional('senderSystem', row.sender_system),
  ...toOptional('senderUnit', row.sender_unit),
  ...toOptional('receivers', row.receivers ?? null),
  ...toOptional('deliveries', row.deliveries ?? null),
  ...toOptional('decision', row.decision),
  acceptedAt: toTime(row.accepted_at),
  changedAt: toTime(row.changed_at),
  revision: Number(row.revision),
});

/** @throws Problem record-not-found */
export const readQuarantined = async (client: Pool | PoolClient, messageId: string): Promise<Quarantined> =>
  toQuarantined(await readOne<QuarantineRow>(client, oneSelect, messageId));

const undecided: readonly Quarantined['state'][] = ['waiting', 'infected', 'unscannable'];

/**
 * Locks what people may decide about: what is in quarantine, and what no scan has come to an end with.
 * @throws Problem record-not-found | revision-conflict | not-in-quarantine
 */
export async function lockQuarantined(
  client: PoolClient,
  messageId: string,
  revision?: number,
): Promise<Quarantined> {
  const before = toQuarantined(await lockRow<QuarantineRow>(client, oneSelect, messageId, revision));
  if (!undecided.includes(before.state)) throw new Problem('not-in-quarantine');
  return before;
}

/** @param decision the approved proposal, or the exchange that destroys it */
export async function decideQuarantined(
  client: PoolClient,
  messageId: string,
  state: 'released' | 'destroyed',
  decision: string,
): Promise<Quarantined> {
  await client.query(
    'UPDATE scan SET state = $2, decision = $3, lease_id = NULL, lease_until = NULL WHERE message_id = $1',
    [messageId, state, decision],
  );
  return readQuarantined(client, messageId);
}
