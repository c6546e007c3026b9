// Reads the files that a person names on the command line.
import { readFileSync } from 'node:fs';
import { toSystemCode } from '../database/start-error.ts';
import { UsageError } from './usage-error.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this account may not read it',
  EPERM: 'this account may not read it',
  EISDIR: 'it is a folder',
};

/** @throws UsageError that names the file */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${reasons[toSystemCode(error) ?? ''] ?? 'the disk refuses'}`,
    );
  }
}
