// DPoP proofs made beforehand, so that making them is not part of what is measured.
import { createHash, type KeyObject, randomUUID, sign } from 'node:crypto';
import { toSigner } from '../src/cli/proof.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Proofs of one P-256 key for one request, each good for once and for a minute. Source: RFC 9449 §4.2. */
export function makeProofs(
  key: KeyObject,
  url: string,
  token: string,
  count: number,
  method: 'GET' | 'POST' = 'POST',
): readonly string[] {
  const { alg, jwk } = toSigner(key);
  const header = encode({ typ: 'dpop+jwt', alg, jwk });
  const ath = createHash('sha256').update(token).digest('base64url');
  const iat = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, () => {
    const signed = `${header}.${encode({ htm: method, htu: url, ath, jti: randomUUID(), iat })}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  });
}
