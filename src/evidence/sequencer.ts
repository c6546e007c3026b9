// Gives entries their places in the tree and signs its heads. Any number of them may run: places and the new head are
// written in one transaction that compares the head with the one it began from, and a head is signed only after that.
import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import type { Logger } from 'pino';
import { createPool, withTransaction } from '../database/pool.ts';
import { toCheckpointText } from './checkpoint.ts';
import { createKeyRing, type KeyRing, type Signer, type Signers } from './log-keys.ts';
import { startLoop } from './loop.ts';
import { signNote, toVerifierKey } from './note.ts';
import {
  appendToTiles,
  edgeOf,
  hashFromTiles,
  readTiles,
  rootFromTiles,
  tilesOf,
  writeTiles,
} from './tiles.ts';
import { isConsistent, rangesOfConsistency, type TreeHead } from './tree.ts';

/** What a sequencer works with. */
export interface SequencerOptions {
  /** Address of the database in the sequencer's role. */
  readonly sequencerUrl: string;
  /** Ed25519 private key of the log: of `log.json`. */
  readonly key: KeyObject;
  /** All keys of the log that lie in the folder now; default: that one. */
  readonly readKeys?: () => readonly KeyObject[];
  /** Name of the log: origin of its checkpoints and name of its key. */
  readonly origin: string;
  readonly logger: Logger;
  /** Whether this process may sign now: not with a wrong clock. Default: always. */
  readonly maySign?: () => boolean;
  /** Whether the log may go on at all: not while its head does not extend what is known of it. Default: always. */
  readonly mayContinue?: () => boolean;
  /** Told after a head was signed. */
  readonly onSigned?: () => void;
  /** How often it looks for entries; default 200. */
  readonly intervalMs?: number;
  /** Most leaves in one transaction; default 4,096. */
  readonly batchLeaves?: number;
}

/** A running sequencer. */
export interface Sequencer {
  /** The verifier form `<name>+<key id>+<key>` of the newest key that signs. */
  readonly verifierKey: string;
  /** That key, and its verifier form. */
  readonly signer: Signer;
  /** Says that entries wait. */
  poke(): void;
  /** Milliseconds since it last saw every entry in the tree and the tree's head signed; Infinity when it never did. */
  confirmedMsAgo(): number;
  /** Numbers and signs what is there, then stops. */
  stop(): Promise<void>;
}

/** `lgsp` and `seq` in ASCII: held by the one that is numbering. Only saves work; the comparison of heads is what counts. */
export const sequencerLockKeys = [0x6c677370, 0x736571] as const;
const pokeMs = 100;
/** How often it looks which keys sign while there is nothing to sign. */
const keysMs = 1_000;

