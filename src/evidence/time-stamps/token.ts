// The parts of a time stamp token: CMS signed data around a TSTInfo. Pure; checks nothing that a signature is for.
// Source: RFC 3161 §2.4.2, RFC 5652 §5, RFC 5816.
import { expectTag, type Node, parseDer, tags, toInteger, toObjectId } from './der.ts';

const signedDataId = '1.2.840.113549.1.7.2';
const stampInfoId = '1.2.840.113549.1.9.16.1.4';
const contentTypeId = '1.2.840.113549.1.9.3';
const messageDigestId = '1.2.840.113549.1.9.4';
const signingCertificateId = '1.2.840.113549.1.9.16.2.12';
const signingCertificateV2Id = '1.2.840.113549.1.9.16.2.47';

/** What the authority states. */
export interface StampInfo {
  /** Dotted object identifier of the authority's policy. */
  readonly policy: string;
  /** Dotted object identifier of the digest's algorithm. */
  readonly algorithm: string;
  readonly digest: Buffer;
  readonly serial: bigint;
  readonly time: Date;
  /** How far the time may be off, in milliseconds; undefined where the authority does not say. */
  readonly accuracyMs: number | undefined;
  readonly nonce: bigint | undefined;
}

/** A token taken apart. */
export interface Token {
  readonly info: StampInfo;
  /** The bytes that `messageDigest` is of. */
  readonly infoBytes: Buffer;
  readonly messageDigest: Buffer;
  /** What is signed: the attributes, written as a set. */
  readonly signedBytes: Buffer;
  /** Dotted object identifiers, and the parameters of the signature's algorithm. */
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
  /** DER of issuer and serial number by which the signer is named; undefined where it is by its key. */
  readonly signerName: readonly Buffer[] | undefined;
  /** Hash of the certificate that signed, with its algorithm. */
  readonly signer: { readonly algorithm: string; readonly hash: Buffer };
  /** DER of the certificates that came along. */
  readonly certificates: readonly Buffer[];
}

const sha1Id = '1.3.14.3.2.26';
const sha256Id = '2.16.840.1.101.3.4.2.1';
const malformed = (what: string): Error => new Error(`${what} is malformed`);

function toTime(node: Node | undefined): Date {
  const text = expectTag(node, tags.generalizedTime, 'the time').content.toString('latin1');
  const [, digits, fraction = ''] = /^(\d{14})(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  const spaced = digits?.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6');
  const time = new Date(`${spaced}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  if (Number.isNaN(time.getTime())) throw malformed('the time');
  return time;
}

/** Seconds, `[0]` milliseconds and `[1]` microseconds, each of which may be left out; rounded up. */
function toAccuracyMs(node: Node): number {
  let ms = 0;
  for (const { tag, content } of node.children) {
    const amount =
      content.length === 0 || content.length > 6 ? Number.NaN : content.readUIntBE(0, content.length);
    ms += amount * ({ [tags.integer]: 1_000, 128: 1, 129: 0.001 }[tag] ?? Number.NaN);
  }
  if (!Number.isFinite(ms)) throw malformed('the accuracy');
  return Math.ceil(ms);
}

function toStampInfo(bytes: Buffer): StampInfo {
  const what = 'what the authority states';
  const { children } = expectTag(parseDer(bytes, what), tags.sequence, what);
  const [version, policy, imprint, serial, time, ...more] = children;
  if (toInteger(version, what) !== 1n) throw malformed(what);
  const [algorithm, digest] = expectTag(imprint, tags.sequence, what).children;
  const accuracy = more.find(({ tag }) => tag === tags.sequence);
  const nonce = more.find(({ tag }) => tag === tags.integer);
  return {
    policy: toObjectId(policy, what),
    algorithm: toObjectId(algorithm?.children[0], what),
    digest: expectTag(digest, tags.octetString, what).content,
    serial: toInteger(serial, what),
    time: toTime(time),
    accuracyMs: accuracy && toAccuracyMs(accuracy),
    nonce: nonce && toInteger(nonce, what),
  };
}

/** Values of an attribute that must stand there once, with one value. */
function findAttribute(attributes: Node, id: string): Node | undefined {
  const found = attributes.children.filter((one) => toObjectId(one.children[0], 'an attribute') === id);
  if (found.length > 1) throw malformed('an attribute');
  if (!found[0]) return undefined;
  const values = expectTag(found[0].children[1], tags.set, 'an attribute').children;
  if (values.length !== 1 || !values[0]) throw malformed('an attribute');
  return values[0];
}

/** The first certificate that ESSCertID (RFC 2634) or ESSCertIDv2 (RFC 5035) names: the signer's. */
function toSigner(attributes: Node): Token['signer'] {
  const what = 'the name of the signing certificate';
  const second = findAttribute(attributes, signingCertificateV2Id);
  const either = second ?? findAttribute(attributes, signingCertificateId);
  const [first, next] = either?.children[0]?.children[0]?.children ?? [];
  const isNamed = second !== undefined && first?.tag === tags.sequence;
  const algorithm = isNamed ? toObjectId(first.children[0], what) : second ? sha256Id : sha1Id;
  return { algorithm, hash: expectTag(isNamed ? next : first, tags.octetString, what).content };
}

/** Takes a token apart. @throws Error when it is none, or signed by more than one */
export function parseToken(der: Uint8Array): Token {
  const what = 'the token';
  const [type, wrapped] = expectTag(parseDer(der, what), tags.sequence, what).children;
  if (toObjectId(type, what) !== signedDataId) throw new Error('the token is no signed data');
  const signedData = expectTag(expectTag(wrapped, tags.inside0, what).children[0], tags.sequence, what);
  const [, , content, ...rest] = signedData.children;
  const signers = expectTag(rest.at(-1), tags.set, what).children;
  const [contentType, octets] = expectTag(content, tags.sequence, what).children;
  if (toObjectId(contentType, what) !== stampInfoId) throw new Error('the token stamps nothing');
  const infoBytes = expectTag(octets?.children[0], tags.octetString, what).content;
  if (signers.length !== 1) throw new Error('the token must have one signature');
  const [, name, digest, attributes, algorithm, signature] = expectTag(
    signers[0],
    tags.sequence,
    what,
  ).children;
  const signed = expectTag(attributes, tags.inside0, 'the signed attributes');
  const statedType = findAttribute(signed, contentTypeId);
  if (toObjectId(statedType, 'an attribute') !== stampInfoId) throw malformed('an attribute');
  const certificates = rest.find(({ tag }) => tag === tags.inside0)?.children ?? [];
  return {
    ...{ info: toStampInfo(infoBytes), infoBytes },
    messageDigest: expectTag(findAttribute(signed, messageDigestId), tags.octetString, 'an attribute')
      .content,
    // RFC 5652 §5.4: signed under the tag of a set, not under that of its place.
    signedBytes: Buffer.concat([Buffer.of(tags.set), signed.bytes.subarray(1)]),
    digestAlgorithm: toObjectId(digest?.children[0], what),
    signatureAlgorithm: toObjectId(algorithm?.children[0], what),
    signature: expectTag(signature, tags.octetString, what).content,
    signerName: name?.tag === tags.sequence ? name.children.map(({ bytes }) => bytes) : undefined,
    signer: toSigner(signed),
    certificates: certificates.filter(({ tag }) => tag === tags.sequence).map(({ bytes }) => bytes),
  };
}
