// The inner part of the offline verifier of exports, pure: reads the lines of a stretch of leaves, shown and covered, in the
// order of the tree. It hashes what stands in a line where it stands; nothing is parsed unless that is asked for.
import { hash } from 'node:crypto';
import { toUtf8 } from './bytes.ts';
import { toCanonical } from './canonical.ts';
import { createDating, type DatedHead, type FoundDates } from './dating.ts';
import {
  type ExportCounts,
  type ExportFormat,
  parseProofLine,
  type ShownLeaf,
  type ShownPurge,
  toCsvRecord,
} from './export-format.ts';
import { hashSealed, parseLeafText } from './leaf.ts';
import { parsePrivatePart } from './receipt.ts';
import { createSubtrees, type HashedSubtree } from './subtrees.ts';
import { hashLeaf } from './tree.ts';
import { createCounts, type Explained, type LeafLine, type SeenPurge } from './verify-counts.ts';

/** The next line without its newline, undefined at the end. The verifier may write into its bytes. */
export type NextLine = () => Buffer | undefined;

/** A stretch of leaves and where its lines come from. */
export interface Stretch {
  readonly from: number;
  /** Undefined: to the end of both. */
  readonly to: number | undefined;
  readonly format: ExportFormat;
  readonly content: NextLine;
  readonly proof: NextLine;
  /** Entries that are said to explain sealed parts that are gone. */
  readonly purges: readonly ShownPurge[];
  /** Whether each leaf and sealed part is parsed too. */
  readonly deep: boolean;
  /** Sizes of trees that are looked for on the way, ascending, each beyond `from`. */
  readonly sizes: readonly number[];
  /** Heads of those sizes and others that somebody dated; leaves are held against them where each is parsed. */
  readonly dated: readonly DatedHead[];
  /** Told now and then how many leaves of it were read. */
  readonly onProgress?: (leaves: number) => void;
}

/** A stretch up to a size within it. */
export interface Edge {
  readonly size: number;
  readonly subtrees: readonly HashedSubtree[];
}

/** What a stretch was found to be. */
export interface VerifiedStretch {
  readonly from: number;
  readonly to: number;
  readonly subtrees: readonly HashedSubtree[];
  /** The subtrees from `from` up to each of the sizes that was looked for. */
  readonly edges: readonly Edge[];
  readonly counts: ExportCounts;
  /** Those of the entries of `purges` that were seen to say so. */
  readonly purges: readonly SeenPurge[];
  /** What is gone by each of `purges`. */
  readonly explained: readonly Explained[];
  /** The first leaf whose sealed part is gone without an entry that says so. */
  readonly missing: number | undefined;
  readonly dates: FoundDates;
}

const indexTag = Buffer.from('{"index":');
const saltTag = Buffer.from(',"salt":"');
const leafTag = Buffer.from(',"leaf":');
const privateTag = Buffer.from(',"private":');
const sealedTag = Buffer.from(',"sealed":"');
const hashText = 44;
const saltBytes = 32;
const [zero, nine, quote, closingBrace] = [0x30, 0x39, 0x22, 0x7d];

const toLineError = (index: number | undefined): Error =>
  new Error(
    index === undefined
      ? 'a line of the entries is not as an export writes it'
      : `the line of leaf ${index} is not as an export writes it`,
  );

function startsAt(line: Buffer, tag: Buffer, at: number): boolean {
  for (let n = 0; n < tag.length; n += 1) if (line[at + n] !== tag[n]) return false;
  return true;
}

/** Reads digits. @returns the number and where it ends */
function readIndex(line: Buffer, at: number): readonly [index: number, end: number] {
  let end = at;
  let index = 0;
  for (let digit = line[end]; digit !== undefined && digit >= zero && digit <= nine; digit = line[end]) {
    index = index * 10 + digit - zero;
    end += 1;
  }
  const isOne = end > at && end - at <= 16 && (line[at] !== zero || end === at + 1);
  if (!isOne || !Number.isSafeInteger(index)) throw toLineError(undefined);
  return [index, end];
}

function checkSeal(index: number, leafSealed: string, sealed: string): void {
  if (leafSealed !== sealed)
    throw new Error(
      `the sealed part of leaf ${index} is not the one that it sealed, or the leaf was altered`,
    );
}

