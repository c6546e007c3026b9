// How many persons an officer and an acting unit may ask about in a day, and how often in vain. The counts lie in
// PostgreSQL, whose constraints refuse what goes beyond them, whatever processes ask at the same time. They hold keyed
// hashes, never a number.
import { createHmac } from 'node:crypto';
import pg, { type Pool } from 'pg';
import type { Keys } from '../../keys.ts';
import { secondsToLocalMidnight, toLocalDay } from '../../local-day.ts';
import { Problem } from '../../problem.ts';

/** Most of each per day of Asia/Ho_Chi_Minh; 0 refuses all. */
export interface PopulationLimits {
  readonly officerPersons: number;
  readonly unitPersons: number;
  /** Failed confirmations: `notConfirmed`, and calls that ended without an outcome, e.g. by a crash. */
  readonly officerMisses: number;
  readonly unitMisses: number;
}

/** What holds unless configured otherwise. */
export const defaultPopulationLimits: PopulationLimits = {
  officerPersons: 500,
  unitPersons: 5_000,
  officerMisses: 50,
  unitMisses: 500,
};

/**
 * Reads limits from a configuration; those left out keep their default.
 * @throws Error naming every mistake
 */
export function parsePopulationLimits(json: unknown): PopulationLimits {
  const given = Object.entries(typeof json === 'object' && json !== null ? json : {});
  const mistakes = given.filter(
    ([name, value]) => !(name in defaultPopulationLimits && Number.isSafeInteger(value) && value >= 0),
  );
  if (mistakes.length > 0)
    throw new Error(
      `limits of population.v1: ${mistakes.map(([name]) => name).join(', ')} must be whole numbers of ${Object.keys(defaultPopulationLimits).join(', ')}`,
    );
  return { ...defaultPopulationLimits, ...Object.fromEntries(given) };
}

/** Who asks about whom. */
export interface Use {
  readonly officerId: string;
  readonly unitId: string;
  /** 9 or 12 digits. */
  readonly number: string;
}

/** A failure counted in advance. */
export interface Reservation {
  /** Takes the failure back. @throws Problem `evidence-unavailable` */
  release(): Promise<void>;
  /** Leaves the failure counted: the person was not confirmed. */
  keep(): void;
}

/** The limits of one day after the other. */
export interface UseLimits {
  /** Refuses early, before anything is recorded or sent; counts nothing. @throws Problem `persons-limit-reached`, `mismatch-limit-reached`, `evidence-unavailable` */
  check(use: Use): Promise<void>;
  /** Counts the person, once a day, and a failure. @throws Problem as `check`; then nothing was counted */
  reserve(use: Use): Promise<Reservation>;
}

const dayMs = 86_400_000;
const turnMs = 5_000;
const turnAgainMs = 250;
const purgeEvery = 64;
const purgeRows = 1_000;

// Named, so that the server plans each once a connection.
const look = {
  name: 'population-look',
  text: `
  SELECT used.holder, used.persons, used.misses, EXISTS (
    SELECT FROM population_person AS seen
    WHERE seen.day = used.day AND seen.holder = used.holder AND seen.person = $3) AS known
  FROM population_use AS used
  WHERE used.day = $1 AND used.holder = ANY ($2)`,
};

// Always officer before unit, so that two uses never wait for each other.
const reserve = {
  name: 'population-reserve',
  text: `
  WITH fresh AS (
    INSERT INTO population_person (day, holder, person)
    SELECT $1, holder, $3 FROM unnest($2::text[]) AS holder ORDER BY holder
    ON CONFLICT DO NOTHING
    RETURNING holder
  )
  INSERT INTO population_use AS used (day, holder, persons, persons_limit, misses, misses_limit)
  SELECT $1, holder, (fresh.holder IS NOT NULL)::integer, persons_limit, 1, misses_limit
  FROM unnest($2::text[], $4::integer[], $5::integer[]) AS asked (holder, persons_limit, misses_limit)
  LEFT JOIN fresh USING (holder)
  ORDER BY holder
  ON CONFLICT (day, holder) DO UPDATE SET
    persons = used.persons + excluded.persons, persons_limit = excluded.persons_limit,
    misses = used.misses + 1, misses_limit = excluded.misses_limit`,
};

const release = {
  name: 'population-release',
  text: `
  UPDATE population_use SET misses = misses - 1
  FROM (SELECT day, holder FROM population_use WHERE day = $1 AND holder = ANY ($2) ORDER BY holder FOR UPDATE) AS held
  WHERE population_use.day = held.day AND population_use.holder = held.holder AND misses > 0`,
};

const purgeOf = (table: 'population_use' | 'population_person') => ({
  text: `
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM ${table} WHERE day < $1 LIMIT ${purgeRows} FOR UPDATE SKIP LOCKED))`,
});

interface LookRow {
  readonly holder: string;
  readonly persons: number;
  readonly misses: number;
  readonly known: boolean;
}

/** The database's refusal as a problem; anything else means that nothing can be counted, so nothing is asked. */
function toProblem(error: unknown, at: number): Problem {
  const constraint = error instanceof pg.DatabaseError ? error.constraint : undefined;
  const more = { retryAfterS: secondsToLocalMidnight(at) };
  if (constraint === 'population_use_persons_limit') return new Problem('persons-limit-reached', more);
  if (constraint === 'population_use_misses_limit') return new Problem('mismatch-limit-reached', more);
  return new Problem('evidence-unavailable', { retryAfterS: 5, cause: error });
}

