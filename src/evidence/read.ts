// The reading side of the exchange log: entries, receipts, checkpoints and consistency proofs, from the hub's own role.
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { proveOld } from './old-logs.ts';
import { type PrivatePart, type PurgedBy, type Receipt, toPrivatePart } from './receipt.ts';
import { hashFromTiles, readTiles, tilesOf } from './tiles.ts';
import { type Range, rangesOfConsistency, rangesOfInclusion } from './tree.ts';
import type { EntryKind } from './types.ts';

/** An entry as it lies in the log. */
export interface StoredEntry {
  readonly kind: EntryKind;
  /** The canonical text that is the leaf. */
  readonly text: string;
  readonly leafHash: Buffer;
  /** Absent until it is in the tree. */
  readonly leafIndex?: number;
  /** Number of the log in which it has that place, when it is one that ended with a restore. */
  readonly oldLog?: number;
  readonly actingUnit: string | null;
  readonly systemId: string | null;
  /** Of a delivery: the unit that receives it, when it is one of ours. */
  readonly receiverUnit?: string;
  /** Absent once it was purged. */
  readonly private?: PrivatePart;
  /** The notice by which it was purged. */
  readonly purgedBy?: PurgedBy;
}

/** A receipt with its private part, and the entry it is for. Who may see the private part is the caller's to say. */
export interface FoundReceipt {
  readonly entry: StoredEntry;
  readonly receipt: Receipt;
}

/** That a leaf is in the tree of the newest signed head. */
export type LeafProof = Omit<Receipt, 'entry' | 'private'>;

/** That it is not. */
export interface LeafAbsence {
  /** Whether an entry with this hash is recorded, and only waits for its place in a signed tree. */
  readonly isRecorded: boolean;
  /** The newest signed head, when it was signed, and when it was read, by the database's clock. */
  readonly checkpoint: string;
  readonly signedAt: Date;
  readonly readAt: Date;
}

/** Reads the exchange log. Exchange ids are UUIDs. */
export interface EvidenceReader {
  /** Entries of an exchange in the order they were recorded; empty when there is none. */
  entriesOf(exchangeId: string): Promise<readonly StoredEntry[]>;
  /** Entries of several exchanges, the same way, at most `limit`. */
  entriesOfAll(exchangeIds: readonly string[], limit: number): Promise<readonly StoredEntry[]>;
  /**
   * The receipt of the entry that ended the exchange, waited for up to `waitMs`; of a delivery, its newest step. It leads to
   * the newest head that a witness cosigned; where none that covers the entry comes in time, to the newest one.
   * @param place of another entry in `entriesOf`, from 1
   * @throws the signal's reason when it is aborted
   */
  receiptOf(
    exchangeId: string,
    options: { readonly waitMs: number; readonly signal: AbortSignal; readonly place?: number | undefined },
  ): Promise<FoundReceipt | 'not-ready' | 'no-such-exchange'>;
  /** The newest signed note with the cosignatures that it has; undefined before the first. */
  checkpoint(): Promise<string | undefined>;
  /**
   * Base64 hashes that prove the tree of `to` leaves to extend that of `from`.
   * @returns undefined unless 1 ≤ from ≤ to ≤ the signed size
   */
  consistency(from: number, to: number): Promise<readonly string[] | undefined>;
  /** Looks for a leaf by its hash; undefined before the first head. */
  leafOf(leafHash: Buffer): Promise<LeafProof | LeafAbsence | undefined>;
}

const pollMs = 50;
/** As many as the contract can name. */
const mostEntries = 100_000;
/** How long a receipt that could be had waits for a head that is cosigned. */
const cosignMs = 2_000;
const endings: readonly EntryKind[] = ['closed', 'resolved', 'refused', 'refusals', 'step', 'notice'];

interface SignedHead {
  readonly size: number;
  readonly note: string;
  readonly isCosigned: boolean;
  readonly signedAt: Date;
  readonly readAt: Date;
}

interface EntryRow {
  readonly kind: EntryKind;
  readonly text: string;
  readonly leaf_hash: Buffer;
  readonly leaf_index: bigint | null;
  readonly old_log: number | null;
  readonly acting_unit: string | null;
  readonly system_id: string | null;
  readonly receiver_unit: string | null;
  readonly salt: Buffer | null;
  readonly private: string | null;
  readonly purge_id: string | null;
  readonly purge_leaf: bigint | null;
}

