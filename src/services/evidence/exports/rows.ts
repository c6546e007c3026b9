// Exports as the database keeps them: asked for, under way, done; and their finished parts.
import type { Pool } from 'pg';
import { withTransaction } from '../../../database/pool.ts';
import type { ExportCounts, ExportedFile, ExportFormat } from '../../../evidence/export-format.ts';
import type { ExportFilters } from './filters.ts';

/** What was asked for, and by whom. */
export interface ExportDemand {
  /** The exchange that asked. */
  readonly id: string;
  readonly systemId: string;
  readonly actingUnit: string;
  readonly officerId: string;
  readonly reach: 'unit' | 'province';
  readonly format: ExportFormat;
  readonly filters: ExportFilters;
  readonly reason: string;
  readonly fileNumber: string;
}

/** An export. */
export interface LogExport extends ExportDemand {
  /** Leaves of the tree that it covers. */
  readonly size: number;
  /** The signed note of that tree. */
  readonly note: string;
  readonly state: 'waiting' | 'running' | 'done';
  readonly nextLeaf: number;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly doneAt: Date | null;
  readonly expiresAt: Date | null;
  readonly manifest: string | null;
  readonly signature: string | null;
  readonly files: readonly ExportedFile[] | null;
  /** Of its finished parts. */
  readonly shown: number;
  readonly bytes: number;
}

/** A finished range of leaves. */
export interface ExportPart {
  readonly firstLeaf: number;
  readonly content: { readonly sha256: string | null; readonly bytes: number };
  readonly proof: { readonly sha256: string | null; readonly bytes: number };
  readonly counts: ExportCounts;
}

const columns = `e.id, e.system_id AS "systemId", e.acting_unit AS "actingUnit", e.officer_id AS "officerId", e.reach, e.format,
  e.filters, e.reason, e.file_number AS "fileNumber", e.size::float8 AS size, e.note, e.state, e.next_leaf::float8 AS "nextLeaf",
  e.requested_at AS "requestedAt", e.started_at AS "startedAt", e.done_at AS "doneAt", e.expires_at AS "expiresAt",
  e.manifest, e.signature, e.files, p.shown, p.bytes`;
const source = `log_export e, LATERAL (
  SELECT coalesce(sum(shown), 0)::float8 AS shown, coalesce(sum(content_bytes + proof_bytes), 0)::float8 AS bytes
  FROM log_export_part WHERE export_id = e.id) p`;

/** A head that a witness cosigned is taken rather than a newer one that none did, when it is not older than this. */
const witnessedForS = 10;

/**
 * Writes down what was asked for, once for an id, over the newest signed tree, a witnessed one where there is one of late.
 * @returns undefined when nothing is signed yet, or `most` of the unit's are under way
 */
export async function insertExport(
  pool: Pool,
  demand: ExportDemand,
  most: number,
): Promise<LogExport | undefined> {
  await withTransaction(pool, async (client) => {
    // Who asks at once is counted one after the other.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `exports of ${demand.actingUnit}`,
    ]);
    await client.query(
      `INSERT INTO log_export (id, system_id, acting_unit, officer_id, reach, format, filters, reason, file_number, size, note)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, size, note FROM checkpoint
     WHERE size > 0 AND (SELECT count(*) FROM log_export WHERE state <> 'done' AND acting_unit = $3) < $10
       AND size = coalesce(
         (SELECT max(s.size) FROM cosignature s JOIN checkpoint c ON c.size = s.size
          WHERE c.signed_at > clock_timestamp() - $11 * interval '1 second'),
         (SELECT max(size) FROM checkpoint))
     ON CONFLICT (id) DO NOTHING`,
      [
        ...[demand.id, demand.systemId, demand.actingUnit, demand.officerId, demand.reach, demand.format],
        ...[JSON.stringify(demand.filters), demand.reason, demand.fileNumber, most, witnessedForS],
      ],
    );
  });
  return readExport(pool, demand.id);
}

/** @returns undefined when there is none of that id */
export async function readExport(pool: Pool, id: string): Promise<LogExport | undefined> {
  const { rows } = await pool.query<LogExport>(`SELECT ${columns} FROM ${source} WHERE e.id = $1`, [id]);
  return rows[0];
}

/**
 * Exports, newest first.
 * @param who undefined: all of the province; else those that this system asked for this unit
 * @param before only older ones than this
 */
export async function listExports(
  pool: Pool,
  who: { readonly unit: string; readonly system: string } | undefined,
  before: string | undefined,
  limit: number,
): Promise<readonly LogExport[]> {
  const { rows } = await pool.query<LogExport>(
    `SELECT ${columns} FROM ${source}
     WHERE ($1::text IS NULL OR (e.acting_unit = $1 AND e.system_id = $2 AND e.reach = 'unit'))
       AND ($3::uuid IS NULL OR e.id < $3)
     ORDER BY e.id DESC LIMIT $4`,
    [who?.unit ?? null, who?.system ?? null, before ?? null, limit],
  );
  return rows;
}

