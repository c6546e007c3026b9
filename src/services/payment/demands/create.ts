// Demands: written down, made known to the platform, answered with the address to pay at. The same key and content again is
// the same payment, whatever became of the first call. Source: payment-platform.md §8.1-8.4
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import { paymentPlatformName } from '../../../../adapters/payment-platform/payment.ts';
import type { components, operations } from '../../../../openapi/types/payment.v1.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import type { Handlers, RequestOf, ServiceAnswer } from '../../service.ts';
import { tellArrived } from '../arrived.ts';
import type { PaymentAsking, PaymentMovement, PaymentRooms } from '../dependencies.ts';
import type { PaymentState } from '../ledger.ts';
import { openPart } from '../sealed.ts';
import { checkDemand } from './check.ts';
import { type InsertRooms, insertPayment } from './insert.ts';
import { findViewRow, type ViewRow } from './views.ts';

/** What creating stands on. */
export type CreateRooms = InsertRooms & Pick<PaymentRooms, 'platforms' | 'engine' | 'onArrival'>;

type CreateRequest = RequestOf<operations['createPayment']>;
type Created = ServiceAnswer<components['schemas']['CreatedPayment']>;

/** Where the platform may not know of it yet, or has told its address to nobody; INIT again is the same demand. §8.2 */
const askable: readonly PaymentState[] = ['created', 'in-doubt', 'paid'];

const source = paymentPlatformName;

/** @throws Problem source-unavailable where this hub has no platform for new payments */
function checkConnected({ platforms, rules }: CreateRooms): void {
  if (platforms[rules.variant]) return;
  throw new Problem('source-unavailable', {
    ...{ source, responsible: 'hub' },
    detail: {
      vi: 'Trục chưa được kết nối với nền tảng thanh toán; không có khoản nào được tạo.',
      en: 'This hub is not connected to the payment platform; no payment was made.',
    },
  });
}

function toAnswer(fieldKey: Buffer, row: ViewRow, sources: readonly SourceTrace[]): Created {
  if (!row.sealed_url) throw new Error(`payment ${row.id} has no address`);
  return {
    status: 201,
    body: {
      ...{ paymentId: row.id, reference: row.reference, state: row.state, amount: Number(row.amount) },
      payUrl: openPart(fieldKey, 'payment url', row.id, row.sealed_url),
      ...{ createdAt: row.created_at.toISOString(), expiresAt: row.expires_at.toISOString() },
    },
    ...{ result: row.state, sources },
  };
}

/** Nothing was sent: it cannot be said exactly. Whose fault that is stands in the error. */
function toUnsayable(error: SourceError): Problem {
  if (error.party !== 'caller') return new Problem('code-unmapped', { source, cause: error });
  const code = error.code ?? '';
  return new Problem('payment-invalid', {
    cause: error,
    detail: { vi: `Không gửi được nguyên vẹn: ${code}.`, en: `It cannot be said as it is: ${code}.` },
  });
}

/** One that ended before there was an address. */
const toEnded = ({ state }: ViewRow, sources: readonly SourceTrace[] = []): Problem =>
  new Problem('payment-platform-refused', {
    ...{ source, sources },
    detail: {
      vi: `Không có địa chỉ thanh toán; trạng thái ${state}.`,
      en: `There is no address to pay at; the state is ${state}.`,
    },
  });

/** Handler of `createPayment`. */
export function createCreating(
  rooms: CreateRooms,
  movement: PaymentMovement,
  asking: Pick<PaymentAsking, 'init'>,
): Pick<Handlers<operations>, 'createPayment'> {
  const { pool, keys } = rooms;

  async function read(id: string): Promise<ViewRow> {
    const row = await findViewRow(pool, id);
    if (!row) throw new Error(`payment ${id} is gone`);
    return row;
  }

  /** It never reached the platform and never will as it is. */
  async function end(id: string, exchangeId: string): Promise<void> {
    const { told } = await withRepeatedTransaction(pool, async (client) => {
      const payment = await movement.lock(client, { id });
      if (!payment) throw new Error(`payment ${id} is gone`);
      return movement.apply(client, payment, { kind: 'init-refused' }, { exchangeId });
    });
    tellArrived(rooms, told);
  }

  /** @throws Problem | SourceError where its outcome is not known: the payment waits for the next try */
  async function ask(request: CreateRequest, id: string): Promise<Created> {
    try {
      const { traces } = await request.askSource(source, ({ exchangeId, signal }) =>
        asking.init(id, exchangeId, signal),
      );
      const row = await read(id);
      if (row.sealed_url) return toAnswer(keys.field, row, traces);
      throw toEnded(row, traces);
    } catch (error) {
      if (!(error instanceof SourceError && error.kind === 'unmapped')) throw error;
      await end(id, request.exchangeId);
      throw toUnsayable(error);
    }
  }

  /** Why it has no address: the platform refused it, or nothing was ever sent. */
  async function toEndedEarly(row: ViewRow): Promise<Problem> {
    const { rowCount } = await pool.query(
      "SELECT FROM payment_message WHERE payment_id = $1 AND kind = 'init' LIMIT 1",
      [row.id],
    );
    return rowCount === 0 && row.state === 'failed' ? new Problem('payment-invalid') : toEnded(row);
  }

  /** What became of it so far, and the platform again where it may not know of it. */
  async function go(request: CreateRequest, row: ViewRow): Promise<Created> {
    if (row.sealed_url) return toAnswer(keys.field, row, []);
    if (!askable.includes(row.state)) throw await toEndedEarly(row);
    checkConnected(rooms);
    // Too late for a first address: what the platform knows of it is asked for by itself.
    if (row.state === 'created' && row.expires_at <= rooms.now()) throw toEnded(row);
    return ask(request, row.id);
  }

  async function create(request: CreateRequest, id: string): Promise<Created> {
    checkConnected(rooms);
    const errors = checkDemand(request.body, rooms.rules, rooms.now());
    if (errors.length > 0) throw new Problem('payment-invalid', { errors });
    await insertPayment(rooms, id, request.body, request.caller);
    return go(request, await read(id));
  }

  return {
    createPayment: {
      subjects: ({ body: { payer } }) =>
        payer.identityNumber === undefined
          ? []
          : [{ role: 'payer', kind: 'personal-number', number: payer.identityNumber }],
      handle: (request) => create(request, request.exchangeId),
      async repeat(request, earlierId) {
        const row = await findViewRow(pool, earlierId);
        return row ? go(request, row) : create(request, earlierId);
      },
    },
  };
}
