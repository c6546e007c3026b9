// Begins the log that follows a restored one: the old leaves, tiles and heads move aside under the old origin, and the first
// entries of the new log say what was restored and exactly which leaves are lost. Works in the caller's transaction.
import type pg from 'pg';
import { StartError } from '../database/start-error.ts';
import { parseCheckpointText } from '../evidence/checkpoint.ts';
import type { EntryTime } from '../evidence/leaf.ts';
import { openNote, parseNote, renameKey, type VerifierKey } from '../evidence/note.ts';
import { recordNotice } from '../evidence/notice.ts';
import { type LogName, toLogNumber, toOrigin } from '../evidence/origin.ts';
import { numberPending } from '../evidence/sequencer.ts';
import { emptyRoot, type TreeHead } from '../evidence/tree.ts';
import { toNames } from './catalogue.ts';
import type { LogProof } from './verify-log.ts';

/** A signed head that somebody kept, of the restored log or of one after it. */
export interface KnownHead extends TreeHead {
  readonly number: number;
  readonly origin: string;
}

/**
 * Reads heads that were kept, and leaves of each log the largest.
 * @param trusted keys of the hub's logs, of any name
 * @throws StartError when one is signed by none of them, or is of a log with another base
 */
export function readKnownHeads(
  notes: readonly string[],
  base: string,
  trusted: readonly VerifierKey[],
): readonly KnownHead[] {
  const largest = new Map<string, KnownHead>();
  for (const note of notes) {
    const claimed = note.split('\n', 1)[0] ?? '';
    const number = toLogNumber(base, claimed);
    if (number === undefined) throw new StartError(`the last known head is of ${claimed}, not of ${base}`);
    let head: KnownHead;
    try {
      const keys = trusted.map((key) => renameKey(key, claimed));
      const signer = keys.find((key) => parseNote(note).signaturesOf(key).length > 0) ?? keys[0];
      if (!signer) throw new Error('there is no key to check it with');
      head = { number, ...parseCheckpointText(openNote(note, signer)) };
    } catch (error) {
      throw new StartError('the last known head is not a note that a log key of KEY_DIR signed', error);
    }
    const before = largest.get(head.origin);
    if (before?.size === head.size && !before.root.equals(head.root))
      throw new StartError(`two heads of ${head.size} leaves of ${head.origin} differ: that log was forked`);
    if (!before || before.size < head.size) largest.set(head.origin, head);
  }
  return [...largest.values()].sort((one, other) => one.number - other.number);
}

/** What became of the leaves of a log; ranges are from the first leaf to before the last, and empty where both are equal. */
export interface RestoredLog {
  readonly oldOrigin: string;
  /** The head up to which the old log can be verified here. */
  readonly restored: TreeHead;
  /** The largest head that is known to have been signed. */
  readonly lastKnown: TreeHead;
  /** Leaves beyond `restored` whose entries are here: they are entries of the new log again. */
  readonly again: readonly [from: number, to: number];
  /** Leaves that are not here. */
  readonly lost: readonly [from: number, to: number];
}

async function readRestored(client: pg.ClientBase, { origin }: LogName): Promise<TreeHead> {
  const { rows } = await client.query<{ size: bigint; root: Buffer }>(
    'SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1',
  );
  if (!rows[0]) throw new StartError(`nothing of ${origin} was signed before the backup: it holds no log`);
  return { root: rows[0].root, size: Number(rows[0].size) };
}

const readLeafCount = async (client: pg.ClientBase): Promise<number> =>
  Number((await client.query<{ size: bigint }>('SELECT size FROM tree_head')).rows[0]?.size ?? 0);

/**
 * Compares the known head of the backup's log with the tree in the backup, as far as that goes.
 * @throws StartError when they are of different trees
 */
export function checkKnownHead(log: LogProof, known: readonly KnownHead[]): void {
  const head = known.find(({ origin }) => origin === log.origin);
  if (!head || head.size > log.leaves || log.roots.get(head.size)?.equals(head.root)) return;
  throw new StartError(
    `the head of ${head.size} leaves of ${head.origin} that is known is not that of the backup: one of the two is forged`,
  );
}

