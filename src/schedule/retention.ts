// The daily work of retention: sealed parts whose time is over go, and then the keys of months of which nothing is left.
import type { Pool } from 'pg';
import { endMonthKeys } from '../evidence/month-keys.ts';
import { purgeDue } from '../evidence/purge.ts';
import type { Keys } from '../keys.ts';
import type { DailyWork } from './daily-work.ts';

/** @param pool the database in the role of retention */
export const createRetention = (
  pool: Pool,
  keys: Pick<Keys, 'month' | 'months' | 'destroyMonth'>,
  now: () => Date,
): DailyWork => ({
  name: 'retention',
  async run() {
    await purgeDue({ pool, keys, now });
    await endMonthKeys({ pool, keys, now });
  },
});
