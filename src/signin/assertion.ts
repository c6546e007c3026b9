// The profile of client assertions beyond what the provider checks; it runs after the signature was found good.
import { isIdentifier, isNumericDate, type Members, parseJws } from './jws.ts';

/** The longest life of a client assertion, in seconds. */
export const assertionLifeS = 60;
/** How far a client's clock may be from ours, in seconds. */
export const clockLeewayS = 5;

/** The longest assertion that is read. */
export const assertionChars = 8192;
const types = ['JWT', 'client-authentication+jwt'];

function parseAssertion(assertion: string): { header: Members; payload: Members } | string {
  try {
    return parseJws(assertion, assertionChars);
  } catch (error) {
    return `the assertion cannot be read: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}

/** What does not fit in the times, with the difference to our clock, by which a wrong one shows. */
function findTimeFault({ iat, exp, nbf }: Members, nowS: number): string | undefined {
  if (!isNumericDate(iat) || !isNumericDate(exp)) return 'iat and exp must both be given, in seconds';
  if (exp <= iat || exp - iat > assertionLifeS) return `exp must be at most ${assertionLifeS} s after iat`;
  if (iat > nowS + clockLeewayS)
    return `iat is in the future, ${Math.round(iat - nowS)} s ahead of the hub's time; check the clock`;
  if (exp + clockLeewayS <= nowS)
    return `the assertion has expired: its iat is ${Math.round(nowS - iat)} s behind the hub's time; make a new one for each request, and check the clock`;
  if (nbf === undefined) return undefined;
  if (!isNumericDate(nbf)) return 'nbf must be given in seconds';
  return nbf > nowS + clockLeewayS
    ? `nbf is ${Math.round(nbf - nowS)} s ahead of the hub's time; check the clock`
    : undefined;
}

/**
 * Says what does not fit in an assertion: audience exactly the issuer, `iat` and `exp` at most 60 s apart and in time,
 * a `jti`, no other kind of token, no key or key address in the header, no duplicate members.
 * @param nowS seconds since 1970
 * @returns a sentence for the authenticated caller, or undefined when it fits
 *   Source: RFC 7523 §3, RFC 7523bis §4 (audience), RFC 8725 §3.11 (typ).
 */
export function findAssertionFault(assertion: string, issuer: string, nowS: number): string | undefined {
  const parsed = parseAssertion(assertion);
  if (typeof parsed === 'string') return parsed;
  const { header, payload } = parsed;
  const { aud, jti, iss, sub } = payload;
  if (header['typ'] !== undefined && !types.includes(String(header['typ'])))
    return 'typ must be JWT or client-authentication+jwt';
  if (['jwk', 'jku', 'x5u', 'x5c'].some((name) => name in header))
    return 'the header must not carry a key; the registered one is used';
  if (aud !== issuer) return `aud must be exactly ${issuer}`;
  if (iss !== sub) return 'iss and sub must both be the client id';
  if (!isIdentifier(jti)) return 'jti must be a text of 1 to 128 characters';
  return findTimeFault(payload, nowS);
}
