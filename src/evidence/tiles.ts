// The tree in tiles of 256 hashes, as C2SP tlog-tiles lays them out: which tiles a proof needs, hashes from tiles,
// leaves appended to tiles; and the table `tile` that keeps them.
import type pg from 'pg';
import { hashRange, type Range, rootOf, type Subtree, subtreesOf } from './tree.ts';

const tileWidth = 256;
const tileLevels = 8;
const hashBytes = 32;

/** A tile's place: `level` counts in steps of eight tree levels. */
export interface TileId {
  readonly level: number;
  readonly index: number;
}

/** Tiles by place; a tile is 1 to 256 hashes one after the other, the last of its level may be partial. */
export type Tiles = ReadonlyMap<string, Buffer>;

const toKey = ({ level, index }: TileId): string => `${level}/${index}`;

/** Where in which tile the hashes lie from which a subtree's hash is made. */
function placeOf(subtree: Subtree): {
  readonly tile: TileId;
  readonly first: number;
  readonly count: number;
} {
  const level = Math.floor(subtree.level / tileLevels);
  const count = 2 ** (subtree.level % tileLevels);
  const position = subtree.index * count;
  return {
    tile: { level, index: Math.floor(position / tileWidth) },
    first: position % tileWidth,
    count,
  };
}

/** The tiles that the hashes of these ranges are made from, each once. */
export function tilesOf(ranges: readonly Range[]): TileId[] {
  const tiles = ranges.flatMap(subtreesOf).map((subtree) => placeOf(subtree).tile);
  return [...new Map(tiles.map((tile) => [toKey(tile), tile])).values()];
}

function hashesOf(tile: Buffer, first: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) =>
    tile.subarray((first + at) * hashBytes, (first + at + 1) * hashBytes),
  );
}

/** Hash of a range of leaves. @throws Error when a tile that it needs is missing or too short */
export function hashFromTiles(range: Range, tiles: Tiles): Buffer {
  return hashRange(range, (subtree) => {
    const { tile, first, count } = placeOf(subtree);
    const content = tiles.get(toKey(tile));
    if (!content || content.length < (first + count) * hashBytes)
      throw new Error(`tile ${toKey(tile)} lacks the hashes of the tree`);
    return rootOf(hashesOf(content, first, count));
  });
}

/** Root of the first `size` leaves. */
export function rootFromTiles(size: number, tiles: Tiles): Buffer {
  return size === 0 ? rootOf([]) : hashFromTiles({ from: 0, to: size }, tiles);
}

/** The tiles at the right edge of a tree: those that give its root and those that the next leaf goes into. */
export function edgeOf(size: number): TileId[] {
  return size === 0 ? [] : tilesOf([{ from: 0, to: size }]);
}

/** The tiles that appending leaves to a tree of `size` makes or changes; `edge` holds the tiles of `edgeOf(size)`. */
export function appendToTiles(size: number, edge: Tiles, leafHashes: readonly Buffer[]): Map<string, Buffer> {
  const changed = new Map<string, Buffer>();
  let arriving = leafHashes;
  for (let level = 0; arriving.length > 0; level += 1) {
    let position = Math.floor(size / tileWidth ** level);
    const full: Buffer[] = [];
    for (let at = 0; at < arriving.length; ) {
      const key = toKey({ level, index: Math.floor(position / tileWidth) });
      const filled = position % tileWidth;
      const taken = arriving.slice(at, at + tileWidth - filled);
      const before = filled === 0 ? Buffer.alloc(0) : edge.get(key)?.subarray(0, filled * hashBytes);
      if (before?.length !== filled * hashBytes) throw new Error(`tile ${key} lacks the hashes of the tree`);
      const content = Buffer.concat([before, ...taken]);
      changed.set(key, content);
      if (filled + taken.length === tileWidth) full.push(rootOf(hashesOf(content, 0, tileWidth)));
      position += taken.length;
      at += taken.length;
    }
    arriving = full;
  }
  return changed;
}

/**
 * Reads tiles; those that do not exist are missing from the answer.
 * @param log number of a log that ended; default the one that is being written
 */
export async function readTiles(
  database: pg.Pool | pg.ClientBase,
  ids: readonly TileId[],
  log?: number,
): Promise<Tiles> {
  if (ids.length === 0) return new Map();
  const { rows } = await database.query<{ level: number; index: string; hashes: Buffer }>(
    `select t.level, t.index, t.hashes from ${log === undefined ? 'tile' : 'old_tile'} t
     join unnest($1::smallint[], $2::bigint[]) as wanted (level, index)
       on t.level = wanted.level and t.index = wanted.index ${log === undefined ? '' : 'and t.log = $3'}`,
    [ids.map(({ level }) => level), ids.map(({ index }) => index), ...(log === undefined ? [] : [log])],
  );
  return new Map(rows.map((row) => [toKey({ level: row.level, index: Number(row.index) }), row.hashes]));
}

/** Writes new and grown tiles; needs the sequencer's role. */
export async function writeTiles(database: pg.ClientBase, tiles: Tiles): Promise<void> {
  const ids = [...tiles.keys()].map((key) => key.split('/'));
  await database.query(
    `insert into tile (level, index, hashes)
     select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
     on conflict (level, index) do update set hashes = excluded.hashes`,
    [ids.map(([level]) => level), ids.map(([, index]) => index), [...tiles.values()]],
  );
}