/** Starts a sequencer; its first round is over when it resolves. Errors are logged and tried again. */
export async function startSequencer(options: SequencerOptions): Promise<Sequencer> {
  const { key, origin, logger, maySign = () => true, intervalMs = 200, batchLeaves = 4_096 } = options;
  const { mayContinue = () => true, onSigned = () => undefined } = options;
  const ring = createKeyRing(origin, key, options.readKeys ?? (() => [key]));
  const pool = createPool(options.sequencerUrl, { max: 2, applicationName: 'lgsp-sequencer' });
  let signer: Signer = { verifierKey: toVerifierKey(origin, key), key };
  let lacked = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let failed = false;
  let held = false;

  /** Says once that heads wait for the clock. */
  function isHeld(): boolean {
    const isNow = !maySign();
    if (isNow && !held) logger.error('heads are not signed: the clock of this process is wrong');
    held = isNow;
    return isNow;
  }

  /** Notes which keys sign, and says once that some are lacking. */
  function note({ present, missing }: Signers): boolean {
    lookedAt = performance.now();
    const newest = present.at(-1);
    if (newest && newest.verifierKey !== signer.verifierKey)
      logger.info({ key: newest.verifierKey }, 'heads are signed by a new key');
    signer = newest ?? signer;
    const lacks = missing.join(' ');
    if (lacks !== lacked && missing.length > 0)
      logger.error({ missing }, 'heads are not signed: KEY_DIR lacks a key that signs them');
    lacked = lacks;
    return missing.length === 0;
  }

  async function round(): Promise<void> {
    if (!mayContinue()) return;
    try {
      let taken: number | 'busy';
      do taken = (await hasPending(pool)) ? await numberEntries(pool, batchLeaves) : 0;
      while (taken === batchLeaves);
      failed = false;
      if (isHeld()) return;
      // A head in the middle of a backlog would lack entries that are much older than it: who numbers it signs it.
      const signed = taken === 'busy' ? 'before' : await signHead(pool, origin, ring, note);
      if (signed === 'keys-lacking') return;
      if (signed === 'now') onSigned();
      if (performance.now() - lookedAt > keysMs && !note(await ring.signers(pool))) return;
      if (taken !== 'busy' && lacked === '') confirmedAt = performance.now();
    } catch (err) {
      if (!failed) logger.error({ err }, 'entries are not numbered or signed; tried again');
      failed = true;
    }
  }

  await round();
  const loop = startLoop(round, intervalMs, Math.min(pokeMs, intervalMs));
  let stopping: Promise<void> | undefined;
  async function finish(): Promise<void> {
    await loop.stop();
    await round();
    await pool.end();
  }
  return {
    get verifierKey() {
      return signer.verifierKey;
    },
    get signer() {
      return signer;
    },
    poke: loop.poke,
    confirmedMsAgo: () => performance.now() - confirmedAt,
    stop() {
      stopping ??= finish();
      return stopping;
    },
  };
}

async function hasPending(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>('SELECT EXISTS (SELECT FROM entry_pending) AS found');
  return rows[0]?.found ?? false;
}

interface HeadRow {
  readonly size: bigint;
  readonly root: Buffer;
}

const toHead = ({ size, root }: HeadRow): TreeHead => ({ size: Number(size), root });

async function readHead(database: pg.Pool | pg.ClientBase): Promise<TreeHead> {
  const { rows } = await database.query<HeadRow>('SELECT size, root FROM tree_head');
  if (!rows[0]) throw new Error('the database has no tree head');
  return toHead(rows[0]);
}

/** Numbers up to `limit` entries in one transaction. @returns how many; `busy` when another sequencer is at it */
function numberEntries(pool: pg.Pool, limit: number): Promise<number | 'busy'> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1, $2) AS mine',
      [...sequencerLockKeys],
    );
    if (!rows[0]?.mine) return 'busy';
    return numberPending(client, limit);
  });
}

/**
 * Numbers up to `limit` entries in the caller's transaction, which holds the only sequencer.
 * @returns how many
 * @throws Error when another one set the head meanwhile
 */
export async function numberPending(client: pg.ClientBase, limit: number): Promise<number> {
  const head = await readHead(client);
  const entries = await takePending(client, limit);
  if (entries.length > 0) await append(client, head, entries);
  return entries.length;
}

interface PendingEntry {
  readonly id: bigint;
  readonly exchange: string;
  readonly hash: Buffer;
}

/** Takes marks away and reads their entries in the order of their ids: an exchange's opened comes before its closed. */
async function takePending(client: pg.ClientBase, limit: number): Promise<readonly PendingEntry[]> {
  const { rows } = await client.query<PendingEntry>(
    // From the few marks to their entries: the other way it reads every month.
    `WITH taken AS (
       DELETE FROM entry_pending
       WHERE entry_id IN (SELECT entry_id FROM entry_pending ORDER BY entry_id LIMIT $1)
       RETURNING entry_id, exchange_id)
     SELECT t.entry_id AS id, t.exchange_id AS exchange, e.leaf_hash AS hash
     FROM taken t CROSS JOIN LATERAL (
       SELECT x.leaf_hash FROM entry x WHERE x.exchange_id = t.exchange_id AND x.id = t.entry_id LIMIT 1) e
     WHERE NOT EXISTS (SELECT FROM leaf l WHERE l.entry_id = t.entry_id)
     ORDER BY t.entry_id`,
    [limit],
  );
  return rows;
}