const toPurgedBy = (exchangeId: string, leaf: bigint | null): PurgedBy => ({
  exchangeId,
  ...(leaf !== null && { leafIndex: Number(leaf) }),
});

function toStoredEntry(row: EntryRow): StoredEntry {
  return {
    kind: row.kind,
    text: row.text,
    leafHash: row.leaf_hash,
    ...(row.leaf_index !== null && { leafIndex: Number(row.leaf_index) }),
    ...(row.old_log !== null && { oldLog: row.old_log }),
    actingUnit: row.acting_unit,
    systemId: row.system_id,
    ...(row.receiver_unit !== null && { receiverUnit: row.receiver_unit }),
    ...(row.salt !== null &&
      row.private !== null && { private: toPrivatePart({ salt: row.salt, text: row.private }) }),
    ...(row.purge_id !== null && { purgedBy: toPurgedBy(row.purge_id, row.purge_leaf) }),
  };
}

interface NoteRow {
  readonly size: bigint;
  readonly note: string;
  readonly signedAt: Date;
  readonly readAt: Date;
  /** Cosignatures. */
  readonly lines: string | null;
}

/** The newest cosigned head that covers leaf `$1`, else the newest head; with null the newest head. */
const readNote = `
  SELECT c.size, c.note, c.signed_at AS "signedAt", clock_timestamp() AS "readAt", (SELECT string_agg(s.line, '' ORDER BY s.witness) FROM cosignature s WHERE s.size = c.size) AS lines
  FROM checkpoint c
  WHERE c.size = coalesce((SELECT max(size) FROM cosignature WHERE size > $1), (SELECT max(size) FROM checkpoint))`;

/**
 * Reads through a pool of the hub's own role.
 * @param isCosigning whether a new head can be expected to be cosigned within a few seconds; default: never
 */
