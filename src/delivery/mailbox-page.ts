// A unit's mailbox as pages in the order of arrival. The cursor is the number of the last one given: nothing is passed over,
// whatever commits meanwhile, since numbers are given under the mailbox's lock. What a row tells is its service's.
import type { Pool } from 'pg';
import { Problem } from '../problem.ts';
import type { Arrivals } from './arrivals.ts';

/** What every row of a page must show. */
export interface MailboxRow {
  readonly mailbox_no: string;
}

/** Which page is asked for. */
export interface PageQuestion {
  readonly unitId: string;
  /** `next` of the page before. */
  readonly cursor: string | undefined;
  /** Rows; default 50. */
  readonly limit: number | undefined;
  /** Where the page would be empty it is waited for so long. */
  readonly waitS: number | undefined;
  readonly signal: AbortSignal;
}

/** A page; `next` is always there, to go on with. */
export interface MailboxPage<Row> {
  readonly rows: readonly Row[];
  readonly next: string;
  readonly isMore: boolean;
}

const defaultLimit = 50;

const toCursor = (no: number): string => Buffer.from(String(no)).toString('base64url');

/** @throws Problem request-invalid */
function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Problem('request-invalid', {
    errors: [
      {
        where: '/query/cursor',
        vi: 'phải là `next` của lần hỏi trước',
        en: 'must be the `next` of the call before',
      },
    ],
  });
}

/** Read before the page: what comes in between wakes who waits. */
async function readLastNo(pool: Pool, unitId: string): Promise<number> {
  const { rows } = await pool.query<{ last_no: string }>({
    name: 'mailbox-last',
    text: 'SELECT last_no FROM mailbox WHERE unit_id = $1',
    values: [unitId],
  });
  return Number(rows[0]?.last_no ?? 0);
}

/** States that a filter of mailboxes means; unless said, what is not yet done. */
export const toMailboxStates = (state = 'open'): readonly string[] => {
  if (state === 'open') return ['delivered', 'taken'];
  return state === 'all' ? ['delivered', 'taken', 'acknowledged', 'refused'] : [state];
};

/**
 * A page; where it would be empty it is waited for as long as the caller says.
 * @param readRows rows with a number above `afterNo`, in order, at most `limit`
 * @throws Problem request-invalid
 */
export async function readMailboxPage<Row extends MailboxRow>(
  { pool, arrivals }: { readonly pool: Pool; readonly arrivals: Arrivals },
  { unitId, cursor, limit = defaultLimit, waitS = 0, signal }: PageQuestion,
  readRows: (afterNo: number, limit: number) => Promise<readonly Row[]>,
): Promise<MailboxPage<Row>> {
  const afterNo = parseCursor(cursor);
  const endMs = performance.now() + waitS * 1_000;
  let seenNo = afterNo;
  for (;;) {
    const lastNo = await readLastNo(pool, unitId);
    const rows = await readRows(afterNo, limit + 1);
    const leftMs = endMs - performance.now();
    if (rows.length > 0 || leftMs <= 0 || signal.aborted || arrivals.isEnded) {
      const page = rows.slice(0, limit);
      return {
        rows: page,
        next: toCursor(Number(page.at(-1)?.mailbox_no ?? afterNo)),
        isMore: rows.length > limit,
      };
    }
    seenNo = Math.max(seenNo, lastNo);
    await arrivals.wait(unitId, seenNo, leftMs, signal);
  }
}