/** Lines of what witnesses signed under the head of a size; empty when none did. */
export async function readCosignatures(pool: Pool, size: number): Promise<string> {
  const { rows } = await pool.query<{ lines: string }>(
    "SELECT coalesce(string_agg(line, '' ORDER BY witness), '') AS lines FROM cosignature WHERE size = $1",
    [size],
  );
  return rows[0]?.lines ?? '';
}

/** Ids of exports that are to be made, oldest first. */
export async function listToDo(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT id FROM log_export WHERE state <> 'done' ORDER BY id LIMIT 20",
  );
  return rows.map(({ id }) => id);
}

/** Says that it is under way. */
export async function markStarted(pool: Pool, id: string): Promise<void> {
  await pool.query(
    `UPDATE log_export SET state = 'running', started_at = coalesce(started_at, clock_timestamp())
     WHERE id = $1 AND state <> 'done'`,
    [id],
  );
}

/** Adds a finished part. @throws Error when another process added it, or the export is gone */
export function addPart(pool: Pool, id: string, part: ExportPart, nextLeaf: number): Promise<void> {
  return withTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      "UPDATE log_export SET next_leaf = $3 WHERE id = $1 AND next_leaf = $2 AND state = 'running'",
      [id, part.firstLeaf, nextLeaf],
    );
    if (rowCount !== 1) throw new Error(`export ${id} is no longer at leaf ${part.firstLeaf}`);
    const { content, proof, counts } = part;
    await client.query(
      `INSERT INTO log_export_part (export_id, first_leaf, content_sha256, content_bytes, proof_sha256, proof_bytes, shown,
         covered, sealed, withheld, gone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[id, part.firstLeaf, content.sha256, content.bytes, proof.sha256, proof.bytes],
        ...[counts.shown, counts.covered, counts.sealed, counts.withheld, counts.gone],
      ],
    );
  });
}

interface PartRow extends ExportCounts {
  readonly firstLeaf: number;
  readonly contentSha256: string | null;
  readonly contentBytes: number;
  readonly proofSha256: string | null;
  readonly proofBytes: number;
}

/** Its finished parts in the order of the tree. */
export async function listParts(pool: Pool, id: string): Promise<readonly ExportPart[]> {
  const { rows } = await pool.query<PartRow>(
    `SELECT first_leaf::float8 AS "firstLeaf", content_sha256 AS "contentSha256", content_bytes::float8 AS "contentBytes",
       proof_sha256 AS "proofSha256", proof_bytes::float8 AS "proofBytes", shown::float8 AS shown,
       covered::float8 AS covered, sealed::float8 AS sealed, withheld::float8 AS withheld, gone::float8 AS gone
     FROM log_export_part WHERE export_id = $1 ORDER BY first_leaf`,
    [id],
  );
  return rows.map(({ firstLeaf, contentSha256, contentBytes, proofSha256, proofBytes, ...counts }) => ({
    firstLeaf,
    content: { sha256: contentSha256, bytes: contentBytes },
    proof: { sha256: proofSha256, bytes: proofBytes },
    counts,
  }));
}

/** What is written down once all parts are finished. */
export interface FinishedExport {
  readonly manifest: string;
  readonly signature: string;
  readonly files: readonly ExportedFile[];
}

/** Says that it is done, and until when it is kept. */
export async function markDone(
  pool: Pool,
  id: string,
  { manifest, signature, files }: FinishedExport,
  keepDays: number,
): Promise<void> {
  await pool.query(
    `UPDATE log_export SET state = 'done', manifest = $2, signature = $3, files = $4, done_at = clock_timestamp(),
       expires_at = clock_timestamp() + $5 * interval '1 day' WHERE id = $1 AND state = 'running' AND next_leaf = size`,
    [id, manifest, signature, JSON.stringify(files), keepDays],
  );
}

/** Ids of exports whose time is over. */
export async function listExpired(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT id FROM log_export WHERE state = 'done' AND expires_at <= clock_timestamp() LIMIT 1000",
  );
  return rows.map(({ id }) => id);
}

/** Deletes an export. @returns blobs that nothing names any more */
export async function deleteExport(pool: Pool, id: string): Promise<readonly string[]> {
  const parts = await listParts(pool, id);
  await pool.query('DELETE FROM log_export WHERE id = $1', [id]);
  const blobs = parts.flatMap(({ content, proof }) => [content.sha256 ?? [], proof.sha256 ?? []].flat());
  const { rows } = await pool.query<{ sha256: string }>(
    'SELECT DISTINCT sha256 FROM unnest($1::text[]) AS b (sha256) WHERE sha256 NOT IN (SELECT sha256 FROM named_blob)',
    [blobs],
  );
  return rows.map(({ sha256 }) => sha256);
}
