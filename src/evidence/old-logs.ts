// Logs that ended with a restore, as the hub's own role reads them: their last head, and proofs under it.
import type pg from 'pg';
import { hashFromTiles, readTiles, tilesOf } from './tiles.ts';
import { rangesOfInclusion } from './tree.ts';

/** The last head of a log that ended. */
export interface OldHead {
  readonly size: number;
  readonly note: string;
}

/** @throws Error when there is no such log or nothing of it was ever signed */
async function readOldHead(pool: pg.Pool, log: number): Promise<OldHead> {
  const { rows } = await pool.query<{ size: bigint; note: string }>(
    'SELECT size, note FROM log WHERE number = $1 AND note IS NOT NULL',
    [log],
  );
  if (!rows[0]) throw new Error(`the log ${log} has no head`);
  return { size: Number(rows[0].size), note: rows[0].note };
}

/** The way of a leaf of an old log to its last head. @returns hashes in base64, leaf to root */
export async function proveOld(
  pool: pg.Pool,
  log: number,
  leafIndex: number,
): Promise<OldHead & { readonly inclusionProof: readonly string[] }> {
  const head = await readOldHead(pool, log);
  const ranges = rangesOfInclusion(leafIndex, head.size);
  const tiles = await readTiles(pool, tilesOf(ranges), log);
  return { ...head, inclusionProof: ranges.map((range) => hashFromTiles(range, tiles).toString('base64')) };
}
