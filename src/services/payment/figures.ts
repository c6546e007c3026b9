// Figures by unit and day of Asia/Ho_Chi_Minh: what was demanded, and what became of it on the day when it did.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/payment.v1.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { isForProvince } from './demands/own.ts';
import { isDay } from './reconciliation/days.ts';

type DayFigures = components['schemas']['DayFigures'];
type Request = RequestOf<operations['readPaymentFigures']>;
type Figures = components['schemas']['Figures'];
type Measure = Exclude<keyof DayFigures, 'unit' | 'day' | 'exceptions'>;

const mostDays = 62;
const defaultLimit = 200;
const dayMs = 86_400_000;

/** A unit's day, and what was counted in it: how many, and VND. */
interface FigureRow {
  readonly unit_id: string;
  readonly day: string;
  readonly sums: Readonly<Partial<Record<Measure | 'exceptions', readonly [count: number, amount: number]>>>;
}

/** The last day and unit of a page. */
type Place = readonly [day: string, unit: string];

const day = (column: string): string => `to_char(${column} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')`;

const select = `
  WITH period AS (SELECT greatest($1::date, $4::text::date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begun,
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
     WHERE e.created_at >= begun AND e.created_at < ended),
  sums AS (SELECT unit_id COLLATE "C" AS unit_id, day COLLATE "C" AS day, what, count(*) AS count, sum(amount) AS amount FROM told
    WHERE ($3::text IS NULL OR unit_id = $3) AND ($4::text IS NULL OR (day COLLATE "C", unit_id COLLATE "C") > ($4::text, $5::text))
    GROUP BY unit_id, day, what)
  SELECT unit_id, day, jsonb_object_agg(what, jsonb_build_array(count, amount)) AS sums FROM sums
   GROUP BY day, unit_id ORDER BY day, unit_id LIMIT $6`;

function toFigures({ unit_id: unit, day: of, sums }: FigureRow): DayFigures {
  const sum = (measure: Measure): components['schemas']['Sum'] => {
    const [count = 0, amount = 0] = sums[measure] ?? [];
    return { count, amount };
  };
  return {
    ...{ unit, day: of, created: sum('created'), paid: sum('paid'), failed: sum('failed') },
    ...{ expired: sum('expired'), cancelled: sum('cancelled'), refunded: sum('refunded') },
    exceptions: sums.exceptions?.[0] ?? 0,
  };
}

const toCursor = ({ day: of, unit_id: unit }: FigureRow): string =>
  Buffer.from(`${of} ${unit}`).toString('base64url');

/** @throws Problem request-invalid */
function parseCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, of = '', unit = ''] = /^(\d{4}-\d\d-\d\d) ([a-z0-9-]{1,63})$/.exec(text) ?? [];
  if (isDay(of)) return [of, unit];
  const [vi, en] = ['phải là `next` của trang trước', 'must be the `next` of the page before'];
  throw new Problem('request-invalid', { errors: [{ where: '/query/cursor', vi, en }] });
}

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

/** A page, by day and unit. @throws Problem request-invalid | reach-too-small */
async function readFigures(pool: Pool, request: Request): Promise<Figures> {
  checkPeriod(request);
  const { fromDay, toDay, cursor, limit = defaultLimit } = request.query;
  const [afterDay, afterUnit] = parseCursor(cursor) ?? [];
  const values = [fromDay, toDay, toUnit(request), afterDay, afterUnit, limit + 1];
  const { rows } = await pool.query<FigureRow>(select, values);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { days: page.map(toFigures), next: last ? toCursor(last) : null };
}

/** Handler of `readPaymentFigures`. */
export const createFigures = (pool: Pool): Pick<Handlers<operations>, 'readPaymentFigures'> => ({
  readPaymentFigures: {
    handle: async (request) => ({ status: 200, body: await readFigures(pool, request) }),
  },
});
