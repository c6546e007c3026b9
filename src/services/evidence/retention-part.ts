// What retention does by itself: the daily work, and in each process the end of months' keys that another has recorded.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type Loop, startLoop } from '../../evidence/loop.ts';
import { followMonthKeys } from '../../evidence/month-keys.ts';
import type { Keys } from '../../keys.ts';
import type { DailyWork } from '../../schedule/daily-work.ts';
import { createRetention } from '../../schedule/retention.ts';

/** What it stands on. */
export interface RetentionPartDependencies {
  readonly pool: Pool;
  /** The database in the role of retention. */
  readonly retentionPool: Pool;
  readonly keys: Pick<Keys, 'month' | 'months' | 'destroyMonth'>;
  readonly logger: Logger;
}

const everyMs = 600_000;

/** The work, and how the process begins and ends its own share. */
export function createRetentionPart({ pool, retentionPool, keys, logger }: RetentionPartDependencies) {
  let loop: Loop | undefined;
  const follow = (): Promise<void> =>
    followMonthKeys(pool, keys).catch((err: unknown) =>
      logger.error({ err }, 'keys of months that ended are not destroyed here yet; tried again'),
    );
  const works: readonly DailyWork[] = [createRetention(retentionPool, keys, () => new Date())];
  return {
    works,
    routes: [],
    start(): void {
      loop = startLoop(follow, everyMs, 0);
      loop.poke();
    },
    hush: (): void => undefined,
    close: async (): Promise<void> => loop?.stop(),
  };
}