export function createEvidenceReader(
  pool: pg.Pool,
  isCosigning: () => boolean = () => false,
): EvidenceReader {
  const entriesOf = (exchangeId: string): Promise<readonly StoredEntry[]> =>
    entriesOfAll([exchangeId], mostEntries);

  async function entriesOfAll(
    exchangeIds: readonly string[],
    limit: number,
  ): Promise<readonly StoredEntry[]> {
    const { rows } = await pool.query<EntryRow>(
      // From each entry to what it seals: the other way it reads every month.
      `SELECT e.kind, e.text, e.leaf_hash, coalesce(l.leaf_index, o.leaf_index) AS leaf_index, o.log AS old_log, e.acting_unit, e.system_id, d.receiver_unit,
         p.salt, p.text AS private, g.notice_id AS purge_id, g.leaf_index AS purge_leaf
       FROM entry e LEFT JOIN delivery d ON d.id = e.exchange_id LEFT JOIN leaf l ON l.entry_id = e.id
         LEFT JOIN old_leaf o ON o.entry_id = e.id
         LEFT JOIN LATERAL (SELECT x.salt, x.text FROM entry_private x
           WHERE x.exchange_id = e.exchange_id AND x.entry_id = e.id LIMIT 1) p ON true
         LEFT JOIN LATERAL (
           SELECT b.notice_id, coalesce(n.leaf_index, m.leaf_index) AS leaf_index FROM purge_batch b JOIN entry t ON t.exchange_id = b.notice_id
           LEFT JOIN leaf n ON n.entry_id = t.id AND o.log IS NULL LEFT JOIN old_leaf m ON m.entry_id = t.id AND m.log = o.log
           WHERE p.salt IS NULL AND b.log = coalesce(o.log, current_log())
             AND b.leaves @> coalesce(l.leaf_index, o.leaf_index) LIMIT 1) g ON true
       WHERE e.exchange_id = ANY ($1::uuid[]) ORDER BY e.id LIMIT $2`,
      [exchangeIds, limit],
    );
    return rows.map(toStoredEntry);
  }

  async function readCheckpoint(leafIndex: number | null = null): Promise<SignedHead | undefined> {
    const { rows } = await pool.query<NoteRow>(readNote, [leafIndex]);
    const [row] = rows;
    if (!row) return undefined;
    const { size, note, lines, ...times } = row;
    return { ...times, size: Number(size), note: `${note}${lines ?? ''}`, isCosigned: lines !== null };
  }

  async function prove(ranges: readonly Range[]): Promise<string[]> {
    const tiles = await readTiles(pool, tilesOf(ranges));
    return ranges.map((range) => hashFromTiles(range, tiles).toString('base64'));
  }

  const proveLeaf = async (leafIndex: number, { size, note }: SignedHead): Promise<LeafProof> => ({
    ...{ leafIndex, treeSize: size, checkpoint: note },
    inclusionProof: await prove(rangesOfInclusion(leafIndex, size)),
  });

  async function proveOldLeaf(leafIndex: number, log: number): Promise<LeafProof> {
    const { size, note, inclusionProof } = await proveOld(pool, log, leafIndex);
    return { leafIndex, treeSize: size, checkpoint: note, inclusionProof };
  }

  async function findLeaf(leafHash: Buffer): Promise<LeafProof | LeafAbsence | undefined> {
    const { rows } = await pool.query<{ leaf_index: bigint | null; old_log: number | null }>(
      `SELECT coalesce(l.leaf_index, o.leaf_index) AS leaf_index, o.log AS old_log
       FROM entry e LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN old_leaf o ON o.entry_id = e.id
       WHERE e.leaf_hash = $1 ORDER BY l.leaf_index, o.leaf_index LIMIT 1`,
      [leafHash],
    );
    // Read after the leaf, so that it is never behind it.
    const head = await readCheckpoint();
    if (!head) return undefined;
    const leafIndex = rows[0]?.leaf_index ?? undefined;
    const oldLog = rows[0]?.old_log ?? undefined;
    if (leafIndex !== undefined && oldLog !== undefined) return proveOldLeaf(Number(leafIndex), oldLog);
    if (leafIndex !== undefined && leafIndex < head.size) return proveLeaf(Number(leafIndex), head);
    const { note: checkpoint, signedAt, readAt } = head;
    return { isRecorded: rows.length > 0, ...{ checkpoint, signedAt, readAt } };
  }

  async function findReceipt(
    exchangeId: string,
    place: number | undefined,
  ): Promise<(FoundReceipt & { readonly isCosigned: boolean }) | 'not-ready' | 'no-such-exchange'> {
    const entries = await entriesOf(exchangeId);
    if (entries.length < (place ?? 1)) return 'no-such-exchange';
    const entry =
      place === undefined ? entries.findLast(({ kind }) => endings.includes(kind)) : entries[place - 1];
    if (entry?.leafIndex === undefined) return 'not-ready';
    const { private: sealed, purgedBy } = entry;
    const more = { ...(sealed && { private: sealed }), ...(purgedBy && { purgedBy }) };
    if (entry.oldLog !== undefined) {
      const proof = await proveOldLeaf(entry.leafIndex, entry.oldLog);
      // Nobody cosigns a log that ended.
      return { entry, receipt: { entry: entry.text, ...proof, ...more }, isCosigned: true };
    }
    const checkpoint = await readCheckpoint(entry.leafIndex);
    if (!checkpoint || checkpoint.size <= entry.leafIndex) return 'not-ready';
    const receipt: Receipt = {
      entry: entry.text,
      ...(await proveLeaf(entry.leafIndex, checkpoint)),
      ...more,
    };
    return { entry, receipt, isCosigned: checkpoint.isCosigned };
  }

  return {
    entriesOf,
    entriesOfAll,
    async receiptOf(exchangeId, { waitMs, signal, place }) {
      const until = performance.now() + waitMs;
      let cosignedUntil: number | undefined;
      for (;;) {
        const found = await findReceipt(exchangeId, place);
        if (found === 'no-such-exchange' || performance.now() + pollMs > until) return found;
        if (found !== 'not-ready') {
          cosignedUntil ??= performance.now() + cosignMs;
          if (found.isCosigned || !isCosigning() || performance.now() > cosignedUntil) return found;
        }
        await pause(pollMs, undefined, { signal });
      }
    },
    async checkpoint() {
      return (await readCheckpoint())?.note;
    },
    async consistency(from, to) {
      const signed = await readCheckpoint();
      if (from < 1 || from > to || to > (signed?.size ?? 0)) return undefined;
      return prove(rangesOfConsistency(from, to));
    },
    leafOf: findLeaf,
  };
}
