// Makes one part of an export: the lines of a range of leaves, in two blobs. The same part always has the same bytes.
import type { Pool } from 'pg';
import type { BlobStore, BlobWriter } from '../../../blobs/types.ts';
import {
  csvHead,
  type ExportCounts,
  type ExportFormat,
  toContentLine,
  toCsvRecord,
  toProofLine,
} from '../../../evidence/export-format.ts';
import { hashFromTiles, readTiles, tilesOf } from '../../../evidence/tiles.ts';
import { coverOf, type Range, type Subtree } from '../../../evidence/tree.ts';
import type { ExportPart } from './rows.ts';
import type { Select, SelectedLeaf } from './selection.ts';

/** What parts are made with. */
export interface PartRooms {
  readonly pool: Pool;
  readonly blobs: BlobStore;
  readonly select: Select;
  readonly format: ExportFormat;
  /** Leaves in one statement. */
  readonly sliceLeaves: number;
  /** Aborted: nothing more is made. */
  readonly signal: AbortSignal;
}

const toText = (leaves: readonly SelectedLeaf[], format: ExportFormat): string =>
  format === 'csv'
    ? leaves.map((leaf) => `${toCsvRecord(leaf)}\r\n`).join('')
    : leaves.map((leaf) => `${toContentLine(leaf)}\n`).join('');

/** A blob that is begun with the first bytes. */
function createLazyBlob(blobs: BlobStore) {
  let writer: BlobWriter | undefined;
  return {
    async write(text: string) {
      if (text === '') return;
      writer ??= await blobs.begin();
      await writer.write(Buffer.from(text));
    },
    commit: async () => (writer ? writer.commit() : { sha256: null, bytes: 0 }),
    abort: async () => writer?.abort(),
  };
}

/** Counts the leaves that are shown, and keeps the ranges between them. */
function createCount({ from }: Range) {
  const counts = { shown: 0, sealed: 0, withheld: 0, gone: 0 };
  const gaps: Range[] = [];
  let next = from;
  const closeGap = (to: number): void => {
    if (next < to) gaps.push({ from: next, to });
  };
  return {
    add({ index, sealed }: SelectedLeaf) {
      closeGap(index);
      next = index + 1;
      counts.shown += 1;
      counts[typeof sealed === 'string' ? sealed : 'sealed'] += 1;
    },
    end(to: number): { readonly gaps: readonly Range[]; readonly counts: ExportCounts } {
      closeGap(to);
      return { gaps, counts: { ...counts, covered: to - from - counts.shown } };
    },
  };
}

const toRange = ({ level, index }: Subtree): Range => ({
  from: index * 2 ** level,
  to: (index + 1) * 2 ** level,
});

/** The lines of `proof.ndjson` for leaves that are not shown. */
async function toProof(pool: Pool, gaps: readonly Range[]): Promise<string> {
  const subtrees = gaps.flatMap(coverOf);
  const tiles = await readTiles(pool, tilesOf(subtrees.map(toRange)));
  return subtrees
    .map((subtree) => `${toProofLine({ ...subtree, hash: hashFromTiles(toRange(subtree), tiles) })}\n`)
    .join('');
}

function toSlices({ from, to }: Range, leaves: number): Range[] {
  const count = Math.ceil((to - from) / leaves);
  return Array.from({ length: count }, (_, at) => ({
    from: from + at * leaves,
    to: Math.min(to, from + (at + 1) * leaves),
  }));
}

/**
 * Makes a part; its blobs are durable when it resolves.
 * @throws the signal's reason when it is aborted
 */
export async function makePart(rooms: PartRooms, range: Range): Promise<ExportPart> {
  const { pool, blobs, select, format, sliceLeaves, signal } = rooms;
  const [content, proof] = [createLazyBlob(blobs), createLazyBlob(blobs)];
  try {
    const count = createCount(range);
    if (format === 'csv' && range.from === 0) await content.write(csvHead);
    const [first, ...rest] = toSlices(range, sliceLeaves);
    let reading = first && select(first);
    for (const slice of [...rest, undefined]) {
      signal.throwIfAborted();
      const leaves = (await reading) ?? [];
      // The database reads on while these are written.
      reading = slice && select(slice);
      reading?.catch(() => undefined);
      for (const leaf of leaves) count.add(leaf);
      await content.write(toText(leaves, format));
    }
    const { gaps, counts } = count.end(range.to);
    await proof.write(await toProof(pool, gaps));
    const [contentName, proofName] = await Promise.all([content.commit(), proof.commit()]);
    return { firstLeaf: range.from, content: contentName, proof: proofName, counts };
  } catch (error) {
    await Promise.all([content.abort(), proof.abort()]);
    throw error;
  }
}
