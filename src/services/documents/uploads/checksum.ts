// The tus extension `checksum`, which the library lacks: what a request says of its own bytes. SHA-256 only.
// Source: https://tus.io/protocols/resumable-upload#checksum
import { Problem } from '../../../problem.ts';

/**
 * @param header `Upload-Checksum`: the algorithm, a space, and the digest in base64
 * @returns 64 lower-case hex digits; undefined when nothing is said
 * @throws Problem upload-request-invalid
 */
export function parseChecksum(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const digest = /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(header)?.[1];
  if (digest !== undefined) return Buffer.from(digest, 'base64').toString('hex');
  throw new Problem('upload-request-invalid', {
    errors: [
      {
        where: 'header upload-checksum',
        vi: 'phải là sha256, dấu cách và mã kiểm tra base64',
        en: 'must be sha256, a space and the digest in base64',
      },
    ],
  });
}