/** SHA-256(0x00 ‖ leaf), of the bytes where they stand; the byte before them is lost. Source: RFC 6962 §2.1. */
function hashLeafIn(line: Buffer, start: number, end: number): Buffer {
  line[start - 1] = 0x00;
  return hash('sha256', line.subarray(start - 1, end), 'buffer');
}

/** SHA-256(salt ‖ text) in base64, of the text where it stands; 32 bytes before it are lost. */
function hashSealedIn(line: Buffer, salt: Buffer, start: number, end: number): string {
  salt.copy(line, start - saltBytes);
  return hash('sha256', line.subarray(start - saltBytes, end), 'base64');
}

/** Where the parts of a line of `entries.ndjson` stand. */
interface Places {
  readonly index: number;
  /** Base64; undefined where nothing sealed is shown. */
  readonly salt: string | undefined;
  readonly leafAt: number;
  readonly leafEnd: number;
  readonly privateAt: number;
  readonly privateEnd: number;
}

function findPlaces(line: Buffer): Places {
  if (!startsAt(line, indexTag, 0)) throw toLineError(undefined);
  const [index, afterIndex] = readIndex(line, indexTag.length);
  const hasSalt = startsAt(line, saltTag, afterIndex);
  const saltAt = afterIndex + saltTag.length;
  const afterSalt = hasSalt ? saltAt + hashText + 1 : afterIndex;
  const leafAt = afterSalt + leafTag.length;
  // No leaf has a member of that name, and within a text its quotes would be escaped.
  const leafEnd = line.indexOf(privateTag, leafAt);
  const privateEnd = line.length - 1;
  const isWhole =
    (!hasSalt || line[afterSalt - 1] === quote) && leafEnd > 0 && line[privateEnd] === closingBrace;
  if (!startsAt(line, leafTag, afterSalt) || !isWhole) throw toLineError(index);
  const salt = hasSalt ? line.toString('latin1', saltAt, saltAt + hashText) : undefined;
  return { index, salt, leafAt, leafEnd, privateAt: leafEnd + privateTag.length, privateEnd };
}

/** What a leaf says it sealed, base64. No text of a leaf holds the name with its quotes unescaped. */
function findSealed(line: Buffer, leafAt: number, leafEnd: number): string {
  const at = line.lastIndexOf(sealedTag, leafEnd) + sealedTag.length;
  return at < leafAt ? '' : line.toString('latin1', at, at + hashText);
}

function readNdjson(line: Buffer, deep: boolean): LeafLine {
  const { index, salt, leafAt, leafEnd, privateAt, privateEnd } = findPlaces(line);
  const text = deep ? line.toString('utf8', leafAt, leafEnd) : undefined;
  if (salt === undefined) {
    const word = line.toString('latin1', privateAt, privateEnd);
    if (word !== '"withheld"' && word !== '"gone"') throw toLineError(index);
    const isGone = word === '"gone"';
    const goneText = text ?? (isGone ? line.toString('utf8', leafAt, leafEnd) : undefined);
    const leafHash = hashLeafIn(line, leafAt, leafEnd);
    const seal = isGone ? 'gone' : 'withheld';
    return { index, hash: leafHash, seal, text: goneText, sealedText: undefined };
  }
  const bytes = Buffer.from(salt, 'base64');
  if (bytes.length !== saltBytes || bytes.toString('base64') !== salt) throw toLineError(index);
  const sealedText = deep ? line.toString('utf8', privateAt, privateEnd) : undefined;
  const sealed = findSealed(line, leafAt, leafEnd);
  const leafHash = hashLeafIn(line, leafAt, leafEnd);
  checkSeal(index, sealed, hashSealedIn(line, bytes, privateAt, privateEnd));
  return { index, hash: leafHash, seal: 'sealed', text, sealedText };
}

/** The fields of a record; a quote within a quoted field stands twice. */
function splitRecord(record: string): string[] {
  const fields = [...record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/gu)];
  return fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

