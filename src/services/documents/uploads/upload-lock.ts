// One request at a time for one upload, whatever the number of hub processes: a lease in the database that its holder
// renews. It keeps requests from working in vain; that no byte is taken twice is settled where the offset is moved.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lock, Locker, RequestRelease } from '@tus/server';
import type { Pool } from 'pg';
import { Problem } from '../../../problem.ts';

/** Times of the lock. */
export interface LockTimes {
  /** After the death of a process its uploads are free again; default 10,000. */
  readonly leaseMs: number;
  /** How long a request waits for one before it; default 3,000. */
  readonly waitMs: number;
}

/** The locks of one process. */
export interface UploadLocks {
  /** @param settled resolves when the request that is to unlock has stopped writing */
  createLocker(settled: () => Promise<unknown>): Locker;
}

const pollMs = 200;

/** Names of the leases in `work_lease`. */
export const leasePrefix = 'upload:';

const take = `
  INSERT INTO work_lease AS l (name, process_id, lease_until)
  VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET process_id = excluded.process_id, lease_until = excluded.lease_until
  WHERE l.lease_until < clock_timestamp()`;
const renew = `
  UPDATE work_lease SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE name = $1 AND process_id = $2`;
const free = 'DELETE FROM work_lease WHERE name = $1 AND process_id = $2';

/** @param pool the database as the hub's role */
export function createUploadLocks(pool: Pool, { leaseMs, waitMs }: LockTimes): UploadLocks {
  /** How to ask the requests of this process that hold a lock to come to their end. */
  const held = new Map<string, RequestRelease>();

  function createLock(id: string, settled: () => Promise<unknown>): Lock {
    const name = `${leasePrefix}${id}`;
    const holder = randomUUID();
    let renewing: NodeJS.Timeout | undefined;

    async function tryTake(): Promise<boolean> {
      const { rowCount } = await pool.query(take, [name, holder, leaseMs]);
      return rowCount === 1;
    }
    async function keep(release: RequestRelease): Promise<void> {
      const { rowCount } = await pool.query(renew, [name, holder, leaseMs]);
      if (rowCount === 0) await release();
    }
    return {
      async lock(signal, release) {
        const endMs = performance.now() + waitMs;
        while (!(await tryTake())) {
          // A client that comes back has lost its earlier connection, which this process may not know yet.
          await held.get(id)?.();
          if (signal.aborted || performance.now() > endMs) throw new Problem('upload-locked');
          await pause(pollMs);
        }
        held.set(id, release);
        // A lease that could not be renewed in time is lost: the next holder moves the offset, and this one cannot.
        renewing = setInterval(() => void keep(release).catch(() => undefined), leaseMs / 3).unref();
      },
      async unlock() {
        await settled();
        clearInterval(renewing);
        held.delete(id);
        // What cannot be freed now ends by itself; the outcome of the request stands.
        await pool.query(free, [name, holder]).catch(() => undefined);
      },
    };
  }
  return { createLocker: (settled) => ({ newLock: (id) => createLock(id, settled) }) };
}
