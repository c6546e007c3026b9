// A hub process's lease on the exchanges that it has open, renewed by heartbeats.
import { hostname } from 'node:os';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { EntryClock } from './entry-clock.ts';
import { startLoop } from './loop.ts';

/** What a lease is made of. */
export interface LeaseOptions {
  readonly pool: pg.Pool;
  readonly processId: string;
  /** How long it lasts after a heartbeat. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Set by every heartbeat to the database's time. */
  readonly clock: EntryClock;
  readonly logger: Logger;
}

/** The lease of this process. */
export interface Lease {
  /** True while the last heartbeat succeeded and the lease is certain to hold. */
  readonly isHeld: boolean;
  /** Ends the lease: what is still open becomes unknown without waiting. Never throws. */
  stop(): Promise<void>;
}

/** Takes the lease and keeps it. @throws Error when the database does not answer */
export async function startLease(options: LeaseOptions): Promise<Lease> {
  const { pool, processId, leaseMs, clock, logger } = options;
  let heldUntilMs = 0;

  async function beat(): Promise<void> {
    const sentAtMs = performance.now();
    const databaseAt = await renew(pool, processId, leaseMs);
    clock.set(databaseAt, sentAtMs, performance.now());
    heldUntilMs = sentAtMs + leaseMs;
  }

  await beat();
  const loop = startLoop(async () => {
    try {
      await beat();
    } catch (err) {
      heldUntilMs = 0;
      logger.warn({ err }, 'no heartbeat');
    }
  }, options.heartbeatMs);
  return {
    get isHeld() {
      return performance.now() < heldUntilMs;
    },
    async stop() {
      await loop.stop();
      heldUntilMs = 0;
      try {
        await pool.query('UPDATE hub_process SET lease_until = clock_timestamp() WHERE id = $1', [processId]);
      } catch (err) {
        logger.warn({ err }, 'the lease was left to run out');
      }
    },
  };
}

/** Makes or renews a lease. @returns the database's time */
async function renew(pool: pg.Pool, processId: string, leaseMs: number): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>(
    `INSERT INTO hub_process (id, host, pid, lease_until)
     VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
     ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until
     RETURNING clock_timestamp() AS now`,
    [processId, hostname(), process.pid, leaseMs],
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}
