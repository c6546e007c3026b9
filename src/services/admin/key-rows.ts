// Rows of keys: reading, writing, and whether a new one needs a second person.
import type { Pool, PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import { lockRow } from './change.ts';
import { readOne } from './read-one.ts';
import type { State } from './state.ts';
import { toOptional, toTime } from './wire.ts';

/** A key as the contract shows it. */
export type Key = components['schemas']['Key'];

/** A row of `system_key`, as `keySelect` gives it. */
export interface KeyRow {
  readonly kid: string;
  readonly system_id: string;
  readonly jwk: Key['jwk'];
  readonly certificate_sha256: string | null;
  readonly valid_from: Date;
  readonly valid_to: Date | null;
  readonly revoked_at: Date | null;
  readonly state: Key['state'];
}

/** A key to be written: public parts only, as a proposal shows them. */
export interface KeyContent {
  readonly systemId: string;
  readonly kid: string;
  readonly jwk: Key['jwk'];
  /** PEM. */
  readonly certificate?: string;
  readonly certificateSha256?: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/** Who brought a key in, and the proposal by which a second person agreed. */
export interface KeyOrigin {
  readonly systemId: string;
  readonly officerId: string;
  readonly proposalId: string | undefined;
}

/** Keys with their state as of now; `place` orders them by their beginning. */
export const keySelect = `SELECT k.kid, k.system_id, k.jwk, k.certificate_sha256, k.valid_from, k.valid_to, k.revoked_at,
    to_char(k.valid_from AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') AS place,
    CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.valid_to <= now() THEN 'expired'
      WHEN k.valid_from > now() THEN 'future' ELSE 'active' END AS state FROM system_key k`;

/** A key as the contract shows it. */
export const toKey = (row: KeyRow): Key => ({
  kid: row.kid,
  systemId: row.system_id,
  jwk: row.jwk,
  ...toOptional('certificateSha256', row.certificate_sha256),
  validFrom: toTime(row.valid_from),
  validTo: row.valid_to && toTime(row.valid_to),
  state: row.state,
  ...(row.revoked_at && { revokedAt: toTime(row.revoked_at) }),
});

/** @throws Problem record-not-found, also for a key of another system */
export async function readKey(client: Pool | PoolClient, systemId: string, kid: string): Promise<Key> {
  const key = toKey(await readOne<KeyRow>(client, `${keySelect} WHERE k.kid = $1`, kid));
  if (key.systemId !== systemId) throw new Problem('record-not-found');
  return key;
}

/** Locks the system, so that changes of its keys come one after the other. @throws Problem record-not-found */
export async function lockHolder(client: PoolClient, systemId: string): Promise<State> {
  const query = 'SELECT s.state, s.revision FROM system s WHERE s.id = $1';
  const { state } = await lockRow<{ state: State; revision: bigint }>(client, query, systemId, undefined);
  return state;
}

/** Whether the system has, will have or may get by a pending proposal any right of administration. */
export async function hasAdministration(client: PoolClient, systemId: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM access_grant, unnest(operations) AS o
        WHERE system_id = $1 AND state <> 'revoked' AND valid_to > now() AND o LIKE 'admin.v1/%')
      OR EXISTS (SELECT FROM mandate, unnest(operations) AS o
        WHERE system_id = $1 AND state <> 'revoked' AND coalesce(valid_to > now(), true) AND o LIKE 'admin.v1/%')
      OR EXISTS (SELECT FROM proposal, jsonb_array_elements_text(content -> 'operations') AS o
        WHERE kind IN ('grant', 'mandate') AND state = 'pending' AND content ->> 'systemId' = $1
          AND o LIKE 'admin.v1/%') AS found`,
    [systemId],
  );
  return rows[0]?.found ?? true;
}

/** Whether the system has another key that is valid now. @param until that is also valid after this instant */
export async function hasOtherKey(
  client: PoolClient,
  systemId: string,
  kid: string,
  until?: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM system_key WHERE system_id = $1 AND kid <> $2 AND revoked_at IS NULL AND valid_from <= now()
       AND coalesce(greatest(now(), $3) < valid_to, true)`,
    [systemId, kid, until ?? null],
  );
  return (rowCount ?? 0) > 0;
}

/** Writes a key. @param origin none: the owner's role @throws Error of a constraint, e.g. a key that is or was registered */
export async function insertKey(
  client: PoolClient,
  { systemId, kid, jwk, certificate, certificateSha256, validFrom, validTo }: KeyContent,
  origin?: KeyOrigin,
): Promise<Key> {
  await client.query(
    `INSERT INTO system_key (kid, system_id, jwk, certificate, certificate_sha256, valid_from, valid_to,
       registered_by_system, registered_by_officer, proposal_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      kid,
      systemId,
      JSON.stringify(jwk),
      certificate ?? null,
      certificateSha256 ?? null,
      validFrom,
      validTo,
      origin?.systemId ?? null,
      origin?.officerId ?? null,
      origin?.proposalId ?? null,
    ],
  );
  return readKey(client, systemId, kid);
}
