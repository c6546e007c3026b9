// What documents say is kept for a stated time after they were accepted, and as long as a receiver has still to deal with
// them. Rows of codes, deliveries and entries stay.
import type { Pool } from 'pg';
import type { BlobStore } from '../../blobs/types.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';

const batchRows = 500;
const dayMs = 86_400_000;

const purgeBatch = `
  UPDATE document_message SET form = NULL, purged_at = clock_timestamp() WHERE id IN (
    SELECT m.id FROM document_message m
    WHERE m.purged_at IS NULL AND m.accepted_at < $1
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.subject = m.id AND d.service = 'documents.v1'
        AND d.state IN ('held', 'waiting', 'sending', 'delivered', 'taken', 'dead'))
    ORDER BY m.accepted_at LIMIT $2)
  RETURNING sha256`;

const stillNamed = `
  SELECT DISTINCT sha256 FROM document_message WHERE purged_at IS NULL AND sha256 = ANY ($1)
  UNION SELECT sha256 FROM axis_item WHERE state IN ('kept', 'orphan', 'failed') AND sha256 = ANY ($1)`;

/**
 * The daily work that ends them.
 * @param owner the database as its owner
 * @param keepDays after acceptance
 */
export const createDocumentRetention = (
  owner: Pool,
  blobs: Pick<BlobStore, 'removeOld'>,
  keepDays: number,
  now: () => Date,
): DailyWork => ({
  name: 'document-retention',
  async run() {
    const before = new Date(now().getTime() - keepDays * dayMs);
    for (;;) {
      const { rows } = await owner.query<{ sha256: string }>(purgeBatch, [before, batchRows]);
      if (rows.length === 0) return;
      const hashes = [...new Set(rows.map(({ sha256 }) => sha256))];
      const named = await owner.query<{ sha256: string }>(stillNamed, [hashes]);
      const kept = new Set(named.rows.map(({ sha256 }) => sha256));
      // The same content may be coming in again at this moment: what was touched in the last day stays.
      const untouched = new Date(now().getTime() - dayMs);
      for (const hash of hashes) if (!kept.has(hash)) await blobs.removeOld(hash, untouched);
    }
  },
});
