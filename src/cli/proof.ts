// Makes DPoP proofs on the side of a calling system.
import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { toAlgorithm, toPublicJwk } from '../signin/public-key.ts';

/** Algorithm and public JWK of a private key. @throws Error for kinds that the hub does not take */
export function toSigner(key: KeyObject): {
  readonly alg: 'ES256' | 'EdDSA' | 'PS256';
  readonly jwk: Record<string, unknown>;
} {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const alg = toAlgorithm(jwk);
  const members = toPublicJwk(jwk);
  if (!alg || !members) throw new Error('the key must be P-256, Ed25519 or, for a client, RSA');
  return { alg, jwk: { ...members } };
}

/**
 * A proof for one request, good for a minute and one use. Source: RFC 9449 §4.2.
 * @param key private key, P-256 or Ed25519
 * @param url address of the request; query and fragment are left out
 * @param accessToken the token that goes with it; none at the token endpoint
 */
export async function makeProof({
  key,
  method,
  url,
  accessToken,
}: {
  readonly key: KeyObject;
  readonly method: string;
  readonly url: string;
  readonly accessToken?: string | undefined;
}): Promise<string> {
  const { alg, jwk } = toSigner(key);
  if (alg === 'PS256') throw new Error('the key of a proof must be P-256 or Ed25519');
  const address = new URL(url);
  address.search = '';
  address.hash = '';
  const ath =
    accessToken === undefined ? undefined : createHash('sha256').update(accessToken).digest('base64url');
  return new SignJWT({ htm: method.toUpperCase(), htu: address.href, ...(ath && { ath }) })
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(key);
}
