// Four eyes: who may decide a proposal. Officers are asserted by their system, so what counts is who holds the keys: a
// system whose key another brought in alone may be that other one in disguise.
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../../problem.ts';
import { overlapS } from '../../signin/token-schedule.ts';
import type { Author } from './change.ts';
import type { ProposalRow } from './proposals.ts';

/** Of what is decided: who asked for it, and when. */
export type Asking = Pick<ProposalRow, 'requested_by_system' | 'requested_by_officer' | 'requested_at'>;

/** SQL: whether the key `k` was agreed to by a third, neither its holder nor who brought it in. */
export const thirdAgreed = `EXISTS (SELECT FROM proposal p WHERE p.id = k.proposal_id AND p.state = 'approved'
  AND p.decided_by_system <> k.system_id AND p.decided_by_system <> k.registered_by_system
  AND p.decided_by_officer <> k.registered_by_officer)`;

/**
 * Whether the system `$3` had, at `$4`, a key that may be in the hands of the system `$1` or the officer `$2`: brought
 * in by them, or by a system whose key they had brought in at whatever time, and agreed to by no third. The system's own
 * consent does not count: it may have been shown a key that is not its own. A key that ended or was revoked is good for
 * as long as its last token lives: a call that was let in before the end may decide after it.
 */
const holdsKey = `
  WITH RECURSIVE alone AS (
    SELECT k.* FROM system_key k WHERE NOT ${thirdAgreed}
  ), held AS (
    SELECT $1::text AS system_id
    UNION SELECT a.system_id::text FROM alone a WHERE a.registered_by_officer = $2
    UNION SELECT a.system_id::text FROM alone a JOIN held ON a.registered_by_system::text = held.system_id
  )
  SELECT FROM alone a WHERE a.system_id = $3 AND a.valid_from <= $4::timestamptz
    AND coalesce(least(a.valid_to, a.revoked_at) > $4::timestamptz - $5 * interval '1 second', true)
    AND (a.registered_by_officer = $2 OR (a.registered_by_system <> a.system_id
      AND a.registered_by_system IN (SELECT system_id FROM held)))
  LIMIT 1`;

async function mayHoldKey(
  client: Pool | PoolClient,
  holder: Author,
  systemId: string,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(holdsKey, [
    holder.systemId,
    holder.officerId,
    systemId,
    at,
    overlapS,
  ]);
  return rowCount !== 0;
}

const keyDetail = {
  vi: 'Khóa của một trong hai hệ thống do bên kia đăng ký mà không có bên thứ ba đồng ý.',
  en: 'A key of one of the two systems was registered by the other without the consent of a third.',
};

/** @throws Problem proposal-own when system or officer is the requester's */
export function checkOther(asking: Omit<Asking, 'requested_at'>, author: Author): void {
  if (author.systemId === asking.requested_by_system || author.officerId === asking.requested_by_officer)
    throw new Problem('proposal-own');
}

/**
 * Another system, another officer, and neither had a key of the other in hand: the decider's now, the requester's at the
 * time of asking. Without the second half somebody could ask in another's name and agree in their own.
 * @throws Problem proposal-own
 */
export async function checkDecider(
  client: Pool | PoolClient,
  asking: Asking,
  author: Author,
  at: Date,
): Promise<void> {
  checkOther(asking, author);
  const requester = { systemId: asking.requested_by_system, officerId: asking.requested_by_officer };
  if (
    (await mayHoldKey(client, requester, author.systemId, at)) ||
    (await mayHoldKey(client, author, requester.systemId, asking.requested_at))
  )
    throw new Problem('proposal-own', { detail: keyDetail });
}
