// Proves the exchange logs in a backup: the tree is built again from the leaves as they stream by, and every head that was
// ever signed must be its root at that size. Memory: one row of each file, and one hash a level of the tree.
import type { Readable } from 'node:stream';

import { parseCheckpointText } from '../evidence/checkpoint.ts';
import { parseNote, parseVerifierKey, renameKey, type VerifierKey } from '../evidence/note.ts';
import { emptyRoot, hashLeaf, hashNode } from '../evidence/tree.ts';
import { followSigners, type LogSigners, readNotice, toBareKey } from './log-signers.ts';
import { BrokenBackup, type FoundBackup, type TableEntry } from './manifest.ts';
import { createRowReader, toLines } from './rows.ts';
import { readSealed } from './sealed-files.ts';

/** A tree that grows leaf by leaf. Source: RFC 6962 §2.1. */
export function createGrowingTree() {
  /** Complete subtrees from left to right, each larger than the next. */
  const peaks: { readonly width: number; readonly hash: Buffer }[] = [];
  let size = 0;
  return {
    add(leafHash: Buffer): void {
      let peak = { width: 1, hash: leafHash };
      for (let last = peaks.at(-1); last?.width === peak.width; last = peaks.at(-1)) {
        peak = { width: peak.width * 2, hash: hashNode(last.hash, peak.hash) };
        peaks.pop();
      }
      peaks.push(peak);
      size += 1;
    },
    get size() {
      return size;
    },
    root: (): Buffer =>
      size === 0
        ? emptyRoot
        : peaks.map(({ hash }) => hash).reduceRight((right, left) => hashNode(left, right)),
  };
}

/** What was proved of one log. */
export interface LogProof {
  readonly origin: string;
  readonly leaves: number;
  readonly heads: number;
  /** The newest signed head. */
  readonly size: number;
  readonly root: Buffer;
  /** Roots over so many leaves, where they were asked for. */
  readonly roots: ReadonlyMap<number, Buffer>;
  /** True when the heads are signed by keys that follow from one that is trusted, or are named by a log that is. */
  readonly isSigned: boolean;
  /** Keys that signed, one after the other; 0: it is not known who did. */
  readonly keys: number;
  /** Heads that only later ones vouch for: the key that signed them was lost. */
  readonly unsigned: number;
}

type Row<Name extends string> = Readonly<Record<Name, string>>;

/** Reads the rows of one file one after the other. */
class RowSource<Name extends string> {
  #stream: Readable;
  #lines: AsyncGenerator<string>;
  #read: (line: string) => Row<Name>;
  #next: Row<Name> | undefined;

