// How many exchanges, by whatever is asked for: sums over the table of figures, which is small.
import type pg from 'pg';

/** What figures can be told apart by, and the columns that say it. */
export const figureColumns = {
  day: 'day',
  unit: 'acting_unit',
  system: 'system_id',
  service: 'service',
  operation: 'operation',
  source: 'source',
  outcome: 'outcome',
  problem: 'problem',
} as const;
/** One of them. */
export type FigureName = keyof typeof figureColumns;

/** Figures that are asked for. */
export interface FigureQuestion {
  /** First and last day, `yyyy-MM-dd` of Asia/Ho_Chi_Minh. */
  readonly from: string;
  readonly to: string;
  /** Told apart by these; empty: one sum. */
  readonly by: readonly FigureName[];
  /** Only these. */
  readonly only: Readonly<Partial<Record<FigureName, string>>>;
  /** Most rows. */
  readonly limit: number;
}

/** A sum, and what it is of. An empty text where there is none of it. */
export type FigureRow = Readonly<Partial<Record<FigureName, string>>> & { readonly exchanges: number };

const isFigureName = (name: string): name is FigureName => Object.hasOwn(figureColumns, name);

/** The names in a list with commas, each once. */
export const toFigureNames = (text: string): readonly FigureName[] => [
  ...new Set(text.split(',').filter(isFigureName)),
];

/** In the order of what they are told apart by. */
export async function readFigures(
  client: pg.ClientBase,
  { from, to, by, only, limit }: FigureQuestion,
): Promise<readonly FigureRow[]> {
  const values: unknown[] = [from, to];
  const conditions = Object.entries(only).flatMap(([name, value]) =>
    isFigureName(name) && value !== undefined ? [`${figureColumns[name]} = $${values.push(value)}`] : [],
  );
  const columns = by.map((name) => `${figureColumns[name]} AS "${name}"`);
  const places = by.map((_, place) => place + 1).join(', ');
  const { rows } = await client.query<Readonly<Partial<Record<FigureName, string>>> & { n: bigint }>(
    `SELECT ${[...columns, 'coalesce(sum(exchanges), 0)::bigint AS n'].join(', ')} FROM exchange_figure
     WHERE ${['day >= $1 AND day <= $2 AND exchanges <> 0', ...conditions].join(' AND ')}
     ${by.length === 0 ? '' : `GROUP BY ${places} ORDER BY ${places}`} LIMIT ${limit}`,
    values,
  );
  return rows.map(({ n, ...names }) => ({ ...names, exchanges: Number(n) }));
}
