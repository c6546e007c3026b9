// Reads what the indexer wrote: pages of exchanges, counts, the deliveries of an exchange, and how far all that holds. It reads
// no entry.
import type pg from 'pg';
import { createPool } from '../../database/pool.ts';
import { type Filters, type Place, type Sight, toBranches } from './conditions.ts';
import { type FigureQuestion, type FigureRow, readFigures } from './figures.ts';

/** A row of the table `exchange`. */
export interface ExchangeRow {
  readonly exchange_id: string;
  readonly first_leaf: bigint;
  readonly last_leaf: bigint;
  readonly at: Date;
  readonly newest_at: Date;
  readonly kind: string;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly problem: string | null;
  readonly standing: string;
  readonly system_id: string | null;
  readonly owning_unit: string | null;
  readonly acting_unit: string | null;
  readonly receiver_unit: string | null;
  readonly accepted_by: string | null;
  readonly service: string | null;
  readonly operation: string | null;
  readonly count: bigint;
  readonly officer_id: string | null;
  readonly purpose: string | null;
  readonly case_code: string | null;
  readonly result: string | null;
  readonly sources: readonly string[] | null;
  readonly unit_codes: readonly string[] | null;
  readonly file_number: string | null;
}

/** How far an answer holds: every leaf below `leaves` is in it; a signed note that covers them, or the newest there is. */
export interface UpTo {
  readonly leaves: number;
  readonly checkpoint?: string;
}

/** A page that is asked for. */
export interface PageQuestion {
  readonly filters: Filters;
  readonly sight: Sight;
  readonly place: Place | undefined;
  readonly limit: number;
  /** Count too, up to this many. */
  readonly countUpTo?: number | undefined;
}

/** A page, newest first. */
export interface Page {
  readonly rows: readonly ExchangeRow[];
  /** Where the next one begins; undefined after the last. */
  readonly next: Place | undefined;
  /** Of all pages; more than `countUpTo` is said as one more. */
  readonly count: number | undefined;
  readonly upTo: UpTo;
}

/** The reading side of search. Every answer is of one moment. All throw SearchTooBroad and SearchBusy. */
export interface Search {
  page(question: PageQuestion): Promise<Page>;
  /** Ids of the deliveries that an exchange accepted, oldest first, at most `limit`. */
  deliveriesOf(
    exchangeId: string,
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly upTo: UpTo }>;
  figures(question: FigureQuestion): Promise<{ readonly rows: readonly FigureRow[]; readonly upTo: UpTo }>;
  close(): Promise<void>;
}

/** The database did not find it in time. */
export class SearchTooBroad extends Error {}

/** Other searches hold every connection. */
export class SearchBusy extends Error {}

const connections = 4;
const connectMs = 2_000;
const defaultStatementMs = 4_000;
/** SQLSTATE of a statement that took too long. Source: PostgreSQL 15, appendix A. */
const queryCanceled = '57014';
/** More would be a plan of its own for nobody. */
const mostBranches = 200;

/**
 * Opens search over connections of its own: a search that takes long keeps no other work waiting.
 * @param hubUrl the database in the hub's own role
 */
export function openSearch(hubUrl: string, statementMs = defaultStatementMs): Search {
  const pool = createPool(hubUrl, {
    max: connections,
    applicationName: 'lgsp-search',
    connectMs,
    statementMs,
  });
  const read = <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T & { readonly upTo: UpTo }> =>
    inOneMoment(pool, async (client) => ({ ...(await work(client)), upTo: await readUpTo(client) }));
  return {
    page: (question) => read((client) => readPage(client, question)),
    deliveriesOf: (exchangeId, limit) =>
      read(async (client) => {
        const { rows } = await client.query<{ exchange_id: string }>(
          'SELECT exchange_id FROM exchange WHERE accepted_by = $1 ORDER BY exchange_id LIMIT $2',
          [exchangeId, limit],
        );
        return { ids: rows.map(({ exchange_id }) => exchange_id) };
      }),
    figures: (question) => read(async (client) => ({ rows: await readFigures(client, question) })),
    close: () => pool.end(),
  };
}

const isTooSlow = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === queryCanceled;

/** All statements see the tables as the first one did. */
async function inOneMoment<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw pool.totalCount < connections ? cause : new SearchBusy('no connection is free', { cause });
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await work(client);
  } catch (error) {
    throw isTooSlow(error) ? new SearchTooBroad('the search took too long', { cause: error }) : error;
  } finally {
    const isOver = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    client.release(!isOver);
  }
}

async function readUpTo(client: pg.ClientBase): Promise<UpTo> {
  const { rows } = await client.query<{ size: bigint; note: string | null }>(
    `SELECT h.size, coalesce(
       (SELECT note FROM checkpoint WHERE size >= h.size ORDER BY size LIMIT 1),
       (SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1)) AS note FROM search_head h`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database has no head of search');
  return { leaves: Number(row.size), ...(row.note !== null && { checkpoint: row.note }) };
}

async function readPage(client: pg.ClientBase, question: PageQuestion): Promise<Omit<Page, 'upTo'>> {
  const { filters, sight, place, limit, countUpTo } = question;
  const { branches, values } = toBranches(filters, sight, place);
  if (branches.length > mostBranches) throw new SearchTooBroad(`${branches.length} alternatives`);
  if (branches.length === 0) return { rows: [], next: undefined, count: countUpTo && 0 };
  const { rows } = await client.query<ExchangeRow>(
    `SELECT x.* FROM (${toNewest(branches, limit + 1)}) f JOIN exchange x USING (exchange_id)
     ORDER BY x.exchange_id DESC`,
    [...values],
  );
  const last = rows[limit - 1];
  const below = place?.below ?? (await readUpTo(client)).leaves;
  return {
    rows: rows.slice(0, limit),
    next: last && rows.length > limit ? { before: last.exchange_id, below } : undefined,
    count: countUpTo === undefined ? undefined : await count(client, question, countUpTo),
  };
}

/** The newest of all branches, each once. */
function toNewest(branches: readonly string[], limit: number): string {
  const newest = branches.map((branch) => `(${branch} ORDER BY 1 DESC LIMIT ${limit})`);
  return branches.length === 1
    ? newest.join()
    : `SELECT exchange_id FROM (${newest.join(' UNION ')}) u ORDER BY exchange_id DESC LIMIT ${limit}`;
}

/** Counts from the newest on, whatever the page. */
async function count(
  client: pg.ClientBase,
  { filters, sight, place }: PageQuestion,
  upTo: number,
): Promise<number> {
  const all = place && { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff', below: place.below };
  const { branches, values } = toBranches(filters, sight, all);
  const { rows } = await client.query<{ n: bigint }>(
    `SELECT count(*) AS n FROM (${toNewest(branches, upTo + 1)}) f`,
    [...values],
  );
  return Number(rows[0]?.n ?? 0);
}
