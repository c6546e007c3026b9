// Exports made in memory from invented leaves, and their verification without any file, for the tests of the verifier.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import {
  csvHead,
  type ExportedFile,
  type ExportFormat,
  exportFiles,
  type Manifest,
  type ShownPurge,
  type ShownSeal,
  toContentLine,
  toCsvRecord,
  toProofLine,
  toSignatureText,
} from '../../src/evidence/export-format.ts';
import { type SealedPart, toLeaf, toPrivateText } from '../../src/evidence/leaf.ts';
import { toManifestText } from '../../src/evidence/manifest.ts';
import { signNote } from '../../src/evidence/note.ts';
import { parseRuns } from '../../src/evidence/purged.ts';
import { coverOf, hashLeaf, rootOf } from '../../src/evidence/tree.ts';
import { verifyStretch } from '../../src/evidence/verify-cover.ts';
import { type ExportVerdict, openManifest, verifyExport } from '../../src/evidence/verify-export.ts';
import { keys, logKey, logVerifierKey, origin, someFacts, somePrivate } from './support.ts';

/** A leaf of an invented log. */
export interface MadeLeaf {
  readonly text: string;
  readonly sealed: SealedPart;
}

const time = { at: new Date('2026-11-23T08:00:00.123Z'), databaseAt: new Date('2026-11-23T08:00:00.120Z') };
/** An exchange id of a month, `yyyy-MM`. */
const someIdOf = (month: string): string =>
  uuidv7({ msecs: new Date(`${month}-05T00:00:00.000Z`).getTime() });
const sealAny = (): SealedPart => ({ salt: randomBytes(32), text: toPrivateText(somePrivate, keys.month) });

/** Any leaf. @param at its time @param month of its exchange, by the id; default: that of its time */
export function someMadeLeaf(at = time.at, month = at.toISOString().slice(0, 7)): MadeLeaf {
  const sealed = sealAny();
  const part = { outcome: 'answered', status: 200 } as const;
  const facts = someFacts({ exchangeId: someIdOf(month) });
  return { text: toLeaf('closed', facts, { at, databaseAt: at }, part, sealed).text, sealed };
}

/** The entry that says of leaves that their sealed parts were purged. */
export function purgeLeaf(purge: Omit<ShownPurge, 'entry'>, month = '2026-01'): MadeLeaf {
  const sealed = sealAny();
  const { class: name, leaves } = purge;
  const runs = parseRuns(leaves);
  const about = {
    ...{
      class: name,
      leaves,
      month,
      entries: runs.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    },
    ...{ firstLeaf: runs[0]?.first ?? 0, lastLeaf: runs.at(-1)?.last ?? 0 },
  };
  const part = { notice: 'purged', about } as const;
  return { text: toLeaf('notice', someFacts(), time, part, sealed).text, sealed };
}

/** What a made export is to show. */
export interface Wanted {
  readonly leaves: readonly MadeLeaf[];
  /** Which leaves are shown. */
  readonly isShown: (index: number) => boolean;
  readonly sealOf?: (index: number) => ShownSeal;
  readonly format?: ExportFormat;
  readonly purges?: readonly ShownPurge[];
  /** Lines of other signatures over the text of the checkpoint. */
  readonly cosign?: (text: string) => string;
}

/** An export in memory. */
export interface MadeExport {
  readonly manifest: string;
  readonly signature: string;
  readonly content: Buffer;
  readonly proof: Buffer;
}

