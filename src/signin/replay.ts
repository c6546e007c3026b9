// Single use of assertions and proofs across processes: one durable row each, and whoever inserts it first wins.
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

/** What a claim came to: the first use or not, and the registry's version in the same moment. */
export interface Claim {
  readonly first: boolean;
  readonly registryVersion: bigint;
}

// Rows are kept five minutes longer than they matter: the clocks of processes and database may differ by that much.
const claimRow = `
  WITH forgotten AS (
    DELETE FROM replay WHERE hash IN (
      SELECT hash FROM replay WHERE forget_at < now() - interval '5 minutes'
      ORDER BY forget_at LIMIT 8 FOR UPDATE SKIP LOCKED)
  ), claimed AS (
    INSERT INTO replay (hash, forget_at) VALUES ($1, to_timestamp($2)) ON CONFLICT (hash) DO NOTHING RETURNING 1
  )
  SELECT EXISTS (SELECT FROM claimed) AS first, (SELECT version FROM registry_version)::text AS version`;

/**
 * Makes the function that claims one use of a `jti` by a client, until `forgetAtS` (seconds since 1970). Of any number
 * of concurrent claims exactly one is first. It rejects when the database cannot answer.
 */
export function createReplayClaim(
  pool: Pool,
  issuer: string,
): (clientId: string, jti: string, forgetAtS: number) => Promise<Claim> {
  return async (clientId, jti, forgetAtS) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([issuer, clientId, jti]))
      .digest();
    const { rows } = await pool.query<{ first: boolean; version: string }>({
      name: 'claim-replay',
      text: claimRow,
      values: [hash, forgetAtS],
    });
    const [row] = rows;
    if (!row) throw new Error('the replay claim returned no row');
    return { first: row.first, registryVersion: BigInt(row.version) };
  };
}
