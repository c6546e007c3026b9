// What the hub asks the platform about one payment: to make it known, what became of it, and its receipt. What it answers is
// written and applied in one transaction; no transaction is open while the platform is asked.
import type { ClientBase } from 'pg';
import type { SourceTrace } from '../../../../adapters/adapter.ts';
import type { QueryOutcome } from '../../../../adapters/payment-platform/payment.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { tellArrived } from '../arrived.ts';
import type {
  Applied,
  MessageDraft,
  PaymentAsking,
  PaymentMovement,
  PaymentReading,
  PaymentRooms,
  PaymentRow,
} from '../dependencies.ts';
import type { LedgerEvent } from '../ledger.ts';
import { readPayment } from '../movement/rows.ts';
import { openPart, sealPart } from '../sealed.ts';
import { checkAccount } from './account.ts';
import { callPlatform, findPlatform, type PaymentAct, toSent } from './calls.ts';
import { fetchReceipt } from './receipt.ts';

/** What asking stands on. */
export type AskingRooms = Pick<
  PaymentRooms,
  'pool' | 'keys' | 'blobs' | 'platforms' | 'rules' | 'logger' | 'engine' | 'onArrival' | 'now'
>;

/** QUERY's answer names no amount (§1.4): "paid" is of the whole only while the platform has named no other. Under the lock. */
async function toPaidEvent(client: ClientBase, { id }: PaymentRow): Promise<LedgerEvent> {
  const { rows } = await client.query<{ other: boolean }>({
    ...{ name: 'payment-other-amount', text: 'SELECT names_other_amount($1) AS other', values: [id] },
  });
  return { kind: rows[0]?.other === false ? 'query-paid' : 'query-paid-other' };
}

/**
 * After its time an answer that knows of no money ends a payment; one that is pending may yet become money, and so may one in
 * a state that nobody knows.
 */
async function toQueryEvent(
  client: ClientBase,
  value: QueryOutcome,
  payment: PaymentRow,
  now: Date,
): Promise<LedgerEvent> {
  if (value.kind === 'paid') return toPaidEvent(client, payment);
  if (value.kind === 'unknown' && !value.isState && now >= payment.expiresAt) return { kind: 'expired' };
  return { kind: `query-${value.kind}` };
}

const toSaid = (value: QueryOutcome): Pick<MessageDraft, 'outcome' | 'says' | 'code'> => ({
  ...{ outcome: 'verified', says: value.kind },
  ...(value.kind === 'unknown' && { code: value.code }),
});

/** Keeps the address once; what the platform says later of the same demand is the same. §8.2 */
async function keepUrl(
  client: ClientBase,
  fieldKey: Buffer,
  paymentId: string,
  url: string,
): Promise<string> {
  const { rows } = await client.query<{ sealed_url: Buffer }>(
    'UPDATE payment SET sealed_url = coalesce(sealed_url, $2) WHERE id = $1 RETURNING sealed_url',
    [paymentId, sealPart(fieldKey, 'payment url', paymentId, url)],
  );
  if (!rows[0]) throw new Error(`payment ${paymentId} is gone`);
  return openPart(fieldKey, 'payment url', paymentId, rows[0].sealed_url);
}

/** Puts asking together. */
export function createAsking(
  rooms: AskingRooms,
  movement: PaymentMovement,
  reading: Pick<PaymentReading, 'openForm'>,
): PaymentAsking {
  const begin = async (id: string, requestCode: string, signal: AbortSignal): Promise<PaymentAct> => {
    const payment = await readPayment(rooms.pool, { id });
    if (!payment) throw new Problem('payment-not-found');
    return { payment, platform: findPlatform(rooms, payment), call: { requestCode, signal } };
  };

  /** Writes the message and applies what it says to the payment as it stands by then; `first` runs before that. */
  async function take<T>(
    { payment: { id } }: PaymentAct,
    message: MessageDraft,
    toEvent: (client: ClientBase, payment: PaymentRow) => Promise<LedgerEvent>,
    first: (client: ClientBase) => Promise<T>,
  ): Promise<{ readonly applied: Applied; readonly value: T }> {
    const taken = await withRepeatedTransaction(rooms.pool, async (client) => {
      const payment = await movement.lock(client, { id });
      if (!payment) throw new Error(`payment ${id} is gone`);
      const { id: messageId } = await movement.write(client, message);
      const value = await first(client);
      const event = await toEvent(client, payment);
      const cause = {
        messageId,
        ...(message.exchangeId !== undefined && { exchangeId: message.exchangeId }),
      };
      return { value, applied: await movement.apply(client, payment, event, cause) };
    });
    tellArrived(rooms, taken.applied.told);
    return taken;
  }

  return {
    async init(paymentId, exchangeId, signal) {
      const act = await begin(paymentId, exchangeId, signal);
      const { payment, platform, call } = act;
      await checkAccount(rooms.pool, paymentId);
      const { reference, amount, dossier } = payment;
      const form = await reading.openForm(payment);
      const { value, trace } = await callPlatform(rooms, movement, act, 'init', () =>
        platform.create({ ...form, reference, amount, dossier, at: rooms.now() }, call),
      );
      const isRefused = value.kind === 'refused';
      const message = toSent(act, 'init', trace, {
        outcome: 'verified',
        ...(isRefused && { code: value.code }),
      });
      const taken = await take(
        act,
        message,
        async () => ({ kind: isRefused ? 'init-refused' : 'url-received' }),
        async (client) => (isRefused ? undefined : keepUrl(client, rooms.keys.field, paymentId, value.url)),
      );
      return { applied: taken.applied, url: taken.value, traces: [trace] };
    },
    async query(paymentId, exchangeId, signal) {
      const act = await begin(paymentId, exchangeId, signal);
      const { payment, platform, call } = act;
      const asked = await callPlatform(rooms, movement, act, 'query', () =>
        platform.query(payment.reference, rooms.now(), call),
      );
      const { value, trace } = asked;
      const { applied } = await take(
        act,
        toSent(act, 'query', trace, toSaid(value)),
        (client, locked) => toQueryEvent(client, value, locked, rooms.now()),
        async () => undefined,
      );
      const traces: readonly SourceTrace[] = [trace];
      return { applied, traces, says: value.kind };
    },
    async fetchReceipt(paymentId, exchangeId, signal) {
      const { rowCount } = await rooms.pool.query('SELECT FROM payment_receipt WHERE payment_id = $1', [
        paymentId,
      ]);
      if (rowCount === 1) return { isStored: true, traces: [] };
      return fetchReceipt(rooms, movement, await begin(paymentId, exchangeId, signal));
    },
  };
}
