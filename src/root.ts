// Where the checkout begins, so that contracts and migrations are found from src and from dist alike.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const up = dirname(from);
  if (up === from) throw new Error('package.json not found above this file');
  return findRoot(up);
}

/** Absolute path of the checkout. */
export const rootFolder = findRoot(dirname(fileURLToPath(import.meta.url)));
