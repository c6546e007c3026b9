// Purging: the sealed parts of exchanges whose time is over, and what was taken from them, go in bounded batches; each
// batch is told by a notice in its own transaction. Leaves and tree stay as they are. May be cut off anywhere and begun
// again. In the role of retention.
import type pg from 'pg';
import { withRepeatedTransaction } from '../database/pool.ts';
import type { MonthKeys } from './entry.ts';
import { toLeastId } from './exchange-id.ts';
import { addMonths, toMonth, toMonthStart, toUuidTime } from './month.ts';
import { recordNotice } from './notice.ts';
import { toRuns, toRunsText } from './purged.ts';
import { type RetentionClass, readClasses, toFirstKept } from './retention-class.ts';
import { indexerLockKeys } from './search/indexer.ts';

/** What purging works with. */
export interface PurgeOptions {
  /** The database in the role of retention. */
  readonly pool: pg.Pool;
  readonly keys: MonthKeys;
  readonly now: () => Date;
  /** Most exchanges in one transaction; default 500. */
  readonly batchExchanges?: number;
}

/** No hub is older; ids that are no UUIDv7 are never taken for old ones. */
const firstMonth = '2025-01';
/** A month of which nothing was left is looked at again after so long: a delivery may have moved in between. */
const lookAgainDays = 30;

const isOfClass = (kinds: string, operations: string): string => `(e.kind = ANY (${kinds}::text[])
  OR ARRAY['*', e.service || '/*', e.service || '/' || e.operation] && ${operations}::text[])`;

// A hold or a longer time that commits before this transaction's locks is seen; one that comes later waits for it.
const lock = 'LOCK TABLE entry_hold, retention_class IN SHARE MODE';
// Held by the one that fills the tables of search (./search/indexer.ts), which so never writes down again what it read
// before it was purged.
const lockIndex = 'SELECT pg_advisory_xact_lock($1, $2)';

const purge = `
WITH seen AS MATERIALIZED (
  SELECT DISTINCT e.exchange_id FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
  WHERE e.exchange_id > $1::uuid AND e.exchange_id < $2::uuid AND p.exchange_id > $1::uuid AND p.exchange_id < $2::uuid
    AND ${isOfClass('$3', '$4')} AND NOT ${isOfClass('$5', '$6')}
  ORDER BY e.exchange_id LIMIT $7
), free AS MATERIALIZED (
  SELECT s.exchange_id FROM seen s
  WHERE NOT is_held(s.exchange_id, $8)
    AND NOT EXISTS (
      SELECT FROM entry e LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN old_leaf o ON o.entry_id = e.id
      WHERE e.exchange_id = s.exchange_id
        AND (coalesce(l.leaf_index, o.leaf_index) IS NULL OR e.text::json ->> 'at' >= $9))
), gone AS (
  DELETE FROM entry_private p USING entry e, free f
  WHERE e.exchange_id = f.exchange_id AND p.exchange_id = f.exchange_id AND p.entry_id = e.id
  RETURNING p.entry_id
), unlinked AS (
  DELETE FROM exchange_subject s USING free f WHERE s.exchange_id = f.exchange_id
), uncoded AS (
  DELETE FROM exchange_code c USING free f, exchange x
  WHERE x.exchange_id = f.exchange_id AND c.exchange_id = f.exchange_id AND c.code = ANY (x.unit_codes)
), emptied AS (
  UPDATE exchange x SET accepted_by = NULL, officer_id = NULL, purpose = NULL, case_code = NULL, result = NULL, file_number = NULL,
    sources = sources[1:1], unit_codes = NULL
  FROM free f WHERE x.exchange_id = f.exchange_id
)
SELECT (SELECT exchange_id FROM seen ORDER BY exchange_id DESC LIMIT 1) AS last,
  (SELECT count(*) FROM seen)::integer AS seen,
  (SELECT count(*) FROM free)::integer AS free,
  (SELECT json_agg(json_build_object('log', log, 'origin', origin, 'leaves', leaves) ORDER BY log) FROM (
    SELECT coalesce(o.log, current_log()) AS log, n.origin,
      array_agg(coalesce(l.leaf_index, o.leaf_index) ORDER BY coalesce(l.leaf_index, o.leaf_index)) AS leaves
    FROM gone g LEFT JOIN leaf l ON l.entry_id = g.entry_id LEFT JOIN old_leaf o ON o.entry_id = g.entry_id
    LEFT JOIN log n ON n.number = o.log
    GROUP BY 1, 2) t) AS logs`;

/** Leaves of one log that lost their sealed part. */
interface LogLeaves {
  readonly log: number;
  /** Of a log that ended with a restore; null: of the one that is written. */
  readonly origin: string | null;
  /** Ascending. */
  readonly leaves: readonly number[];
}

interface BatchRow {
  readonly last: string | null;
  readonly seen: number;
  readonly free: number;
  readonly logs: readonly LogLeaves[] | null;
}

interface Batch {
  /** The last exchange looked at; undefined: there are no more. */
  readonly last: string | undefined;
  /** Exchanges that stay, held or not over yet. */
  readonly kept: number;
}

