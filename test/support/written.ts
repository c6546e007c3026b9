// Where tests write and listen: a folder that is scanned for personal data after a full run, and free ports.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test file's logs and journals, scanned at the end of a full run. */
export function writtenFolder(name: string): string {
  const base = process.env['TEST_WRITTEN'] ?? mkdtempSync(join(tmpdir(), 'lgsp-written-'));
  const folder = join(base, `${name}-${randomBytes(3).toString('hex')}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** An entry as written: its public part and its private part. */
export interface WrittenEntry {
  readonly kind: string;
  readonly leaf: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>>;
}
