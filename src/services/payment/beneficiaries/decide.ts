// Deciding a change of an account: another system and another officer, once. The account follows in the database itself.
// Source: payment-platform.md §8.13, docs/decisions/0017-*
import type { PoolClient } from 'pg';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { withTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { checkReach, toAuthor } from '../../admin/change.ts';
import { checkDecider, checkOther } from '../../admin/four-eyes.ts';
import type { RequestOf } from '../../service.ts';
import { isViolation } from '../constraint.ts';
import type { PaymentRooms } from '../dependencies.ts';
import { type BeneficiaryChange, type ChangeRow, changeSelect, toChange } from './rows.ts';

type DecideRequest = RequestOf<operations['decideBeneficiaryChange']>;

const update = `UPDATE beneficiary_change SET state = $2, decided_by_system = $3, decided_by_officer = $4,
    decided_at = clock_timestamp(), decision_reason = $5, decided_in = $6 WHERE id = $1`;

/** Until the end of the transaction nobody else decides it. @throws Problem beneficiary-change-not-found */
async function lock(client: PoolClient, id: string): Promise<ChangeRow> {
  const { rows } = await client.query<ChangeRow>(`${changeSelect} WHERE c.id = $1 FOR UPDATE OF c`, [id]);
  if (!rows[0]) throw new Problem('beneficiary-change-not-found');
  return rows[0];
}

async function decide(
  client: PoolClient,
  { params: { changeId }, body, caller }: DecideRequest,
  exchangeId: string,
): Promise<BeneficiaryChange> {
  const row = await lock(client, changeId);
  if (row.decided_in === exchangeId) return toChange(row);
  if (row.state !== 'pending') throw new Problem('beneficiary-change-decided');
  const author = toAuthor(caller);
  if (body.decision === 'refuse') checkOther(row, author);
  else await checkDecider(client, row, author, new Date());
  const state = body.decision === 'approve' ? 'approved' : 'refused';
  await client.query(update, [
    ...[changeId, state, author.systemId, author.officerId, body.reason, exchangeId],
  ]);
  return toChange(await lock(client, changeId));
}

/**
 * @param exchangeId the first exchange with this idempotency key
 * @throws Problem reach-too-small | beneficiary-change-not-found | beneficiary-change-decided | beneficiary-changed |
 *   proposal-own
 */
export async function decideChange(
  { pool }: Pick<PaymentRooms, 'pool'>,
  request: DecideRequest,
  exchangeId: string,
): Promise<BeneficiaryChange> {
  checkReach(request.caller);
  return withTransaction(pool, (client) => decide(client, request, exchangeId)).catch((error: unknown) => {
    throw isViolation(error, 'beneficiary_revision')
      ? new Problem('beneficiary-changed', { cause: error })
      : error;
  });
}
