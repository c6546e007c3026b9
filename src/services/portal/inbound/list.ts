// What lies in a unit's mailbox of dossiers that the portal handed over, in the order of arrival.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/portal.v1.ts';
import type { Arrivals } from '../../../delivery/arrivals.ts';
import { readMailboxPage, toMailboxStates } from '../../../delivery/mailbox-page.ts';
import type { RequestOf } from '../../service.ts';
import { type InboundRow, inboundColumns, toInboundItem } from './rows.ts';

/** A page; where it would be empty it is waited for as long as the caller says. @throws Problem request-invalid */
export async function listInbound(
  rooms: { readonly pool: Pool; readonly arrivals: Arrivals },
  { query, caller, signal }: RequestOf<operations['listInboundDossiers']>,
): Promise<components['schemas']['InboundPage']> {
  const { cursor, limit, waitS, state } = query;
  const question = { unitId: caller.actingUnit.id, cursor, limit, waitS, signal };
  const { rows, ...page } = await readMailboxPage(rooms, question, async (afterNo, most) => {
    const found = await rooms.pool.query<InboundRow>({
      name: 'portal-inbox',
      text: `SELECT ${inboundColumns} FROM delivery d JOIN portal_inbound i ON i.id = d.subject
        WHERE d.receiver_unit = $1 AND d.mailbox_no > $2 AND d.state = ANY ($3) AND d.service = 'portal.v1'
        ORDER BY d.mailbox_no LIMIT $4`,
      values: [caller.actingUnit.id, afterNo, toMailboxStates(state), most],
    });
    return found.rows;
  });
  return { ...page, items: rows.map(toInboundItem) };
}
