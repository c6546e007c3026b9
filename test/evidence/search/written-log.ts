// Writes invented entries straight into the log of a fresh database and numbers them, and says what rows of search they make,
// told from the entries alone and not by the statement under test.
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Entry, seal, toEntry } from '../../../src/evidence/entry.ts';
import { type KindPart, type PublicPart, parseLeafText } from '../../../src/evidence/leaf.ts';
import type { EntryKind, PrivateFacts } from '../../../src/evidence/types.ts';
import { toLocalDay } from '../../../src/local-day.ts';
import { keys, someFacts } from '../support.ts';

/** An entry to write: of which exchange, and what it says. */
export interface Said {
  readonly exchange: number;
  readonly kind: EntryKind;
  readonly part: KindPart;
  readonly private: PrivateFacts;
}

const startMs = Date.parse('2026-11-23T08:00:00.000Z');
const units = ['xa-thu-nghiem', 'phuong-thu-nghiem'];

/** The entries, a second apart; facts of an exchange by its number. */
export function toEntries(said: readonly Said[]): readonly Entry[] {
  const ids = new Map<number, string>();
  return said.map(({ exchange, kind, part, private: facts }, place) => {
    const at = new Date(startMs + place * 3_600_000);
    const exchangeId = ids.get(exchange) ?? uuidv7({ msecs: at.getTime() });
    ids.set(exchange, exchangeId);
    const unit = units[exchange % 2] ?? null;
    const public_ = someFacts({ exchangeId, actingUnit: unit, operation: `read${exchange % 3}` });
    return toEntry(kind, public_, { at, databaseAt: at }, part, seal(facts, keys, at));
  });
}

/** Writes and numbers entries after those that are there. */
export async function writeEntries(owner: pg.Pool, entries: readonly Entry[]): Promise<void> {
  const rows = entries.map(({ kind, facts, leaf, sealed }, n) => ({
    ...{ n, exchange: facts.exchangeId, kind, text: leaf.text, hash: leaf.hash.toString('base64') },
    ...{ salt: sealed.salt.toString('base64'), private: sealed.text, step: kind === 'step' ? n + 1 : 0 },
  }));
  await owner.query(
    `WITH given AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
       n integer, exchange uuid, kind text, text text, hash text, salt text, private text, step integer)
     ), written AS (
       INSERT INTO entry (exchange_id, kind, step_no, text, leaf_hash)
       SELECT exchange, kind, step, text, decode(hash, 'base64') FROM given ORDER BY n RETURNING id, text
     ), sealed AS (
       INSERT INTO entry_private (entry_id, salt, text)
       SELECT w.id, decode(g.salt, 'base64'), g.private FROM written w JOIN given g USING (text)
     ), numbered AS (
       INSERT INTO leaf (leaf_index, entry_id)
       SELECT h.size + row_number() OVER (ORDER BY w.id) - 1, w.id FROM written w, tree_head h
     ) UPDATE tree_head SET size = size + (SELECT count(*) FROM written)`,
    [JSON.stringify(rows)],
  );
}

interface Told {
  readonly leaf: number;
  readonly part: PublicPart;
  readonly sealed: Readonly<Record<string, unknown>>;
}

const stepsOfOthers = ['taken', 'acknowledged', 'refused', 'released', 'replayed', 'abandoned'];
const isOwn = ({ part }: Told): boolean => !stepsOfOthers.includes(part.step ?? '');

/** The row of one exchange, from its entries in their order. */
export function toExpectedRow(entries: readonly Entry[], leaves: readonly number[]) {
  const told: Told[] = entries.map(({ leaf, sealed }, n) => ({
    ...{ leaf: leaves[n] ?? -1, part: parseLeafText(leaf.text), sealed: JSON.parse(sealed.text) },
  }));
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) throw new Error('an exchange has an entry');
  const own = (name: string): unknown =>
    told.filter(isOwn).find(({ sealed }) => sealed[name] !== undefined)?.sealed[name] ?? null;
  const all = (pick: (sealed: Told['sealed']) => unknown[]): unknown[] | null => {
    const found = [...new Set(told.flatMap(({ sealed }) => pick(sealed)).filter((one) => one !== undefined))];
    return found.length === 0 ? null : found;
  };
  const { part } = last;
  return {
    ...{ exchange_id: part.exchange, first_leaf: first.leaf, last_leaf: last.leaf },
    ...{ at: first.part.at, newest_at: part.at, kind: part.kind, step: part.step ?? null },
    ...{ outcome: part.outcome ?? null, status: part.status ?? null, problem: part.problem ?? null },
    standing: part.outcome ?? part.step ?? part.notice ?? part.kind,
    ...{ system_id: part.system, owning_unit: part.owningUnit, acting_unit: part.actingUnit },
    ...{ receiver_unit: null, accepted_by: own('acceptedBy'), service: part.service },
    ...{ operation: part.operation, grant_id: part.grant, count: part.count ?? 1 },
    ...{ officer_id: own('officer'), purpose: own('purpose'), case_code: own('case') },
    result:
      told.filter(isOwn).findLast(({ sealed }) => sealed['result'] !== undefined)?.sealed['result'] ?? null,
    sources: all(({ sources }) => (Array.isArray(sources) ? sources.map(({ source }) => source) : [])),
    unit_codes: all(({ from, to, unitCode }) => [from, to, Object(unitCode)['used']]),
    file_number: own('fileNumber'),
  };
}

/** A row that is expected. */
export type ExpectedRow = ReturnType<typeof toExpectedRow>;

/** How many of these there are where, as the table of figures has it. */
export function toExpectedFigures(rows: readonly ExpectedRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const day = toLocalDay(Date.parse(row.at));
    const source = row.sources?.[0] ?? '';
    const names = [
      day,
      row.system_id,
      row.acting_unit,
      row.service,
      row.operation,
      source,
      row.standing,
      row.problem,
    ];
    const key = names.map((name) => name ?? '').join('|');
    counts.set(key, (counts.get(key) ?? 0) + row.count);
  }
  return [...counts].map(([key, count]) => `${key}|${count}`).sort();
}
