// Checks the hub's own access tokens by one fixed profile, once a token, then from a bounded cache until they expire.
// Whether the system, key or mandate still stands is asked elsewhere, on every request.
import { createHash, type KeyObject, verify } from 'node:crypto';
import { Problem } from '../problem.ts';
import { BoundedMap } from './bounded-map.ts';
import { isIdentifier, isNumericDate, type Members, parseJws } from './jws.ts';
import { toTokenJwk } from './public-key.ts';

/** What a valid token says. */
export interface CheckedToken {
  /** The system's id. */
  readonly clientId: string;
  /** The one acting unit. */
  readonly unitId: string;
  readonly jti: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Thumbprint of the holder's DPoP key; undefined for a bearer token. */
  readonly jkt: string | undefined;
}

/** Checks access tokens. */
export interface TokenCheck {
  /**
   * @throws Problem `token-missing`, `token-invalid`, `token-expired` (expired or not yet valid)
   *   Source: RFC 9068 §4, RFC 8725 §3.
   */
  check(token: string): CheckedToken;
  /** Replaces the keys that are trusted; tokens by keys that are gone are refused at once. */
  useKeys(keys: readonly KeyObject[]): void;
}

/** The longest life of an access token, in seconds. */
export const tokenLifeS = 600;
const leewayS = 5;
const tokenChars = 4096;
const cachedTokens = 10_000;
const challenge = { 'www-authenticate': 'DPoP algs="ES256 EdDSA", error="invalid_token"' };

/** The audience of every token of an environment; a token of one environment is worth nothing in another. */
export const toAudience = (environment: string): string => `urn:lgsp:${environment}`;

const refuse = (why: string): Problem =>
  new Problem('token-invalid', { headers: challenge, cause: new Error(why) });

function parseHolder(cnf: unknown): string | undefined {
  if (cnf === undefined) return undefined;
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).length !== 1) throw refuse('cnf');
  if (!('jkt' in cnf) || typeof cnf.jkt !== 'string' || !/^[\w-]{43}$/.test(cnf.jkt)) throw refuse('cnf.jkt');
  return cnf.jkt;
}

function parseClaims(payload: Members, issuer: string, audience: string): CheckedToken {
  const { iss, aud, exp, iat, nbf, jti, sub, client_id: clientId, scope, cnf } = payload;
  if (iss !== issuer) throw refuse('iss');
  if (aud !== audience) throw refuse('aud');
  if (!isNumericDate(exp) || !isNumericDate(iat)) throw refuse('exp or iat');
  if (exp <= iat || exp - iat > tokenLifeS) throw refuse('life');
  if (nbf !== undefined && (!isNumericDate(nbf) || nbf > iat)) throw refuse('nbf');
  if (!isIdentifier(jti)) throw refuse('jti');
  if (!isIdentifier(clientId) || sub !== clientId) throw refuse('client_id or sub');
  const unitId = typeof scope === 'string' ? /^unit:([^\s"\\]{1,128})$/.exec(scope)?.[1] : undefined;
  if (unitId === undefined) throw refuse('scope');
  return {
    clientId,
    unitId,
    jti,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    jkt: parseHolder(cnf),
  };
}

function parseToken(token: string): ReturnType<typeof parseJws> {
  try {
    return parseJws(token, tokenChars);
  } catch (cause) {
    throw new Problem('token-invalid', { headers: challenge, cause });
  }
}

/**
 * Makes the check of access tokens: ES256 only, `typ` `at+jwt`, a known `kid`, issuer and audience to the letter, a life
 * of at most 600 s, `client_id` = `sub`, exactly one `unit:` scope, no duplicate members, at most 4,096 characters.
 * @param keys P-256 keys of the authorisation server, the signing one and those still or already published
 * @param clock milliseconds since 1970
 */
export function createTokenCheck({
  issuer,
  audience,
  keys,
  clock = Date.now,
}: {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly KeyObject[];
  readonly clock?: () => number;
}): TokenCheck {
  let trusted: ReadonlyMap<string, KeyObject> = new Map();
  const seen = new BoundedMap<string, CheckedToken>(cachedTokens);

  const checkOnce = (token: string): CheckedToken => {
    const { header, payload, signed, signature } = parseToken(token);
    if (header['typ'] !== 'at+jwt') throw refuse('typ');
    if (header['alg'] !== 'ES256') throw refuse('alg');
    const key = typeof header['kid'] === 'string' ? trusted.get(header['kid']) : undefined;
    if (!key) throw refuse('kid');
    if (!verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature))
      throw refuse('signature');
    return parseClaims(payload, issuer, audience);
  };

  const useKeys = (published: readonly KeyObject[]): void => {
    trusted = new Map(published.map((key) => [toTokenJwk(key).kid, toTokenJwk(key).publicKey]));
    seen.clear();
  };
  useKeys(keys);

  return {
    useKeys,
    check(token) {
      if (token === '')
        throw new Problem('token-missing', { headers: { 'www-authenticate': 'DPoP algs="ES256 EdDSA"' } });
      const hash = createHash('sha256').update(token).digest('base64url');
      const known = seen.get(hash);
      const checked = known ?? checkOnce(token);
      const now = clock();
      if (
        now >= checked.expiresAt.getTime() + leewayS * 1000 ||
        checked.issuedAt.getTime() > now + leewayS * 1000
      ) {
        seen.delete(hash);
        throw new Problem('token-expired', { headers: challenge });
      }
      if (!known) seen.set(hash, checked);
      return checked;
    },
  };
}
