// Accounts and changes of accounts as rows, and as the contract shows them.
import type { components } from '../../../../openapi/types/payment.v1.ts';
import { toOptional, toTime } from '../../admin/wire.ts';

/** An account as the contract shows it. */
export type Beneficiary = components['schemas']['Beneficiary'];

/** A change as the contract shows it. */
export type BeneficiaryChange = components['schemas']['BeneficiaryChange'];

type Account = components['schemas']['BeneficiaryAccount'];

/** What an account is, in a row of `beneficiary` and of `beneficiary_change`. */
export interface AccountRow {
  readonly unit_id: string | null;
  readonly account: string;
  readonly bank_code: string;
  readonly account_name: string;
  readonly treasury: string | null;
  readonly budget_account: string | null;
}

/** A row of `beneficiary`. */
export interface BeneficiaryRow extends AccountRow {
  readonly code: string;
  readonly state: Beneficiary['state'];
  readonly revision: bigint;
  readonly changed_at: Date;
}

/** A row of `changeSelect`. */
export interface ChangeRow extends AccountRow {
  readonly id: string;
  readonly code: string;
  readonly revision: bigint;
  readonly becomes: BeneficiaryChange['becomes'];
  readonly reason: string;
  readonly state: BeneficiaryChange['state'];
  readonly requested_by_system: string;
  readonly requested_by_officer: string;
  readonly requested_at: Date;
  readonly decided_by_system: string | null;
  readonly decided_by_officer: string | null;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
  readonly decided_in: string | null;
  /** The account of the revision that the change was made against. */
  readonly before: AccountRow | null;
}

/** Every account stands on an approved change, so that of the revision before is the account as it was. */
export const changeSelect = `SELECT c.*, to_jsonb(b) AS before FROM beneficiary_change c
  LEFT JOIN beneficiary_change b ON b.code = c.code AND b.state = 'approved' AND b.revision = c.revision - 1`;

const toAccount = (row: AccountRow): Account => ({
  ...toOptional('unit', row.unit_id),
  ...{ account: row.account, bankCode: row.bank_code, accountName: row.account_name },
  ...toOptional('treasury', row.treasury),
  ...toOptional('budgetAccount', row.budget_account),
});

/** An account as the contract shows it. */
export const toBeneficiary = (row: BeneficiaryRow): Beneficiary => ({
  ...{ code: row.code, state: row.state, revision: Number(row.revision) },
  changedAt: toTime(row.changed_at),
  account: toAccount(row),
});

/** A change as the contract shows it. */
export const toChange = (row: ChangeRow): BeneficiaryChange => ({
  ...{ changeId: row.id, code: row.code, revision: Number(row.revision), becomes: row.becomes },
  account: toAccount(row),
  ...(row.before && { before: toAccount(row.before) }),
  ...{ reason: row.reason, state: row.state },
  ...{ requestedBySystem: row.requested_by_system, requestedByOfficer: row.requested_by_officer },
  requestedAt: toTime(row.requested_at),
  ...toOptional('decidedBySystem', row.decided_by_system),
  ...toOptional('decidedByOfficer', row.decided_by_officer),
  ...(row.decided_at && { decidedAt: toTime(row.decided_at) }),
  ...toOptional('decisionReason', row.decision_reason),
});
