// Reads the one row that an address names.
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../../problem.ts';

/** The row with this id. @param query takes the id as `$1` @throws Problem record-not-found */
export async function readOne<Row>(client: Pool | PoolClient, query: string, id: string): Promise<Row> {
  const { rows } = await client.query(query, [id]);
  const row: Row | undefined = rows[0];
  if (row === undefined) throw new Problem('record-not-found');
  return row;
}
