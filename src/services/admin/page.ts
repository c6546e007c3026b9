// Lists by page: a cursor that holds the sort key and id of the last row given, so that no row is passed over or given
// twice while others are added.
import type { Pool } from 'pg';
import { Problem } from '../../problem.ts';

/** A list as SQL. Texts are this program's own; values of a request go in as parameters. */
export interface Listing {
  /** SELECT … FROM … WHERE … with `$1`, … for `values`. */
  readonly select: string;
  readonly values: readonly unknown[];
  /** Column of `select` that is unique, as text. */
  readonly id: string;
  /** Columns that may be sorted by, by their name in the contract; the first is the default. */
  readonly sorts: Readonly<Record<string, string>>;
  /** The columns of `sorts` are unique integers, compared as such, so that their indexes serve. Default: texts. */
  readonly isNumbered?: boolean;
}

/** Members of a query that every list has. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  /** A name of `sorts`, after a minus sign for descending order. */
  readonly sort?: string | undefined;
}

/** One page; `next` is the cursor of the one after it, null at the end. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

const defaultLimit = 50;

/** Lower case, without diacritics: as SQL, for searching names as people type them. */
export const toFoldedSql = (expression: string): string =>
  `translate(regexp_replace(normalize(lower(${expression}), NFD), '[\u0300-\u036f]', '', 'g'), 'đ', 'd')`;

/** True where `parameter` is null or stands in one of the expressions, diacritics or not. */
export const toSearchSql = (parameter: string, ...expressions: readonly string[]): string =>
  `(${parameter}::text IS NULL OR strpos(${toFoldedSql(`concat_ws(' ', ${expressions.join(', ')})`)}, ${toFoldedSql(`${parameter}::text`)}) > 0)`;

type Place = readonly [sort: string, key: string, id: string];

const isText = (part: unknown): part is string => typeof part === 'string' && !part.includes('\0');

const toCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** @throws Problem request-invalid */
function parseCursor(cursor: string, sort: string, isNumbered: boolean): Place {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    place = undefined;
  }
  if (Array.isArray(place) && place.length === 3 && place.every(isText)) {
    const [of, key, id]: string[] = place;
    const isKey = key !== undefined && (!isNumbered || /^\d{1,18}$/.test(key));
    if (of === sort && isKey && id !== undefined) return [of, key, id];
  }
  throw new Problem('request-invalid', {
    errors: [
      {
        where: '/query/cursor',
        vi: 'phải là `next` của một trang cùng thứ tự',
        en: 'must be the `next` of a page in the same order',
      },
    ],
  });
}

type Keyed = Readonly<Record<string, unknown>> & { readonly sort_key: string; readonly id_key: string };

/** At most `limit` rows in order, those after `place`. */
function toPageQuery(
  { select, values, id, isNumbered }: Listing,
  column: string,
  isDown: boolean,
  place: Place | undefined,
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const [order, after] = isDown ? ['DESC', '<'] : ['ASC', '>'];
  const [first, second, third] = [1, 2, 3].map((number) => `$${values.length + number}`);
  const [, key = null, idKey = null] = place ?? [];
  const idSql = `listed.${id}::text COLLATE "C" AS id_key`;
  if (isNumbered)
    return {
      text: `SELECT listed.*, listed.${column}::text AS sort_key, ${idSql} FROM (${select}) AS listed
        WHERE ${first}::bigint IS NULL OR listed.${column} ${after} ${first}
        ORDER BY listed.${column} ${order} LIMIT ${second}`,
      values: [...values, key, limit],
    };
  return {
    text: `SELECT * FROM (SELECT listed.*, left(listed.${column}::text, 100) COLLATE "C" AS sort_key, ${idSql}
        FROM (${select}) AS listed) AS keyed
      WHERE ${first}::text IS NULL OR (sort_key, id_key) ${after} (${first}, ${second})
      ORDER BY sort_key ${order}, id_key ${order} LIMIT ${third}`,
    values: [...values, key, idKey, limit],
  };
}

/** @throws Problem request-invalid for a cursor of another list or order */
export async function readPage<Row, Item>(
  pool: Pool,
  listing: Listing,
  { cursor, limit = defaultLimit, sort = Object.keys(listing.sorts)[0] ?? '' }: PageQuery,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const column = listing.sorts[sort.replace(/^-/, '')];
  if (column === undefined)
    throw new Problem('request-invalid', {
      errors: [{ where: '/query/sort', vi: 'không có thứ tự này', en: 'is not known' }],
    });
  const place = cursor === undefined ? undefined : parseCursor(cursor, sort, listing.isNumbered ?? false);
  const sql = toPageQuery(listing, column, sort.startsWith('-'), place, limit + 1);
  const { rows } = await pool.query<Row & Keyed>(sql.text, [...sql.values]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toItem),
    next: rows.length > limit && last ? toCursor([sort, last.sort_key, last.id_key]) : null,
  };
}
