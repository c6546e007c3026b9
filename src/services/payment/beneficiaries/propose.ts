// Asking for a new or changed account. Nothing is in force by it. Source: payment-platform.md §8.13
import type { PoolClient } from 'pg';
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { withTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import { checkReach, toAuthor } from '../../admin/change.ts';
import type { RequestOf } from '../../service.ts';
import { isViolation } from '../constraint.ts';
import type { PaymentRooms } from '../dependencies.ts';
import { type BeneficiaryChange, type ChangeRow, changeSelect, toChange } from './rows.ts';

type ProposeRequest = RequestOf<operations['proposeBeneficiaryChange']>;

const insert = `INSERT INTO beneficiary_change (id, code, revision, unit_id, account, bank_code, account_name, treasury,
    budget_account, becomes, reason, requested_by_system, requested_by_officer)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

function checkUnit({ registry }: Pick<PaymentRooms, 'registry'>, { body }: ProposeRequest): void {
  const { unit } = body.account;
  if (unit !== undefined && registry.current.unit(unit) === undefined)
    throw new Problem('request-invalid', {
      errors: [
        {
          where: '/body/account/unit',
          vi: 'phải là mã của một đơn vị',
          en: 'must be the id of a unit',
        },
      ],
    });
}

/** @throws Problem beneficiary-changed where it was made against another revision than the one in force */
async function checkRevision(client: PoolClient, { code, revision }: ProposeRequest['body']): Promise<void> {
  const { rows } = await client.query<{ revision: bigint }>(
    'SELECT revision FROM beneficiary WHERE code = $1',
    [code],
  );
  if ((rows[0]?.revision ?? 0n) !== BigInt(revision)) throw new Problem('beneficiary-changed');
}

async function write(client: PoolClient, id: string, { body, caller }: ProposeRequest): Promise<void> {
  const { code, revision, becomes, account, reason } = body;
  const { systemId, officerId } = toAuthor(caller);
  await client.query(insert, [
    ...[id, code, revision, account.unit, account.account, account.bankCode, account.accountName],
    ...[account.treasury, account.budgetAccount, becomes, reason, systemId, officerId],
  ]);
}

async function read(client: PoolClient, id: string): Promise<BeneficiaryChange | undefined> {
  const { rows } = await client.query<ChangeRow>(`${changeSelect} WHERE c.id = $1`, [id]);
  return rows[0] && toChange(rows[0]);
}

/**
 * @param id of the change: the first exchange with this idempotency key
 * @returns what that exchange asked for, where it is there already
 * @throws Problem reach-too-small | request-invalid | beneficiary-changed
 */
export async function proposeChange(
  rooms: Pick<PaymentRooms, 'pool' | 'registry'>,
  request: ProposeRequest,
  id: string,
): Promise<BeneficiaryChange> {
  checkReach(request.caller);
  checkUnit(rooms, request);
  return withTransaction(rooms.pool, async (client) => {
    // A repeat waits here for the first.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 25))', [id]);
    const earlier = await read(client, id);
    if (earlier) return earlier;
    await checkRevision(client, request.body);
    await write(client, id, request);
    const written = await read(client, id);
    if (!written) throw new Error(`the change ${id} was not written`);
    return written;
  }).catch((error: unknown) => {
    throw isViolation(error, 'beneficiary_change_one_pending')
      ? new Problem('beneficiary-changed', { cause: error })
      : error;
  });
}
