// How large the database is, month by month and table by table, and the day on which its disk is full at the pace of the
// last four weeks. What retention will delete is not counted on: the day can only come later by it.
import { statfs } from 'node:fs/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { startLoop } from '../evidence/loop.ts';

/** Where the room for the database is known from; nothing: it is not known. */
export interface StoragePlace {
  /** Of a server of ours on this machine: the free bytes are its file system's. */
  readonly dataFolder?: string | undefined;
  /** `DATABASE_BYTES`: how large the database may become. */
  readonly databaseBytes?: number | undefined;
}

/** The size of the database on one day. */
export interface StorageDay {
  /** `yyyy-MM-dd`. */
  readonly day: string;
  readonly bytes: number;
}

/** What is to be expected. */
export interface StorageForecast {
  /** Growth a day; negative when it shrank. Undefined with less than a day to go by. */
  readonly bytesPerDay: number | undefined;
  /** `yyyy-MM-dd`; undefined when it is not known or lies beyond a century. */
  readonly fullOn: string | undefined;
}

/** Tables of the log that lie by month, as the answer names them. */
export const monthTables = {
  entry: 'entry',
  entryPrivate: 'entry_private',
  exchange: 'exchange',
  exchangeSubject: 'exchange_subject',
} as const;

/** Bytes of the tables of one month, with indexes. */
export type StorageMonth = { readonly [Name in keyof typeof monthTables]: number } & {
  /** `yyyy-MM` (UTC), or `other` for what lies in no month that was made. */
  readonly month: string;
};

/** The database's size and what is to be expected of it. */
export interface Storage extends StorageForecast {
  readonly bytes: number;
  /** Undefined where nobody said. */
  readonly freeBytes: number | undefined;
  /** Oldest first. */
  readonly months: readonly StorageMonth[];
  /** The largest of the other tables, with indexes. */
  readonly tables: readonly { readonly table: string; readonly bytes: number }[];
}

const dayMs = 86_400_000;
const growthDays = 28;
const longestDays = 36_500;
const otherTables = 10;

const toDayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / dayMs;

/**
 * The forecast of one day from the days measured before it.
 * @param days in any order; those older than 28 days or after `today` are left out
 * @param freeBytes undefined when it is not known
 */
export function toForecast(
  days: readonly StorageDay[],
  today: StorageDay,
  freeBytes: number | undefined,
): StorageForecast {
  const now = toDayNumber(today.day);
  const ages = days
    .map(({ day, bytes }) => ({ bytes, age: now - toDayNumber(day) }))
    .filter(({ age }) => age > 0 && age <= growthDays);
  const first = ages.sort((one, other) => other.age - one.age)[0];
  if (!first) return { bytesPerDay: undefined, fullOn: freeBytes === 0 ? today.day : undefined };
  const bytesPerDay = Math.round((today.bytes - first.bytes) / first.age);
  if (freeBytes === undefined) return { bytesPerDay, fullOn: undefined };
  if (freeBytes === 0) return { bytesPerDay, fullOn: today.day };
  const daysLeft = bytesPerDay > 0 ? Math.floor(freeBytes / bytesPerDay) : Number.POSITIVE_INFINITY;
  const fullOn =
    daysLeft > longestDays ? undefined : new Date((now + daysLeft) * dayMs).toISOString().slice(0, 10);
  return { bytesPerDay, fullOn };
}

async function readFreeBytes(place: StoragePlace, bytes: number): Promise<number | undefined> {
  if (place.databaseBytes !== undefined) return Math.max(0, place.databaseBytes - bytes);
  if (place.dataFolder === undefined) return undefined;
  const { bavail, bsize } = await statfs(place.dataFolder);
  return bavail * bsize;
}

interface PartRow {
  readonly whole: string;
  readonly part: string;
  readonly bytes: bigint;
}

const selectParts = `
  SELECT p.relname AS whole, c.relname AS part, pg_total_relation_size(c.oid) AS bytes
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
  WHERE p.relnamespace = 'public'::regnamespace AND p.relname = ANY ($1) ORDER BY c.relname`;

const selectTables = `
  SELECT relname AS "table", pg_total_relation_size(oid) AS bytes FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition ORDER BY 2 DESC, 1 LIMIT $1`;

function toMonths(rows: readonly PartRow[]): StorageMonth[] {
  const monthOf = ({ part }: PartRow): string =>
    /_(\d{4}_\d\d)$/.exec(part)?.[1]?.replace('_', '-') ?? 'other';
  return [...new Set(rows.map(monthOf))].sort().map((month) => {
    const bytesOf = (table: string): number =>
      Number(rows.find((row) => row.whole === table && monthOf(row) === month)?.bytes ?? 0);
    const { entry, entryPrivate, exchange, exchangeSubject } = monthTables;
    return {
      month,
      entry: bytesOf(entry),
      entryPrivate: bytesOf(entryPrivate),
      exchange: bytesOf(exchange),
      exchangeSubject: bytesOf(exchangeSubject),
    };
  });
}

/** Measures now. @param pool of the hub's own role */
export async function readStorage(pool: Pool, place: StoragePlace): Promise<Storage> {
  const { rows: sizes } = await pool.query<{ day: string; bytes: bigint }>(
    `SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, pg_database_size(current_database()) AS bytes`,
  );
  const { rows: days } = await pool.query<{ day: string; bytes: bigint }>(
    'SELECT day, bytes FROM storage_day ORDER BY day DESC LIMIT $1',
    [growthDays + 1],
  );
  const { rows: parts } = await pool.query<PartRow>(selectParts, [Object.values(monthTables)]);
  const { rows: tables } = await pool.query<{ table: string; bytes: bigint }>(selectTables, [otherTables]);
  const [today] = sizes.map(({ day, bytes }) => ({ day, bytes: Number(bytes) }));
  if (!today) throw new Error('the database does not tell its size');
  const freeBytes = await readFreeBytes(place, today.bytes);
  const before = days.map(({ day, bytes }) => ({ day, bytes: Number(bytes) }));
  return {
    bytes: today.bytes,
    freeBytes,
    ...toForecast(before, today, freeBytes),
    months: toMonths(parts),
    tables: tables.map(({ table, bytes }) => ({ table, bytes: Number(bytes) })),
  };
}

/** What a process last measured. */
export interface StorageWatch {
  /** Undefined before the first, and while it cannot be measured. */
  readonly storage: Storage | undefined;
  stop(): Promise<void>;
}

const everyMs = 10 * 60_000;

/** Measures at once and then every ten minutes, for the metrics. */
export async function watchStorage(pool: Pool, place: StoragePlace, logger: Logger): Promise<StorageWatch> {
  let storage: Storage | undefined;
  async function measure(): Promise<void> {
    try {
      storage = await readStorage(pool, place);
    } catch (err) {
      storage = undefined;
      logger.warn({ err }, 'the size of the database could not be measured; tried again');
    }
  }
  await measure();
  const loop = startLoop(measure, everyMs);
  return {
    get storage() {
      return storage;
    },
    stop: () => loop.stop(),
  };
}
