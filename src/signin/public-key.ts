// Public keys as JWK: which kinds the hub takes, their algorithm and their thumbprint. Private members never pass.
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { toThumbprint as thumbprintOf } from '../registry/thumbprint.ts';
import type { Members } from './jws.ts';

/** Members that make up a key, in the order of the thumbprint's text. Source: RFC 7638 §3.2, RFC 8037 §2. */
const memberNames: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** Signature algorithms that the hub takes. Source: RFC 7518 §3.1, RFC 8037 §3.1. */
export type Algorithm = 'ES256' | 'EdDSA' | 'PS256';

const privateNames = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** True when a JWK holds any private or secret member. */
export const hasPrivateMember = (jwk: Members): boolean => privateNames.some((name) => name in jwk);

/**
 * The members that make up the public key, and nothing else.
 * @returns undefined for a kind that the hub does not take, or when a member is missing
 */
export function toPublicJwk(jwk: Members): JsonWebKey | undefined {
  const kty = jwk['kty'];
  const names = typeof kty === 'string' && Object.hasOwn(memberNames, kty) ? memberNames[kty] : undefined;
  if (!names) return undefined;
  const members: JsonWebKey = {};
  for (const name of names) {
    const value = jwk[name];
    if (typeof value !== 'string' || value === '') return undefined;
    members[name] = value;
  }
  return members;
}

/** The algorithm of a key's kind, or undefined for curves that the hub does not take. */
export function toAlgorithm(jwk: Members): Algorithm | undefined {
  if (jwk['kty'] === 'RSA') return 'PS256';
  if (jwk['kty'] === 'EC' && jwk['crv'] === 'P-256') return 'ES256';
  if (jwk['kty'] === 'OKP' && jwk['crv'] === 'Ed25519') return 'EdDSA';
  return undefined;
}

/**
 * SHA-256 thumbprint of a key, base64url. Source: RFC 7638.
 * @returns undefined for a kind that the hub does not take
 */
export function toThumbprint(jwk: Members): string | undefined {
  const members = toPublicJwk(jwk);
  return members && thumbprintOf({ ...members });
}

/** A P-256 key that signs or checks access tokens, as published: public JWK, `kid` its thumbprint. @throws Error for other keys */
export function toTokenJwk(key: KeyObject): {
  readonly kid: string;
  readonly jwk: JsonWebKey;
  readonly publicKey: KeyObject;
} {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = toThumbprint(jwk);
  if (kid === undefined || toAlgorithm(jwk) !== 'ES256')
    throw new Error('access tokens are signed with a P-256 key');
  return { kid, jwk, publicKey };
}
