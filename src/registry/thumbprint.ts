// The name of a public key: its RFC 7638 thumbprint, computed without waiting.
import { createHash } from 'node:crypto';

/** Required members by key type, in lexical order. Source: RFC 7638 §3.2, RFC 8037 §2 */
const members: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** The SHA-256 thumbprint in base64url. @throws Error for a key type that has none here */
export function toThumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const names = members[String(jwk['kty'])];
  if (!names) throw new Error('no thumbprint for this type of key');
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  return createHash('sha256').update(text).digest('base64url');
}
