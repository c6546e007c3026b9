// Why a client assertion was refused, for the developer of the calling system. Whoever signed it with a key that is or was
// registered for the system hears the very reason; everyone else one sentence that is the same for all.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Pool } from 'pg';
import type { System } from '../registry/types.ts';
import { assertionChars, assertionLifeS, findAssertionFault } from './assertion.ts';
import { type Jws, parseJws } from './jws.ts';
import { toAlgorithm, toPublicJwk } from './public-key.ts';

/** Reads a key of a system, also one that has ended or was revoked. */
export type ReadKey = (systemId: string, kid: string) => Promise<StoredKey | undefined>;

/** A key as the registry has it, whatever its state. */
export interface StoredKey {
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly from: Date;
  readonly to: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** Makes the reader of keys; the registry in memory leaves revoked ones out. */
export const createKeyReader =
  (pool: Pool): ReadKey =>
  async (systemId, kid) => {
    const { rows } = await pool.query<{
      jwk: Record<string, unknown>;
      valid_from: Date;
      valid_to: Date | null;
      revoked_at: Date | null;
    }>('SELECT jwk, valid_from, valid_to, revoked_at FROM system_key WHERE system_id = $1 AND kid = $2', [
      systemId,
      kid,
    ]);
    const [row] = rows;
    return (
      row && {
        jwk: row.jwk,
        from: row.valid_from,
        to: row.valid_to ?? undefined,
        revokedAt: row.revoked_at ?? undefined,
      }
    );
  };

/** What everyone hears who did not sign with a key of the system. */
export const toStrangerSentence = (issuer: string): string =>
  'client authentication failed; check that the client id (iss and sub) is registered at this hub, ' +
  'that the public key is registered for it under the kid of the header (RFC 7638 thumbprint), ' +
  'that the assertion is signed by its private key with ES256, PS256 or EdDSA, ' +
  `that aud is exactly ${issuer}, and that iat and exp are at most ${assertionLifeS} s apart and in time`;

/** Source: RFC 7518 §3.4 and §3.5, RFC 8037 §3.1. */
function hasSignature({ header, signed, signature }: Jws, jwk: StoredKey['jwk']): boolean {
  const members = toPublicJwk(jwk);
  const alg = toAlgorithm(jwk);
  if (!members || header['alg'] !== alg) return false;
  const key: KeyObject = createPublicKey({ key: members, format: 'jwk' });
  const text = Buffer.from(signed);
  if (alg === 'EdDSA') return verify(null, text, key, signature);
  return alg === 'ES256'
    ? verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature)
    : verify('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
}

function findKeyFault({ from, to, revokedAt }: StoredKey, now: Date): string | undefined {
  if (revokedAt) return `the key was revoked at ${revokedAt.toISOString()}; have another one registered`;
  if (to && to <= now) return `the key ended at ${to.toISOString()}; have the next one registered`;
  return from > now ? `the key is valid from ${from.toISOString()} on, not yet` : undefined;
}

/** What the explanation stands on. */
export interface RefusedAssertion {
  readonly assertion: unknown;
  readonly issuer: string;
  /** The system of an id, in whatever state. */
  readonly system: (id: string) => System | undefined;
  readonly readKey: ReadKey;
  readonly now: Date;
}

function parse(assertion: unknown): Jws | undefined {
  try {
    return typeof assertion === 'string' ? parseJws(assertion, assertionChars) : undefined;
  } catch {
    return undefined;
  }
}

/** The key that the assertion was signed with, in memory or, of a revoked one, in the database. */
async function findSigner(
  jws: Jws,
  { system, readKey }: Pick<RefusedAssertion, 'system' | 'readKey'>,
): Promise<{ readonly system: System; readonly key: StoredKey } | undefined> {
  const { sub } = jws.payload;
  const found = typeof sub === 'string' ? system(sub) : undefined;
  if (!found) return undefined;
  const { kid } = jws.header;
  const known = found.keys.filter((key) => kid === undefined || key.kid === kid);
  for (const { jwk, from, to } of known)
    if (hasSignature(jws, jwk)) return { system: found, key: { jwk, from, to, revokedAt: undefined } };
  if (known.length > 0 || typeof kid !== 'string') return undefined;
  const key = await readKey(found.id, kid).catch(() => undefined);
  return key && hasSignature(jws, key.jwk) ? { system: found, key } : undefined;
}

/** One sentence for the caller of the token endpoint on why it was not authenticated. */
export async function explainRefusedAssertion(refused: RefusedAssertion): Promise<string> {
  const { issuer, now } = refused;
  const jws = parse(refused.assertion);
  const signer = jws && (await findSigner(jws, refused));
  if (!jws || !signer) return toStrangerSentence(issuer);
  const { system, key } = signer;
  if (system.state !== 'active') return `the system ${system.id} is ${system.state} at this hub`;
  return (
    findKeyFault(key, now) ??
    findAssertionFault(String(refused.assertion), issuer, now.getTime() / 1000) ??
    'the assertion was used before; make a new one, with a new jti, for each request'
  );
}
