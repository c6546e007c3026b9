// Tells every day which accounts at sources end soon, so that they are replaced before calls are refused.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DailyWork } from './daily-work.ts';

const soonDays = 30;

interface EndingRow {
  readonly id: string;
  readonly source: string;
  readonly unit_id: string | null;
  readonly valid_to: Date;
}

/** @param pool of the role that writes the registry */
export const createEndingCredentials = (pool: Pool, logger: Logger): DailyWork => ({
  name: 'ending-credentials',
  async run() {
    const { rows } = await pool.query<EndingRow>(
      `SELECT id, source, unit_id, valid_to FROM source_credential
         WHERE state IN ('active', 'suspended') AND valid_to < clock_timestamp() + $1 * interval '1 day' ORDER BY valid_to, id`,
      [soonDays],
    );
    for (const { id, source, unit_id: unit, valid_to: validTo } of rows)
      logger.warn(
        { credential: id, source, unit, validTo },
        'an account at a source ends within 30 days, or has ended',
      );
  },
});
