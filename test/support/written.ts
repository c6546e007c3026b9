// Where tests write and listen: a folder that is scanned for personal data after a full run, and free ports.
import { randomBytes, randomInt } from 'node:crypto';
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

const isTaken = (error: Error): boolean => 'code' in error && error.code === 'EADDRINUSE';
const firstPort = 20_000;
const ports = 12_000;

/**
 * A port that nobody listens on, below those that the system gives to connections: it stays free while a process that had
 * it is started again.
 */
export function freePort(): Promise<number> {
  const port = firstPort + randomInt(ports);
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (isTaken(error) ? resolve(freePort()) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

/** An entry as written: its public part and its private part. */
export interface WrittenEntry {
  readonly kind: string;
  readonly leaf: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>>;
}
