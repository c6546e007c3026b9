// Work that is due once a day, whatever the number of processes, and caught up after a night switched off. A process
// that dies in mid-run loses its lease, and another one does the work again: it must bear being done twice.
import { schedule } from 'node-cron';
import type { Pool } from 'pg';
import { toLocalDay } from '../local-day.ts';

/** One piece of daily work. */
export interface DailyWork {
  readonly name: string;
  /** Does what is due on `day` (`yyyy-MM-dd`, Asia/Ho_Chi_Minh). */
  run(day: string): Promise<void>;
}

/** The work of one process. */
export interface DailyWorks {
  /** Does what is due and not taken; called every ten minutes by itself. */
  check(): Promise<void>;
  /** Waits for the piece at work, then stops. */
  stop(): Promise<void>;
}

const leaseMinutes = 30;
const everyTenMinutes = '*/10 * * * *';

const take = `
  INSERT INTO daily_work AS w (name, day, taken_until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 minute')
  ON CONFLICT (name, day) DO UPDATE SET taken_until = excluded.taken_until
  WHERE w.done_at IS NULL AND w.taken_until < clock_timestamp()
  RETURNING name`;

/**
 * Starts the work of this process with a first check.
 * @param pool of the role that writes the registry
 * @param onError told of work that failed; it is tried again when its lease is over
 */
export function startDailyWork(
  pool: Pool,
  works: readonly DailyWork[],
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): DailyWorks {
  let running: Promise<void> = Promise.resolve();

  async function runDue({ name, run }: DailyWork): Promise<void> {
    const day = toLocalDay(now());
    const { rowCount } = await pool.query(take, [name, day, leaseMinutes]);
    if (rowCount === 0) return;
    await run(day);
    await pool.query('UPDATE daily_work SET done_at = clock_timestamp() WHERE name = $1 AND day = $2', [
      name,
      day,
    ]);
  }

  async function runAll(): Promise<void> {
    for (const work of works) await runDue(work).catch(onError);
  }

  const check = (): Promise<void> => {
    running = running.then(runAll);
    return running;
  };
  const task = schedule(everyTenMinutes, check, {
    noOverlap: true,
    unref: true,
    suppressMissedWarning: true,
  });
  void check();
  return {
    check,
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
