// Makes and rotates the hub's own keys, for its operators.
import { resolve } from 'node:path';
import { toFolderError } from '../database/start-error.ts';
import { createKeys } from '../keys.ts';
import { type Rotation, rotateTokenKey } from '../signin/rotate-token-key.ts';

/** @throws Error in one sentence: unknown environment, a folder that cannot be written, a key of another environment */
export function makeKeys(folder: string, environment: string): void {
  if (!['sandbox', 'test', 'production'].includes(environment))
    throw new Error(`--environment must be sandbox, test or production, not ${environment}`);
  const place = resolve(folder);
  try {
    createKeys(place, environment);
  } catch (error) {
    throw toFolderError(error, place);
  }
}

/** @throws Error in one sentence */
export async function rotateKey({
  folder,
  after,
  stolen = false,
}: {
  readonly folder: string;
  readonly after: string;
  readonly stolen?: boolean;
}): Promise<Rotation> {
  const ownerUrl = process.env['DATABASE_OWNER_URL'];
  if (!ownerUrl) throw new Error('DATABASE_OWNER_URL is missing: the database as its owner');
  const publishS = /^\d{1,6}$/.test(after) ? Number(after) : Number.NaN;
  return rotateTokenKey({ ownerUrl, folder: resolve(folder), publishS, isStolen: stolen });
}
