// Keeps the tables of search behind the tree: takes numbered leaves in their order and makes rows of them. It writes nothing
// that entries are recorded or numbered by, so that recording never waits for it.
import type pg from 'pg';
import type { Logger } from 'pino';
import { createPool, withTransaction } from '../../database/pool.ts';
import { startLoop } from '../loop.ts';
import { indexStatement } from './index-statement.ts';

/** What an indexer works with. */
export interface IndexerOptions {
  /** Address of the database in the owner's role. */
  readonly ownerUrl: string;
  readonly logger: Logger;
  /** How often it looks for leaves; default 200. */
  readonly intervalMs?: number;
  /** Most leaves in one transaction; default 4,096. */
  readonly batchLeaves?: number;
}

/** A running indexer. Any number of them may run; one at a time writes. */
export interface Indexer {
  /** Lets a run under way finish; there is none after it. */
  stop(): Promise<void>;
}

/** `lgsp` and `idx` in ASCII: advisory lock of whoever changes the tables of search. */
export const indexerLockKeys = [0x6c677370, 0x696478] as const;

/** Starts an indexer. Errors are logged and tried again; a batch is in the tables whole or not at all. */
export function startIndexer(options: IndexerOptions): Indexer {
  const { ownerUrl, logger, intervalMs = 200, batchLeaves = 4_096 } = options;
  const pool = createPool(ownerUrl, { max: 1, applicationName: 'lgsp-indexer' });
  let isStopping = false;
  let failed = false;

  async function round(): Promise<void> {
    try {
      let taken: number;
      do taken = (await isBehind(pool)) ? await indexLeaves(pool, batchLeaves) : 0;
      while (taken === batchLeaves && !isStopping);
      failed = false;
    } catch (err) {
      if (!failed) logger.error({ err }, 'leaves are not indexed for search; tried again');
      failed = true;
    }
  }

  const loop = startLoop(round, intervalMs);
  return {
    async stop() {
      isStopping = true;
      await loop.stop();
      await pool.end();
    },
  };
}

async function isBehind(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ behind: boolean }>(
    'SELECT h.size < t.size AS behind FROM search_head h, tree_head t',
  );
  return rows[0]?.behind ?? false;
}

/**
 * Indexes up to `limit` leaves in one transaction. To make the tables anew, empty them and set the head to 0.
 * @returns how many; 0 when another indexer is at it
 */
export function indexLeaves(pool: pg.Pool, limit: number): Promise<number> {
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1, $2) AS mine',
      [...indexerLockKeys],
    );
    if (!rows[0]?.mine) return 0;
    const heads = await client.query<{ from: bigint; to: bigint }>(
      'SELECT h.size AS "from", least(t.size, h.size + $1) AS "to" FROM search_head h, tree_head t',
      [limit],
    );
    const { from = 0n, to = 0n } = heads.rows[0] ?? {};
    if (from >= to) return 0;
    const { rowCount } = await client.query(indexStatement, [from, to]);
    if (rowCount !== 1) throw new Error('another indexer set the head of search first');
    return Number(to - from);
  });
}
