// Deliveries as their sender and their receiver see them: rows for where they stand, entries for how they came there.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/delivery.v1.ts';
import { idSlackMs, toLeastId } from '../../evidence/exchange-id.ts';
import { parseLeafText } from '../../evidence/leaf.ts';
import type { EvidenceReader, StoredEntry } from '../../evidence/read.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';

type Delivery = components['schemas']['Delivery'];

interface DeliveryRow {
  readonly id: string;
  readonly subject: string;
  readonly acting_unit: string | null;
  readonly receiver: string;
  readonly receiver_unit: string | null;
  readonly service: string;
  readonly state: string;
  readonly accepted_at: Date;
  readonly changed_at: Date;
}

const columns = 'id, subject, acting_unit, receiver, receiver_unit, service, state, accepted_at, changed_at';

const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  messageId: row.subject,
  ...(row.acting_unit !== null && { sender: row.acting_unit }),
  receiver: row.receiver,
  ...(row.receiver_unit !== null && { receiverUnit: row.receiver_unit }),
  service: row.service,
  state: row.state,
  acceptedAt: row.accepted_at.toISOString(),
  changedAt: row.changed_at.toISOString(),
});

function toStep({ text }: StoredEntry): components['schemas']['Step'] {
  const { step = '', at, attempt, problem } = parseLeafText(text);
  return { step, at, ...(attempt !== undefined && { attempt }), ...(problem !== undefined && { problem }) };
}

const defaultLimit = 50;
async function list(pool: Pool, { query, caller }: RequestOf<operations['listDeliveries']>) {
  const { limit = defaultLimit, cursor, state, receiver, about } = query;
  const since = query.since === undefined ? undefined : new Date(query.since);
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT ${columns} FROM delivery
     WHERE acting_unit = $1 AND (service = 'delivery.v1') = $2 AND ($3::uuid IS NULL OR id < $3)
       AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR receiver = $5)
       AND ($6::timestamptz IS NULL OR accepted_at >= $6 AND id >= $7::uuid)
     ORDER BY id DESC LIMIT $8`,
    [
      ...[caller.actingUnit.id, about === 'notice', cursor, state, receiver],
      ...[since, since && toLeastId(new Date(since.getTime() - idSlackMs)), limit + 1],
    ],
  );
  const items = rows.slice(0, limit).map(toDelivery);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** @throws Problem delivery-not-found */
async function read(pool: Pool, id: string, unitId: string | null): Promise<DeliveryRow> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT ${columns} FROM delivery WHERE id = $1
       AND ($2::text IS NULL OR acting_unit = $2 OR receiver_unit = $2 AND mailbox_no IS NOT NULL)`,
    [id, unitId],
  );
  if (!rows[0]) throw new Problem('delivery-not-found');
  return rows[0];
}

/** Handlers of the operations on deliveries. */
export function createDeliveryHandlers(
  pool: Pool,
  reader: Pick<EvidenceReader, 'entriesOf'>,
): Pick<Handlers<operations>, 'listDeliveries' | 'getDelivery'> {
  return {
    listDeliveries: {
      handle: async (request) => ({ status: 200, body: await list(pool, request) }),
    },
    getDelivery: {
      async handle({ params, caller }) {
        const unitId = caller.grant.reach === 'province' ? null : caller.actingUnit.id;
        const delivery = toDelivery(await read(pool, params.deliveryId, unitId));
        const entries = await reader.entriesOf(delivery.id);
        return { status: 200, body: { ...delivery, steps: entries.map(toStep) } };
      },
    },
  };
}
