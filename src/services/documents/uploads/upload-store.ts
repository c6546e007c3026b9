// The tus library's store of one call: state in the database, bytes in sealed files. What a request brought is durable before
// it is answered, also when the request was cut off.
import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { Problem } from '../../../problem.ts';
import { toFileWords, toMetadata } from './file-words.ts';
import type { RunningHashes } from './running-hashes.ts';
import type { UploadLimits, UploadOwner } from './types.ts';
import type { PartWriter, UploadFiles } from './upload-files.ts';
import { keepDays, type UploadRow, type UploadTable } from './upload-table.ts';

/** What stores of all calls share. */
export interface StoreParts {
  readonly table: UploadTable;
  readonly files: UploadFiles;
  readonly hashes: RunningHashes;
  readonly limits: UploadLimits;
}

const emptySha256 = createHash('sha256').digest('hex');

/** Whether the library ended the stream since it brought more than it may. */
const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'status_code' in error && error.status_code === 413;

/** Uploads of one unit, for the time of one call. */
export class UploadStore extends DataStore {
  override extensions = ['creation', 'expiration', 'termination', 'checksum'];
  readonly #parts: StoreParts;
  readonly #owner: UploadOwner;
  readonly #checksum: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param checksum SHA-256 that the bytes of this call must have, hex */
  constructor(parts: StoreParts, owner: UploadOwner, checksum: string | undefined) {
    super();
    this.#parts = parts;
    this.#owner = owner;
    this.#checksum = checksum;
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  settled = async (): Promise<void> => {
    await this.#writing.catch(() => undefined);
  };

  override async create(upload: Upload): Promise<Upload> {
    const totalBytes = upload.size ?? 0;
    const sha256 = totalBytes === 0 ? emptySha256 : undefined;
    const words = toFileWords(upload.metadata);
    await this.#parts.table.insert(upload.id, this.#owner, { ...words, totalBytes }, sha256);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await this.#parts.table.find(id, this.#owner.unit);
    return new Upload({
      id,
      size: row.totalBytes,
      offset: row.receivedBytes,
      metadata: toMetadata(row),
      creation_date: row.createdAt.toISOString(),
    });
  }

  override async remove(id: string): Promise<void> {
    const { table, files, hashes } = this.#parts;
    hashes.forget(id);
    await files.remove(await table.remove(id, this.#owner.unit));
  }

  override getExpiration(): number {
    return keepDays * 24 * 3_600_000;
  }

  /** @returns the new offset */
  override write(stream: Readable, id: string, offset: number): Promise<number> {
    const writing = this.#append(stream, id, offset);
    this.#writing = writing;
    return writing;
  }

  async #append(stream: Readable, id: string, offset: number): Promise<number> {
    const { table, files, hashes, limits } = this.#parts;
    const row = await table.find(id, this.#owner.unit);
    if (row.parts >= limits.parts) throw new Problem('upload-request-invalid', { detail: tooManyParts });
    const hash = hashes.take(id, offset);
    const part = await files.begin(id, offset);
    const { bytes, error } = await receive(stream, part, hash);
    // Bytes that were to have a checksum and broke off cannot be told from wrong ones.
    const isUnproved = error !== undefined && this.#checksum !== undefined;
    if (bytes === 0 || isUnproved || isTooLarge(error)) await part.discard();
    else await this.#keep(part, row, offset + bytes, hash);
    if (error !== undefined) throw error;
    return offset + bytes;
  }

  /** Makes the part durable, then the offset. */
  async #keep(part: PartWriter, { id, totalBytes }: UploadRow, end: number, hash: Hash | undefined) {
    const { table, hashes } = this.#parts;
    try {
      const synced = await part.end();
      if (this.#checksum !== undefined && this.#checksum !== synced.sha256)
        throw new Problem('upload-checksum-mismatch');
      const sha256 =
        end < totalBytes ? undefined : (hash ?? (await this.#hashAgain(id, synced))).digest('hex');
      await table.advance(id, this.#owner.unit, synced, sha256);
      if (hash && sha256 === undefined) hashes.keep(id, end, hash);
    } catch (error) {
      await part.discard();
      throw error;
    }
  }

  /** Earlier parts came to another process, or before a restart. */
  async #hashAgain(id: string, last: Parameters<UploadTable['advance']>[2]): Promise<Hash> {
    const { table, files } = this.#parts;
    const hash = createHash('sha256');
    for await (const chunk of files.read([...(await table.listParts(id)), last])) hash.update(chunk);
    return hash;
  }
}

const tooManyParts = {
  vi: 'Tệp được chia thành quá nhiều phần: gửi các phần lớn hơn.',
  en: 'The file comes in too many parts: send larger ones.',
};

/** Takes what comes, to the end or to where it breaks off. */
async function receive(
  stream: Readable,
  part: PartWriter,
  hash: Hash | undefined,
): Promise<{ readonly bytes: number; readonly error: unknown }> {
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream of content gave what is no bytes');
      await part.write(chunk);
      hash?.update(chunk);
      bytes += chunk.length;
    }
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error };
  }
}
