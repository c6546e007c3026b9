// Random bytes in small pieces, fetched for many at a time: asking for a few costs as much as asking for many.
import { randomBytes } from 'node:crypto';

const piecesAtOnce = 128;

/** Makes the function that gives `bytes` random bytes, never the same piece twice. */
export function createRandom(bytes: number): () => Buffer {
  let left = Buffer.alloc(0);
  return () => {
    if (left.length < bytes) left = randomBytes(bytes * piecesAtOnce);
    const piece = left.subarray(0, bytes);
    left = left.subarray(bytes);
    return piece;
  };
}
