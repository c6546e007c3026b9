// Work that one process of the cluster does at a time: whoever holds its lease. Others take over once it runs out.
import type { Pool } from 'pg';
import { startLoop } from '../evidence/loop.ts';

/** The lease while this process has it. */
export interface HeldLease {
  /** Aborted once it may no longer be ours: then the work must stop at once. */
  readonly signal: AbortSignal;
  /** Gives it back; another process may have it at once. Never throws. */
  release(): Promise<void>;
}

/** A lease that processes of a cluster take in turn. */
export interface WorkLease {
  /**
   * Takes the lease and renews it until it is released or lost. Not to be held twice at once by one process.
   * @returns undefined while another process has it
   * @throws Error when the database does not answer
   */
  hold(): Promise<HeldLease | undefined>;
}

const take = `INSERT INTO work_lease AS w (name, process_id, lease_until)
  VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET process_id = excluded.process_id, lease_until = excluded.lease_until
  WHERE w.process_id = excluded.process_id OR w.lease_until <= clock_timestamp()
  RETURNING name`;

/**
 * @param name of the work, the same in every process
 * @param leaseMs how long it lasts without being renewed; default 10,000
 */
export function createWorkLease(pool: Pool, name: string, processId: string, leaseMs = 10_000): WorkLease {
  /** @returns until when it is certainly ours, by `performance.now()` */
  async function renew(): Promise<number | undefined> {
    const askedAtMs = performance.now();
    const { rowCount } = await pool.query(take, [name, processId, leaseMs]);
    return rowCount === 1 ? askedAtMs + leaseMs : undefined;
  }

  async function hold(): Promise<HeldLease | undefined> {
    const heldUntilMs = await renew();
    if (heldUntilMs === undefined) return undefined;
    const lost = new AbortController();
    const lose = (): void => lost.abort(new Error(`the lease of ${name} is lost`));
    let timer = setTimeout(lose, heldUntilMs - performance.now());
    const loop = startLoop(async () => {
      if (lost.signal.aborted) return;
      // What fails is tried again until the timer says that the lease has run out.
      const untilMs = await renew().catch(() => 'unknown' as const);
      if (untilMs === 'unknown' || lost.signal.aborted) return;
      if (untilMs === undefined) return lose();
      clearTimeout(timer);
      timer = setTimeout(lose, untilMs - performance.now());
    }, leaseMs / 3);
    return {
      signal: lost.signal,
      async release() {
        await loop.stop();
        clearTimeout(timer);
        lose();
        await pool
          .query('DELETE FROM work_lease WHERE name = $1 AND process_id = $2', [name, processId])
          .catch(() => undefined);
      },
    };
  }

  return { hold };
}
