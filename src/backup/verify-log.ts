// Proves the exchange logs in a backup: the tree is built again from the leaves as they stream by, and every head that was
// ever signed must be its root at that size. Memory: one row of each file, and one hash a level of the tree.
import type { Readable } from 'node:stream';

import { parseCheckpointText } from '../evidence/checkpoint.ts';
import { openNote, type VerifierKey } from '../evidence/note.ts';
import { emptyRoot, hashLeaf, hashNode } from '../evidence/tree.ts';
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
  /** True when signatures were checked too. */
  readonly isSigned: boolean;
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
  readonly key: VerifierKey | undefined;
  readonly rootsAt: ReadonlySet<number>;
}

function checkHead(head: HeadRow, root: Buffer, { origin, key }: LogSources): void {
  const size = Number(head.size);
  const text = key ? openNote(head.note, key) : head.note.slice(0, head.note.indexOf('\n\n') + 1);
  const said = parseCheckpointText(text);
  if (said.origin !== origin || said.size !== size || !said.root.equals(toBytes(head.root)))
    throw new BrokenBackup(`the signed head of ${size} leaves of ${origin} says something else than its row`);
  if (!said.root.equals(root))
    throw new BrokenBackup(
      `the leaves of ${origin} do not have the root that was signed for ${size} of them`,
    );
}

async function proveOne(sources: LogSources): Promise<LogProof> {
  const { origin, entries, nextLeaf, nextHead, key, rootsAt } = sources;
  const roots = new Map<number, Buffer>();
  const tree = createGrowingTree();
  let heads = 0;
  let newest: { readonly size: number; readonly root: Buffer } = { size: 0, root: emptyRoot };
  let head = await nextHead();
  for (;;) {
    for (; head && Number(head.size) === tree.size; head = await nextHead()) {
      newest = { size: tree.size, root: tree.root() };
      checkHead(head, newest.root, sources);
      heads += 1;
    }
    if (rootsAt.has(tree.size)) roots.set(tree.size, tree.root());
    const leaf = await nextLeaf();
    if (!leaf) break;
    const entry = await entries.take();
    if (Number(leaf.leaf_index) !== tree.size || entry?.id !== leaf.entry_id)
      throw new BrokenBackup(`leaf ${tree.size} of ${origin} has no entry in the backup`);
    tree.add(hashLeaf(Buffer.from(entry.text)));
  }
  if (head)
    throw new BrokenBackup(`${head.size} leaves of ${origin} were signed, the backup has ${tree.size}`);
  return {
    origin,
    leaves: tree.size,
    heads,
    ...newest,
    roots,
    isSigned: key !== undefined,
  };
}

/**
 * Proves every log in the backup, oldest first; the last one is the one that was being written.
 * @param rootsAt numbers of leaves whose roots are wanted
 * @param keyOf the key that signs a log, by its origin; undefined: its signatures are not checked
 * @throws BrokenBackup; Error when a signature does not fit
 */
export async function proveLogs(
  backup: FoundBackup,
  key: Buffer,
  keyOf: (origin: string) => VerifierKey | undefined,
  rootsAt: readonly number[] = [],
): Promise<readonly LogProof[]> {
  const open = <Name extends string>(name: string, columns: readonly Name[]) =>
    openRows(backup, key, name, columns);
  const logs = await open('log', ['number', 'origin', 'ended_at']);
  const entries = await open('entry', ['id', 'text']);
  const oldLeaves = await open('old_leaf', ['log', 'leaf_index', 'entry_id']);
  const oldHeads = await open('old_checkpoint', ['log', 'size', 'root', 'note']);
  const leaves = await open('leaf', ['leaf_index', 'entry_id']);
  const heads = await open('checkpoint', ['size', 'root', 'note']);
  const proofs: LogProof[] = [];
  try {
    const all: Row<'number' | 'origin' | 'ended_at'>[] = [];
    for (let row = await logs.take(); row; row = await logs.take()) all.push(row);
    all.sort((one, other) => Number(one.number) - Number(other.number));
    for (const { number, origin, ended_at: endedAt } of all) {
      const ofLog = async <Of extends { readonly log: string }>(source: {
        peek(): Promise<Of | undefined>;
        take(): Promise<Of | undefined>;
      }): Promise<Of | undefined> => ((await source.peek())?.log === number ? source.take() : undefined);
      const isOld = endedAt !== '';
      proofs.push(
        await proveOne({
          ...{ origin, entries, key: keyOf(origin), rootsAt: new Set(rootsAt) },
          nextLeaf: isOld ? () => ofLog(oldLeaves) : () => leaves.take(),
          nextHead: isOld ? () => ofLog(oldHeads) : () => heads.take(),
        }),
      );
    }
    return proofs;
  } finally {
    for (const source of [logs, entries, oldLeaves, oldHeads, leaves, heads]) source.close();
  }
}
