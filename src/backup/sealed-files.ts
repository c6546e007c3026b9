// Files of a backup in the sealed format of blobs, written from a stream and read back as one.
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { openSealedFile } from '../blobs/sealed-reader.ts';
import { createSealedWriter } from '../blobs/sealed-writer.ts';
import { toMessage, toSystemCode } from '../database/start-error.ts';
import { BrokenBackup, type FileEntry } from './manifest.ts';

/** Seals what comes into a new file; it is on the disk when this resolves. */
export async function writeSealed(
  folder: string,
  file: string,
  key: Buffer,
  pieces: AsyncIterable<Uint8Array>,
): Promise<FileEntry> {
  const writer = await createSealedWriter(join(folder, file), key);
  try {
    for await (const piece of pieces) await writer.write(piece);
    return { file, ...(await writer.end()) };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/**
 * Opens a file of a backup, whose end is proved to be that of the content that the manifest names; bytes that are not as
 * they were written end the stream with an error.
 * @throws BrokenBackup
 */
export async function readSealed(folder: string, entry: FileEntry, key: Buffer): Promise<Readable> {
  const path = join(folder, entry.file);
  let sealed: Awaited<ReturnType<typeof openSealedFile>>;
  try {
    sealed = await openSealedFile(path, [key]);
  } catch (error) {
    const missing = toSystemCode(error) === 'ENOENT';
    throw new BrokenBackup(missing ? `${path} is missing` : `the backup is broken: ${toMessage(error)}`, {
      cause: error,
    });
  }
  if (sealed.sha256 === entry.sha256 && sealed.bytes === entry.bytes) return sealed.read({}).stream;
  await sealed.close();
  throw new BrokenBackup(`${path} is of another backup`);
}
