// What the blob store promises. A blob is a run of bytes that never changes, known by the SHA-256 of those bytes; at rest it
// is encrypted. The store knows nothing of what a blob means or who may read it.
import type { Readable } from 'node:stream';

/** What a blob is known by. */
export interface BlobName {
  /** SHA-256 of the plain bytes, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Number of the plain bytes. */
  readonly bytes: number;
}

/** A blob being written. One call at a time; `commit` or `abort` ends it. */
export interface BlobWriter {
  /** Adds bytes; resolves when more may come. The buffer may be reused after that. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes it durable: file and folder are synced when this resolves. Several writers may commit at once, and share the
   * waiting for the disk. Called again it answers the same.
   */
  commit(): Promise<BlobName>;
  /** Leaves nothing behind; after a failed `write` or `commit` too. After a commit it does nothing. */
  abort(): Promise<void>;
}

/** A part of a blob: from the first byte, to before the last; default the whole. */
export interface BlobRange {
  readonly from?: number;
  readonly to?: number;
}

/** A blob being read. */
export interface OpenBlob {
  /** Of the whole blob, whatever range was asked for. */
  readonly bytes: number;
  /**
   * The bytes of the range; only bytes that were proved to be unaltered. Ends with an error at damage. Must be read to its
   * end or destroyed: it holds the file open.
   */
  readonly stream: Readable;
}

/** Blobs in a folder that all processes of a hub share. */
export interface BlobStore {
  /** Begins a blob; its bytes lie in no place of their own until `commit`. */
  begin(): Promise<BlobWriter>;
  /**
   * @throws RangeError for a range outside the blob
   * @throws Error when there is no such blob, or it was altered, cut, or put in the place of another
   */
  open(sha256: string, range?: BlobRange): Promise<OpenBlob>;
  /** Whether it is there; says nothing of its state. */
  has(sha256: string): Promise<boolean>;
  /**
   * Removes a blob for good; one that is not there is no error. The same content may be accepted again at the same moment:
   * a caller holds whatever keeps its rows from naming the blob until this resolves.
   */
  remove(sha256: string): Promise<void>;
  /**
   * Removes a blob that nothing names any more, unless it was committed again since `before`. Safe beside those who
   * commit the same content: it is put aside, looked at, and put back where it is in use.
   * @returns whether it was removed
   */
  removeOld(sha256: string, before: Date): Promise<boolean>;
  /** Names of all blobs, a folder at a time. */
  names(): AsyncIterable<readonly string[]>;
  /** Removes what processes that died left half written, once it is a day old. @returns how many files */
  removeLeftOvers(): Promise<number>;
}
