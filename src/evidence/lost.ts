// What becomes of exchanges that did not end as they should: opened → unknown → resolved. Each function works in a
// transaction of its caller and may be repeated after one whose outcome is not known.
import type pg from 'pg';
import { type Entry, toNotSent, toUnknown } from './entry.ts';
import type { EntryTime, Leaf } from './leaf.ts';
import { recordBatch } from './record-batch.ts';
import type { EntryKind } from './types.ts';

/** A hub process as the log knows it, and its clocks. */
export interface Recorder {
  readonly processId: string;
  readonly now: () => EntryTime;
}

async function readLeaves(client: pg.ClientBase, exchangeId: string): Promise<ReadonlyMap<EntryKind, Leaf>> {
  const { rows } = await client.query<{ kind: EntryKind; text: string; hash: Buffer }>(
    'SELECT kind, text, leaf_hash AS hash FROM entry WHERE exchange_id = $1',
    [exchangeId],
  );
  return new Map(rows.map(({ kind, text, hash }) => [kind, { text, hash }]));
}

/**
 * Ends an exchange as unknown unless it ended already.
 * @returns hash of its "unknown"; undefined when it is closed or was never opened
 */
export async function endAsUnknown(
  client: pg.ClientBase,
  exchangeId: string,
  recorder: Recorder,
): Promise<Buffer | undefined> {
  // Waits for whoever is ending it at this moment; what they wrote is seen by the next statement.
  await client.query('DELETE FROM open_exchange WHERE exchange_id = $1', [exchangeId]);
  const leaves = await readLeaves(client, exchangeId);
  const opened = leaves.get('opened');
  if (leaves.has('closed') || !opened) return undefined;
  const before = leaves.get('unknown');
  if (before) return before.hash;
  const unknown = toUnknown(opened, recorder.now());
  await recordBatch(client, [{ entry: unknown }], recorder.processId);
  return unknown.leaf.hash;
}

/**
 * Ends an exchange whose "closed" came too late: it becomes unknown, if nobody has said so yet, and then resolved.
 * @param closed the entry that came too late
 * @param toResolved the same end as "resolved", after the entry whose hash is given
 * @returns the entry recorded; undefined when another end is recorded already, or it was never opened
 */
export async function resolveLost(
  client: pg.ClientBase,
  closed: Entry,
  toResolved: (unknownHash: Buffer) => Entry,
  recorder: Recorder,
): Promise<Entry | undefined> {
  const { exchangeId } = closed.facts;
  const unknownHash = await endAsUnknown(client, exchangeId, recorder);
  const before = await readLeaves(client, exchangeId);
  if (!unknownHash) return before.get('closed')?.hash.equals(closed.leaf.hash) ? closed : undefined;
  const resolved = toResolved(unknownHash);
  const [outcome] = await recordBatch(client, [{ entry: resolved }], recorder.processId);
  if (outcome === 'written' || before.get('resolved')?.hash.equals(resolved.leaf.hash)) return resolved;
  return undefined;
}

/**
 * Settles an "opened" that may or may not have been recorded, and after which nothing was sent: recorded in any case,
 * then unknown, then resolved as not sent. Recording it again is what makes an earlier attempt, still under way
 * somewhere, harmless: it finds the entry there and does nothing.
 */
export async function withdrawOpened(
  client: pg.ClientBase,
  opened: Entry,
  recorder: Recorder,
): Promise<void> {
  await recordBatch(client, [{ entry: opened }], recorder.processId);
  const unknownHash = await endAsUnknown(client, opened.facts.exchangeId, recorder);
  if (!unknownHash) return;
  const resolved = toNotSent(opened.facts, unknownHash, recorder.now());
  await recordBatch(client, [{ entry: resolved }], recorder.processId);
}

/**
 * Marks open exchanges of processes whose lease has run out as unknown.
 * @param limit most exchanges in this transaction
 * @returns how many there were
 */
export async function reapExpired(client: pg.ClientBase, limit: number, recorder: Recorder): Promise<number> {
  const { rows } = await client.query<Leaf & { exchangeId: string }>(
    // From the few that are open to their entries: the other way it reads every exchange that ever was.
    `WITH lost AS MATERIALIZED (
       SELECT o.exchange_id FROM open_exchange o
       WHERE NOT EXISTS (SELECT FROM hub_process p WHERE p.id = o.process_id AND p.lease_until > clock_timestamp())
       LIMIT $1 FOR UPDATE OF o SKIP LOCKED)
     SELECT lost.exchange_id AS "exchangeId", e.text, e.leaf_hash AS hash
     FROM lost CROSS JOIN LATERAL (
       SELECT x.text, x.leaf_hash FROM entry x WHERE x.exchange_id = lost.exchange_id AND x.kind = 'opened' LIMIT 1) e`,
    [limit],
  );
  if (rows.length === 0) return 0;
  const unknowns = rows.map((opened) => ({ entry: toUnknown(opened, recorder.now()) }));
  await recordBatch(client, unknowns, recorder.processId);
  await client.query('DELETE FROM open_exchange WHERE exchange_id = ANY ($1::uuid[])', [
    rows.map(({ exchangeId }) => exchangeId),
  ]);
  return rows.length;
}
