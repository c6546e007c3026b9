// Makes the hub's own keys, for an operator who sets a hub up.
import { resolve } from 'node:path';
import { toFolderError } from '../database/start-error.ts';
import { createKeys } from '../keys.ts';

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
