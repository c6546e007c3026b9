// Figures by unit and day of Asia/Ho_Chi_Minh: what was demanded, and what became of it on the day when it did.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/payment.v1.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { isForProvince } from './demands/own.ts';
import { isDay } from './reconciliation/days.ts';

type DayFigures = components['schemas']['DayFigures'];
type Request = RequestOf<operations['readPaymentFigures']>;
type Measure = Exclude<keyof DayFigures, 'unit' | 'day' | 'exceptions'>;

const mostDays = 62;
const dayMs = 86_400_000;

interface FigureRow {
  readonly unit_id: string;
  readonly day: string;
  readonly what: Measure | 'exceptions';
  readonly count: bigint;
  readonly amount: string;
}

const day = (column: string): string => `to_char(${column} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')`;

const select = `
  WITH period AS (SELECT $1::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begun,
    ($2::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS ended),
  told AS (
    SELECT unit_id, ${day('created_at')} AS day, 'created' AS what, amount
      FROM payment, period WHERE created_at >= begun AND created_at < ended
    UNION ALL
    SELECT p.unit_id, ${day('c.at')}, c.to_state, p.amount
      FROM period, payment_state_change c JOIN payment p ON p.id = c.payment_id
     WHERE c.at >= begun AND c.at < ended AND c.to_state IN ('paid', 'failed', 'expired', 'cancelled', 'refunded')
       AND (c.from_state <> 'refund-requested' OR c.to_state = 'refunded')
    UNION ALL
    SELECT p.unit_id, ${day('e.created_at')}, 'exceptions', 0
      FROM period, payment_exception e JOIN payment p ON p.id = e.payment_id
     WHERE e.created_at >= begun AND e.created_at < ended)
  SELECT unit_id, day, what, count(*) AS count, sum(amount)::text AS amount FROM told
   WHERE $3::text IS NULL OR unit_id = $3 GROUP BY unit_id, day, what ORDER BY day, unit_id`;

const none = (): components['schemas']['Sum'] => ({ count: 0, amount: 0 });

const toEmpty = (unit: string, of: string): DayFigures => ({
  ...{ unit, day: of, created: none(), paid: none(), failed: none(), expired: none() },
  ...{ cancelled: none(), refunded: none(), exceptions: 0 },
});

/** @throws Problem request-invalid */
function checkPeriod({ query: { fromDay, toDay } }: Request): void {
  const days = (Date.parse(toDay) - Date.parse(fromDay)) / dayMs + 1;
  if (isDay(fromDay) && isDay(toDay) && days >= 1 && days <= mostDays) return;
  const where = '/query/toDay';
  const [vi, en] = [
    `phải là ngày có thật, không trước fromDay, tối đa ${mostDays} ngày`,
    `must be a real day, not before fromDay, at most ${mostDays} days`,
  ];
  throw new Problem('request-invalid', { errors: [{ where, vi, en }] });
}

/** Whose figures may be seen; undefined: everybody's. @throws Problem reach-too-small */
function toUnit({ query, caller }: Request): string | undefined {
  if (isForProvince(caller)) return query.unit;
  if (query.unit !== undefined && query.unit !== caller.actingUnit.id) throw new Problem('reach-too-small');
  return caller.actingUnit.id;
}

async function readFigures(pool: Pool, request: Request): Promise<readonly DayFigures[]> {
  checkPeriod(request);
  const { fromDay, toDay } = request.query;
  const { rows } = await pool.query<FigureRow>(select, [fromDay, toDay, toUnit(request) ?? null]);
  const days = new Map<string, DayFigures>();
  for (const { unit_id: unit, day: of, what, count, amount } of rows) {
    const name = `${of} ${unit}`;
    const figures = days.get(name) ?? toEmpty(unit, of);
    days.set(name, figures);
    if (what === 'exceptions') figures.exceptions = Number(count);
    else figures[what] = { count: Number(count), amount: Number(amount) };
  }
  return [...days.values()];
}

/** Handler of `readPaymentFigures`. */
export const createFigures = (pool: Pool): Pick<Handlers<operations>, 'readPaymentFigures'> => ({
  readPaymentFigures: {
    handle: async (request) => ({ status: 200, body: { days: [...(await readFigures(pool, request))] } }),
  },
});
