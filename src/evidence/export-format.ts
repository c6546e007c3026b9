// The files of an export, pure: one line for a leaf that is shown, one for a complete subtree that is covered by its hash, and
// the manifest. A line has exactly one spelling, so that no altered byte goes unseen.
import { parseHash } from './bytes.ts';
import { type PublicPart, parseLeafText, type SealedPart } from './leaf.ts';
import { toPurge, toRunsText } from './purged.ts';
import type { HashedSubtree } from './subtrees.ts';

/** File names of an export. */
export const exportFiles = {
  ndjson: 'entries.ndjson',
  csv: 'entries.csv',
  proof: 'proof.ndjson',
  manifest: 'manifest.json',
  /** A signed note: the SHA-256 of the manifest under the log's key. */
  signature: 'manifest.note',
} as const;

/** Of content. */
export type ExportFormat = 'ndjson' | 'csv';

/** What a leaf sealed; or that the reader is not entitled to it, or that the hub no longer has it. */
export type ShownSeal = SealedPart | 'withheld' | 'gone';

/** A leaf that is shown. */
export interface ShownLeaf {
  readonly index: number;
  /** The canonical text that is the leaf. */
  readonly text: string;
  readonly sealed: ShownSeal;
}

/** A line of `entries.ndjson`, without its newline: leaf and sealed part stand in it byte for byte. */
export function toContentLine({ index, text, sealed }: ShownLeaf): string {
  if (typeof sealed === 'string') return `{"index":${index},"leaf":${text},"private":"${sealed}"}`;
  const salt = sealed.salt.toString('base64');
  return `{"index":${index},"salt":"${salt}","leaf":${text},"private":${sealed.text}}`;
}

const textColumns = [
  'exchange',
  'kind',
  'at',
  'system',
  'owningUnit',
  'actingUnit',
  'service',
  'operation',
  'grant',
  'outcome',
  'status',
  'problem',
  'step',
] as const satisfies readonly (keyof PublicPart)[];
const sealedColumns = ['officer', 'purpose', 'case', 'result'] as const;

/** What `entries.csv` begins with: a mark of UTF-8 and the names of the columns. */
export const csvHead = `\uFEFF${['index', ...textColumns, ...sealedColumns, 'leaf', 'salt', 'private'].join(',')}\r\n`;

/** A field as RFC 4180 has it; what a spreadsheet would take for a formula gets an apostrophe before it. */
function toField(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = /^[=+\-@\t\r]/u.test(String(value)) ? `'${String(value)}` : String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const toMembers = (text: string): ReadonlyMap<string, unknown> => new Map(Object.entries(JSON.parse(text)));

/** A record of `entries.csv`, without its line end: columns to be read, and the exact texts to be verified. */
export function toCsvRecord({ index, text, sealed }: ShownLeaf): string {
  const leaf = toMembers(text);
  const shown = typeof sealed === 'string' ? undefined : sealed;
  const inside = shown ? toMembers(shown.text) : undefined;
  return [
    String(index),
    ...textColumns.map((name) => toField(leaf.get(name))),
    ...sealedColumns.map((name) => toField(inside?.get(name))),
    toField(text),
    shown?.salt.toString('base64') ?? '',
    toField(shown?.text ?? sealed),
  ].join(',');
}

/** A line of `proof.ndjson`, without its newline. */
export const toProofLine = ({ level, index, hash }: HashedSubtree): string =>
  `{"first":${index * 2 ** level},"leaves":${2 ** level},"hash":"${hash.toString('base64')}"}`;

/** Reads a line of `proof.ndjson`. @throws Error when it is not exactly what `toProofLine` writes */
export function parseProofLine(line: string): HashedSubtree {
  const [, first = '', leaves = '', base64 = ''] =
    /^\{"first":(0|[1-9]\d{0,15}),"leaves":([1-9]\d{0,15}),"hash":"([^"]+)"\}$/u.exec(line) ?? [];
  const level = Math.log2(Number(leaves));
  const index = Number(first) / Number(leaves);
  if (base64 === '' || !Number.isInteger(level) || !Number.isSafeInteger(index))
    throw new Error('a line of the proof is not the hash of a complete subtree');
  return { level, index, hash: parseHash(base64) };
}

/** A file of an export. */
export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** An entry "purged" that is shown and says why sealed parts are gone. */
export interface ShownPurge {
  /** Index of its leaf. */
  readonly entry: number;
  readonly class: string;
  /** Exactly which leaves, as the entry writes them: `3-5,9`. */
  readonly leaves: string;
}

/** How many leaves are shown and covered, and what became of the sealed parts of those shown. */
export interface ExportCounts {
  readonly shown: number;
  readonly covered: number;
  readonly sealed: number;
  readonly withheld: number;
  readonly gone: number;
}

/** What an export says of itself. */
export interface Manifest {
  readonly format: 'lgsp-export/1';
  /** The exchange that asked for it. */
  readonly exchange: string;
  readonly requestedAt: string;
  readonly madeAt: string;
  readonly officer: string | null;
  readonly reason: string;
  readonly fileNumber: string;
  /** The acting unit that is all the reader sees; null for the province. */
  readonly unit: string | null;
  readonly filters: Readonly<Record<string, string>>;
  readonly counts: ExportCounts;
  readonly purges: readonly ShownPurge[];
  /** Content, then proof. */
  readonly files: readonly ExportedFile[];
  /** The signed note of the whole tree, with the cosignatures that it had. */
  readonly checkpoint: string;
}

/**
 * The facts of a leaf "purged" about leaves of its own log; undefined for any other.
 * @throws Error when it is no leaf of version 1, or contradicts itself
 */
export function toShownPurge(index: number, text: string): ShownPurge | undefined {
  const purge = toPurge({ index, leaf: parseLeafText(text) });
  if (!purge || purge.log !== undefined) return undefined;
  return { entry: index, class: purge.class, leaves: toRunsText(purge.runs) };
}

/** The text of the note that signs a manifest. No checkpoint's: its first line is no log's name. */
export const toSignatureText = (exchange: string, sha256: string): string =>
  `lgsp export manifest\n${exchange}\n${sha256}\n`;