/** Puts leaves, tiles and heads of the newest log under its number; those that no head covers wait to be numbered anew. */
async function moveAside(client: pg.ClientBase, number: number, size: number): Promise<void> {
  const { rows } = await client.query<{ columns: string[] }>(
    `SELECT array_agg(attname::text) AS columns FROM pg_attribute
     WHERE attrelid = 'entry_pending'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const columns = toNames(client, rows[0]?.columns ?? []);
  await client.query('INSERT INTO old_leaf SELECT $1::integer, l.* FROM leaf l WHERE leaf_index < $2', [
    number,
    size,
  ]);
  await client.query(
    `INSERT INTO entry_pending (${columns}) SELECT ${columns} FROM leaf WHERE leaf_index >= $1 ON CONFLICT DO NOTHING`,
    [size],
  );
  await client.query('INSERT INTO old_tile SELECT $1::integer, t.* FROM tile t', [number]);
  await client.query(
    `INSERT INTO old_checkpoint (log, size, root, note, signed_at)
     SELECT $1::integer, c.size, c.root, c.note || coalesce((SELECT string_agg(s.line, '' ORDER BY s.witness)
       FROM cosignature s WHERE s.size = c.size), ''), c.signed_at FROM checkpoint c`,
    [number],
  );
  await client.query('TRUNCATE leaf, tile, checkpoint, cosignature, witness, accepted_head');
  await client.query('UPDATE tree_head SET size = 0, root = $1', [emptyRoot]);
}

/** What the search tables say of places is of the old log: below every place of the new one. */
async function moveSearch(client: pg.ClientBase, leaves: number): Promise<void> {
  await client.query('UPDATE exchange SET first_leaf = first_leaf - $1, last_leaf = last_leaf - $1', [
    leaves,
  ]);
  await client.query('UPDATE search_head SET size = 0');
}

const toAbout = ({ oldOrigin, restored, lastKnown, again, lost }: RestoredLog, backupAt: string) => ({
  ...{ oldOrigin, backupAt },
  ...{ restoredSize: restored.size, restoredRoot: restored.root.toString('base64') },
  ...{ lastKnownSize: lastKnown.size, lastKnownRoot: lastKnown.root.toString('base64') },
  ...{ againFrom: again[0], againTo: again[1], lostFrom: lost[0], lostTo: lost[1] },
});

/** What the next log begins with. */
export interface NextLogOptions {
  /** The log in the backup. */
  readonly old: LogName;
  /** Number of the new one. */
  readonly number: number;
  readonly known: readonly KnownHead[];
  /** When the backup was made, ISO 8601. */
  readonly backupAt: string;
  readonly time: EntryTime;
  readonly reason: string;
  readonly officerId: string | undefined;
}

/** The notices are the first leaves of the new log, whatever else waits to be numbered. */
async function recordFirst(
  client: pg.ClientBase,
  logs: readonly RestoredLog[],
  { backupAt, time, reason, officerId }: NextLogOptions,
): Promise<void> {
  await client.query('CREATE TEMPORARY TABLE waiting_entry ON COMMIT DROP AS SELECT * FROM entry_pending');
  await client.query('DELETE FROM entry_pending');
  const keys = {
    month: (): Buffer => {
      throw new Error('a notice is about nobody');
    },
  };
  for (const log of logs) {
    const draft = {
      notice: 'restored',
      about: toAbout(log, backupAt),
      private: { reason, officerId },
    } as const;
    await recordNotice(client, draft, time, keys);
    await numberPending(client, 1);
  }
  await client.query('INSERT INTO entry_pending SELECT * FROM waiting_entry');
}

/**
 * Ends the log of the backup and begins the next one.
 * @param options `known` was compared with the backup before
 * @returns what became of each log, the restored one first
 * @throws StartError when nothing of the old log was ever signed
 */
export async function beginNextLog(
  client: pg.ClientBase,
  options: NextLogOptions,
): Promise<readonly RestoredLog[]> {
  const { old, number, known } = options;
  const restored = await readRestored(client, old);
  const leaves = await readLeafCount(client);
  const ofOld = known.find(({ origin }) => origin === old.origin);
  const lastKnown = ofOld && ofOld.size > restored.size ? ofOld : restored;
  const logs: RestoredLog[] = [
    {
      ...{ oldOrigin: old.origin, restored, lastKnown, again: [restored.size, leaves] },
      lost: [leaves, Math.max(leaves, lastKnown.size)],
    },
    ...known
      .filter((head) => head.number > old.number)
      .map(
        (head): RestoredLog => ({
          ...{ oldOrigin: head.origin, restored: { size: 0, root: emptyRoot }, lastKnown: head },
          ...{ again: [0, 0], lost: [0, head.size] },
        }),
      ),
  ];
  await moveAside(client, old.number, restored.size);
  await moveSearch(client, leaves);
  await client.query(
    // With its cosignatures.
    `UPDATE log SET ended_at = COALESCE(ended_at, clock_timestamp()), size = $2, root = $3,
       note = (SELECT note FROM old_checkpoint WHERE log = $1 AND size = $2) WHERE number = $1`,
    [old.number, restored.size, restored.root],
  );
  await client.query('INSERT INTO log (number, base, origin) VALUES ($1, $2, $3)', [
    ...[number, old.base, toOrigin(old.base, number)],
  ]);
  await recordFirst(client, logs, options);
  return logs;
}
