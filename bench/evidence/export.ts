// Writes the leaves of the log to a file as exports have them, and reads it as the offline verifier does.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type pg from 'pg';
import { toContentLine } from '../../src/evidence/export-format.ts';
import { rootOfSubtrees } from '../../src/evidence/subtrees.ts';
import { edgeOf, readTiles, rootFromTiles } from '../../src/evidence/tiles.ts';
import { verifyStretch } from '../../src/evidence/verify-cover.ts';

/** What it took. Rates are leaves a second, of one thread. */
export interface Exported {
  readonly leaves: number;
  readonly bytes: number;
  readonly exportRate: number;
  readonly verifyRate: number;
}

const pageLeaves = 5_000;
const chunkBytes = 1 << 20;

const selectPage = `
  SELECT l.leaf_index AS index, e.text, p.salt, p.text AS sealed
  FROM (SELECT * FROM leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index) l
  CROSS JOIN LATERAL (
    SELECT x.text FROM entry x WHERE x.exchange_id = l.exchange_id AND x.id = l.entry_id LIMIT 1) e
  LEFT JOIN LATERAL (SELECT x.salt, x.text FROM entry_private x
    WHERE x.exchange_id = l.exchange_id AND x.entry_id = l.entry_id LIMIT 1) p ON true
  ORDER BY l.leaf_index`;

interface LeafRow {
  readonly index: bigint;
  readonly text: string;
  readonly salt: Buffer | null;
  readonly sealed: string | null;
}

async function writeLeaves(hub: pg.Pool, file: number, leaves: number): Promise<number> {
  let bytes = 0;
  for (let from = 0; from < leaves; from += pageLeaves) {
    const to = Math.min(leaves, from + pageLeaves);
    const { rows } = await hub.query<LeafRow>({ name: 'export-page', text: selectPage, values: [from, to] });
    const lines = rows.map(({ index, text, salt, sealed }) =>
      toContentLine({
        ...{ index: Number(index), text },
        sealed: salt && sealed !== null ? { salt, text: sealed } : 'gone',
      }),
    );
    bytes += writeSync(file, lines.map((line) => `${line}\n`).join(''));
  }
  return bytes;
}

/** Lines of a file without their newlines. */
function createLines(file: number): () => Buffer | undefined {
  let left = Buffer.alloc(0);
  let at = 0;
  return function next() {
    const end = left.indexOf(0x0a, at);
    if (end >= 0) {
      const line = left.subarray(at, end);
      at = end + 1;
      return line;
    }
    const chunk = Buffer.alloc(chunkBytes);
    const read = readSync(file, chunk);
    if (read === 0) return undefined;
    left = Buffer.concat([left.subarray(at), chunk.subarray(0, read)]);
    at = 0;
    return next();
  };
}

/** @throws Error when the file does not have the root of the tree */
export async function timeExport(hub: pg.Pool, path: string, leaves: number): Promise<Exported> {
  const writing = openSync(path, 'w', 0o600);
  const beganMs = performance.now();
  const bytes = await writeLeaves(hub, writing, leaves);
  closeSync(writing);
  const writtenMs = performance.now();
  const reading = openSync(path, 'r');
  const { subtrees } = verifyStretch({
    ...{ from: 0, to: leaves, format: 'ndjson', deep: false, sizes: [], dated: [], purges: [] },
    content: createLines(reading),
    proof: () => undefined,
  });
  closeSync(reading);
  const verifiedMs = performance.now();
  const root = rootFromTiles(leaves, await readTiles(hub, edgeOf(leaves)));
  if (!rootOfSubtrees(subtrees).equals(root))
    throw new Error('the export does not have the root of the tree');
  const toRate = (ms: number): number => (leaves * 1_000) / ms;
  return {
    leaves,
    bytes,
    exportRate: toRate(writtenMs - beganMs),
    verifyRate: toRate(verifiedMs - writtenMs),
  };
}
