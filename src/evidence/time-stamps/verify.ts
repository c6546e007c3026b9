// The offline check of a time stamp token against the certificates of an authority that is trusted. Pure.
// Source: RFC 3161 §2.2–2.4, RFC 5652 §5.4–5.6, RFC 5280 §6 (names, signatures, times, and that an authority may issue).
import { createHash, hash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { parseDer, tags, toObjectId } from './der.ts';
import { sha256Id } from './request.ts';
import { parseToken, type StampInfo, type Token } from './token.ts';

/** What is asked of a token. */
export interface StampCheck {
  readonly token: Uint8Array;
  /** Of what must have been stamped. */
  readonly sha256: Buffer;
  /** Certificates that are trusted: the authority's own or those that issued it. */
  readonly authorities: readonly X509Certificate[];
  /** That of the question, where there was one. */
  readonly nonce?: bigint;
}

/** A stamp that holds. */
export interface VerifiedStamp extends Pick<StampInfo, 'time' | 'accuracyMs' | 'serial' | 'policy'> {
  /** Name of the certificate that signed it. */
  readonly authority: string;
}

const stampingPurpose = '1.3.6.1.5.5.7.3.8';
const extendedKeyUsageId = '2.5.29.37';
const longestChain = 5;

/** SHA-1 only names a certificate (RFC 2634), it never signs. */
const namingDigests: Readonly<Record<string, string>> = { '1.3.14.3.2.26': 'sha1' };
const digests: Readonly<Record<string, string>> = {
  [sha256Id]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Signature algorithms by kind of key; where one names no digest, that of the signer's is meant. */
const signatures: Readonly<Record<string, { readonly kind: string; readonly digest?: string }>> = {
  '1.2.840.113549.1.1.1': { kind: 'rsa' },
  '1.2.840.113549.1.1.11': { kind: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { kind: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ec', digest: 'sha512' },
};

/**
 * Checks a token.
 * @throws Error in one sentence that says what does not hold
 */
export function verifyStamp({ token: der, sha256, authorities, nonce }: StampCheck): VerifiedStamp {
  const token = parseToken(der);
  const { info } = token;
  if (info.algorithm !== sha256Id || !info.digest.equals(sha256))
    throw new Error('the token stamps something else');
  if (nonce !== undefined && info.nonce !== nonce) throw new Error('the token is of another question');
  const given = token.certificates.map((bytes) => new X509Certificate(bytes));
  const signer = findSigner(token, [...given, ...authorities]);
  checkSignature(token, signer.publicKey);
  checkPurpose(signer);
  checkChain(signer, given, authorities, info.time);
  const { time, accuracyMs, serial, policy } = info;
  return { time, accuracyMs, serial, policy, authority: toOneLine(signer.subject) };
}

const toOneLine = (name: string): string => name.split('\n').join(', ');

/** What `issuerAndSerialNumber` of that certificate is. */
function toName({ raw }: X509Certificate): readonly Buffer[] {
  const [, serial, , issuer] = parseDer(raw, 'the signing certificate').children[0]?.children ?? [];
  return [issuer, serial].flatMap((node) => node?.bytes ?? []);
}

function findSigner(
  { signer, signerName }: Token,
  certificates: readonly X509Certificate[],
): X509Certificate {
  const digest = digests[signer.algorithm] ?? namingDigests[signer.algorithm];
  if (digest === undefined) throw new Error('the signing certificate is named by a hash that is not taken');
  const found = certificates.find(({ raw }) => hash(digest, raw, 'buffer').equals(signer.hash));
  if (!found) throw new Error('the signing certificate is not at hand');
  if (signerName && !Buffer.concat(signerName).equals(Buffer.concat(toName(found))))
    throw new Error('the signature names another certificate');
  return found;
}

function checkSignature(token: Token, key: KeyObject): void {
  const ownDigest = digests[token.digestAlgorithm];
  const algorithm = signatures[token.signatureAlgorithm];
  if (ownDigest === undefined || !algorithm || key.asymmetricKeyType !== algorithm.kind)
    throw new Error('the token is signed in a way that is not taken');
  if (!createHash(ownDigest).update(token.infoBytes).digest().equals(token.messageDigest))
    throw new Error('the signature is not of what the token states');
  if (!verify(algorithm.digest ?? ownDigest, token.signedBytes, key, token.signature))
    throw new Error('the signature of the token does not fit');
}

/** RFC 3161 §2.3: for time stamping and nothing else, and critical. */
function checkPurpose(signer: X509Certificate): void {
  const what = 'the signing certificate';
  const body = parseDer(signer.raw, what).children[0];
  const extensions = body?.children.find(({ tag }) => tag === tags.inside3)?.children[0]?.children ?? [];
  const usage = extensions.find(({ children }) => toObjectId(children[0], what) === extendedKeyUsageId);
  const isCritical = usage?.children[1]?.tag === tags.boolean && usage.children[1].content[0] === 0xff;
  if (!isCritical || signer.keyUsage?.join() !== stampingPurpose)
    throw new Error('the signing certificate is not one of a time stamp authority');
}

function checkTime({ validFrom, validTo, subject }: X509Certificate, time: Date): void {
  if (time < new Date(validFrom) || time > new Date(validTo))
    throw new Error(`the certificate of ${toOneLine(subject)} was not valid at the time stamped`);
}

function checkChain(
  signer: X509Certificate,
  given: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  time: Date,
): void {
  const isTrusted = ({ raw }: X509Certificate): boolean => authorities.some((one) => one.raw.equals(raw));
  let current = signer;
  for (let length = 1; length <= longestChain; length += 1) {
    checkTime(current, time);
    if (isTrusted(current)) return;
    const child = current;
    const issuer = [...authorities, ...given].find(
      (one) => one.ca && !one.raw.equals(child.raw) && child.checkIssued(one) && child.verify(one.publicKey),
    );
    if (!issuer) break;
    current = issuer;
  }
  throw new Error('the token is not of an authority that is trusted');
}
