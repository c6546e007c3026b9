// The accounts that money may be sent to, for whoever makes a demand. Changes none. Source: payment-platform.md §8.13
import type { BeneficiaryBook } from '../dependencies.ts';
import type { BeneficiaryRow } from './rows.ts';

const select = `SELECT * FROM beneficiary WHERE code = $1 AND state = 'active' AND (unit_id IS NULL OR unit_id = $2)`;

/** The book of approved accounts. */
export const createBeneficiaryBook = (): BeneficiaryBook => ({
  async find(client, code, unitId) {
    const { rows } = await client.query<BeneficiaryRow>(select, [code, unitId]);
    const [row] = rows;
    return (
      row && {
        ...{ account: row.account, bankCode: row.bank_code, accountName: row.account_name },
        ...{ treasury: row.treasury ?? undefined, budgetAccount: row.budget_account ?? undefined },
        revision: Number(row.revision),
      }
    );
  },
});
