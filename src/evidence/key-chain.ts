// What outsiders are told of the keys of the log: each with the receipts of its notices, under heads that the key before it
// signed, so that whoever trusts one key can follow to the next (src/evidence/verify-keys.ts).
import type pg from 'pg';
import { type LogKeyState, readLogKeys } from './log-keys.ts';
import type { Receipt } from './receipt.ts';
import { hashFromTiles, readTiles, tilesOf } from './tiles.ts';
import { rangesOfInclusion } from './tree.ts';

/** A key as `/log/key` tells of it: it signs heads of more leaves than `since` and of at most `until`. */
export interface ListedKey {
  readonly key: string;
  readonly state: LogKeyState['state'];
  readonly since?: { readonly size: number; readonly at: string };
  readonly until?: { readonly size: number; readonly at: string };
}

/** The same with its receipts, as `/log/keys` hands it out. */
export interface ChainedKey extends ListedKey {
  /** Of the notice `key-added`; none for the first key and one whose coming is below no signed head yet. */
  readonly added?: Receipt;
  /** Of the notice `key-retired`. */
  readonly retired?: Receipt;
}

/** The keys of one log, in the order in which they came. */
export interface LogKeyChain {
  readonly origin: string;
  readonly keys: readonly ChainedKey[];
}

/** The keys of the log that is written, and of those before it that ended with a restore, oldest first. */
export interface KeyChain extends LogKeyChain {
  readonly earlier?: readonly LogKeyChain[];
}

/** Reads keys of the log named `origin`. */
export interface KeyChainReader {
  list(): Promise<readonly ListedKey[]>;
  chain(): Promise<KeyChain>;
}

const toListed = ({ key, state, since, until, notedAt, retiredAt }: LogKeyState): ListedKey => ({
  key,
  state,
  ...(since !== undefined && { since: { size: since, at: notedAt.toISOString() } }),
  ...(until !== undefined && retiredAt && { until: { size: until, at: retiredAt.toISOString() } }),
});

/** The receipt of a notice under the head of `size`. */
async function readReceipt(
  pool: pg.Pool,
  exchangeId: string,
  size: number,
  old: number | undefined,
): Promise<Receipt> {
  const { rows } = await pool.query<{ text: string; leaf_index: bigint; note: string }>(
    old === undefined
      ? `SELECT e.text, l.leaf_index, c.note FROM entry e JOIN leaf l ON l.exchange_id = e.exchange_id AND l.entry_id = e.id, checkpoint c
         WHERE e.exchange_id = $1 AND c.size = $2`
      : `SELECT e.text, l.leaf_index, c.note FROM entry e JOIN old_leaf l ON l.log = $3 AND l.entry_id = e.id
         JOIN old_checkpoint c ON c.log = l.log WHERE e.exchange_id = $1 AND c.size = $2`,
    [exchangeId, size, ...(old === undefined ? [] : [old])],
  );
  const [row] = rows;
  if (!row) throw new Error(`the notice ${exchangeId} has no place under the head of ${size} leaves`);
  const leafIndex = Number(row.leaf_index);
  const ranges = rangesOfInclusion(leafIndex, size);
  const tiles = await readTiles(pool, tilesOf(ranges), old);
  const proof = ranges.map((range) => hashFromTiles(range, tiles).toString('base64'));
  return { entry: row.text, leafIndex, treeSize: size, inclusionProof: proof, checkpoint: row.note };
}

async function toChained(pool: pg.Pool, state: LogKeyState, old?: number): Promise<ChainedKey> {
  const { addedIn, since, retiredIn, until } = state;
  const receiptOf = (exchangeId: string, size: number) => readReceipt(pool, exchangeId, size, old);
  return {
    ...toListed(state),
    ...(addedIn !== undefined && since !== undefined && { added: await receiptOf(addedIn, since) }),
    ...(retiredIn !== undefined && until !== undefined && { retired: await receiptOf(retiredIn, until) }),
  };
}

async function readChain(pool: pg.Pool, origin: string, old?: number): Promise<LogKeyChain> {
  const keys: ChainedKey[] = [];
  for (const state of await readLogKeys(pool, origin, old)) keys.push(await toChained(pool, state, old));
  return { origin, keys };
}

/** @param pool of the hub's own role */
export const createKeyChainReader = (pool: pg.Pool, origin: string): KeyChainReader => ({
  async list() {
    return (await readLogKeys(pool, origin)).map(toListed);
  },
  async chain() {
    const { rows } = await pool.query<{ number: number; origin: string }>(
      'SELECT number, origin FROM log WHERE ended_at IS NOT NULL ORDER BY number',
    );
    const earlier: LogKeyChain[] = [];
    for (const old of rows) earlier.push(await readChain(pool, old.origin, old.number));
    return { ...(await readChain(pool, origin)), ...(earlier.length > 0 && { earlier }) };
  },
});
