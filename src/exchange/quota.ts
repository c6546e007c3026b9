// The daily quota of a grant, per acting unit: counted in memory on the path, added up in PostgreSQL once a second, so
// that all hub processes together keep it within what they admit in that second.
import type { Pool } from 'pg';
import { secondsToLocalMidnight, toLocalDay } from '../local-day.ts';
import { Problem } from '../problem.ts';
import type { Grant } from '../registry/types.ts';

const flushMs = 1_000;

/** Counts calls against quotas. */
export interface Quota {
  /** Counts one call. @throws Problem quota-exceeded */
  use(grant: Grant, unitId: string, at: Date): void;
  /** Adds up what is left to add and stops. */
  stop(): Promise<void>;
}

interface Use {
  readonly grantId: string;
  readonly unitId: string;
  readonly day: string;
  /** Known to the database at the last flush. */
  known: number;
  /** Counted here since. */
  fresh: number;
}

const addUp = `
  insert into quota_use as q (grant_id, unit_id, day, used)
  select grant_id, unit_id, day, fresh from jsonb_to_recordset($1) as u(grant_id text, unit_id text, day date, fresh bigint)
  on conflict (grant_id, unit_id, day) do update set used = q.used + excluded.used
  returning grant_id, unit_id, day::text, used::float8 as used`;

/** @param onError told of a flush that failed; the counts stay and are added later */
export async function createQuota(pool: Pool, onError: (error: unknown) => void): Promise<Quota> {
  const uses = new Map<string, Use>();
  const keyOf = (grantId: string, unitId: string, day: string): string => `${grantId} ${unitId} ${day}`;

  const known = await pool.query<{ grant_id: string; unit_id: string; day: string; used: number }>(
    `select grant_id, unit_id, day::text, used::float8 as used from quota_use where day >= $1`,
    [toLocalDay(Date.now())],
  );
  for (const row of known.rows)
    uses.set(keyOf(row.grant_id, row.unit_id, row.day), {
      grantId: row.grant_id,
      unitId: row.unit_id,
      day: row.day,
      known: row.used,
      fresh: 0,
    });

  async function flush(): Promise<void> {
    const today = toLocalDay(Date.now());
    for (const [key, use] of uses) if (use.day < today && use.fresh === 0) uses.delete(key);
    const batch = [...uses.values()].filter((use) => use.fresh > 0).map((use) => ({ use, fresh: use.fresh }));
    if (batch.length === 0) return;
    const rows = batch.map(({ use, fresh }) => ({
      grant_id: use.grantId,
      unit_id: use.unitId,
      day: use.day,
      fresh,
    }));
    const { rows: totals } = await pool.query<{
      grant_id: string;
      unit_id: string;
      day: string;
      used: number;
    }>(addUp, [JSON.stringify(rows)]);
    for (const { use, fresh } of batch) use.fresh -= fresh;
    for (const total of totals) {
      const use = uses.get(keyOf(total.grant_id, total.unit_id, total.day));
      if (use) use.known = total.used;
    }
  }

  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(flush).catch(onError);
  }, flushMs);

  return {
    use(grant, unitId, at) {
      const day = toLocalDay(at.getTime());
      const key = keyOf(grant.id, unitId, day);
      let use = uses.get(key);
      if (!use) {
        use = { grantId: grant.id, unitId, day, known: 0, fresh: 0 };
        uses.set(key, use);
      }
      if (use.known + use.fresh >= grant.quota.perDay)
        throw new Problem('quota-exceeded', { retryAfterS: secondsToLocalMidnight(at.getTime()) });
      use.fresh += 1;
    },
    async stop() {
      clearInterval(timer);
      await running.then(flush).catch(onError);
    },
  };
}
