// Checks the hub's own access tokens by one fixed profile, once a token, then from a bounded cache until they expire.
// Whether the system, key or mandate still stands is asked elsewhere, on every request.
import { hash, type KeyObject } from 'node:crypto';
import { Problem } from '../problem.ts';
import { BoundedMap } from './bounded-map.ts';
import { challenges } from './challenge.ts';
import { type Jws, parseJws } from './jws.ts';
import { toTokenJwk } from './public-key.ts';
import {
  type CheckedToken,
  isTokenInTime,
  type TokenExpectation,
  toCheckedToken,
  tokenChars,
  tokenProfile,
} from './token-profile.ts';
import { keysStaleMs } from './token-schedule.ts';

/** Checks access tokens. */
export interface TokenCheck {
  /**
   * @throws Problem `token-missing`, `token-invalid`, `token-expired` (expired or not yet valid), `registry-stale` (the
   *   keys were not confirmed for 5 s, so that the token's may be retired)
   *   Source: RFC 9068 §4, RFC 8725 §3.
   */
  check(token: string): CheckedToken;
  /** What tokens are compared with, now. */
  readonly expected: TokenExpectation;
  /** Replaces the keys that are trusted; tokens by keys that are gone are refused at once. */
  useKeys(keys: readonly KeyObject[]): void;
}

const cachedTokens = 10_000;

/** The audience of every token of an environment; a token of one environment is worth nothing in another. */
export const toAudience = (environment: string): string => `urn:lgsp:${environment}`;

function parseToken(token: string): Jws {
  try {
    return parseJws(token, tokenChars);
  } catch (cause) {
    throw new Problem('token-invalid', { headers: challenges.token, cause });
  }
}

/**
 * Makes the check of access tokens, by the profile of token-profile.ts.
 * @param keys P-256 keys of the authorisation server, the signing one and those still or already published
 * @param confirmedMsAgo age of what is known of the keys
 * @param clock milliseconds since 1970
 */
export function createTokenCheck({
  issuer,
  audience,
  keys,
  confirmedMsAgo = () => 0,
  clock = Date.now,
}: {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly KeyObject[];
  readonly confirmedMsAgo?: () => number;
  readonly clock?: () => number;
}): TokenCheck {
  let trusted: ReadonlyMap<string, KeyObject> = new Map();
  const seen = new BoundedMap<string, CheckedToken>(cachedTokens);
  const expected: TokenExpectation = { issuer, audience, keyOf: (kid) => trusted.get(kid) };

  const checkOnce = (token: string): CheckedToken => {
    const jws = parseToken(token);
    const failed = tokenProfile.find(({ holds }) => !holds(jws, expected));
    if (failed)
      throw new Problem('token-invalid', { headers: challenges.token, cause: new Error(failed.name) });
    return toCheckedToken(jws);
  };

  const useKeys = (published: readonly KeyObject[]): void => {
    trusted = new Map(published.map((key) => [toTokenJwk(key).kid, toTokenJwk(key).publicKey]));
    seen.clear();
  };
  useKeys(keys);

  return {
    expected,
    useKeys,
    check(token) {
      if (token === '') throw new Problem('token-missing', { headers: challenges.none });
      const key = hash('sha256', token, 'base64url');
      const known = seen.get(key);
      const checked = known ?? checkOnce(token);
      if (!isTokenInTime(checked, clock())) {
        seen.delete(key);
        throw new Problem('token-expired', { headers: challenges.token });
      }
      if (!known) seen.set(key, checked);
      if (confirmedMsAgo() > keysStaleMs) throw new Problem('registry-stale', { retryAfterS: 5 });
      return checked;
    },
  };
}
