// The end of a month's key: once no sealed part of the month is left, nothing links its hashes to people any more, and its
// key is destroyed in the folder of every process. The log tells of it first; a process that died in between does it later.
import type pg from 'pg';
import { withRepeatedTransaction } from '../database/pool.ts';
import type { Keys } from '../keys.ts';
import { toLeastId } from './exchange-id.ts';
import { addMonths, toMonth, toMonthStart } from './month.ts';
import { recordNotice } from './notice.ts';

/** What ends the keys of months. */
export interface MonthKeyOptions {
  /** The database in the role of retention. */
  readonly pool: pg.Pool;
  readonly keys: Pick<Keys, 'month' | 'months' | 'destroyMonth'>;
  readonly now: () => Date;
}

const clockSlackMs = 86_400_000;

// Most months are answered by the first part alone. An exchange that began earlier may have entries of the month.
const isLeft = `
  SELECT EXISTS (
    SELECT FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
    WHERE e.exchange_id >= $1 AND e.exchange_id < $2
  ) OR EXISTS (
    SELECT FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
    WHERE e.exchange_id < $3 AND starts_with(e.text::json ->> 'at', $4)
  ) AS left`;

async function isSealedLeft(client: pg.ClientBase, month: string): Promise<boolean> {
  const [start, end] = [toMonthStart(month), toMonthStart(addMonths(month, 1))];
  const { rows } = await client.query<{ left: boolean }>(isLeft, [
    ...[toLeastId(start), toLeastId(end)],
    ...[toLeastId(new Date(end.getTime() + clockSlackMs)), month],
  ]);
  return rows[0]?.left ?? true;
}

/** Records that the key of a month is to be destroyed, once. @returns false while something of the month is left */
function recordEnd({ pool, keys, now }: MonthKeyOptions, month: string): Promise<boolean> {
  return withRepeatedTransaction(pool, async (client) => {
    await client.query('LOCK TABLE destroyed_month_key IN SHARE ROW EXCLUSIVE MODE');
    const known = await client.query('SELECT FROM destroyed_month_key WHERE month = $1', [month]);
    if (known.rowCount !== 0) return true;
    if (await isSealedLeft(client, month)) return false;
    const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    const time = { at: now(), databaseAt: rows[0]?.at ?? now() };
    const reason = 'Không còn phần niêm phong nào của tháng / no sealed part of the month is left';
    const draft = { notice: 'month-key-destroyed', about: { month }, private: { reason } } as const;
    const { exchangeId } = await recordNotice(client, draft, time, keys);
    await client.query('INSERT INTO destroyed_month_key (month, notice_id) VALUES ($1, $2)', [
      month,
      exchangeId,
    ]);
    return true;
  });
}

/** Destroys the keys of past months of which nothing is left. */
export async function endMonthKeys(options: MonthKeyOptions): Promise<void> {
  // Neither the running month nor the one before it, of which an entry may still be on its way.
  const end = addMonths(toMonth(options.now()), -1);
  for (const month of options.keys.months())
    if (month < end && (await recordEnd(options, month))) options.keys.destroyMonth(month);
}

/** Destroys in this process's folder what another process has recorded as destroyed. */
export async function followMonthKeys(
  pool: pg.Pool,
  keys: Pick<Keys, 'months' | 'destroyMonth'>,
): Promise<void> {
  const { rows } = await pool.query<{ month: string }>('SELECT month FROM destroyed_month_key');
  const ended = new Set(rows.map(({ month }) => month));
  for (const month of keys.months()) if (ended.has(month)) keys.destroyMonth(month);
}