/** Whether the columns for reading are those that are made from the texts that are verified. */
function isCsvOf(line: Buffer, leaf: ShownLeaf): boolean {
  try {
    return Buffer.from(`${toCsvRecord(leaf)}\r`).equals(line);
  } catch {
    return false;
  }
}

function readCsv(line: Buffer): LeafLine {
  const fields = splitRecord(line.toString('utf8', 0, line.length - 1));
  const [text = '', salt = '', sealedText = ''] = fields.slice(-3);
  const [index] = readIndex(Buffer.from(fields[0] ?? ''), 0);
  const word = sealedText === 'gone' || sealedText === 'withheld' ? sealedText : undefined;
  const sealed = word ?? { salt: Buffer.from(salt, 'base64'), text: sealedText };
  if (!isCsvOf(line, { index, text, sealed })) throw toLineError(index);
  if (word === undefined)
    checkSeal(
      index,
      parseLeafText(text).sealed,
      hashSealed(parsePrivatePart({ salt, text: sealedText })).toString('base64'),
    );
  return {
    index,
    hash: hashLeaf(toUtf8(text)),
    seal: word ?? 'sealed',
    text,
    sealedText: word ? undefined : sealedText,
  };
}

function checkDeep({ index, text, sealedText }: LeafLine, dating: ReturnType<typeof createDating>): void {
  if (text !== undefined) dating.look(index, parseLeafText(text));
  if (sealedText !== undefined && toCanonical(JSON.parse(sealedText)) !== sealedText)
    throw new Error(`the sealed part of leaf ${index} is not canonical JSON`);
}

const progressLeaves = 16_384;

/**
 * Reads a stretch: every leaf of it is shown or lies below the hash of a complete subtree.
 * @throws Error that says what does not fit
 */
export function verifyStretch(stretch: Stretch): VerifiedStretch {
  const { from, to = Number.POSITIVE_INFINITY, format, content, proof, deep, onProgress } = stretch;
  const subtrees = createSubtrees(from);
  const counts = createCounts(stretch.purges);
  const sizes = [...stretch.sizes];
  const edges: Edge[] = [];
  const dating = createDating(stretch.dated);
  let toldAt = from;

  function add(subtree: HashedSubtree): void {
    subtrees.add(subtree);
    const [size] = sizes;
    if (size === undefined || size > subtrees.next) return;
    if (size < subtrees.next)
      throw new Error(
        `one hash covers leaves before and after ${size}: only an archive can be compared with that head`,
      );
    edges.push({ size, subtrees: [...subtrees.list()] });
    sizes.shift();
  }

  /** Takes the hashes that cover the leaves before `leaf`. */
  function cover(leaf: number): void {
    while (subtrees.next < leaf) {
      const line = proof();
      if (!line) {
        if (leaf === Number.POSITIVE_INFINITY) return;
        throw new Error(`leaf ${subtrees.next} is neither shown nor covered by a hash`);
      }
      const subtree = parseProofLine(line.toString('utf8'));
      add(subtree);
      counts.covered(2 ** subtree.level);
    }
  }

  for (let line = content(); line; line = content()) {
    const isRead = deep || (stretch.purges.length > 0 && counts.isClaim(toIndex(line, format)));
    const leaf = format === 'csv' ? readCsv(line) : readNdjson(line, isRead);
    cover(leaf.index);
    add({ level: 0, index: leaf.index, hash: leaf.hash });
    counts.shown(leaf);
    if (deep) checkDeep(leaf, dating);
    if (leaf.index - toldAt < progressLeaves) continue;
    toldAt = leaf.index;
    onProgress?.(leaf.index - from);
  }
  cover(to);
  if (to !== Number.POSITIVE_INFINITY && subtrees.next !== to)
    throw new Error(`leaf ${to} is expected to be shown, and a hash covers it`);
  const found = { edges, ...counts.result(), dates: dating.result() };
  return { from, to: subtrees.next, subtrees: subtrees.list(), ...found };
}

/** Which leaf a line of the entries shows. @throws Error when it is no such line */
export function toIndex(line: Buffer, format: ExportFormat): number {
  if (format === 'ndjson' && !startsAt(line, indexTag, 0)) throw toLineError(undefined);
  return readIndex(line, format === 'ndjson' ? indexTag.length : 0)[0];
}
