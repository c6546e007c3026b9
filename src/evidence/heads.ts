// The heads of the log as the database holds them, and whether they extend one that is known from elsewhere. Only reads.
import type pg from 'pg';
import { hashFromTiles, readTiles, rootFromTiles, tilesOf } from './tiles.ts';
import { isConsistent, rangesOfConsistency, type TreeHead } from './tree.ts';

/** A head that the log signed. */
export interface SignedHead extends TreeHead {
  /** The signed note, without cosignatures. */
  readonly note: string;
}

type Database = pg.Pool | pg.ClientBase;

/** The newest signed head; undefined before the first. */
export async function readSignedHead(database: Database): Promise<SignedHead | undefined> {
  const { rows } = await database.query<{ size: bigint; root: Buffer; note: string }>(
    'SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1',
  );
  return rows[0] && { size: Number(rows[0].size), root: rows[0].root, note: rows[0].note };
}

/** The head of the tree, signed or not yet. */
export async function readTreeHead(database: Database): Promise<TreeHead> {
  const { rows } = await database.query<{ size: bigint; root: Buffer }>('SELECT size, root FROM tree_head');
  if (!rows[0]) throw new Error('the database has no tree head');
  return { size: Number(rows[0].size), root: rows[0].root };
}

/**
 * The hashes that prove the tree of `newer` leaves to extend that of `older`; none from 0.
 * @throws Error when the tiles lack them
 */
export async function proveExtension(database: Database, older: number, newer: number): Promise<Buffer[]> {
  const ranges = rangesOfConsistency(older, newer);
  const tiles = await readTiles(database, tilesOf(ranges));
  return ranges.map((range) => hashFromTiles(range, tiles));
}

/** A head known from outside the database; a witness tells only the size. */
export interface KnownHead {
  readonly size: number;
  readonly root: Buffer | undefined;
}

/** Why the database's head does not extend a known one, in one sentence; undefined: it does. */
export async function findBreak(database: Database, known: KnownHead): Promise<string | undefined> {
  const head = await readTreeHead(database);
  if (known.size > head.size) return `${known.size} leaves are known, the database has only ${head.size}`;
  const ranges = rangesOfConsistency(known.size, head.size);
  const tiles = await readTiles(database, tilesOf([...ranges, { from: 0, to: head.size }]));
  try {
    if (!rootFromTiles(head.size, tiles).equals(head.root))
      return `the hashes of the database's ${head.size} leaves do not give the root of its head`;
    if (known.size === 0 || known.root === undefined) return undefined;
    const proof = ranges.map((range) => hashFromTiles(range, tiles));
    if (isConsistent({ size: known.size, root: known.root }, head, proof)) return undefined;
  } catch {
    return `the database lacks hashes of its ${head.size} leaves`;
  }
  return `the database's ${head.size} leaves do not extend the known ${known.size}`;
}
