// Finds the exchanges about a person by the keyed hash of each month whose key is still there. The number goes no further
// than the hash.
import type pg from 'pg';
import type { Keys } from '../keys.ts';
import { toLeastId } from './exchange-id.ts';
import { hashSubject } from './leaf.ts';
import { addMonths, toMonth } from './month.ts';

/** Whom is looked for, and when: exchanges that began in the period. */
export interface PersonQuestion {
  readonly kind: string;
  readonly number: string;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  /** Only before this exchange, going back. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** An exchange about the person, as the public part has it. */
export interface PersonHit {
  readonly exchangeId: string;
  readonly roles: readonly string[];
  readonly at: Date;
  readonly kind: string;
  readonly outcome: string | null;
  readonly problem: string | null;
  readonly systemId: string | null;
  readonly actingUnit: string | null;
  readonly service: string | null;
  readonly operation: string | null;
  readonly grantId: string | null;
  /** From the sealed part; null once that was purged. */
  readonly purpose: string | null;
  readonly isHeld: boolean;
}

/** What was found, the newest first. */
export interface PersonAnswer {
  readonly hits: readonly PersonHit[];
  /** Months (`yyyy-MM`) of the period whose key is destroyed: nobody can look into them any more. */
  readonly monthsWithoutKey: readonly string[];
  /** Months of the period of which something was purged: that is not among the hits. */
  readonly monthsPurged: readonly string[];
  /** Leaves below this were looked through. */
  readonly size: number;
}

const find = `
  SELECT s.exchange_id AS "exchangeId", s.roles, x.at, x.kind, x.outcome, x.problem, x.system_id AS "systemId",
    x.acting_unit AS "actingUnit", x.service, x.operation, x.grant_id AS "grantId", x.purpose,
    is_held(s.exchange_id, clock_timestamp()) AS "isHeld"
  FROM (
    SELECT exchange_id, array_agg(DISTINCT role ORDER BY role) AS roles FROM exchange_subject
    WHERE hash = ANY ($1) AND exchange_id >= $2 AND exchange_id < $3 AND ($4::uuid IS NULL OR exchange_id < $4)
    GROUP BY exchange_id ORDER BY exchange_id DESC LIMIT $5) s
  JOIN exchange x ON x.exchange_id = s.exchange_id ORDER BY s.exchange_id DESC`;

/** @param pool of the hub's own role */
export async function findPerson(
  pool: pg.Pool,
  keys: Pick<Keys, 'months' | 'readMonth'>,
  { kind, number, from, to, before, limit }: PersonQuestion,
): Promise<PersonAnswer> {
  // An entry may be of the month after that in which its exchange began.
  const [first, last] = [toMonth(from), addMonths(toMonth(to), 1)];
  const hashes = keys
    .months()
    .filter((month) => month >= first && month <= last)
    .flatMap((month) => keys.readMonth(month) ?? [])
    .map((key) => hashSubject(key, kind, number));
  const heads = await pool.query<{ size: bigint }>('SELECT size FROM search_head');
  const ended = await pool.query<{ month: string }>(
    'SELECT month FROM destroyed_month_key WHERE month >= $1 AND month <= $2 ORDER BY month',
    [first, toMonth(to)],
  );
  const purged = await pool.query<{ month: string }>(
    'SELECT DISTINCT month FROM purge_batch WHERE month >= $1 AND month <= $2 ORDER BY month',
    [first, toMonth(to)],
  );
  const { rows } = await pool.query<PersonHit>(find, [
    hashes,
    ...[toLeastId(from), toLeastId(to), before, limit],
  ]);
  return {
    hits: rows,
    monthsWithoutKey: ended.rows.map(({ month }) => month),
    monthsPurged: purged.rows.map(({ month }) => month),
    size: Number(heads.rows[0]?.size ?? 0),
  };
}
