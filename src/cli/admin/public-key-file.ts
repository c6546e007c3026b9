// A public key that a person hands over, JWK or PEM. A private one is refused here, before it leaves the machine.
import { createPublicKey } from 'node:crypto';
import { toMembers } from '../../contracts/contract.ts';
import { hasPrivateMember } from '../../signin/public-key.ts';
import { UsageError } from '../usage-error.ts';

/** How the public half of a key is made, for help and refusals. */
export const howToExport = 'openssl pkey -in key.pem -pubout -out key.pub.pem';

const isPrivatePem = (text: string): boolean => text.includes('PRIVATE KEY-----');

function refusePrivate(place: string): never {
  throw new UsageError(
    `${place} holds a private key, which nobody else may have; nothing was sent. Give its public half: ${howToExport}`,
  );
}

/**
 * The JWK of a PEM public key.
 * @param text of a file that holds PEM
 * @throws UsageError
 */
export function toJwk(text: string, file: string): unknown {
  // OpenSSL would make a public key of it silently.
  if (isPrivatePem(text)) refusePrivate(file);
  if (text.includes('BEGIN CERTIFICATE'))
    throw new UsageError(`${file} holds a certificate; give it as --certificate`);
  try {
    return createPublicKey(text).export({ format: 'jwk' });
  } catch {
    throw new UsageError(`${file} holds no public key; it must be a JWK or PEM: ${howToExport}`);
  }
}

/** @throws UsageError when a body's key is a private one */
export function checkPublic(body: Readonly<Record<string, unknown>>): void {
  const { jwk, jwks, certificate } = body;
  const { keys } = toMembers(jwks);
  for (const key of [jwk, ...(Array.isArray(keys) ? keys : [])])
    if (hasPrivateMember(toMembers(key))) refusePrivate('the JWK');
  if (typeof certificate === 'string' && isPrivatePem(certificate)) refusePrivate('the certificate');
}
