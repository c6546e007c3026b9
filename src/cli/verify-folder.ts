// Verifies the folder of an export: opens its files, shares the work among threads, and puts together what they found.
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Checkpoint } from '../evidence/checkpoint.ts';
import { csvHead, type ExportedFile, exportFiles, parseProofLine } from '../evidence/export-format.ts';
import type { HashedSubtree } from '../evidence/subtrees.ts';
import { toIndex, type VerifiedStretch } from '../evidence/verify-cover.ts';
import {
  type ExportVerdict,
  openKeptHead,
  openManifest,
  type SignedExport,
  verifyExport,
} from '../evidence/verify-export.ts';
import { type FileStretch, findLineStart, nextLineStart, openLines } from './line-file.ts';
import { readText } from './read-text.ts';
import { type Part, verifyPart } from './verify-part.ts';
import type { WorkerMessage } from './verify-worker.ts';

/** How an export is verified. */
export interface FolderOptions {
  readonly logKey: string;
  readonly deep: boolean;
  /** Heads that were kept: signed notes. */
  readonly heads?: readonly string[];
  /** Verifier keys of witnesses. */
  readonly witnesses?: readonly string[];
  /** Told how many leaves were read, of how many. */
  readonly onProgress?: (done: number, of: number) => void;
  /** Default: as many as there are processors. */
  readonly threads?: number;
  /** Less content than that is not worth a thread; default 4 MiB. */
  readonly threadBytes?: number;
}

/** A thread reads no TypeScript: where this is not compiled, the parts follow each other. */
const isCompiled = import.meta.url.endsWith('.js');

async function hashFile(name: string, path: string): Promise<ExportedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

const lineAt = (file: FileStretch, from: number): Buffer => {
  const line = openLines({ ...file, from })();
  if (!line) throw new Error('the file ends where a line is expected');
  return line;
};

/** Bytes before the first record. @throws Error when a CSV does not begin as it must */
function toHeadBytes(fd: number, isCsv: boolean): number {
  if (!isCsv) return 0;
  const head = Buffer.from(csvHead);
  const found = Buffer.alloc(head.length);
  readSync(fd, found, 0, found.length, 0);
  if (!found.equals(head)) throw new Error(`${exportFiles.csv} does not begin with the names of its columns`);
  return head.length;
}

/** Cuts both files at the same leaves. */
function toParts(
  folder: string,
  { manifest }: SignedExport,
  { deep, threads = availableParallelism(), threadBytes = 4_194_304 }: FolderOptions,
  heads: readonly Checkpoint[],
): Part[] {
  const contentName = manifest.files[0]?.name ?? '';
  const format = contentName === exportFiles.csv ? 'csv' : 'ndjson';
  const [contentPath, proofPath] = [join(folder, contentName), join(folder, exportFiles.proof)];
  const [contentFd, proofFd] = [openSync(contentPath, 'r'), openSync(proofPath, 'r')];
  try {
    const head = toHeadBytes(contentFd, format === 'csv');
    const content = { fd: contentFd, from: head, to: statSync(contentPath).size };
    const proof = { fd: proofFd, from: 0, to: statSync(proofPath).size };
    const count = Math.max(1, Math.min(threads, Math.floor((content.to - head) / threadBytes)));
    const starts = Array.from({ length: count }, (_, at) =>
      nextLineStart(content, head + Math.floor(((content.to - head) * at) / count)),
    );
    const cuts = [...new Set(starts)].filter((start) => start < content.to || start === head);
    const firsts = cuts.map((cut, at) => (at === 0 ? 0 : toIndex(lineAt(content, cut), format)));
    const proofCuts = firsts.map((first, at) =>
      at === 0 ? 0 : findLineStart(proof, (line) => toFirst(line) >= first),
    );
    const sizes = [...new Set(heads.map(({ size }) => size))].toSorted((one, other) => one - other);
    const isIn = (at: number) => (size: number) =>
      size > (firsts[at] ?? 0) && size <= (firsts[at + 1] ?? Number.POSITIVE_INFINITY);
    return cuts.map((from, at) => ({
      ...{
        from: firsts[at] ?? 0,
        to: firsts[at + 1],
        format,
        purges: manifest.purges,
        deep,
        sizes: sizes.filter(isIn(at)),
      },
      content: { path: contentPath, from, to: cuts[at + 1] ?? content.to },
      proof: { path: proofPath, from: proofCuts[at] ?? 0, to: proofCuts[at + 1] ?? proof.to },
    }));
  } finally {
    closeSync(contentFd);
    closeSync(proofFd);
  }
}

function toFirst(line: Buffer): number {
  const { index, level } = parseProofLine(line.toString('utf8'));
  return index * 2 ** level;
}

/** A clone has plain arrays for the hashes. */
const withBuffers = (found: VerifiedStretch): VerifiedStretch => {
  const restore = (subtrees: readonly HashedSubtree[]) =>
    subtrees.map((subtree) => ({ ...subtree, hash: Buffer.from(subtree.hash) }));
  const edges = found.edges.map(({ size, subtrees }) => ({ size, subtrees: restore(subtrees) }));
  return { ...found, edges, subtrees: restore(found.subtrees) };
};

/** Runs a part in a thread. @throws Error that says what does not fit */
function runThread(part: Part, onProgress: (leaves: number) => void): Promise<VerifiedStretch> {
  const worker = new Worker(new URL('./verify-worker.js', import.meta.url), { workerData: part });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('leaves' in message) onProgress(message.leaves);
      else if ('found' in message) resolve(withBuffers(message.found));
      else reject(new Error(message.refused));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('a thread of the verifier ended early')));
  });
}

/**
 * Verifies an export or an archive, which is one that leaves nothing out.
 * @throws UsageError when one of its files cannot be read
 * @throws Error that says what does not fit
 */
export async function verifyFolder(folder: string, options: FolderOptions): Promise<ExportVerdict> {
  const { logKey, deep, onProgress = () => undefined } = options;
  const [manifest, signature] = [exportFiles.manifest, exportFiles.signature].map((name) =>
    readText(join(folder, name)),
  );
  const signed = openManifest(manifest ?? '', signature ?? '', logKey);
  const heads = (options.heads ?? []).map((note) => openKeptHead(note, logKey));
  const parts = toParts(folder, signed, options, heads);
  const done = parts.map(() => 0);
  const tell = (at: number) => (leaves: number) => {
    done[at] = leaves;
    onProgress(
      done.reduce((sum, one) => sum + one, 0),
      signed.checkpoint.size,
    );
  };
  const run = parts.length > 1 && isCompiled ? runThread : verifyPart;
  const finding = Promise.all(parts.map(async (part, at) => run(part, tell(at))));
  const hashing = Promise.all(signed.manifest.files.map(({ name }) => hashFile(name, join(folder, name))));
  const [stretches, files] = await Promise.all([finding, hashing]);
  return verifyExport(signed, stretches, files, deep, heads, options.witnesses);
}