async function append(
  client: pg.ClientBase,
  head: TreeHead,
  entries: readonly PendingEntry[],
): Promise<void> {
  const edge = await readTiles(client, edgeOf(head.size));
  if (!rootFromTiles(head.size, edge).equals(head.root))
    throw new Error(`the tiles of the tree of ${head.size} leaves do not have its root`);
  const hashes = entries.map(({ hash }) => hash);
  const changed = appendToTiles(head.size, edge, hashes);
  const size = head.size + entries.length;
  const root = rootFromTiles(size, new Map([...edge, ...changed]));
  await writeTiles(client, changed);
  await client.query(
    `INSERT INTO leaf (leaf_index, entry_id, exchange_id)
     SELECT $1::bigint + n - 1, id, exchange
     FROM unnest($2::bigint[], $3::uuid[]) WITH ORDINALITY AS given (id, exchange, n)`,
    [head.size, entries.map(({ id }) => String(id)), entries.map(({ exchange }) => exchange)],
  );
  const { rowCount } = await client.query(
    'UPDATE tree_head SET size = $1, root = $2 WHERE size = $3 AND root = $4',
    [size, root, head.size, head.root],
  );
  if (rowCount !== 1) throw new Error('another sequencer set the head of the tree first');
}

/**
 * Signs the committed head by all keys that sign, unless it is signed.
 * @param note told of the keys; false: some are lacking
 * @returns `now` when it was signed now, by this process
 * @throws Error when it does not extend what was signed before
 */
async function signHead(
  pool: pg.Pool,
  origin: string,
  ring: KeyRing,
  note: (signers: Signers) => boolean,
): Promise<'now' | 'before' | 'keys-lacking'> {
  const { rows } = await pool.query<HeadRow>('SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1');
  // Read after the last checkpoint, so that it is never behind it.
  const head = await readHead(pool);
  const signed = rows[0] && toHead(rows[0]);
  if (signed) await checkExtends(pool, signed, head);
  if (signed?.size === head.size) return 'before';
  const signers = await ring.signers(pool);
  if (!note(signers)) return 'keys-lacking';
  const text = signNote(
    toCheckpointText({ origin, ...head }),
    origin,
    ...signers.present.map(({ key }) => key),
  );
  // Which keys sign follows from the last signed head: if there is another by now, this one is made again.
  const { rowCount } = await pool.query(
    `INSERT INTO checkpoint (size, root, note) SELECT $1::bigint, $2, $3
     WHERE NOT EXISTS (SELECT FROM checkpoint WHERE size > $4) ON CONFLICT (size) DO NOTHING`,
    [head.size, head.root, text, signed?.size ?? -1],
  );
  if (rowCount === 1) return 'now';
  const other = await pool.query<HeadRow>('SELECT size, root FROM checkpoint WHERE size = $1', [head.size]);
  if (other.rows[0] && !other.rows[0].root.equals(head.root))
    throw new Error(`two heads of ${head.size} leaves: the log is forked`);
  return 'before';
}

async function checkExtends(pool: pg.Pool, signed: TreeHead, head: TreeHead): Promise<void> {
  if (signed.size > head.size)
    throw new Error(`${signed.size} leaves are signed, the tree has only ${head.size}`);
  const ranges = rangesOfConsistency(signed.size, head.size);
  const tiles = await readTiles(pool, tilesOf(ranges));
  const proof = ranges.map((range) => hashFromTiles(range, tiles));
  if (!isConsistent(signed, head, proof))
    throw new Error(`the tree of ${head.size} leaves does not extend the signed one of ${signed.size}`);
}
