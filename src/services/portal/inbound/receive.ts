// Takes what the portal hands over, once: by the portal's own reference, whatever it repeats. The papers are blobs before
// the row that names them is written. Source: public-service-portal.md §2 (inbound), §10.12, §11.9
import { hash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { InboundReading, Portal, PortalPaper } from '../../../../adapters/portal/portal.ts';
import type { operations } from '../../../../openapi/types/portal.v1.ts';
import type { BlobName, BlobStore } from '../../../blobs/types.ts';
import { withRepeatedTransaction } from '../../../database/pool.ts';
import { toCanonical } from '../../../evidence/canonical.ts';
import { hasEnded, toHeirs, toHolder } from '../../../registry/succession.ts';
import type { Unit } from '../../../registry/types.ts';
import type { Handler, RequestOf, ServiceAnswer } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { sealInbound } from './inbound-form.ts';

type ReceiveRequest = RequestOf<operations['receivePortalDossier']>;
type Read = Extract<InboundReading, { readonly isRead: true }>;
type Outcome = Parameters<Portal['answerInbound']>[0];
type Taken = { readonly outcome: Outcome; readonly result: string };

/** The rooms, and who is told of an arrival in this process. */
export type InboundRooms = Pick<
  PortalRooms,
  'pool' | 'keys' | 'registry' | 'engine' | 'notices' | 'blobs' | 'rules' | 'logger' | 'now'
> & { readonly portal: Portal; readonly onArrival: (unitIds: readonly string[]) => void };

const portalScheme = 'portal';

/** The unit that the portal means: the holder of the code, or the only heir of one that has ended. */
function findUnit({ registry, now }: InboundRooms, code: string): Unit | undefined {
  const [snapshot, at] = [registry.current, now()];
  const last = toHolder(snapshot.holders(portalScheme, code), at);
  if (!last) return undefined;
  if (!hasEnded(last.unit, at)) return last.unit;
  const heirs = toHeirs(snapshot, last.unit, at);
  return heirs.length === 1 ? heirs[0] : undefined;
}

async function storePaper(blobs: BlobStore, { bytes }: PortalPaper): Promise<BlobName> {
  const writer = await blobs.begin();
  try {
    await writer.write(bytes);
    return await writer.commit();
  } finally {
    await writer.abort();
  }
}

/** Of all that came, however it was written: by it a repeat with other content is known. */
const toDigest = (read: Read): Buffer =>
  hash(
    'sha256',
    toCanonical({
      ...{ reference: read.reference, unitCode: read.unitCode, dossier: read.dossier, further: read.further },
      papers: read.papers.map(({ name, bytes }) => ({ name, sha256: hash('sha256', bytes, 'hex') })),
    }),
    'buffer',
  );

/** Counts a repeat. @returns undefined where the reference is new */
async function noteRepeat(client: ClientBase, reference: string, sha256: Buffer): Promise<Taken | undefined> {
  const { rows } = await client.query<{ same: boolean }>(
    `UPDATE portal_inbound SET repeats = repeats + 1,
       differing_repeats = differing_repeats + (sha256 <> $2)::int
     WHERE reference = $1 RETURNING sha256 = $2 AS same`,
    [reference, sha256],
  );
  if (!rows[0]) return undefined;
  return { outcome: 'repeated', result: rows[0].same ? 'repeated' : 'repeated with other content' };
}

async function insert(
  client: ClientBase,
  rooms: InboundRooms,
  read: Read,
  row: {
    id: string;
    deliveryId: string;
    unitId: string;
    exchangeId: string;
    sha256: Buffer;
    papers: readonly BlobName[];
  },
): Promise<boolean> {
  const form = { dossier: read.dossier, papers: read.papers.map(({ name }) => name), further: read.further };
  const { rowCount } = await client.query(
    `INSERT INTO portal_inbound (id, reference, unit_id, unit_code, procedure_code, filed_at, form, papers, sha256,
       delivery_id, exchange_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (reference) DO NOTHING`,
    [
      ...[row.id, read.reference, row.unitId, read.unitCode, read.dossier.procedure?.code ?? null],
      ...[read.dossier.filedAt ?? null, sealInbound(rooms.keys.field, row.id, form), row.papers.length],
      ...[row.sha256, row.deliveryId, row.exchangeId],
    ],
  );
  if (rowCount !== 1) return false;
  await client.query(
    `INSERT INTO portal_inbound_paper (inbound_id, no, sha256, bytes)
     SELECT $1, no, sha256, bytes FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS t (sha256, bytes, no)`,
    [row.id, row.papers.map(({ sha256 }) => sha256), row.papers.map(({ bytes }) => bytes)],
  );
  return true;
}

/** Puts it into the unit's mailbox, with notices for its webhooks; last before the commit. */
async function deliver(
  client: ClientBase,
  { engine, notices }: InboundRooms,
  read: Read,
  {
    id,
    deliveryId,
    unitId,
    exchangeId,
  }: { id: string; deliveryId: string; unitId: string; exchangeId: string },
): Promise<void> {
  const available = {
    ...{ deliveryId, messageId: id, kind: 'notice' as const, thread: read.reference, unitId, priority: 1 },
  };
  const told = await notices.draft(client, [available], { firstDispatch: 0, acceptedBy: exchangeId });
  const delivery = {
    ...{ id: deliveryId, subject: id, receiver: read.unitCode, receiverUnit: unitId, by: 'mailbox' as const },
    facts: {
      ...{ systemId: null, owningUnit: null, actingUnit: unitId, grantId: null },
      ...{ service: 'portal.v1', operation: 'receivePortalDossier' },
    },
    private: { acceptedBy: exchangeId, caseCode: read.reference },
  };
  await engine.accept(client, {
    deliveries: [delivery, ...told.deliveries],
    dispatches: told.dispatches,
  });
}

async function take(rooms: InboundRooms, read: Read, exchangeId: string): Promise<Taken> {
  const sha256 = toDigest(read);
  const repeated = await withRepeatedTransaction(rooms.pool, (client) =>
    noteRepeat(client, read.reference, sha256),
  );
  if (repeated) return repeated;
  const unit = findUnit(rooms, read.unitCode);
  if (!unit) return { outcome: 'failed', result: 'MaDonVi is of no unit here' };
  if (read.papers.some(({ bytes }) => bytes.length > rooms.rules.paperBytes))
    return { outcome: 'failed', result: 'a paper is too large' };
  const papers: BlobName[] = [];
  for (const paper of read.papers) papers.push(await storePaper(rooms.blobs, paper));
  const row = { id: uuidv7(), deliveryId: uuidv7(), unitId: unit.id, exchangeId, sha256, papers };
  const taken = await withRepeatedTransaction(rooms.pool, async (client): Promise<Taken> => {
    if (!(await insert(client, rooms, read, row))) {
      // Another call of the same reference was quicker.
      return (
        (await noteRepeat(client, read.reference, sha256)) ?? { outcome: 'failed', result: 'taken meanwhile' }
      );
    }
    await deliver(client, rooms, read, row);
    return { outcome: 'taken', result: 'taken' };
  });
  if (taken.outcome === 'taken') {
    rooms.onArrival([unit.id]);
    rooms.engine.poke();
  }
  return taken;
}

/** -1 with its reasons, which name fields and never values. */
function toFailed(
  { portal }: InboundRooms,
  reasons: readonly string[],
  result: string,
): ServiceAnswer<ReturnType<Portal['answerInbound']>> {
  const answer = portal.answerInbound('failed');
  const message = [answer.message, reasons.slice(0, 10).join('; ')].filter(Boolean).join(': ');
  return { status: 200, body: { ...answer, message }, result };
}

/** The handler of `receivePortalDossier`. Answers 0, 1 or -1 in the portal's fields; after -1 nothing of it was taken. */
export const createReceive = (
  rooms: InboundRooms,
): Handler<
  ReceiveRequest,
  operations['receivePortalDossier']['responses'][200]['content']['application/json']
> => ({
  handle: async ({ body, exchangeId }): Promise<ServiceAnswer<ReturnType<Portal['answerInbound']>>> => {
    const read = rooms.portal.readInbound(body);
    if (!read.isRead) return toFailed(rooms, read.mistakes, 'unreadable');
    // The portal understands only its own answers; it tells of the dossier again.
    const { outcome, result } = await take(rooms, read, exchangeId).catch((err: unknown): Taken => {
      rooms.logger.error({ err, exchangeId }, 'a dossier of the portal could not be kept');
      return { outcome: 'failed', result: 'not kept' };
    });
    if (outcome === 'failed') return toFailed(rooms, [result], result);
    return { status: 200, body: rooms.portal.answerInbound(outcome), result };
  },
});
