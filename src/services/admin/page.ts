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
function parseCursor(cursor: string, sort: string): Place {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    place = undefined;
  }
  if (Array.isArray(place) && place.length === 3 && place.every(isText)) {
    const [of, key, id]: string[] = place;
    if (of === sort && key !== undefined && id !== undefined) return [of, key, id];
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
  const [order, after] = sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
  const place = cursor === undefined ? undefined : parseCursor(cursor, sort);
  const next = listing.values.length + 1;
  const { rows } = await pool.query<Row & Keyed>(
    `SELECT * FROM (SELECT listed.*, left(listed.${column}::text, 100) COLLATE "C" AS sort_key,
         listed.${listing.id}::text COLLATE "C" AS id_key FROM (${listing.select}) AS listed) AS keyed
       WHERE $${next}::text IS NULL OR (sort_key, id_key) ${after} ($${next}, $${next + 1})
       ORDER BY sort_key ${order}, id_key ${order} LIMIT $${next + 2}`,
    [...listing.values, place?.[1] ?? null, place?.[2] ?? null, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toItem),
    next: rows.length > limit && last ? toCursor([sort, last.sort_key, last.id_key]) : null,
  };
}
