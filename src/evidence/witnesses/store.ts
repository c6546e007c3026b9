// The tables of witnesses: their cosignatures, and how it stands with each. Written as the owner, read as anybody.
import type pg from 'pg';
import { withTransaction } from '../../database/pool.ts';
import type { VerifierKey } from '../note.ts';
import type { Submitted } from './client.ts';

/** How it stands with one witness. */
export interface WitnessState {
  readonly name: string;
  /** Leaves of the newest head that it cosigned; 0: none. */
  readonly size: number;
  /** Milliseconds since its newest cosignature came; undefined: none did. */
  readonly cosignedMsAgo: number | undefined;
  /** Why it does not cosign now; undefined: nothing is known against it. */
  readonly failure: string | undefined;
  /** In which words it says that the log does not extend what it cosigned. */
  readonly conflict: string | undefined;
}

type Cosigned = Extract<Submitted, { kind: 'cosigned' }>;

/** Keeps a cosignature; the witness is well again. */
export function storeCosignature(
  owner: pg.Pool,
  key: VerifierKey,
  size: number,
  { line, cosigned }: Cosigned,
): Promise<void> {
  return withTransaction(owner, async (client) => {
    await client.query(
      `INSERT INTO cosignature (size, witness, key_id, line, cosigned_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING`,
      [size, key.name, key.id, line, cosigned.at],
    );
    await client.query(
      `INSERT INTO witness AS w (name, key_id, size, stored_at) VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT (name, key_id) DO UPDATE SET size = greatest(w.size, excluded.size), stored_at = excluded.stored_at,
         failing_since = NULL, failure = NULL, conflict_since = NULL, conflict = NULL`,
      [key.name, key.id, size],
    );
  });
}

/** Notes why a witness does not cosign: `failure`, or `conflict` when it says that the log is not the one it knew. */
export async function noteTrouble(
  owner: pg.Pool,
  key: VerifierKey,
  what: 'failure' | 'conflict',
  said: string,
): Promise<void> {
  const since = what === 'failure' ? 'failing_since' : 'conflict_since';
  await owner.query(
    `INSERT INTO witness AS w (name, key_id, ${what}, ${since}) VALUES ($1, $2, $3, clock_timestamp())
     ON CONFLICT (name, key_id) DO UPDATE SET ${what} = excluded.${what},
       ${since} = coalesce(w.${since}, excluded.${since})`,
    [key.name, key.id, said],
  );
}

/** How it stands with these witnesses, in their order. */
export async function readStates(
  pool: pg.Pool,
  witnesses: readonly { readonly name: string; readonly key: VerifierKey }[],
): Promise<readonly WitnessState[]> {
  const { rows } = await pool.query<{
    name: string;
    key_id: Buffer;
    size: bigint;
    age_ms: number | null;
    failure: string | null;
    conflict: string | null;
  }>(
    `SELECT name, key_id, size, failure, conflict,
       extract(epoch FROM clock_timestamp() - stored_at)::float8 * 1000 AS age_ms FROM witness`,
  );
  return witnesses.map(({ name, key }) => {
    const row = rows.find((one) => one.name === key.name && one.key_id.equals(key.id));
    return {
      name,
      size: Number(row?.size ?? 0),
      cosignedMsAgo: row?.age_ms ?? undefined,
      failure: row?.failure ?? undefined,
      conflict: row?.conflict ?? undefined,
    };
  });
}
