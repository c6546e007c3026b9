// Writes the lines of a reconciliation in batches, each with the exceptions that it makes: what a process leaves, the next one
// goes on with. A line changes no payment.
import type { ClientBase } from 'pg';
import type { ReconciliationRow } from '../../../../adapters/payment-platform/payment.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import type { PaymentMovement, PaymentRooms, PaymentRow } from '../dependencies.ts';
import { compareLine } from './compare.ts';
import type { DayFile } from './file.ts';
import { lockByReference, readMissing } from './ours.ts';
import { type Claim, holdRun, keepProgress } from './runs.ts';
import { toTheirKey } from './their-key.ts';

/** What writing stands on. */
export interface Writing {
  readonly rooms: Pick<PaymentRooms, 'pool'>;
  readonly movement: PaymentMovement;
  readonly claim: Claim;
  readonly leaseMs: number;
  readonly batchRows: number;
  readonly signal: AbortSignal;
}

const insert = `INSERT INTO reconciliation_line (reconciliation_id, no, kind, payment_id, reference, transaction_code, our_amount,
    their_amount, our_state, their_status, bank, said_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

interface Pair {
  readonly no: number;
  readonly payment: PaymentRow | undefined;
  readonly row: ReconciliationRow | undefined;
}

/** @returns the payment after it */
async function writeLine(
  { movement, claim }: Writing,
  client: ClientBase,
  { no, payment, row }: Pair,
): Promise<PaymentRow | undefined> {
  const { kind, event } = compareLine(payment, row);
  const reference = payment?.reference ?? row?.reference;
  await client.query({
    ...{ name: 'reconciliation-line', text: insert },
    values: [
      ...[claim.id, no, kind, payment?.id, reference, row?.transaction ?? payment?.transaction],
      ...[payment?.amount, row?.amount, payment?.state, row?.status, row?.bank, row?.at],
    ],
  });
  const line = { reconciliationId: claim.id, no };
  if (payment && event) return (await movement.apply(client, payment, event, { line })).payment;
  if (row) await movement.raise(client, { kind: 'only-theirs', key: toTheirKey(claim.variant, row), line });
  return payment;
}

/** Runs one batch under the lease. */
const inBatch = (
  writing: Writing,
  lines: number,
  work: (client: ClientBase) => Promise<void>,
): Promise<void> => {
  writing.signal.throwIfAborted();
  return withRepeatedTransaction(writing.rooms.pool, async (client) => {
    await holdRun(client, writing.claim, writing.leaseMs);
    await work(client);
    await keepProgress(client, writing.claim, lines);
  });
};

function toBatches<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}

async function writeTheirs(
  writing: Writing,
  client: ClientBase,
  rows: readonly ReconciliationRow[],
  before: number,
): Promise<void> {
  const references = rows.map(({ reference }) => reference);
  const payments = await lockByReference(client, writing.claim.variant, references);
  for (const [index, row] of rows.entries()) {
    const pair = { no: before + index + 1, payment: payments.get(row.reference), row };
    const after = await writeLine(writing, client, pair);
    if (after) payments.set(row.reference, after);
  }
}

async function writeOurs(
  writing: Writing,
  client: ClientBase,
  ids: readonly string[],
  before: number,
): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const payment = await writing.movement.lock(client, { id });
    if (!payment) throw new Error(`payment ${id} is gone`);
    await writeLine(writing, client, { no: before + index + 1, payment, row: undefined });
  }
}

/** Writes what an earlier attempt has not: first the file's rows, then ours that it does not name. @throws LeaseLost */
export async function writeLines(writing: Writing, { rows }: Pick<DayFile, 'rows'>): Promise<void> {
  const { rooms, claim, batchRows } = writing;
  let written = claim.lines;
  for (const batch of toBatches(rows.slice(written), batchRows)) {
    const before = written;
    await inBatch(writing, before + batch.length, (client) => writeTheirs(writing, client, batch, before));
    written += batch.length;
  }
  for (const batch of toBatches(await readMissing(rooms.pool, claim), batchRows)) {
    const before = written;
    await inBatch(writing, before + batch.length, (client) => writeOurs(writing, client, batch, before));
    written += batch.length;
  }
}
