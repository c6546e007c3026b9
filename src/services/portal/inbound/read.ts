// One dossier that the portal handed over, and its papers: for the unit in whose mailbox it lies, and for its only heir.
import type { components } from '../../../../openapi/types/portal.v1.ts';
import { Problem } from '../../../problem.ts';
import type { Caller, ServiceAnswer } from '../../service.ts';
import type { PortalRooms } from '../dependencies.ts';
import { isOwn } from '../dossiers/own-units.ts';
import { openInbound } from './inbound-form.ts';
import { type InboundRow, inboundColumns, toInboundItem } from './rows.ts';

type ReadingRooms = Pick<PortalRooms, 'pool' | 'keys' | 'registry' | 'blobs' | 'now'>;
type Kept = InboundRow & { readonly form: Buffer | null; readonly receiver_unit: string };

/** @throws Problem inbound-dossier-not-found, for what there is not and for what is another unit's */
async function findInbound(rooms: ReadingRooms, deliveryId: string, { actingUnit }: Caller): Promise<Kept> {
  const { rows } = await rooms.pool.query<Kept>({
    name: 'portal-inbound',
    text: `SELECT ${inboundColumns}, i.form, d.receiver_unit FROM delivery d JOIN portal_inbound i ON i.id = d.subject
      WHERE d.id = $1 AND d.mailbox_no IS NOT NULL AND d.service = 'portal.v1'`,
    values: [deliveryId],
  });
  const row = rows[0];
  if (row && isOwn(rooms.registry.current, row.receiver_unit, actingUnit.id, rooms.now())) return row;
  throw new Problem('inbound-dossier-not-found');
}

interface PaperRow {
  readonly no: number;
  readonly sha256: string;
  readonly bytes: string;
}

async function readPapers({ pool }: ReadingRooms, id: string): Promise<readonly PaperRow[]> {
  const { rows } = await pool.query<PaperRow>({
    name: 'portal-inbound-papers',
    text: 'SELECT no, sha256, bytes FROM portal_inbound_paper WHERE inbound_id = $1 ORDER BY no',
    values: [id],
  });
  return rows;
}

/** @throws Problem inbound-dossier-not-found | inbound-dossier-purged */
export async function readInbound(
  rooms: ReadingRooms,
  deliveryId: string,
  caller: Caller,
): Promise<components['schemas']['InboundDossier']> {
  const row = await findInbound(rooms, deliveryId, caller);
  if (row.form === null) throw new Problem('inbound-dossier-purged');
  const { dossier, papers, further } = openInbound(rooms.keys.field, row.id, row.form);
  const kept = await readPapers(rooms, row.id);
  return {
    item: toInboundItem(row),
    ...{ dossier, further: [...further] },
    papers: kept.map(({ no, sha256, bytes }) => ({
      ...{ no, sha256, bytes: Number(bytes) },
      name: papers[no - 1] ?? '',
    })),
  };
}

/** A paper's bytes. @throws Problem inbound-dossier-not-found | inbound-dossier-purged */
export async function readInboundPaper(
  rooms: ReadingRooms,
  { deliveryId, no }: { readonly deliveryId: string; readonly no: number },
  caller: Caller,
): Promise<ServiceAnswer<undefined>> {
  const row = await findInbound(rooms, deliveryId, caller);
  if (row.form === null) throw new Problem('inbound-dossier-purged');
  const paper = (await readPapers(rooms, row.id)).find((one) => one.no === no);
  if (!paper) throw new Problem('inbound-dossier-not-found');
  const [sha256, bytes] = [paper.sha256, Number(paper.bytes)];
  return {
    ...{ status: 200, body: undefined, result: 'paper' },
    stream: {
      ...{ type: 'application/octet-stream', bytes, digest: { sha256, bytes } },
      open: async () => (await rooms.blobs.open(sha256)).stream,
    },
  };
}
