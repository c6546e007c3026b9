// The list of the hub's own daily work; that of its services stands with them.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DailyWork } from './daily-work.ts';
import { createEndingCredentials } from './ending-credentials.ts';
import { createMonths } from './months.ts';
import { createPurge } from './purge.ts';

/** In the order in which it is done. @param pool the database as its owner */
export const createOwnWorks = (pool: Pool, logger: Logger): readonly DailyWork[] => [
  createMonths(pool, logger),
  createPurge(pool),
  createEndingCredentials(pool, logger),
];
