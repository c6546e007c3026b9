// Reads the receipts of a sample: each by the one signed checkpoint that the sample is drawn from.
import type pg from 'pg';
import { type Receipt, toPrivatePart } from './receipt.ts';
import { drawSample } from './sample.ts';
import { hashFromTiles, readTiles, tilesOf } from './tiles.ts';
import { rangesOfInclusion } from './tree.ts';

interface SampledRow {
  readonly text: string;
  readonly salt: Buffer | null;
  readonly private: string | null;
  readonly purge_id: string | null;
}

const entryAt = `
  SELECT e.text, p.salt, p.text AS private, b.notice_id AS purge_id FROM leaf l
  JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id
  LEFT JOIN entry_private p ON p.exchange_id = l.exchange_id AND p.entry_id = l.entry_id
  LEFT JOIN LATERAL (
    SELECT notice_id FROM purge_batch
    WHERE p.entry_id IS NULL AND log = current_log() AND leaves @> l.leaf_index LIMIT 1) b ON true
  WHERE l.leaf_index = $1`;

/** Receipts in the order in which they are drawn; undefined when no checkpoint of that size was signed. */
export async function readSample(
  pool: pg.Pool,
  { seed, size, count }: { readonly seed: string; readonly size: number; readonly count: number },
): Promise<readonly Receipt[] | undefined> {
  const signed = await pool.query<{ root: Buffer; note: string }>(
    `SELECT root, note || coalesce(
       (SELECT string_agg(s.line, '' ORDER BY s.witness) FROM cosignature s WHERE s.size = c.size), '') AS note
     FROM checkpoint c WHERE size = $1`,
    [size],
  );
  const [checkpoint] = signed.rows;
  if (!checkpoint || count > size) return undefined;
  const receipts: Receipt[] = [];
  for (const index of drawSample({ seed, root: checkpoint.root, size, count })) {
    const { rows } = await pool.query<SampledRow>(entryAt, [index]);
    const [row] = rows;
    if (!row) throw new Error(`leaf ${index} has no entry`);
    const ranges = rangesOfInclusion(index, size);
    const tiles = await readTiles(pool, tilesOf(ranges));
    receipts.push({
      ...{ entry: row.text, leafIndex: index, treeSize: size, checkpoint: checkpoint.note },
      inclusionProof: ranges.map((range) => hashFromTiles(range, tiles).toString('base64')),
      ...(row.salt !== null &&
        row.private !== null && { private: toPrivatePart({ salt: row.salt, text: row.private }) }),
      ...(row.purge_id !== null && { purgedBy: { exchangeId: row.purge_id } }),
    });
  }
  return receipts;
}
