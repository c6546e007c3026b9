// The files of an export, put together from the blobs of its parts: any range of their bytes, without a whole file in memory.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobStore } from '../../../blobs/types.ts';
import { type ExportedFile, exportFiles } from '../../../evidence/export-format.ts';
import type { ExportPart, LogExport } from './rows.ts';

/** A run of bytes in a blob. */
interface Piece {
  readonly sha256: string;
  readonly from: number;
  readonly to: number;
}

const toPieces = (parts: readonly ExportPart[], kind: 'content' | 'proof') =>
  parts.flatMap((part) => {
    const { sha256, bytes } = part[kind];
    return sha256 === null ? [] : [{ sha256, bytes }];
  });

/** Which bytes of which blobs make a range of a file. */
function toRangePieces(
  blobs: readonly { sha256: string; bytes: number }[],
  from: number,
  to: number,
): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const { sha256, bytes } of blobs) {
    const piece = { sha256, from: Math.max(0, from - start), to: Math.min(bytes, to - start) };
    if (piece.from < piece.to) pieces.push(piece);
    start += bytes;
  }
  return pieces;
}

async function* readPieces(blobs: BlobStore, pieces: readonly Piece[]): AsyncGenerator<Buffer> {
  for (const { sha256, from, to } of pieces) {
    const { stream } = await blobs.open(sha256, { from, to });
    for await (const chunk of stream) yield chunk;
  }
}

/** Bytes `from` up to, not including, `to` of the content or the proof. */
export const openPartFile = (
  blobs: BlobStore,
  parts: readonly ExportPart[],
  kind: 'content' | 'proof',
  from: number,
  to: number,
): Readable =>
  Readable.from(readPieces(blobs, toRangePieces(toPieces(parts, kind), from, to)), { objectMode: false });

/** Reads a whole file for its name in the manifest. @throws the signal's reason when it is aborted */
export async function hashPartFile(
  blobs: BlobStore,
  parts: readonly ExportPart[],
  kind: 'content' | 'proof',
  name: string,
  signal: AbortSignal,
): Promise<ExportedFile> {
  const hash = createHash('sha256');
  const bytes = parts.reduce((sum, part) => sum + part[kind].bytes, 0);
  for await (const chunk of openPartFile(blobs, parts, kind, 0, bytes)) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

const toTextFile = (name: string, text: string): ExportedFile & { readonly text: string } => {
  const bytes = Buffer.from(text);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), text };
};

/** A file that can be downloaded: its content or proof, or a text. */
export type DownloadFile = ExportedFile & { readonly text?: string };

/** All files of an export that is done; none before. */
export function toDownloads({ manifest, signature, files }: LogExport): readonly DownloadFile[] {
  if (manifest === null || signature === null || files === null) return [];
  return [...files, toTextFile(exportFiles.manifest, manifest), toTextFile(exportFiles.signature, signature)];
}
