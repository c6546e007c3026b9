// What documents say is kept for a stated time after they were accepted, and as long as a receiver has still to deal with
// them. Rows of codes, deliveries and entries stay.
import type { Pool } from 'pg';
import type { BlobStore } from '../../blobs/types.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';

const batchRows = 500;
const dayMs = 86_400_000;

const purgeBatch = `
  UPDATE document_message SET form = NULL, small = NULL, purged_at = clock_timestamp() WHERE id IN (
    SELECT m.id FROM document_message m
    WHERE m.purged_at IS NULL AND m.accepted_at < $1
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.subject = m.id AND d.service = 'documents.v1'
        AND d.state IN ('held', 'waiting', 'sending', 'delivered', 'taken', 'dead'))
    ORDER BY m.accepted_at LIMIT $2)
  RETURNING id`;

const stillNamed = 'SELECT DISTINCT sha256 FROM named_blob WHERE sha256 = ANY ($1)';

/** Removes those of these blobs that nothing names and nobody has touched for a day. */
async function removeUnnamed(
  pool: Pool,
  blobs: Pick<BlobStore, 'removeOld'>,
  hashes: readonly string[],
  now: Date,
): Promise<void> {
  const { rows } = await pool.query<{ sha256: string }>(stillNamed, [hashes]);
  const named = new Set(rows.map(({ sha256 }) => sha256));
  // The same content may be coming in again at this moment: what was touched in the last day stays.
  const untouched = new Date(now.getTime() - dayMs);
  for (const hash of new Set(hashes)) if (!named.has(hash)) await blobs.removeOld(hash, untouched);
}

/**
 * The daily work that ends them; and blobs that a refusal or a crash left without a message.
 * @param pool of the role for retention
 * @param keepDays after acceptance
 */
export const createDocumentRetention = (
  pool: Pool,
  blobs: Pick<BlobStore, 'removeOld' | 'names'>,
  keepDays: number,
  now: () => Date,
): DailyWork => ({
  name: 'document-retention',
  async run() {
    const before = new Date(now().getTime() - keepDays * dayMs);
    for (;;) {
      const { rows } = await pool.query(purgeBatch, [before, batchRows]);
      if (rows.length === 0) break;
    }
    for await (const names of blobs.names()) await removeUnnamed(pool, blobs, names, now());
  },
});
