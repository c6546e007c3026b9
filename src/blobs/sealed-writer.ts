// Writes one file in the sealed format, encrypting and hashing in one pass. Where the file goes is the caller's affair.
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { chunkBytes, type FileKey, makeFileKey, saltBytes, sealChunk, sealEnd } from './sealed-format.ts';
import type { BlobName } from './types.ts';

/** Sealed bytes that wait for one write to the file. */
const batchBytes = 8 * chunkBytes;
const fileMode = 0o600;

/** A sealed file being written. One call at a time. */
export interface SealedWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the file and syncs it; its name is not synced. */
  end(): Promise<BlobName>;
  /** Closes and removes the file, whatever state it is in. */
  discard(): Promise<void>;
}

/** Chunks of one file in their order, and the hash over their plain bytes. */
function createSealing(file: FileKey) {
  const hash: Hash = createHash('sha256');
  let counter = 0;
  let bytes = 0;
  return {
    chunk(plain: Uint8Array): readonly Buffer[] {
      hash.update(plain);
      bytes += plain.length;
      counter += 1;
      return sealChunk(file, counter - 1, plain);
    },
    end(): { readonly pieces: readonly Buffer[]; readonly name: BlobName } {
      const digest = hash.digest();
      return { pieces: sealEnd(file, bytes, digest), name: { sha256: digest.toString('hex'), bytes } };
    },
  };
}

/** `writev` may write fewer bytes than it was given. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[], bytes: number): Promise<void> {
  const { bytesWritten } = await handle.writev(pieces);
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
}

/**
 * Begins a new file at `path`, which must not exist; its folder must.
 * @param key seals it
 */
export async function createSealedWriter(path: string, key: Buffer): Promise<SealedWriter> {
  const file = makeFileKey(key, randomBytes(saltBytes));
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, fileMode);
  const sealing = createSealing(file);
  const pending = Buffer.allocUnsafeSlow(chunkBytes);
  let pendingBytes = 0;
  let queue: Buffer[] = [];
  let queuedBytes = 0;

  const push = (pieces: readonly Buffer[]): void => {
    queue.push(...pieces);
    queuedBytes += pieces.reduce((sum, piece) => sum + piece.length, 0);
  };
  async function flush(): Promise<void> {
    const [pieces, bytes] = [queue, queuedBytes];
    queue = [];
    queuedBytes = 0;
    await writeAll(handle, pieces, bytes);
  }
  push([file.head]);

  /** Takes a whole chunk as it lies in `chunk`, and copies only what does not fill one. @returns bytes taken */
  function take(chunk: Uint8Array): number {
    if (pendingBytes === 0 && chunk.length >= chunkBytes) {
      push(sealing.chunk(chunk.subarray(0, chunkBytes)));
      return chunkBytes;
    }
    const taken = Math.min(chunk.length, chunkBytes - pendingBytes);
    pending.set(chunk.subarray(0, taken), pendingBytes);
    pendingBytes += taken;
    if (pendingBytes === chunkBytes) {
      push(sealing.chunk(pending));
      pendingBytes = 0;
    }
    return taken;
  }

  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        at += take(chunk.subarray(at));
        if (queuedBytes >= batchBytes) await flush();
      }
    },
    async end() {
      if (pendingBytes > 0) push(sealing.chunk(pending.subarray(0, pendingBytes)));
      const { pieces, name } = sealing.end();
      push(pieces);
      await flush();
      await handle.datasync();
      await handle.close();
      return name;
    },
    async discard() {
      await handle.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
    },
  };
}
