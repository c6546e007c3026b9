// Answers of the authority to one question. Source: RFC 3161 §2.4, RFC 5652 §5, RFC 5816.
import { createHash, randomBytes, sign } from 'node:crypto';
import type { Identities } from './certificates.ts';
import { der, objectId, octets, readValues, sequence, set, small, toTime } from './der.ts';

/** What each fault does. */
export const faultModes = {
  none: 'stamps',
  'wrong-nonce': 'stamps another nonce than the question has',
  'wrong-digest': 'stamps another digest than the question has',
  refused: 'refuses with status rejection and timeNotAvailable',
  expired: 'stamps with a certificate whose time is over',
  'wrong-purpose': 'stamps with a certificate that is not for time stamping',
  'wrong-signature': 'signs something else',
  'without-certificate': 'leaves its certificate out',
  garbage: 'answers with bytes that are no DER',
  slow: 'answers never',
} as const;

/** The name of a fault. */
export type FaultMode = keyof typeof faultModes;

const ids = {
  sha256: '608648016503040201',
  signedData: '2a864886f70d010702',
  stampInfo: '2a864886f70d0109100104',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingCertificateV2: '2a864886f70d010910022f',
  rsa: '2a864886f70d010101',
  ecdsaWithSha256: '2a8648ce3d040302',
  /** Policy of the mock: 1.3.6.1.4.1.99999.1. */
  policy: '2b06010401868d1f01',
};
const nothing = der(0x05);
const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const sha256 = sequence(objectId(ids.sha256), nothing);

interface Question {
  /** The whole MessageImprint. */
  readonly imprint: Buffer;
  /** The whole INTEGER. */
  readonly nonce: Buffer | undefined;
}

/** @throws Error when it is no TimeStampReq */
function readQuestion(bytes: Buffer): Question {
  const [request] = readValues(bytes);
  const [, imprint, ...more] = readValues(request?.content ?? Buffer.alloc(0));
  if (request?.tag !== 0x30 || imprint?.tag !== 0x30) throw new Error('no question');
  return { imprint: imprint.whole, nonce: more.find(({ tag }) => tag === 0x02)?.whole };
}

function toInfo({ imprint, nonce }: Question, mode: FaultMode, nowMs: number): Buffer {
  const otherImprint = sequence(sha256, octets(randomBytes(32)));
  const otherNonce = der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(8)]));
  const repeated = nonce ? [mode === 'wrong-nonce' ? otherNonce : nonce] : [];
  return sequence(
    small(1),
    objectId(ids.policy),
    mode === 'wrong-digest' ? otherImprint : imprint,
    der(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(7)])),
    toTime(nowMs),
    sequence(small(1)),
    ...repeated,
  );
}

function toToken(question: Question, mode: FaultMode, nowMs: number, identities: Identities): Buffer {
  const by = { expired: identities.expired, 'wrong-purpose': identities.serving } as const;
  const { key, certificate } =
    mode === 'expired' || mode === 'wrong-purpose' ? by[mode] : identities.stamping;
  const info = toInfo(question, mode, nowMs);
  const attribute = (id: string, value: Buffer): Buffer => sequence(objectId(id), set(value));
  const attributes = set(
    attribute(ids.contentType, objectId(ids.stampInfo)),
    attribute(ids.messageDigest, octets(hash(info))),
    attribute(ids.signingCertificateV2, sequence(sequence(sequence(octets(hash(certificate)))))),
  );
  const isRsa = key.asymmetricKeyType === 'rsa';
  const algorithm = isRsa ? sequence(objectId(ids.rsa), nothing) : sequence(objectId(ids.ecdsaWithSha256));
  const signature = sign('sha256', mode === 'wrong-signature' ? info : attributes, key);
  const [body] = readValues(readValues(certificate)[0]?.content ?? Buffer.alloc(0));
  const [, serial, , issuer] = readValues(body?.content ?? Buffer.alloc(0));
  const signer = sequence(
    small(1),
    sequence(...[issuer, serial].flatMap((value) => value?.whole ?? [])),
    sha256,
    Buffer.concat([Buffer.of(0xa0), attributes.subarray(1)]),
    algorithm,
    octets(signature),
  );
  const certificates = mode === 'without-certificate' ? [] : [der(0xa0, certificate)];
  const content = sequence(objectId(ids.stampInfo), der(0xa0, octets(info)));
  const signedData = sequence(small(3), set(sha256), content, ...certificates, set(signer));
  return sequence(objectId(ids.signedData), der(0xa0, signedData));
}

/** The DER of a TimeStampResp. */
export function answer(bytes: Buffer, mode: FaultMode, nowMs: number, identities: Identities): Buffer {
  if (mode === 'garbage') return Buffer.from('<html>', 'latin1');
  // Status rejection; bit 14 of PKIFailureInfo is timeNotAvailable, bit 2 badRequest.
  const refuse = (...bits: readonly number[]): Buffer =>
    sequence(sequence(small(2), der(0x03, Buffer.from(bits))));
  if (mode === 'refused') return refuse(1, 0x00, 0x02);
  try {
    return sequence(sequence(small(0)), toToken(readQuestion(bytes), mode, nowMs, identities));
  } catch {
    return refuse(5, 0x20);
  }
}
