// DER read as a tree of typed nodes, and the few forms that we write. Pure. Source: ITU-T X.690.
import { type BaseBlock, Constructed, fromBER, Integer, ObjectIdentifier } from 'asn1js';

/** Identifier octets that are met here. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific: `[0]`, primitive and constructed. */
  simple0: 0x80,
  inside0: 0xa0,
  inside3: 0xa3,
} as const;

/** One value. */
export interface Node {
  /** The identifier octet. */
  readonly tag: number;
  /** The whole encoding, and what lies behind tag and length. */
  readonly bytes: Buffer;
  readonly content: Buffer;
  readonly children: readonly Node[];
  /** What the library made of it. */
  readonly block: BaseBlock;
}

const limits = { maxDepth: 32, maxNodes: 20_000, parseEmbedded: false };

/** Reads one value that fills all bytes. @throws Error when it is not one, or not with definite lengths */
export function parseDer(bytes: Uint8Array, what: string): Node {
  const { offset, result } = fromBER(bytes, limits);
  if (offset !== bytes.length || bytes.length === 0) throw new Error(`${what} is no DER: ${result.error}`);
  return toNode(result, what);
}

function toNode(block: BaseBlock, what: string): Node {
  if (block.lenBlock.isIndefiniteForm) throw new Error(`${what} is no DER: a length is not stated`);
  const bytes = Buffer.from(block.valueBeforeDecodeView);
  const children = block instanceof Constructed ? block.valueBlock.value : [];
  return {
    ...{ tag: bytes[0] ?? 0, bytes, block },
    content: bytes.subarray(block.idBlock.blockLength + block.lenBlock.blockLength),
    children: children.map((child) => toNode(child, what)),
  };
}

/** The node itself. @throws Error when it is missing or of another kind */
export function expectTag(node: Node | undefined, tag: number, what: string): Node {
  if (node?.tag === tag) return node;
  throw new Error(`${what} is malformed`);
}

/** Dotted text of an object identifier. @throws Error when it is none */
export function toObjectId(node: Node | undefined, what: string): string {
  if (node?.block instanceof ObjectIdentifier) return node.block.getValue();
  throw new Error(`${what} is malformed`);
}

/** @throws Error when it is no integer */
export function toInteger(node: Node | undefined, what: string): bigint {
  if (node?.block instanceof Integer && node.tag === tags.integer) return node.block.toBigInt();
  throw new Error(`${what} is malformed`);
}

/** A value of that tag. */
export function writeDer(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** A whole number that is not negative. */
export function writeInteger(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  // The first bit is the sign.
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return writeDer(tags.integer, isNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** An object identifier of dotted text. */
export const writeObjectId = (dotted: string): Buffer =>
  Buffer.from(new ObjectIdentifier({ value: dotted }).toBER());
