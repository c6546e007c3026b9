// The reading side of the exchange log: entries, receipts, checkpoints and consistency proofs, from the hub's own role.
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { proveOld } from './old-logs.ts';
import { type PrivatePart, type Receipt, toPrivatePart } from './receipt.ts';
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
}

/** A receipt with its private part, and the entry it is for. Who may see the private part is the caller's to say. */
export interface FoundReceipt {
  readonly entry: StoredEntry;
  readonly receipt: Receipt;
}

/** Reads the exchange log. Exchange ids are UUIDs. */
export interface EvidenceReader {
  /** Entries of an exchange in the order they were recorded; empty when there is none. */
  entriesOf(exchangeId: string): Promise<readonly StoredEntry[]>;
  /**
   * The receipt of the entry that ended the exchange, waited for up to `waitMs`; of a delivery, its newest step.
   * @param place of another entry in `entriesOf`, from 1
   * @throws the signal's reason when it is aborted
   */
  receiptOf(
    exchangeId: string,
    options: { readonly waitMs: number; readonly signal: AbortSignal; readonly place?: number | undefined },
  ): Promise<FoundReceipt | 'not-ready' | 'no-such-exchange'>;
  /** The newest signed note; undefined before the first. */
  checkpoint(): Promise<string | undefined>;
  /**
   * Base64 hashes that prove the tree of `to` leaves to extend that of `from`.
   * @returns undefined unless 1 ≤ from ≤ to ≤ the signed size
   */
  consistency(from: number, to: number): Promise<readonly string[] | undefined>;
}

const pollMs = 50;
const endings: readonly EntryKind[] = ['closed', 'resolved', 'refused', 'refusals', 'step', 'notice'];

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
}

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
  };
}

const toFound = (entry: StoredEntry, receipt: Receipt): FoundReceipt => ({
  entry,
  receipt: entry.private ? { ...receipt, private: entry.private } : receipt,
});

/** Reads through a pool of the hub's own role. */
export function createEvidenceReader(pool: pg.Pool): EvidenceReader {
  async function entriesOf(exchangeId: string): Promise<readonly StoredEntry[]> {
    const { rows } = await pool.query<EntryRow>(
      `SELECT e.kind, e.text, e.leaf_hash, COALESCE(l.leaf_index, o.leaf_index) AS leaf_index, o.log AS old_log, e.acting_unit, e.system_id, d.receiver_unit,
         p.salt, p.text AS private
       FROM entry e LEFT JOIN delivery d ON d.id = e.exchange_id LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN old_leaf o ON o.entry_id = e.id
       LEFT JOIN entry_private p ON p.entry_id = e.id
       WHERE e.exchange_id = $1 ORDER BY e.id`,
      [exchangeId],
    );
    return rows.map(toStoredEntry);
  }

  async function readCheckpoint(): Promise<{ readonly size: number; readonly note: string } | undefined> {
    const { rows } = await pool.query<{ size: bigint; note: string }>(
      'SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1',
    );
    return rows[0] && { size: Number(rows[0].size), note: rows[0].note };
  }

  async function prove(ranges: readonly Range[]): Promise<string[]> {
    const tiles = await readTiles(pool, tilesOf(ranges));
    return ranges.map((range) => hashFromTiles(range, tiles).toString('base64'));
  }

  async function findReceipt(
    exchangeId: string,
    place: number | undefined,
  ): Promise<FoundReceipt | 'not-ready' | 'no-such-exchange'> {
    const entries = await entriesOf(exchangeId);
    if (entries.length < (place ?? 1)) return 'no-such-exchange';
    const entry =
      place === undefined ? entries.findLast(({ kind }) => endings.includes(kind)) : entries[place - 1];
    if (entry?.leafIndex === undefined) return 'not-ready';
    if (entry.oldLog !== undefined) {
      const { size, note, inclusionProof } = await proveOld(pool, entry.oldLog, entry.leafIndex);
      return toFound(entry, {
        ...{
          entry: entry.text,
          leafIndex: entry.leafIndex,
          treeSize: size,
          inclusionProof,
          checkpoint: note,
        },
      });
    }
    const checkpoint = await readCheckpoint();
    if (!checkpoint || checkpoint.size <= entry.leafIndex) return 'not-ready';
    const receipt: Receipt = {
      entry: entry.text,
      leafIndex: entry.leafIndex,
      treeSize: checkpoint.size,
      inclusionProof: await prove(rangesOfInclusion(entry.leafIndex, checkpoint.size)),
      checkpoint: checkpoint.note,
    };
    return toFound(entry, receipt);
  }

  return {
    entriesOf,
    async receiptOf(exchangeId, { waitMs, signal, place }) {
      const until = performance.now() + waitMs;
      for (;;) {
        const found = await findReceipt(exchangeId, place);
        if (found !== 'not-ready' || performance.now() + pollMs > until) return found;
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
  };
}
