// Which exception a line made, or found there: that of an earlier reconciliation or of a message is the same one. Found by what
// makes an exception the same, as the ledger judged the line.
import type { Pool } from 'pg';
import { decide, type ExceptionKind, type LedgerEvent } from '../ledger.ts';
import { toExceptionKey } from '../movement/exceptions.ts';
import type { LineRow } from './lines.ts';
import { toTheirKey } from './their-key.ts';

interface Named {
  readonly kind: ExceptionKind;
  readonly key: string;
}

function toEvent({ their_status, their_amount, transaction_code }: LineRow): LedgerEvent {
  if (their_status === null) return { kind: 'no-line' };
  const transaction = transaction_code ?? undefined;
  return { kind: 'line', status: their_status, amount: Number(their_amount), transaction };
}

/** What the exception of a line is called; undefined: it made none. */
function toNamed(line: LineRow): Named | undefined {
  const { payment_id: id, our_state: state, their_status: status, variant, reference } = line;
  if (id === null || state === null) {
    if (status === null) return undefined;
    const transaction = line.transaction_code ?? undefined;
    const theirs = { reference, transaction, status, amount: Number(line.their_amount) };
    return { kind: 'only-theirs', key: toTheirKey(variant, theirs) };
  }
  const event = toEvent(line);
  const payment = { state, amount: Number(line.our_amount), transaction: line.our_transaction ?? undefined };
  const verdict = decide(payment, event);
  return verdict.kind === 'exception'
    ? { kind: verdict.exception, key: toExceptionKey({ id }, verdict.exception, event) }
    : undefined;
}

/** @returns the id of each line's exception, in their order */
export async function readLineExceptions(
  pool: Pool,
  lines: readonly LineRow[],
): Promise<readonly (string | undefined)[]> {
  const named = lines.map(toNamed);
  const asked = named.filter((one) => one !== undefined);
  if (asked.length === 0) return [];
  const { rows } = await pool.query<Named & { id: string }>(
    `SELECT e.id, e.kind, e.key FROM payment_exception e
     JOIN unnest($1::text[], $2::text[]) AS asked (kind, key) ON (e.kind, e.key) = (asked.kind, asked.key)`,
    [asked.map(({ kind }) => kind), asked.map(({ key }) => key)],
  );
  const ids = new Map(rows.map(({ id, kind, key }) => [`${kind} ${key}`, id]));
  return named.map((one) => one && ids.get(`${one.kind} ${one.key}`));
}
