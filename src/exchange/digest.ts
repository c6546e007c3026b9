// SHA-256 and size of bytes, as the private part of an entry keeps them.
import { hash } from 'node:crypto';
import type { Digest } from '../../adapters/adapter.ts';

/** Lower-case hex SHA-256 and size in bytes. */
export const toDigest = (bytes: Buffer): Digest => ({
  sha256: hash('sha256', bytes, 'hex'),
  bytes: bytes.length,
});