  constructor(stream: Readable, read: (line: string) => Row<Name>) {
    this.#stream = stream;
    this.#lines = toLines(stream);
    this.#read = read;
  }
  /** The row that comes next; it stays. */
  async peek(): Promise<Row<Name> | undefined> {
    if (this.#next) return this.#next;
    const { value, done } = await this.#lines.next();
    this.#next = done ? undefined : this.#read(value);
    return this.#next;
  }
  async take(): Promise<Row<Name> | undefined> {
    const row = await this.peek();
    this.#next = undefined;
    return row;
  }
  /** Ends the reading, be it before its end. */
  close(): void {
    this.#stream.destroy();
  }
}

const findTable = ({ manifest }: FoundBackup, name: string): TableEntry => {
  const table = manifest.tables.find((each) => each.name === name);
  if (!table) throw new BrokenBackup(`the backup has no table ${name}`);
  return table;
};

async function openRows<Name extends string>(
  backup: FoundBackup,
  key: Buffer,
  name: string,
  columns: readonly Name[],
): Promise<RowSource<Name>> {
  const table = findTable(backup, name);
  const stream = await readSealed(backup.folder, table, key);
  return new RowSource(stream, createRowReader(table.columns, columns));
}

/** The hash of a `bytea` in COPY's text: `\x` and hexadecimal digits. */
const toBytes = (text: string): Buffer => Buffer.from(text.slice(2), 'hex');

interface LeafRow {
  readonly leaf_index: string;
  readonly entry_id: string;
}
interface HeadRow {
  readonly size: string;
  readonly root: string;
  readonly note: string;
}

interface LogSources {
  readonly origin: string;
  readonly entries: RowSource<'id' | 'text'>;
  readonly nextLeaf: () => Promise<LeafRow | undefined>;
  readonly nextHead: () => Promise<HeadRow | undefined>;
  /** Its first key, by the note of its first head; undefined: nobody knows it. */
  readonly findFirst: (note: string) => VerifierKey | undefined;
  readonly rootsAt: ReadonlySet<number>;
}

/** What was proved of one log, and by which it is linked to others. */
interface LinkedProof extends LogProof {
  readonly signers: LogSigners | undefined;
  /** What its notices `restored` say of earlier logs. */
  readonly restored: readonly Readonly<Record<string, unknown>>[];
}

function checkHead(head: HeadRow, root: Buffer, text: string, origin: string): void {
  const size = Number(head.size);
  const said = parseCheckpointText(text);
  if (said.origin !== origin || said.size !== size || !said.root.equals(toBytes(head.root)))
    throw new BrokenBackup(`the signed head of ${size} leaves of ${origin} says something else than its row`);
  if (!said.root.equals(root))
    throw new BrokenBackup(
      `the leaves of ${origin} do not have the root that was signed for ${size} of them`,
    );
}

async function proveOne(sources: LogSources): Promise<LinkedProof> {
  const { origin, entries, nextLeaf, nextHead, findFirst, rootsAt } = sources;
  const roots = new Map<number, Buffer>();
  const restored: Readonly<Record<string, unknown>>[] = [];
  const tree = createGrowingTree();
  let heads = 0;
  let newest: { readonly size: number; readonly root: Buffer } = { size: 0, root: emptyRoot };
  let head = await nextHead();
  const first = head && findFirst(head.note);
  const signers = first && followSigners(first);
  for (;;) {
    for (; head && Number(head.size) === tree.size; head = await nextHead()) {
      newest = { size: tree.size, root: tree.root() };
      checkHead(head, newest.root, signers?.open(head.note) ?? parseNote(head.note).text, origin);
      heads += 1;
    }
    if (rootsAt.has(tree.size)) roots.set(tree.size, tree.root());
    const leaf = await nextLeaf();
    if (!leaf) break;
    const entry = await entries.take();
    if (Number(leaf.leaf_index) !== tree.size || entry?.id !== leaf.entry_id)
      throw new BrokenBackup(`leaf ${tree.size} of ${origin} has no entry in the backup`);
    tree.add(hashLeaf(Buffer.from(entry.text)));
    signers?.see(entry.text);
    const about = readNotice(entry.text, 'restored')?.about;
    if (about) restored.push(about);
  }
  if (head)
    throw new BrokenBackup(`${head.size} leaves of ${origin} were signed, the backup has ${tree.size}`);
  const said = { keys: signers?.believed.size ?? 0, unsigned: signers?.unsigned ?? heads, isSigned: false };
  return { origin, leaves: tree.size, heads, ...newest, roots, ...said, signers, restored };
}

/** Whether a log is vouched for by one that follows it, or follows one that is vouched for. */
function isLinked(proof: LinkedProof, other: LinkedProof): boolean {
  const { signers, size, root, origin } = proof;
  const isNamed = other.restored.some(
    ({ oldOrigin, restoredSize, restoredRoot }) =>
      oldOrigin === origin && restoredSize === size && restoredRoot === root.toString('base64'),
  );
  const follows =
    signers?.first !== undefined &&
    other.signers?.last.has(signers.first) === true &&
    other.signers.believed.has(signers.first);
  return isNamed || follows;
}

/**
 * Says which logs are signed by whom one trusts: begins where a trusted key signed, and goes from log to log.
 * @throws BrokenBackup when one of them is not
 */
function checkTrust(proofs: readonly LinkedProof[], trusted: readonly VerifierKey[]): readonly LogProof[] {
  const bare = trusted.map(({ key }) => toBareKey(key));
  const sure = new Set(proofs.filter(({ signers }) => bare.some((key) => signers?.believed.has(key))));
  for (let before = -1; before < sure.size; ) {
    before = sure.size;
    for (const proof of proofs) if ([...sure].some((other) => isLinked(proof, other))) sure.add(proof);
  }
  const stranger =
    trusted.length > 0 ? proofs.find((proof) => !sure.has(proof) && proof.heads > 0) : undefined;
  if (stranger)
    throw new BrokenBackup(`the heads of ${stranger.origin} are not signed by a key that is trusted here`);
  return proofs.map(({ signers: _, restored: __, ...proof }) => ({
    ...proof,
    isSigned: trusted.length > 0,
  }));
}

type Take<Of> = { peek(): Promise<Of | undefined>; take(): Promise<Of | undefined> };

async function takeAll<Of>(source: Take<Of>): Promise<Of[]> {
  const all: Of[] = [];
  for (let row = await source.take(); row; row = await source.take()) all.push(row);
  return all;
}

/** Finds the first key of a log: the one that the table knows, else one of the trusted that signed its first head. */
const toFirstKey =
  (origin: string, known: readonly VerifierKey[], trusted: readonly VerifierKey[]) =>
  (note: string): VerifierKey | undefined =>
    known.find(({ name }) => name === origin) ??
    trusted.map((key) => renameKey(key, origin)).find((key) => parseNote(note).signaturesOf(key).length > 0);

/**
 * Proves every log in the backup, oldest first; the last one is the one that was being written.
 * @param trusted keys of the hub's logs, of any name, one of which is to have signed; none: it is not asked who signed
 * @param rootsAt numbers of leaves whose roots are wanted
 * @throws BrokenBackup
 */
export async function proveLogs(
  backup: FoundBackup,
  key: Buffer,
  trusted: readonly VerifierKey[],
  rootsAt: readonly number[] = [],
): Promise<readonly LogProof[]> {
  const open = <Name extends string>(name: string, columns: readonly Name[]) =>
    openRows(backup, key, name, columns);
  const logs = await open('log', ['number', 'origin', 'ended_at']);
  const logKeys = await open('log_key', ['key', 'number', 'added_in']);
  const entries = await open('entry', ['id', 'text']);
  const oldLeaves = await open('old_leaf', ['log', 'leaf_index', 'entry_id']);
  const oldHeads = await open('old_checkpoint', ['log', 'size', 'root', 'note']);
  const leaves = await open('leaf', ['leaf_index', 'entry_id']);
  const heads = await open('checkpoint', ['size', 'root', 'note']);
  const proofs: LinkedProof[] = [];
  const byNumber = (one: { readonly number: string }, other: { readonly number: string }): number =>
    Number(one.number) - Number(other.number);
  try {
    const known = (await takeAll(logKeys))
      .sort(byNumber)
      .filter(({ added_in: addedIn }) => addedIn === '')
      .map((row) => parseVerifierKey(row.key));
    for (const { number, origin, ended_at: endedAt } of (await takeAll(logs)).sort(byNumber)) {
      const ofLog = async <Of extends { readonly log: string }>(source: Take<Of>): Promise<Of | undefined> =>
        (await source.peek())?.log === number ? source.take() : undefined;
      const isOld = endedAt !== '';
      proofs.push(
        await proveOne({
          ...{ origin, entries, rootsAt: new Set(rootsAt) },
          findFirst: toFirstKey(origin, known, trusted),
          nextLeaf: isOld ? () => ofLog(oldLeaves) : () => leaves.take(),
          nextHead: isOld ? () => ofLog(oldHeads) : () => heads.take(),
        }),
      );
    }
    return checkTrust(proofs, trusted);
  } finally {
    for (const source of [logs, logKeys, entries, oldLeaves, oldHeads, leaves, heads]) source.close();
  }
}
