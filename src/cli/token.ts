// Obtains an access token on the side of a calling system: private_key_jwt, one acting unit, bound to a DPoP key.
import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { makeProof, toSigner } from './proof.ts';

/** Who asks for a token, where, and for which unit. */
export interface TokenQuestion {
  readonly tokenUrl: string;
  /** The hub's issuer; the only audience that it accepts. */
  readonly issuer: string;
  readonly clientId: string;
  /** The system's private key, see `parsePrivateKey`. */
  readonly key: KeyObject;
  /** `kid` under which the key is registered; without it the hub tries all valid ones. */
  readonly kid?: string | undefined;
  /** The acting unit; may be left out by a system that acts for one unit only. */
  readonly unitId?: string | undefined;
  /** Private key to which the token is bound; none for a bearer token. */
  readonly dpopKey?: KeyObject | undefined;
  /** Milliseconds to wait for the answer; 10,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/** A token and its life in seconds. */
export interface Token {
  readonly accessToken: string;
  readonly expiresInS: number;
}

/** Reads a private key, PEM (PKCS #8) or a JWK as JSON. @throws Error in one sentence, without the key */
export function parsePrivateKey(text: string): KeyObject {
  try {
    if (!text.trimStart().startsWith('{')) return createPrivateKey(text);
    const jwk: JsonWebKey = JSON.parse(text);
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new Error('the private key cannot be read; it must be PEM (PKCS #8) or a JWK');
  }
}

/** An assertion for one token request, good for 60 s and one use. Source: RFC 7523 §3. */
export async function makeAssertion({
  issuer,
  clientId,
  key,
  kid,
}: Pick<TokenQuestion, 'issuer' | 'clientId' | 'key' | 'kid'>): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ typ: 'JWT', alg: toSigner(key).alg, ...(kid !== undefined && { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + 60)
    .sign(key);
}

function parseAnswer(status: number, text: string): Token {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`the token endpoint answered ${status} without JSON`);
  }
  const members = new Map(Object.entries(typeof body === 'object' && body !== null ? body : {}));
  const accessToken = members.get('access_token');
  const expiresInS = members.get('expires_in');
  if (status === 200 && typeof accessToken === 'string' && typeof expiresInS === 'number')
    return { accessToken, expiresInS };
  const words = [members.get('error'), members.get('error_description')].filter(
    (word) => typeof word === 'string',
  );
  throw new Error(`no token, status ${status}: ${words.join(': ') || 'unknown answer'}`);
}

/** Asks for an access token. @throws Error in one sentence: the hub's reason, or that it cannot be reached */
export async function requestToken(question: TokenQuestion): Promise<Token> {
  const { tokenUrl, unitId, dpopKey, timeoutMs = 10_000 } = question;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await makeAssertion(question),
    ...(unitId !== undefined && { scope: `unit:${unitId}` }),
  });
  const proof = dpopKey && (await makeProof({ key: dpopKey, method: 'POST', url: tokenUrl }));
  let response: Response;
  try {
    response = await fetch(tokenUrl, {
      method: 'POST',
      body: form,
      headers: { accept: 'application/json', ...(proof && { dpop: proof }) },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new Error(`the token endpoint ${tokenUrl} cannot be reached`, { cause });
  }
  return parseAnswer(response.status, await response.text());
}
