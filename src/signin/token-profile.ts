// The one profile of the hub's access tokens, as a list of checks in their order: the token check stops at the first that
// fails, the diagnosis tells of each.
import { type KeyObject, verify } from 'node:crypto';
import { isIdentifier, isNumericDate, type Jws } from './jws.ts';

/** What a valid token says. */
export interface CheckedToken {
  /** The system's id. */
  readonly clientId: string;
  /** The one acting unit. */
  readonly unitId: string;
  readonly jti: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Thumbprint of the holder's DPoP key; undefined for tokens that are not bound to one. */
  readonly jkt: string | undefined;
  /** Fingerprint of the holder's certificate; undefined for tokens that are not bound to one. Source: RFC 8705 §3.1. */
  readonly certificateSha256: string | undefined;
}

/** Whether a token is worth nothing without its holder's key or certificate. */
export const isBoundToken = ({ jkt, certificateSha256 }: CheckedToken): boolean =>
  jkt !== undefined || certificateSha256 !== undefined;

/** What tokens are compared with. */
export interface TokenExpectation {
  readonly issuer: string;
  readonly audience: string;
  /** The key of a `kid` that is trusted now. */
  readonly keyOf: (kid: string) => KeyObject | undefined;
}

/** The longest life of an access token, in seconds. */
export const tokenLifeS = 600;
/** How far the clocks of processes may be apart, in seconds. */
export const tokenLeewayS = 5;
/** The longest token that is read. */
export const tokenChars = 4096;

const keyOf = ({ header }: Jws, expected: TokenExpectation): KeyObject | undefined =>
  typeof header['kid'] === 'string' ? expected.keyOf(header['kid']) : undefined;

function hasSignature(jws: Jws, expected: TokenExpectation): boolean {
  const key = keyOf(jws, expected);
  if (!key) return false;
  return verify('sha256', Buffer.from(jws.signed), { key, dsaEncoding: 'ieee-p1363' }, jws.signature);
}

function hasLife({ payload: { exp, iat, nbf } }: Jws): boolean {
  if (!isNumericDate(exp) || !isNumericDate(iat)) return false;
  return exp > iat && exp - iat <= tokenLifeS && (nbf === undefined || (isNumericDate(nbf) && nbf <= iat));
}

const unitOf = (scope: unknown): string | undefined =>
  typeof scope === 'string' ? /^unit:([^\s"\\]{1,128})$/.exec(scope)?.[1] : undefined;

const hasClient = ({ payload: { jti, client_id: clientId, sub } }: Jws): boolean =>
  isIdentifier(jti) && isIdentifier(clientId) && sub === clientId;

/** The members of `cnf` that are known: exactly one, and a SHA-256 in base64url. */
function toConfirmation(cnf: unknown): { name: 'jkt' | 'x5t#S256'; value: string } | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  const [[name, value] = [], ...others] = Object.entries(cnf);
  if (others.length > 0 || (name !== 'jkt' && name !== 'x5t#S256')) return undefined;
  return typeof value === 'string' && /^[\w-]{43}$/.test(value) ? { name, value } : undefined;
}

/** One check of the profile. */
export interface ProfileCheck {
  readonly name:
    | 'type'
    | 'algorithm'
    | 'key'
    | 'signature'
    | 'issuer'
    | 'audience'
    | 'life'
    | 'client'
    | 'unit'
    | 'binding';
  readonly holds: (jws: Jws, expected: TokenExpectation) => boolean;
}

/**
 * ES256 only, `typ` `at+jwt`, a known `kid`, issuer and audience to the letter, a life of at most 600 s, `client_id` =
 * `sub`, exactly one `unit:` scope, bound to one thing or none. What a header says of keys is never used.
 * Source: RFC 9068 §4, RFC 8725 §3.
 */
export const tokenProfile: readonly ProfileCheck[] = [
  { name: 'type', holds: ({ header }) => header['typ'] === 'at+jwt' },
  { name: 'algorithm', holds: ({ header }) => header['alg'] === 'ES256' },
  { name: 'key', holds: (jws, expected) => keyOf(jws, expected) !== undefined },
  { name: 'signature', holds: hasSignature },
  { name: 'issuer', holds: ({ payload }, { issuer }) => payload['iss'] === issuer },
  { name: 'audience', holds: ({ payload }, { audience }) => payload['aud'] === audience },
  { name: 'life', holds: hasLife },
  { name: 'client', holds: hasClient },
  { name: 'unit', holds: ({ payload }) => unitOf(payload['scope']) !== undefined },
  {
    name: 'binding',
    holds: ({ payload: { cnf } }) => cnf === undefined || toConfirmation(cnf) !== undefined,
  },
];

/** What a token says for which every check of the profile holds. */
export function toCheckedToken({ payload: { client_id, scope, jti, iat, exp, cnf } }: Jws): CheckedToken {
  const confirmation = toConfirmation(cnf);
  return {
    clientId: String(client_id),
    unitId: unitOf(scope) ?? '',
    jti: String(jti),
    issuedAt: new Date(Number(iat) * 1000),
    expiresAt: new Date(Number(exp) * 1000),
    jkt: confirmation?.name === 'jkt' ? confirmation.value : undefined,
    certificateSha256: confirmation?.name === 'x5t#S256' ? confirmation.value : undefined,
  };
}

/** Whether a token is issued and not expired at `nowMs`, within the leeway of clocks. */
export function isTokenInTime({ issuedAt, expiresAt }: CheckedToken, nowMs: number): boolean {
  const leewayMs = tokenLeewayS * 1000;
  return issuedAt.getTime() <= nowMs + leewayMs && nowMs < expiresAt.getTime() + leewayMs;
}
