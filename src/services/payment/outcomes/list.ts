// A unit's outcomes in the order of their arrival, out of its mailbox. The cursor is the number of the last one given: nothing
// is passed over, whatever commits meanwhile, since numbers are given under the mailbox's lock.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import type { Arrivals } from '../../../delivery/arrivals.ts';
import { Problem } from '../../../problem.ts';
import type { RequestOf } from '../../service.ts';
import type { PaymentState } from '../ledger.ts';

type Outcome = components['schemas']['Outcome'];
type OutcomePage = components['schemas']['OutcomePage'];
type ListRequest = RequestOf<operations['listOutcomes']>;

interface OutcomeRow {
  readonly delivery_id: string;
  readonly mailbox_no: bigint;
  readonly state: Outcome['state'];
  readonly payment_id: string;
  readonly reference: string;
  readonly dossier: string;
  readonly amount: bigint;
  readonly to_state: PaymentState;
  readonly change_no: number;
  readonly event: string;
  readonly transaction_code: string | null;
  readonly at: Date;
}

const defaultLimit = 50;

const toCursor = (no: number): string => Buffer.from(String(no)).toString('base64url');

/** @throws Problem request-invalid */
function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [vi, en] = ['phải là `next` của lần hỏi trước', 'must be the `next` of the call before'];
  throw new Problem('request-invalid', { errors: [{ where: '/query/cursor', vi, en }] });
}

/** The state is spelled out in the statement: only so does the index of what is open serve. */
const toStateSql = (state: 'open' | 'all'): string =>
  state === 'open' ? "d.state IN ('delivered', 'taken')" : 'true';

async function readRows(
  pool: Pool,
  { query, caller }: ListRequest,
  afterNo: number,
  limit: number,
): Promise<readonly OutcomeRow[]> {
  const state = query.state ?? 'open';
  const { rows } = await pool.query<OutcomeRow>({
    name: `payment-outcomes-${state}`,
    text: `SELECT d.id AS delivery_id, d.mailbox_no, d.state, p.id AS payment_id, p.reference, p.dossier, p.amount, c.to_state,
        c.no AS change_no, c.event, p.transaction_code, c.at
      FROM delivery d JOIN payment_outcome o ON o.id = d.subject
        JOIN payment_state_change c ON c.payment_id = o.payment_id AND c.no = o.change_no
        JOIN payment p ON p.id = o.payment_id
      WHERE d.receiver_unit = $1 AND d.mailbox_no > $2 AND ${toStateSql(state)} AND d.service = 'payment.v1'
      ORDER BY d.mailbox_no LIMIT $3`,
    values: [caller.actingUnit.id, afterNo, limit + 1],
  });
  return rows;
}

const toOutcome = (row: OutcomeRow): Outcome => ({
  ...{ deliveryId: row.delivery_id, state: row.state, paymentId: row.payment_id, reference: row.reference },
  ...{ dossier: row.dossier, amount: Number(row.amount), payment: row.to_state, changeNo: row.change_no },
  event: row.event,
  ...(row.transaction_code !== null && { transaction: row.transaction_code }),
  at: row.at.toISOString(),
});

/** Read before the page: what comes in between wakes who waits. */
async function readLastNo(pool: Pool, unitId: string): Promise<number> {
  const { rows } = await pool.query<{ last_no: bigint }>({
    ...{ name: 'mailbox-last', text: 'SELECT last_no FROM mailbox WHERE unit_id = $1', values: [unitId] },
  });
  return Number(rows[0]?.last_no ?? 0);
}

/** A page; where it would be empty it is waited for as long as the caller says. @throws Problem request-invalid */
export async function listOutcomes(
  { pool, arrivals }: { readonly pool: Pool; readonly arrivals: Arrivals },
  request: ListRequest,
): Promise<OutcomePage> {
  const { query, caller, signal } = request;
  const afterNo = parseCursor(query.cursor);
  const limit = query.limit ?? defaultLimit;
  const endMs = performance.now() + (query.waitS ?? 0) * 1_000;
  let seenNo = afterNo;
  for (;;) {
    const lastNo = await readLastNo(pool, caller.actingUnit.id);
    const rows = await readRows(pool, request, afterNo, limit);
    const leftMs = endMs - performance.now();
    if (rows.length > 0 || leftMs <= 0 || signal.aborted || arrivals.isEnded) {
      const page = rows.slice(0, limit);
      return {
        items: page.map(toOutcome),
        next: toCursor(Number(page.at(-1)?.mailbox_no ?? afterNo)),
        isMore: rows.length > limit,
      };
    }
    seenNo = Math.max(seenNo, lastNo);
    await arrivals.wait(caller.actingUnit.id, seenNo, leftMs, signal);
  }
}
