// Which leaves an export shows, with what they sealed where its reader is entitled to it: one statement, a range of leaves.
import type { Pool } from 'pg';
import type { ShownSeal } from '../../../evidence/export-format.ts';
import type { Put } from '../../../evidence/search/conditions.ts';
import type { Range } from '../../../evidence/tree.ts';
import { administratorSteps, receiverSteps } from '../rights.ts';
import { toChosen, type Units } from './filters.ts';
import type { ExportDemand } from './rows.ts';

/** A leaf as the statement gives it. */
export interface SelectedLeaf {
  readonly index: number;
  readonly text: string;
  readonly sealed: ShownSeal;
}

type Row = readonly [
  index: number,
  text: string,
  entitled: boolean,
  salt: Buffer | null,
  sealed: string | null,
];

// What is joined to a leaf. Said here only.
const joined = `leaf l JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id
  LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id`;
const isPurge = `(e.kind = 'notice' AND e.text LIKE '%"notice":"purged"%')`;
const step = `CASE WHEN e.kind = 'step' THEN e.text::json ->> 'step' ELSE '' END`;

/** Reads the leaves of a range that an export shows. */
export type Select = (range: Range) => Promise<readonly SelectedLeaf[]>;

/** @param pool of the hub's own role */
export function createSelect(pool: Pool, demand: ExportDemand, units: Units): Select {
  const { reach } = demand;
  const values: unknown[] = [null, null];
  const put: Put = (value, type = '') => `$${values.push(value)}${type}`;
  const chosen = toChosen(demand, units, 'l.exchange_id', put);
  const conditions = chosen === undefined ? [] : [chosen];
  let entitled = 'true';
  let tables = joined;
  if (reach === 'unit') {
    values.push(demand.actingUnit, demand.systemId, receiverSteps, administratorSteps);
    const [unit, system, receiving, deciding] = [3, 2, 1, 0].map((back) => `$${values.length - back}`);
    tables = `${joined} LEFT JOIN delivery d ON d.id = e.exchange_id`;
    conditions.push(`(e.acting_unit = ${unit} OR d.receiver_unit = ${unit})`);
    entitled = `coalesce(${step} <> ALL (${deciding}::text[]) AND CASE WHEN ${step} = ANY (${receiving}::text[])
      THEN d.receiver_unit = ${unit} ELSE e.acting_unit = ${unit} AND e.system_id = ${system} END, false)`;
  }
  const filter = conditions.length === 0 ? '' : `AND (${isPurge} OR (${conditions.join(' AND ')}))`;
  const text = `SELECT l.leaf_index::float8, e.text, ${entitled}, p.salt, p.text FROM ${tables}
    WHERE l.leaf_index >= $1 AND l.leaf_index < $2 ${filter} ORDER BY l.leaf_index`;
  return async ({ from, to }) => {
    const { rows } = await pool.query<Row>({
      ...{ text, rowMode: 'array', values: [from, to, ...values.slice(2)] },
    });
    return rows.map(toSelected);
  };
}

function toSelected([index, text, entitled, salt, sealed]: Row): SelectedLeaf {
  if (!entitled) return { index, text, sealed: 'withheld' };
  return { index, text, sealed: salt && sealed !== null ? { salt, text: sealed } : 'gone' };
}

/** Every entry "purged" of a tree, with its place. */
export async function listPurgeLeaves(
  pool: Pool,
  size: number,
): Promise<readonly { readonly index: number; readonly text: string }[]> {
  const { rows } = await pool.query<{ index: number; text: string }>(
    `SELECT l.leaf_index::float8 AS index, e.text FROM ${joined} WHERE ${isPurge} AND l.leaf_index < $1 ORDER BY 1`,
    [size],
  );
  return rows;
}
