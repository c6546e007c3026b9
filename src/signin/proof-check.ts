// Checks DPoP proofs: that the caller holds the key to which its token is bound, for this one request.
// Replay within the process is refused here; replay at another process by the exchange log, with the returned hash.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { BoundedMap } from './bounded-map.ts';
import { challenges } from './challenge.ts';
import { isIdentifier, isNumericDate, type Jws, type Members, parseJws } from './jws.ts';
import { hasPrivateMember, toAlgorithm, toPublicJwk, toThumbprint } from './public-key.ts';

/** A proof and the request that it came with. */
export interface ProofQuestion {
  /** The header `DPoP`; undefined or empty when there is none. */
  readonly proof: string | undefined;
  readonly method: string;
  /** Public address and canonical path of the request, without query; never from the header Host. */
  readonly url: string;
  readonly token: string;
  /** Thumbprint to which the token is bound. */
  readonly jkt: string;
  readonly now: Date;
}

/** A proof that holds: its hash must never be seen again before `forgetAt`. */
export interface CheckedProof {
  /** SHA-256 over key thumbprint and `jti`, base64url. */
  readonly hash: string;
  readonly forgetAt: Date;
}

/** A proof's parts after every check that needs no knowledge of the request. */
export interface ParsedProof {
  readonly jws: Jws;
  readonly jwk: Members;
  readonly algorithm: 'ES256' | 'EdDSA';
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
}

/** How far a proof's time may be from ours, in seconds, either way. */
export const proofWindowS = 60;
const proofChars = 4096;
const cachedKeys = 2_000;
const hashesAGeneration = 200_000;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a proof by the fixed profile: `dpop+jwt`, ES256 or EdDSA, a public key of that kind, `jti` of 1 to 128
 * characters, `iat` within `windowS` of `now`, no duplicate members. The signature is not checked here.
 * @throws Error with one word on what does not fit. Source: RFC 9449 §4.2, §4.3.
 */
export function parseProof(proof: string, now: Date, windowS: number = proofWindowS): ParsedProof {
  const jws = parseJws(proof, proofChars);
  const { typ, alg, jwk } = jws.header;
  const { jti, iat } = jws.payload;
  if (typ !== 'dpop+jwt') throw new Error('typ');
  if (alg !== 'ES256' && alg !== 'EdDSA') throw new Error('alg');
  if (!isObject(jwk) || hasPrivateMember(jwk) || toAlgorithm(jwk) !== alg) throw new Error('jwk');
  if (!isIdentifier(jti)) throw new Error('jti');
  if (!isNumericDate(iat) || Math.abs(now.getTime() / 1000 - iat) > windowS) throw new Error('iat');
  return { jws, jwk, algorithm: alg, jti, iat };
}

/** The key of a thumbprint, made once. */
type ProofKeys = Pick<BoundedMap<string, KeyObject>, 'get' | 'set'>;

/**
 * That the proof is for this token, and by the key that the token is bound to.
 * @throws Error `ath`, `jkt` or `signature`. Source: RFC 9449 §4.3 items 6, 11 and 12.
 */
export function checkPossession(
  { jws, jwk, algorithm }: ParsedProof,
  token: string,
  jkt: string,
  keys: ProofKeys = new Map(),
): void {
  if (jws.payload['ath'] !== createHash('sha256').update(token).digest('base64url')) throw new Error('ath');
  if (toThumbprint(jwk) !== jkt) throw new Error('jkt');
  let key = keys.get(jkt);
  if (!key) {
    key = createPublicKey({ key: toPublicJwk(jwk) ?? {}, format: 'jwk' });
    keys.set(jkt, key);
  }
  const digest = algorithm === 'ES256' ? 'sha256' : null;
  if (!verify(digest, Buffer.from(jws.signed), { key, dsaEncoding: 'ieee-p1363' }, jws.signature))
    throw new Error('signature');
}

/** Addresses are compared without query and fragment, after normalisation. Source: RFC 9449 §4.3 item 9. */
function isSameAddress(htu: unknown, url: string): boolean {
  if (htu === url) return true;
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const said = new URL(htu);
  said.search = '';
  said.hash = '';
  return said.href === new URL(url).href;
}

/** Remembers hashes for at least two windows in two generations, so that forgetting costs nothing. */
function createMemory(windowS: number): (hash: string, now: number) => boolean {
  let current = new Set<string>();
  let previous = new Set<string>();
  let turnAt = 0;
  return (hash, now) => {
    if (now >= turnAt || current.size >= hashesAGeneration) {
      previous = current;
      current = new Set();
      turnAt = now + (2 * windowS + 1) * 1000;
    }
    if (current.has(hash) || previous.has(hash)) return false;
    current.add(hash);
    return true;
  };
}

const refuse = (code: ProblemCode, cause?: unknown): Problem =>
  new Problem(code, {
    headers: challenges.proof,
    cause,
  });

/**
 * Makes the check of DPoP proofs at the hub's services. The check throws Problem `proof-missing`, `proof-invalid` or
 * `proof-replayed`. Memory is bounded: the oldest of more than 200,000 proofs in two windows are left to the exchange
 * log. Source: RFC 9449 §4.3, §7.
 * @param windowS how far a proof's time may be from ours, 1 to 300 s
 */
export function createProofCheck({
  windowS = proofWindowS,
}: {
  readonly windowS?: number;
} = {}): (question: ProofQuestion) => CheckedProof {
  const keys = new BoundedMap<string, KeyObject>(cachedKeys);
  const isNew = createMemory(windowS);

  const verifyProof = ({ proof, method, url, token, jkt, now }: ProofQuestion): ParsedProof => {
    const parsed = parseProof(proof ?? '', now, windowS);
    const { htm, htu } = parsed.jws.payload;
    if (htm !== method) throw new Error('htm');
    if (!isSameAddress(htu, url)) throw new Error('htu');
    checkPossession(parsed, token, jkt, keys);
    return parsed;
  };

  return (question) => {
    if (question.proof === undefined || question.proof === '') throw refuse('proof-missing');
    let parsed: ParsedProof;
    try {
      parsed = verifyProof(question);
    } catch (cause) {
      throw refuse('proof-invalid', cause);
    }
    const hash = createHash('sha256').update(`${question.jkt} ${parsed.jti}`).digest('base64url');
    if (!isNew(hash, question.now.getTime())) throw refuse('proof-replayed');
    return { hash, forgetAt: new Date((parsed.iat + windowS + 1) * 1000) };
  };
}
