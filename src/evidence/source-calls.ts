// Calls to a source as the log tells them, from the sealed parts of the entries of one day.
import type pg from 'pg';
import { parseLeafText } from './leaf.ts';

/** One call, in the entry that tells of it. */
export interface SourceCall {
  readonly exchangeId: string;
  readonly at: string;
  readonly leafIndex: number;
  readonly service: string | null;
  readonly operation: string | null;
  readonly attempt?: number;
  readonly requestCode: string;
  readonly request: { readonly sha256: string; readonly bytes: number };
  readonly answer?: { readonly sha256: string; readonly bytes: number };
}

/** A page, in the order of the tree. `next`: where the following one begins. */
export interface SourceCallPage {
  readonly calls: readonly SourceCall[];
  readonly lost: readonly { readonly exchangeId: string; readonly from: string; readonly to: string }[];
  readonly next: number | undefined;
}

interface Row {
  readonly leaf_index: bigint;
  readonly exchange_id: string;
  readonly kind: string;
  readonly text: string;
  readonly sealed: string | null;
  readonly opened_text: string | null;
}

interface Trace {
  readonly source: string;
  readonly requestCode: string;
  readonly request: SourceCall['request'];
  readonly answer?: SourceCall['answer'];
}

// Leaves are in the order of time but for what is under way at once, so a day is a range of leaves with some room at its ends.
const range = `
  SELECT coalesce((SELECT size FROM checkpoint WHERE signed_at < $1::timestamptz ORDER BY signed_at DESC LIMIT 1), 0) AS first,
    coalesce((SELECT size FROM checkpoint WHERE signed_at >= $2::timestamptz ORDER BY signed_at LIMIT 1), (SELECT size FROM tree_head)) AS last`;

const page = `
  SELECT l.leaf_index, e.exchange_id, e.kind, e.text, p.text AS sealed, o.text AS opened_text
  FROM leaf l JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id
  LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
  LEFT JOIN entry o ON e.kind = 'unknown' AND o.exchange_id = e.exchange_id AND o.kind = 'opened'
  WHERE l.leaf_index >= $1 AND l.leaf_index < $2 AND (e.kind = 'unknown' OR p.text LIKE $3)
  ORDER BY l.leaf_index LIMIT $4`;

const toTraces = (sealed: string | null): readonly Trace[] => JSON.parse(sealed ?? '{}').sources ?? [];

function toCalls(row: Row, source: string): readonly SourceCall[] {
  const { at, service, operation, attempt } = parseLeafText(row.text);
  return toTraces(row.sealed)
    .filter((trace) => trace.source === source)
    .map(({ requestCode, request, answer }) => ({
      ...{ exchangeId: row.exchange_id, at, leafIndex: Number(row.leaf_index), service, operation },
      ...{ requestCode, request, ...(answer && { answer }), ...(attempt !== undefined && { attempt }) },
    }));
}

/**
 * Reads the calls to `source` that entries from `start` to `end` tell of, and the exchanges that were lost in that time.
 * @param from leaf to begin with; undefined: the first of the day
 */
export async function readSourceCalls(
  pool: pg.Pool,
  source: string,
  { start, end }: { readonly start: Date; readonly end: Date },
  from: number | undefined,
  limit: number,
): Promise<SourceCallPage> {
  const marginMs = 60_000;
  const { rows: ranges } = await pool.query<{ first: bigint; last: bigint }>(range, [
    new Date(start.getTime() - marginMs),
    new Date(end.getTime() + marginMs),
  ]);
  const bounds = ranges[0];
  if (!bounds) return { calls: [], lost: [], next: undefined };
  const { rows } = await pool.query<Row>(page, [
    ...[from ?? bounds.first, bounds.last],
    ...[`%"source":${JSON.stringify(source)}%`, limit],
  ]);
  const isOfDay = ({ text }: Row): boolean => {
    const at = Date.parse(parseLeafText(text).at);
    return at >= start.getTime() && at < end.getTime();
  };
  const ofDay = rows.filter(isOfDay);
  const newest = rows.at(-1);
  return {
    calls: ofDay.flatMap((row) => toCalls(row, source)),
    lost: ofDay
      .filter(({ kind }) => kind === 'unknown')
      .map(({ exchange_id: exchangeId, text, opened_text: opened }) => ({
        exchangeId,
        from: parseLeafText(opened ?? text).at,
        to: parseLeafText(text).at,
      })),
    next: rows.length === limit && newest ? Number(newest.leaf_index) + 1 : undefined,
  };
}
