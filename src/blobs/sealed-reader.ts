// Reads one file in the sealed format: any range, decrypting only the chunks that it touches. Gives out no byte that was not
// proved to be the one that was sealed.
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  chunkBytes,
  type FileKey,
  findFileKey,
  headBytes,
  openChunk,
  openEnd,
  sealBytes,
  sealedChunkBytes,
  toPlainBytes,
} from './sealed-format.ts';
import type { BlobName, BlobRange, OpenBlob } from './types.ts';

/** Chunks in one read of the file. */
const batchChunks = 4;

/** A sealed file whose end was proved. */
export interface SealedFile extends BlobName {
  /** The bytes of a range, once; it closes the file. */
  read(range: BlobRange): OpenBlob;
  close(): Promise<void>;
}

async function readAt(handle: FileHandle, from: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Plain bytes of the file from `position` on, up to `to`, at most one batch of chunks; undefined at damage. */
async function readBatch(
  handle: FileHandle,
  file: FileKey,
  bytes: number,
  { position, to }: { readonly position: number; readonly to: number },
): Promise<Buffer[] | undefined> {
  const first = Math.floor(position / chunkBytes);
  const last = Math.min(first + batchChunks, Math.ceil(to / chunkBytes)) - 1;
  const plainEnd = Math.min((last + 1) * chunkBytes, bytes);
  const sealedLength =
    (last - first) * sealedChunkBytes + (plainEnd - last * chunkBytes) + sealedChunkBytes - chunkBytes;
  const sealed = await readAt(handle, headBytes + first * sealedChunkBytes, sealedLength);
  const pieces: Buffer[] = [];
  for (let index = first; index <= last; index += 1) {
    const at = (index - first) * sealedChunkBytes;
    const plain = openChunk(file, index, sealed.subarray(at, at + sealedChunkBytes));
    if (!plain) return undefined;
    const start = index * chunkBytes;
    pieces.push(plain.subarray(Math.max(0, position - start), Math.min(plain.length, to - start)));
  }
  return pieces;
}

/** What is wrong with a file, without its content. */
const toDamage = (path: string): Error => new Error(`the sealed file ${path} is not as it was written`);

function checkRange(bytes: number, { from = 0, to = bytes }: BlobRange): { from: number; to: number } {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > bytes)
    throw new RangeError(`no bytes ${from} to ${to} in a file of ${bytes}`);
  return { from, to };
}

function createRangeStream(
  path: string,
  handle: FileHandle,
  file: FileKey,
  bytes: number,
  { from, to }: { readonly from: number; readonly to: number },
): Readable {
  let position = from;
  async function next(stream: Readable): Promise<void> {
    if (position >= to) {
      stream.push(null);
      return;
    }
    const pieces = await readBatch(handle, file, bytes, { position, to });
    if (!pieces) throw toDamage(path);
    // Before the first push: it may ask for the next batch.
    position += pieces.reduce((sum, piece) => sum + piece.length, 0);
    for (const piece of pieces) stream.push(piece);
  }
  let reading: Promise<void> = Promise.resolve();
  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      reading = next(this).catch((error: Error) => {
        this.destroy(error);
      });
    },
    destroy(error, callback) {
      // A file is closed only when the read under way no longer uses its number.
      void reading
        .then(() => handle.close())
        .then(
          () => callback(error),
          (closeError: Error) => callback(error ?? closeError),
        );
    },
  });
}

/** @throws Error when the file is not whole or no key of `keys` opens it */
async function proveEnd(path: string, handle: FileHandle, keys: readonly Buffer[]) {
  const { size } = await handle.stat();
  const bytes = toPlainBytes(size);
  if (bytes === undefined) throw toDamage(path);
  const file = findFileKey(keys, await readAt(handle, 0, headBytes));
  if (!file) throw new Error(`no key of KEY_DIR opens the sealed file ${path}`);
  const hash = openEnd(file, bytes, await readAt(handle, size - sealBytes, sealBytes));
  if (!hash) throw toDamage(path);
  return { file, bytes, sha256: hash.toString('hex') };
}

/**
 * Opens a sealed file and proves its end, and with it its length and what it holds.
 * @param keys the current one and earlier ones
 * @throws Error of the system when it cannot be opened
 * @throws Error when it is not whole, or sealed with no key of `keys`
 */
export async function openSealedFile(path: string, keys: readonly Buffer[]): Promise<SealedFile> {
  const handle = await open(path, 'r');
  try {
    const { file, bytes, sha256 } = await proveEnd(path, handle, keys);
    return {
      sha256,
      bytes,
      read: (range) => ({
        bytes,
        stream: createRangeStream(path, handle, file, bytes, checkRange(bytes, range)),
      }),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
