// What resumable uploads are to the rest of the service.
import type { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import type { StreamedContent } from '../../service.ts';

/** Who calls. An upload belongs to the unit. */
export interface UploadOwner {
  /** Id of the acting unit. */
  readonly unit: string;
  readonly system: string;
}

/** Bounds on uploads. */
export interface UploadLimits {
  /** Of one upload; default 1 GiB. */
  readonly uploadBytes: number;
  /** Uploads of a unit that were neither used nor have expired; default 200. */
  readonly openUploads: number;
  /** Their stated lengths together; default 20 GiB. */
  readonly openBytes: number;
  /** Requests that one upload may come in; default 10,000. */
  readonly parts: number;
}

/** One call of the tus protocol, as the request path hands it over. */
export interface TusCall {
  /** POST to the collection, the others to one upload. */
  readonly method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE';
  /** Canonical path; its last segment is the id, except for POST. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of a PATCH; opened only when its bytes are wanted. */
  readonly content: Pick<StreamedContent, 'bytes' | 'open'> | undefined;
  readonly owner: UploadOwner;
}

/** The answer of the protocol; it never has a body. */
export interface TusAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: undefined;
}

/** A whole file that was uploaded. */
export interface UploadedFile {
  readonly id: string;
  /** As the caller gave it: 1 to 255 characters without control characters and slashes. */
  readonly name: string;
  /** A media type; `application/octet-stream` where the caller gave none. */
  readonly type: string;
  readonly bytes: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** The bytes, as often as asked for, until `release`. */
  open(): Readable;
}

/** Resumable uploads of all units. */
export interface Uploads {
  /**
   * Serves one call of tus 1.0.0 with the extensions creation, expiration, termination and checksum (SHA-256).
   * @throws Problem of the upload-… codes
   */
  handleTus(call: TusCall): Promise<TusAnswer>;
  /**
   * A whole file, to be read before the document that it belongs to is accepted.
   * @throws Problem upload-unknown | upload-expired | upload-used | upload-incomplete
   */
  find(id: string, owner: UploadOwner): Promise<UploadedFile>;
  /**
   * The same, and uses it up in the caller's transaction: of two that take it at once one is refused.
   * @throws Problem upload-unknown | upload-expired | upload-used | upload-incomplete
   */
  take(client: ClientBase, id: string, owner: UploadOwner): Promise<UploadedFile>;
  /** Removes the bytes of uploads that were taken, after that commit; the daily work does it otherwise. */
  release(ids: readonly string[]): Promise<void>;
  /** Removes what has expired, was used, or was left by a crash. */
  purge(): Promise<void>;
}
