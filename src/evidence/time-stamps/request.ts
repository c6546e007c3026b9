// What a time stamp authority is asked, and its answer as far as the token. Pure. Source: RFC 3161 §2.4.
import {
  expectTag,
  type Node,
  parseDer,
  tags,
  toInteger,
  writeDer,
  writeInteger,
  writeObjectId,
} from './der.ts';

/** SHA-256 as an algorithm identifier names it. */
export const sha256Id = '2.16.840.1.101.3.4.2.1';

/** What is to be stamped. */
export interface StampQuestion {
  readonly sha256: Buffer;
  /** Not negative; the authority must repeat it. */
  readonly nonce: bigint;
}

/** The DER of a TimeStampReq that asks for the authority's certificate too. */
export function toStampRequest({ sha256, nonce }: StampQuestion): Buffer {
  const algorithm = writeDer(tags.sequence, writeObjectId(sha256Id), writeDer(0x05));
  const imprint = writeDer(tags.sequence, algorithm, writeDer(tags.octetString, sha256));
  const withCertificate = writeDer(tags.boolean, Buffer.of(0xff));
  return writeDer(tags.sequence, writeInteger(1n), imprint, writeInteger(nonce), withCertificate);
}

/** Bits of PKIFailureInfo by their numbers. */
const failures: Readonly<Record<number, string>> = {
  0: 'badAlg',
  2: 'badRequest',
  5: 'badDataFormat',
  14: 'timeNotAvailable',
  15: 'unacceptedPolicy',
  16: 'unacceptedExtension',
  17: 'addInfoNotAvailable',
  25: 'systemFailure',
};

function toFailures(statusInfo: Node): string[] {
  const bits = statusInfo.children.find(({ tag }) => tag === tags.bitString)?.content.subarray(1);
  if (!bits) return [];
  return Object.entries(failures)
    .filter(([bit]) => ((bits[Number(bit) >> 3] ?? 0) & (0x80 >> (Number(bit) & 7))) !== 0)
    .map(([, name]) => name);
}

/**
 * The DER of the token in an answer.
 * @throws Error when the answer is none, or a refusal: then with its status and reasons, never its free text
 */
export function readStampResponse(der: Uint8Array): Buffer {
  const [info, token] = expectTag(parseDer(der, 'the answer'), tags.sequence, 'the answer').children;
  const statusInfo = expectTag(info, tags.sequence, 'the answer');
  const status = toInteger(statusInfo.children[0], 'the answer');
  // 0 granted, 1 granted with modifications.
  if (status !== 0n && status !== 1n)
    throw new Error(`the authority refused: ${[`status ${status}`, ...toFailures(statusInfo)].join(', ')}`);
  return expectTag(token, tags.sequence, 'the answer').bytes;
}