/**
 * Calls of this process under way. Their failures are counted in advance and most are taken back, so a call that finds
 * the limit reached by them waits for its turn: it is a matter of seconds, not of the day.
 */
function createUnderWay() {
  const calls = new Map<string, number>();
  const waiting: (() => void)[] = [];
  const undo = (holders: readonly string[]): void => {
    for (const holder of holders) {
      const left = (calls.get(holder) ?? 0) - 1;
      if (left > 0) calls.set(holder, left);
      else calls.delete(holder);
    }
  };
  return {
    count: (holder: string): number => calls.get(holder) ?? 0,
    begin(holders: readonly string[]): void {
      for (const holder of holders) calls.set(holder, (calls.get(holder) ?? 0) + 1);
    },
    /** Takes a beginning back that came to nothing: no place became free. */
    undo,
    end(holders: readonly string[]): void {
      undo(holders);
      waiting.shift()?.();
    },
    isAny: (holders: readonly string[]): boolean => holders.some((holder) => calls.has(holder)),
    /** Resolves when a call ended, or after a moment: another process may have freed the place. */
    async turn(): Promise<void> {
      let wake = (): void => undefined;
      const ended = new Promise<void>((resolve) => {
        wake = resolve;
      });
      waiting.push(wake);
      const timer = setTimeout(wake, turnAgainMs);
      await ended;
      clearTimeout(timer);
      const place = waiting.indexOf(wake);
      if (place >= 0) waiting.splice(place, 1);
    },
  };
}

type Query = <Row extends pg.QueryResultRow>(
  query: pg.QueryConfig,
  values: unknown[],
) => Promise<readonly Row[]>;

/** Rows of days before yesterday, a bounded number of them. */
async function purge(query: Query, at: number): Promise<void> {
  const before = toLocalDay(at - dayMs);
  await query(purgeOf('population_person'), [before]);
  await query(purgeOf('population_use'), [before]);
}

/** The key is that of the day's noon: one key for the whole local day, over the turn of the month too. */
function toPerson(keys: Pick<Keys, 'month'>, day: string, number: string): Buffer {
  const key = keys.month(new Date(`${day}T12:00:00+07:00`));
  return createHmac('sha256', key).update(`population-limit ${number}`, 'utf8').digest();
}

const toHolders = (use: Use): readonly string[] => [`officer:${use.officerId}`, `unit:${use.unitId}`];

/** @param now epoch milliseconds */
export function createUseLimits(
  pool: Pool,
  keys: Pick<Keys, 'month'>,
  limits: PopulationLimits,
  now: () => number,
): UseLimits {
  const personsLimits = [limits.officerPersons, limits.unitPersons];
  const missesLimits = [limits.officerMisses, limits.unitMisses];
  const underWay = createUnderWay();
  let checks = 0;

  const query: Query = async <Row extends pg.QueryResultRow>(sql: pg.QueryConfig, values: unknown[]) => {
    try {
      return (await pool.query<Row>({ ...sql, values })).rows;
    } catch (error) {
      throw toProblem(error, now());
    }
  };

  return {
    async check(use) {
      const at = now();
      checks += 1;
      if (checks % purgeEvery === 1) await purge(query, at);
      const [day, holders] = [toLocalDay(at), toHolders(use)];
      const before = holders.map(underWay.count);
      const rows = await query<LookRow>(look, [day, holders, toPerson(keys, day, use.number)]);
      const more = { retryAfterS: secondsToLocalMidnight(at) };
      for (const [index, holder] of holders.entries()) {
        const row = rows.find((each) => each.holder === holder) ?? { persons: 0, misses: 0, known: false };
        // Calls may have begun or ended while the row was read: the larger number never refuses wrongly.
        const calls = Math.max(before[index] ?? 0, underWay.count(holder));
        if (row.misses - calls >= (missesLimits[index] ?? 0))
          throw new Problem('mismatch-limit-reached', more);
        if (!row.known && row.persons >= (personsLimits[index] ?? 0))
          throw new Problem('persons-limit-reached', more);
      }
    },
    async reserve(use) {
      const [day, holders] = [toLocalDay(now()), toHolders(use)];
      const person = toPerson(keys, day, use.number);
      const until = performance.now() + turnMs;
      for (;;) {
        const wereOthers = underWay.isAny(holders);
        // Begun before it is counted: whoever sees the count sees the call, too.
        underWay.begin(holders);
        try {
          await query(reserve, [day, holders, person, personsLimits, missesLimits]);
          break;
        } catch (error) {
          underWay.undo(holders);
          const isMisses = error instanceof Problem && error.code === 'mismatch-limit-reached';
          const areOthers = underWay.isAny(holders);
          // Only alone, before and after, is the limit certain to be one of failures.
          if (!isMisses || !(wereOthers || areOthers)) throw error;
          if (performance.now() > until) throw new Problem('rate-exceeded', { retryAfterS: 2, cause: error });
          if (areOthers) await underWay.turn();
        }
      }
      return {
        release: () =>
          query(release, [day, holders])
            .then(() => undefined)
            .finally(() => underWay.end(holders)),
        keep: () => underWay.end(holders),
      };
    },
  };
}
