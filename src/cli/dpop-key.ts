// The key that a token is bound to, kept in a file between calls.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { readText } from './read-text.ts';
import { parsePrivateKey } from './token.ts';

/** Reads the private key of `file`, or makes a P-256 one there (0600). @throws Error in one sentence */
export function openDpopKey(file: string): KeyObject {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  }
  return parsePrivateKey(readText(file));
}
