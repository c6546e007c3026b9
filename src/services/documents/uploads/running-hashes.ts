// The SHA-256 of uploads as far as they have come, in the memory of this process: a file that comes in several requests to one
// process need not be read again at its end. What is not here is read again.
import { createHash, type Hash } from 'node:crypto';

/** Hashes by upload. */
export interface RunningHashes {
  /** The hash over the first `bytes` of the upload, taken out; undefined when this process does not have it. */
  take(id: string, bytes: number): Hash | undefined;
  /** Keeps it for the next request. */
  keep(id: string, bytes: number, hash: Hash): void;
  forget(id: string): void;
}

/** @param most kept at once; the oldest go first */
export function createRunningHashes(most: number): RunningHashes {
  const kept = new Map<string, { readonly bytes: number; readonly hash: Hash }>();
  return {
    take(id, bytes) {
      if (bytes === 0) return createHash('sha256');
      const found = kept.get(id);
      kept.delete(id);
      return found?.bytes === bytes ? found.hash : undefined;
    },
    keep(id, bytes, hash) {
      kept.delete(id);
      kept.set(id, { bytes, hash });
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    },
    forget: (id) => void kept.delete(id),
  };
}
