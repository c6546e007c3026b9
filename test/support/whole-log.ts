// The whole exchange log as a hostile auditor reads it: the tree built again from its leaves by other code than the
// hub's, the life of each exchange, and what callers and source say against what is written.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { hashSealed, type PublicPart, parseLeafText } from '../../src/evidence/leaf.ts';
import { openNote, parseVerifierKey } from '../../src/evidence/note.ts';
import type { JournalLine } from './journal.ts';
import type { GivenAnswer } from './load.ts';

/** An entry with its place. */
export interface LoggedEntry {
  readonly exchangeId: string;
  readonly kind: string;
  readonly leaf: PublicPart;
  readonly leafHash: string;
  readonly leafIndex: number;
  /** The database's clock when it was written, epoch milliseconds with fractions. */
  readonly recordedMs: number;
  readonly sealed: string;
}

/** The log once nothing waits any more. */
export interface WholeLog {
  /** In the order of the tree. */
  readonly entries: readonly LoggedEntry[];
  readonly exchanges: ReadonlyMap<string, readonly LoggedEntry[]>;
  /** Signed heads, smallest first. */
  readonly notes: readonly string[];
}

interface EntryRow {
  readonly exchange_id: string;
  readonly kind: string;
  readonly text: string;
  readonly leaf_hash: Buffer;
  readonly leaf_index: string | null;
  readonly recorded_ms: number;
  readonly salt: Buffer;
  readonly sealed: string;
}

function toLoggedEntry(row: EntryRow): LoggedEntry {
  const leaf = parseLeafText(row.text);
  assert.ok(row.leaf_index !== null, 'an entry has no place in the tree');
  assert.equal(leaf.exchange, row.exchange_id);
  assert.equal(leaf.kind, row.kind);
  assert.equal(hashSealed({ salt: row.salt, text: row.sealed }).toString('base64'), leaf.sealed);
  const leafHash = createHash('sha256').update(Buffer.of(0)).update(row.text).digest('base64');
  assert.equal(row.leaf_hash.toString('base64'), leafHash);
  return {
    exchangeId: row.exchange_id,
    kind: row.kind,
    leaf,
    leafHash,
    leafIndex: Number(row.leaf_index),
    recordedMs: row.recorded_ms,
    sealed: row.sealed,
  };
}

/** Reads everything; every entry must have exactly one place, without gaps. */
export async function readWholeLog(owner: pg.Pool): Promise<WholeLog> {
  const { rows } = await owner.query<EntryRow>(
    `SELECT e.exchange_id, e.kind, e.text, e.leaf_hash, l.leaf_index, p.salt, p.text AS sealed,
       (extract(epoch FROM e.recorded_at) * 1000)::float8 AS recorded_ms
     FROM entry e LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
     ORDER BY l.leaf_index`,
  );
  const entries = rows.map(toLoggedEntry);
  for (const [index, { leafIndex }] of entries.entries()) assert.equal(leafIndex, index);
  const exchanges = new Map<string, LoggedEntry[]>();
  for (const entry of entries)
    exchanges.set(entry.exchangeId, [...(exchanges.get(entry.exchangeId) ?? []), entry]);
  const heads = await owner.query<{ note: string }>('SELECT note FROM checkpoint ORDER BY size');
  return { entries, exchanges, notes: heads.rows.map(({ note }) => note) };
}

const hashPair = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();

interface Peak {
  readonly leaves: number;
  readonly hash: Buffer;
}

/** The roots of all trees over the first n leaves, one after the other. Source: RFC 6962 §2.1 */
function* growTree(entries: readonly LoggedEntry[]): Generator<string> {
  // Complete subtrees from left to right; each is larger than the next.
  const peaks: Peak[] = [];
  yield createHash('sha256').digest('base64');
  for (const { leafHash } of entries) {
    let peak: Peak = { leaves: 1, hash: Buffer.from(leafHash, 'base64') };
    for (let last = peaks.at(-1); last?.leaves === peak.leaves; last = peaks.at(-1)) {
      peak = { leaves: peak.leaves * 2, hash: hashPair(last.hash, peak.hash) };
      peaks.pop();
    }
    peaks.push(peak);
    const hashes = peaks.map(({ hash }) => hash);
    yield hashes.reduceRight((right, left) => hashPair(left, right)).toString('base64');
  }
}

/**
 * Every head that was ever signed, in the log or told to someone outside, is the root over the first leaves: any two
 * of them are consistent, and there is one root for a size. The newest covers every entry.
 * @param told notes that the hub gave away over HTTP
 * @returns how many different heads there are
 */
export function checkTree(
  { entries, notes }: WholeLog,
  told: readonly string[],
  verifierKey: string,
): number {
  const key = parseVerifierKey(verifierKey);
  const roots = [...growTree(entries)];
  const heads = [...notes, ...told].map((note) => parseCheckpointText(openNote(note, key)));
  for (const { size, root, origin } of heads) {
    assert.equal(origin, key.name);
    assert.equal(
      root.toString('base64'),
      roots[size],
      `the signed head of ${size} leaves is of another tree`,
    );
  }
  assert.equal(Math.max(...heads.map(({ size }) => size)), entries.length);
  return new Set(heads.map(({ size }) => size)).size;
}

const lives = /^(opened closed|opened unknown( resolved)?|refused|refusals|step( step)*)$/;

/** Every exchange has one of the lives that it may have, each entry naming the one before it. */
export function checkLives({ exchanges }: WholeLog): void {
  for (const [exchangeId, entries] of exchanges) {
    const life = entries.map(({ kind }) => kind).join(' ');
    assert.ok(lives.test(life), `exchange ${exchangeId} has the life: ${life}`);
    for (const [n, { leaf }] of entries.entries())
      assert.equal(leaf.earlier, entries[n - 1]?.leafHash, exchangeId);
  }
}

/** Whoever has an answer that names an exchange: its entries are there, with this status and these very bytes. */
export function checkAnswers({ exchanges }: WholeLog, answers: readonly GivenAnswer[]): void {
  for (const { status, exchangeId, problem, sha256, bytes } of answers) {
    assert.ok(status !== 200 || exchangeId !== '', 'an answer names no exchange');
    // What could not be recorded says so, and promises nothing.
    if (exchangeId === '' || problem === 'evidence-unavailable') continue;
    const kept = exchanges.get(exchangeId) ?? [];
    const last = kept.at(-1);
    assert.ok(['closed', 'resolved', 'refused'].includes(last?.kind ?? ''), `${exchangeId} has no end`);
    assert.equal(last?.leaf.status, status);
    assert.equal(last?.leaf.problem, problem);
    if (last?.kind === 'refused') continue;
    assert.equal(kept[0]?.kind, 'opened');
    assert.deepEqual(JSON.parse(last?.sealed ?? '').released, { sha256, bytes }, exchangeId);
  }
}

/** Whatever the source received was opened before, and was sent once. */
export function checkReceived({ exchanges }: WholeLog, received: readonly JournalLine[]): void {
  const codes = new Set<string>();
  for (const { requestCode, at } of received) {
    const [opened] = exchanges.get(requestCode) ?? [];
    assert.equal(opened?.kind, 'opened', `the source received ${requestCode}, which was never opened`);
    assert.ok(Math.floor(opened.recordedMs) <= Date.parse(at), `${requestCode} was opened too late`);
    assert.ok(!codes.has(requestCode), `the source received ${requestCode} twice`);
    codes.add(requestCode);
  }
}
