// Who could ask for a right and agree to one now, by all that a call stands on. Fewer than two, and nobody could mend it
// from within: what one person narrows, two must widen.
import type { ClientBase } from 'pg';
import { openNumber } from '../../registry/officer-number.ts';
import { thirdAgreed } from './four-eyes.ts';

/** An officer with a system through which they can propose and approve. */
export interface AbleAdministrator {
  readonly systemId: string;
  /** The personal number: two officers may be one person. Never to be shown. */
  readonly person: string;
}

/** With these two an administrator gives every other right, if another agrees. */
const needed = ['admin.v1/proposeGrant', 'admin.v1/approveProposal'];

const inForce = (table: string): string =>
  `${table}.valid_from <= now() AND coalesce(now() < ${table}.valid_to, true)`;
const isActive = (table: string): string => `${table}.state = 'active' AND ${inForce(table)}`;

/** A key counts that came from the owner, or to which a third agreed: any other may be the hand of who brought it in. */
const ableQuery = `SELECT DISTINCT s.id AS system_id, o.id AS officer_id, o.sealed_number
  FROM system s JOIN unit own ON own.id = s.unit_id JOIN mandate m ON m.system_id = s.id
    JOIN unit u ON u.id = m.unit_id JOIN officer o ON o.unit_id = u.id
  WHERE s.state = 'active' AND ${isActive('own')} AND ${isActive('u')} AND ${isActive('o')}
    AND ${isActive('m')} AND m.confirmed_at IS NOT NULL
    AND EXISTS (SELECT FROM system_key k WHERE k.system_id = s.id AND k.revoked_at IS NULL AND ${inForce('k')}
      AND (k.registered_by_system IS NULL OR ${thirdAgreed}))
    AND NOT EXISTS (SELECT FROM unnest($1::text[]) AS needed(name)
      WHERE NOT m.operations::text[] && ARRAY[needed.name, 'admin.v1/*']
        OR NOT EXISTS (SELECT FROM access_grant g, hub WHERE g.system_id = s.id AND needed.name = ANY (g.operations::text[])
          AND g.reach = 'province' AND g.environment = hub.environment AND ${isActive('g')}))`;

/** @param fieldKey `Keys.field` */
export async function readAble(client: ClientBase, fieldKey: Buffer): Promise<readonly AbleAdministrator[]> {
  const { rows } = await client.query<{ system_id: string; officer_id: string; sealed_number: Buffer }>(
    ableQuery,
    [needed],
  );
  return rows.map((row) => ({
    systemId: row.system_id,
    person: openNumber(fieldKey, row.officer_id, row.sealed_number),
  }));
}

/** How many administrators must be added until two people with two systems can decide together. */
export function countMissing(able: readonly AbleAdministrator[]): 0 | 1 | 2 {
  const [first] = able;
  if (!first) return 2;
  const isPair = (a: AbleAdministrator, b: AbleAdministrator) =>
    a.systemId !== b.systemId && a.person !== b.person;
  return able.some((a) => able.some((b) => isPair(a, b))) ? 0 : 1;
}