const nothing: Batch = { last: undefined, kept: 0 };

/** The batch of a month after an exchange. */
async function purgeBatch(
  client: pg.ClientBase,
  { keys, now, batchExchanges = 500 }: PurgeOptions,
  { classId, month, after }: { readonly classId: string; readonly month: string; readonly after: string },
): Promise<Batch> {
  await client.query(lock);
  await client.query(lockIndex, [...indexerLockKeys]);
  const classes = await readClasses(client);
  const at = now();
  const place = classes.findIndex(({ id }) => id === classId);
  const one = classes[place];
  // It may have been given a longer time since.
  if (!one || month >= toFirstKept(one, at)) return nothing;
  const earlier = classes.slice(0, place);
  const { rows } = await client.query<BatchRow>(purge, [
    after,
    toLeastId(toMonthStart(addMonths(month, 1))),
    ...[one.kinds, one.operations],
    ...[earlier.flatMap(({ kinds }) => kinds), earlier.flatMap(({ operations }) => operations)],
    ...[batchExchanges, at, toFirstKept(one, at)],
  ]);
  const [row] = rows;
  if (row?.last == null) return nothing;
  for (const leaves of row.logs ?? []) await tell(client, one, month, leaves, at, keys);
  return { last: row.last, kept: row.seen - row.free };
}

/** Says in the log which leaves lost their sealed part, and why. */
async function tell(
  client: pg.ClientBase,
  { id, legalBasis }: RetentionClass,
  month: string,
  { log, origin, leaves }: LogLeaves,
  at: Date,
  keys: MonthKeys,
): Promise<void> {
  const runs = toRuns(leaves);
  const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  const about = {
    ...{ class: id, month, basis: legalBasis, leaves: toRunsText(runs) },
    ...{ firstLeaf: runs[0]?.first ?? 0, lastLeaf: runs.at(-1)?.last ?? 0, entries: leaves.length },
    ...(origin !== null && { log: origin }),
  };
  const reason = 'Hết thời hạn lưu trữ / the time of retention is over';
  const time = { at, databaseAt: rows[0]?.at ?? at };
  const notice = await recordNotice(client, { notice: 'purged', about, private: { reason } }, time, keys);
  const ranges = runs.map(({ first, last }) => `[${first},${last}]`).join(',');
  await client.query(
    'INSERT INTO purge_batch (notice_id, class_id, month, log, leaves) VALUES ($1, $2, $3, $4, $5::int8multirange)',
    [notice.exchangeId, id, month, log, `{${ranges}}`],
  );
}

async function purgeMonth(options: PurgeOptions, classId: string, month: string): Promise<void> {
  let after = toLeastId(toMonthStart(month));
  let kept = 0;
  for (;;) {
    const place = { classId, month, after };
    const batch = await withRepeatedTransaction(options.pool, (client) => purgeBatch(client, options, place));
    if (batch.last === undefined) break;
    after = batch.last;
    kept += batch.kept;
  }
  if (kept > 0) return;
  await options.pool.query(
    `INSERT INTO purged_month (class_id, month, looked_at) VALUES ($1, $2, $3)
     ON CONFLICT (class_id, month) DO UPDATE SET looked_at = excluded.looked_at`,
    [classId, month, options.now()],
  );
}

async function readEarliest(pool: pg.Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT exchange_id AS id FROM entry WHERE exchange_id >= $1 ORDER BY exchange_id LIMIT 1',
    [toLeastId(toMonthStart(firstMonth))],
  );
  return rows[0] && toMonth(toUuidTime(rows[0].id));
}

async function isSealedLeft(pool: pg.Pool, month: string): Promise<boolean> {
  const { rows } = await pool.query<{ left: boolean }>(
    'SELECT EXISTS (SELECT FROM entry_private WHERE exchange_id >= $1 AND exchange_id < $2) AS left',
    [toLeastId(toMonthStart(month)), toLeastId(toMonthStart(addMonths(month, 1)))],
  );
  return rows[0]?.left ?? true;
}

/** Purges what is due: for each class, each month that its time has passed over, but for what is held. */
export async function purgeDue(options: PurgeOptions): Promise<void> {
  const { pool, now } = options;
  const earliest = await readEarliest(pool);
  if (earliest === undefined) return;
  const { rows } = await pool.query<{ name: string }>(
    `SELECT class_id || ' ' || month AS name FROM purged_month WHERE looked_at > $1::timestamptz - $2 * interval '1 day'`,
    [now(), lookAgainDays],
  );
  const done = new Set(rows.map(({ name }) => name));
  const classes = await readClasses(pool);
  for (let month = earliest; month < toMonth(now()); month = addMonths(month, 1)) {
    const due = classes.filter((one) => month < toFirstKept(one, now()) && !done.has(`${one.id} ${month}`));
    if (due.length === 0 || !(await isSealedLeft(pool, month))) continue;
    for (const { id } of due) await purgeMonth(options, id, month);
  }
}
