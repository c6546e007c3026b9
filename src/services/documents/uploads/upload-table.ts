// The state of uploads in the database. Every statement names the acting unit, so that an upload of another unit is not
// there.
import type { ClientBase, Pool } from 'pg';
import { withTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { openText, sealText } from '../../../registry/sealed-text.ts';
import type { UploadLimits, UploadOwner } from './types.ts';

/** Days from creation to expiry. */
export const keepDays = 7;

/** What a caller says of its file. */
export interface FileWords {
  readonly name: string;
  readonly type: string;
}

/** An upload as it stands. */
export interface UploadRow extends FileWords {
  readonly id: string;
  readonly totalBytes: number;
  readonly receivedBytes: number;
  readonly parts: number;
  /** Of the whole; undefined until it is there. */
  readonly sha256: string | undefined;
  readonly createdAt: Date;
}

/** Bytes of an upload that lie in a file. */
export interface PartRow {
  readonly fromByte: number;
  readonly bytes: number;
  readonly fileName: string;
}

interface StoredUpload {
  readonly id: string;
  readonly total: string;
  readonly received: string;
  readonly parts: number;
  readonly sealed_metadata: Buffer;
  readonly sha256: Buffer | null;
  readonly created_at: Date;
  readonly is_expired: boolean;
  readonly is_taken: boolean;
}

/** The statements over uploads. */
export interface UploadTable {
  /** @throws Problem upload-room-exhausted */
  insert(
    id: string,
    owner: UploadOwner,
    file: FileWords & { readonly totalBytes: number },
    sha256: string | undefined,
  ): Promise<void>;
  /** @throws Problem upload-unknown | upload-expired | upload-used */
  find(id: string, unit: string): Promise<UploadRow>;
  /** Adds a part that is synced. @throws Problem upload-offset-conflict when the upload has moved */
  advance(id: string, unit: string, part: PartRow, sha256: string | undefined): Promise<void>;
  /** The parts in their order. */
  listParts(id: string): Promise<readonly PartRow[]>;
  /** @throws Problem upload-unknown | upload-expired | upload-used | upload-incomplete */
  take(client: ClientBase, id: string, unit: string): Promise<UploadRow>;
  /** Forgets an upload that was not used. @returns files that lost their row */
  remove(id: string, unit: string): Promise<readonly string[]>;
  /** Forgets the parts of uploads that were taken. @returns files that lost their row */
  release(ids: readonly string[]): Promise<readonly string[]>;
}

const isId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

const select = `
  SELECT id, total_bytes::text AS total, received_bytes::text AS received, parts, sealed_metadata, sha256, created_at,
    expires_at <= clock_timestamp() AS is_expired, taken_at IS NOT NULL AS is_taken
  FROM upload WHERE id = $1 AND acting_unit = $2`;
const insert = `
  INSERT INTO upload (id, acting_unit, system_id, total_bytes, sealed_metadata, sha256, expires_at)
  VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), clock_timestamp() + $7 * interval '1 day')`;
const countOpen = `
  SELECT count(*)::int AS uploads, coalesce(sum(total_bytes), 0)::float8 AS bytes FROM upload
  WHERE acting_unit = $1 AND taken_at IS NULL AND expires_at > clock_timestamp()`;
const advance = `
  WITH moved AS (
    UPDATE upload SET received_bytes = received_bytes + $4, parts = parts + 1, sha256 = decode($5, 'hex')
    WHERE id = $1 AND acting_unit = $2 AND received_bytes = $3 AND taken_at IS NULL RETURNING id
  ) INSERT INTO upload_part (upload_id, from_byte, bytes, file_name) SELECT id, $3, $4, $6 FROM moved`;
const remove = `
  WITH names AS (
    SELECT file_name FROM upload_part p JOIN upload u ON u.id = p.upload_id
    WHERE u.id = $1 AND u.acting_unit = $2 AND u.taken_at IS NULL
  ), gone AS (
    DELETE FROM upload WHERE id = $1 AND acting_unit = $2 AND taken_at IS NULL
  ) SELECT file_name FROM names`;
const release = `
  DELETE FROM upload_part p USING upload u WHERE u.id = p.upload_id AND u.id = ANY ($1::uuid[]) AND u.taken_at IS NOT NULL
  RETURNING file_name`;

const toContext = (id: string): string => `upload:${id}`;

function parseWords(text: string): FileWords {
  const words: unknown = JSON.parse(text);
  if (typeof words === 'object' && words !== null && 'name' in words && 'type' in words)
    if (typeof words.name === 'string' && typeof words.type === 'string')
      return { name: words.name, type: words.type };
  throw new Error('the words of an upload are not as they were written');
}

/**
 * @param pool the database as the hub's role
 * @param fieldKey `Keys.field`, seals what callers say of their files
 */
export function createUploadTable(pool: Pool, fieldKey: Buffer, limits: UploadLimits): UploadTable {
  function toRow(stored: StoredUpload | undefined): UploadRow {
    if (!stored) throw new Problem('upload-unknown');
    if (stored.is_taken) throw new Problem('upload-used');
    if (stored.is_expired) throw new Problem('upload-expired');
    const { id, sealed_metadata: sealed } = stored;
    const text = openText(fieldKey, toContext(id), sealed, `the words of upload ${id} do not open`);
    return {
      ...parseWords(text),
      id,
      totalBytes: Number(stored.total),
      receivedBytes: Number(stored.received),
      parts: stored.parts,
      sha256: stored.sha256?.toString('hex'),
      createdAt: stored.created_at,
    };
  }

  async function checkRoom(client: ClientBase, unit: string, bytes: number): Promise<void> {
    // Of several creations of one unit at once each counts those before it.
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('uploads of ' || $1, 0))", [unit]);
    const { rows } = await client.query<{ uploads: number; bytes: number }>(countOpen, [unit]);
    const [open] = rows;
    if (!open || open.uploads >= limits.openUploads || open.bytes + bytes > limits.openBytes)
      throw new Problem('upload-room-exhausted');
  }

  const toNames = (rows: readonly { readonly file_name: string }[]) => rows.map((row) => row.file_name);

  return {
    async insert(id, { unit, system }, { name, type, totalBytes }, sha256) {
      const sealed = sealText(fieldKey, toContext(id), JSON.stringify({ name, type }));
      await withTransaction(pool, async (client) => {
        await checkRoom(client, unit, totalBytes);
        await client.query(insert, [id, unit, system, totalBytes, sealed, sha256, keepDays]);
      });
    },
    async find(id, unit) {
      if (!isId(id)) throw new Problem('upload-unknown');
      const { rows } = await pool.query<StoredUpload>(select, [id, unit]);
      return toRow(rows[0]);
    },
    async advance(id, unit, { fromByte, bytes, fileName }, sha256) {
      const { rowCount } = await pool.query(advance, [id, unit, fromByte, bytes, sha256, fileName]);
      if (rowCount === 0) throw new Problem('upload-offset-conflict');
    },
    async listParts(id) {
      const { rows } = await pool.query<{ from_byte: string; bytes: string; file_name: string }>(
        'SELECT from_byte::text, bytes::text, file_name FROM upload_part WHERE upload_id = $1 ORDER BY upload_part.from_byte',
        [id],
      );
      return rows.map((row) => ({
        fromByte: Number(row.from_byte),
        bytes: Number(row.bytes),
        fileName: row.file_name,
      }));
    },
    async take(client, id, unit) {
      if (!isId(id)) throw new Problem('upload-unknown');
      const { rows } = await client.query<StoredUpload>(`${select} FOR UPDATE`, [id, unit]);
      const row = toRow(rows[0]);
      if (row.sha256 === undefined) throw new Problem('upload-incomplete');
      await client.query('UPDATE upload SET taken_at = clock_timestamp() WHERE id = $1', [id]);
      return row;
    },
    async remove(id, unit) {
      return toNames((await pool.query<{ file_name: string }>(remove, [id, unit])).rows);
    },
    async release(ids) {
      return toNames((await pool.query<{ file_name: string }>(release, [ids])).rows);
    },
  };
}