const toFile = (name: string, bytes: Buffer): ExportedFile => ({
  ...{ name, bytes: bytes.length },
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** The lines of both files. */
function toLines({ leaves, isShown, sealOf, format = 'ndjson' }: Wanted, hashes: readonly Buffer[]) {
  const content: string[] = [];
  const proof: string[] = [];
  let gapFrom = 0;
  const cover = (to: number): void => {
    for (const subtree of coverOf({ from: gapFrom, to })) {
      const width = 2 ** subtree.level;
      const hash = rootOf(hashes.slice(subtree.index * width, (subtree.index + 1) * width));
      proof.push(toProofLine({ ...subtree, hash }));
    }
  };
  for (const [index, leaf] of leaves.entries()) {
    if (!isShown(index)) continue;
    cover(index);
    gapFrom = index + 1;
    const line = { index, text: leaf.text, sealed: sealOf?.(index) ?? leaf.sealed };
    content.push(format === 'csv' ? `${toCsvRecord(line)}\r\n` : `${toContentLine(line)}\n`);
  }
  cover(leaves.length);
  return { content, proof: proof.map((line) => `${line}\n`) };
}

/** Makes an export of a tree. */
export function makeExport(wanted: Wanted): MadeExport {
  const { leaves, isShown, sealOf, format = 'ndjson', purges = [], cosign = () => '' } = wanted;
  const hashes = leaves.map(({ text }) => hashLeaf(Buffer.from(text)));
  const lines = toLines(wanted, hashes);
  const content = Buffer.from(`${format === 'csv' ? csvHead : ''}${lines.content.join('')}`);
  const proof = Buffer.from(lines.proof.join(''));
  const shown = leaves.map((_, index) => index).filter(isShown);
  const count = (seal: string): number => shown.filter((index) => sealOf?.(index) === seal).length;
  const [withheld, gone] = [count('withheld'), count('gone')];
  const note = toCheckpointText({ origin, size: leaves.length, root: rootOf(hashes) });
  const manifest: Manifest = {
    format: 'lgsp-export/1',
    exchange: '019d0000-0000-7000-8000-000000000001',
    requestedAt: '2026-11-23T08:00:00.000Z',
    madeAt: '2026-11-23T08:01:00.000Z',
    ...{ officer: 'officer-1', reason: 'test', fileNumber: 'VV-1', unit: null, filters: {}, purges },
    counts: {
      ...{ shown: shown.length, covered: leaves.length - shown.length },
      ...{ sealed: shown.length - withheld - gone, withheld, gone },
    },
    files: [toFile(exportFiles[format], content), toFile(exportFiles.proof, proof)],
    checkpoint: `${signNote(note, origin, logKey)}${cosign(note)}`,
  };
  return { ...signManifest(manifest), content, proof };
}

/** Writes an export as files of a folder, which is made. */
export function writeExport(folder: string, wanted: Wanted): void {
  const made = makeExport(wanted);
  mkdirSync(folder);
  writeFileSync(join(folder, exportFiles.manifest), made.manifest);
  writeFileSync(join(folder, exportFiles.signature), made.signature);
  writeFileSync(join(folder, exportFiles[wanted.format ?? 'ndjson']), made.content);
  writeFileSync(join(folder, exportFiles.proof), made.proof);
}

/** The manifest with the signature of the log under test. */
export function signManifest(manifest: Manifest): Pick<MadeExport, 'manifest' | 'signature'> {
  const text = toManifestText(manifest);
  const { sha256 } = toFile('', Buffer.from(text));
  return { manifest: text, signature: signNote(toSignatureText(manifest.exchange, sha256), origin, logKey) };
}

function toNextLine(bytes: Buffer, from: number): () => Buffer | undefined {
  let at = from;
  return () => {
    if (at >= bytes.length) return undefined;
    const end = bytes.indexOf('\n', at);
    if (end < 0) throw new Error('the last line of a file is cut off');
    // A copy: the verifier writes into it.
    const line = Buffer.from(bytes.subarray(at, end));
    at = end + 1;
    return line;
  };
}

/**
 * Verifies an export in memory. The SHA-256 of its files is not compared, so that everything else must find what was altered.
 * @throws Error that says what does not fit
 */
export function verifyMade(made: MadeExport, deep = false, witnesses: readonly string[] = []): ExportVerdict {
  const signed = openManifest(made.manifest, made.signature, logVerifierKey, witnesses);
  const isCsv = signed.manifest.files[0]?.name === exportFiles.csv;
  const stretch = verifyStretch({
    ...{ from: 0, to: undefined, format: isCsv ? 'csv' : 'ndjson', deep, sizes: [], dated: [] },
    content: toNextLine(made.content, isCsv ? Buffer.byteLength(csvHead) : 0),
    proof: toNextLine(made.proof, 0),
    purges: signed.manifest.purges,
  });
  return verifyExport(signed, [stretch], signed.manifest.files, deep);
}
