// What ends of uploads: those that expired, the bytes of those that were used, and what a crash left. Done once a day; each piece
// bears being done twice.
import type { Pool } from 'pg';
import type { UploadFiles } from './upload-files.ts';
import { leasePrefix } from './upload-lock.ts';

const endedUploads = `
  WITH ended AS (
    SELECT id FROM upload WHERE expires_at < clock_timestamp() - interval '1 hour' LIMIT 500
  ), names AS (
    SELECT file_name FROM upload_part WHERE upload_id IN (SELECT id FROM ended)
  ), gone AS (
    DELETE FROM upload WHERE id IN (SELECT id FROM ended) RETURNING id
  ) SELECT (SELECT count(*)::int FROM gone) AS uploads, coalesce((SELECT array_agg(file_name) FROM names), '{}') AS files`;
const usedParts = `
  DELETE FROM upload_part p USING upload u
  WHERE u.id = p.upload_id AND u.taken_at < clock_timestamp() - interval '1 hour' RETURNING file_name`;

/** Deletes the rows, then the files: a crash between them leaves files without a row, which the next day finds. */
export async function purgeUploads(pool: Pool, files: UploadFiles): Promise<void> {
  for (let uploads = 1; uploads > 0; ) {
    const { rows } = await pool.query<{ uploads: number; files: string[] }>(endedUploads);
    uploads = rows[0]?.uploads ?? 0;
    await files.remove(rows[0]?.files ?? []);
  }
  const { rows: used } = await pool.query<{ file_name: string }>(usedParts);
  await files.remove(used.map((row) => row.file_name));
  const old = await files.listOld();
  const { rows: left } = await pool.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT FROM upload_part WHERE file_name = name)',
    [old],
  );
  await files.remove(left.map((row) => row.name));
  await pool.query(
    "DELETE FROM work_lease WHERE starts_with(name, $1) AND lease_until < clock_timestamp() - interval '1 day'",
    [leasePrefix],
  );
}
