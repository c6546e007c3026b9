// The private keys of the sandbox's systems: one file each, made at the first start. There is no key in the program.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toSystemCode } from '../database/start-error.ts';
import { toThumbprint } from '../registry/thumbprint.ts';

/** The key of a sandbox system. */
export interface SeedKey {
  /** The private key as PEM (PKCS #8), mode 0600: what openssl and every language's library read. */
  readonly file: string;
  readonly kid: string;
  readonly publicJwk: Readonly<Record<string, string>>;
}

function makeKey(file: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    // Whole or not at all; of two processes that try, the first wins and both read its key.
    linkSync(temporary, file);
  } catch (error) {
    if (toSystemCode(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/**
 * The key of a system, made when there is none; deleting the file gives a new one at the next start.
 * @param folder made 0700 when missing
 * @throws Error when the file cannot be read, or holds no P-256 key
 */
export function openSystemKey(folder: string, systemId: string): SeedKey {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${systemId}.pem`);
  if (!existsSync(file)) makeKey(file);
  const privateKey = createPrivateKey(readFileSync(file, 'utf8'));
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new Error(`${file} is not a P-256 key`);
  const kid = toThumbprint({ kty, crv, x, y });
  return { file, kid, publicJwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
}
