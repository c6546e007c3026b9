// Payments of the sandbox: who may do what, and accounts that money may be sent to. The accounts come to be as real ones do:
// one system and officer ask, another system and officer approve. All are invented.
import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { loadContract } from '../contracts/contract.ts';
import type { SeedGrant } from './seed-grants.ts';
import { systemIds } from './seed-systems.ts';
import { bodyIds } from './seed-units.ts';

interface SeedAccount {
  readonly code: string;
  /** Whose demands may name it; undefined: every unit's. */
  readonly unitId?: string;
  readonly account: string;
  readonly accountName: string;
}

/** Approved accounts: the province's, and one of a unit of its own. */
export const seedAccounts: readonly SeedAccount[] = [
  { code: 'kho-bac-tinh', account: '9990000001', accountName: 'Kho bạc tỉnh (thử nghiệm)' },
  { code: 'tk-so-tu-phap', unitId: 'cq-03', account: '9990000002', accountName: 'Sở Tư pháp (thử nghiệm)' },
];

const operations = loadContract('payment.v1').operations.filter(({ scheme }) => scheme === 'hubToken');
const ofProvince = (path: string): boolean =>
  ['/exceptions', '/beneficiary-changes', '/reconciliations', '/refund-outcomes'].some((part) =>
    path.includes(part),
  );
/** Not a unit's mailbox, and of its payments only the list: whoever records refunds finds them there. */
const isSeenByProvince = ({ id, path }: { readonly id: string; readonly path: string }): boolean =>
  ofProvince(path) || ['listPayments', 'listBeneficiaries', 'readPaymentFigures'].includes(id);
const isOfUnit = ({ path }: { readonly path: string }): boolean => !ofProvince(path);

const nameOf = ({ name }: { readonly name: string }): string => name;
const grant = { caseRule: 'optional', isExpired: false } as const;

const toReading = (systemId: string): SeedGrant => ({
  ...grant,
  id: `q-${systemId}-thanh-toan-doc`,
  systemId,
  operations: operations.filter((one) => isSeenByProvince(one) && !one.effect).map(nameOf),
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): theo dõi thanh toán, ngoại lệ và đối soát',
  grantor: bodyIds.technology,
  reach: 'province',
});

const toDeciding = (systemId: string): SeedGrant => ({
  ...grant,
  id: `q-${systemId}-thanh-toan-ghi`,
  systemId,
  operations: operations.filter((one) => isSeenByProvince(one) && one.effect).map(nameOf),
  purpose: 'quan-tri',
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): tài khoản thụ hưởng, ngoại lệ, hoàn tiền, đối soát',
  grantor: bodyIds.technology,
  reach: 'province',
  isSenderBound: true,
});

const oneStop = {
  ...grant,
  systemId: systemIds.oneStop,
  legalBasis: 'Thu phí, lệ phí khi giải quyết thủ tục hành chính (căn cứ thử nghiệm)',
  grantor: bodyIds.technology,
  reach: 'unit',
  isSenderBound: true,
} as const;

/** Rights to payments. */
export const paymentGrants: readonly SeedGrant[] = [
  {
    ...oneStop,
    id: 'q-mot-cua-thanh-toan',
    operations: operations.filter((one) => isOfUnit(one) && !one.officer).map(nameOf),
  },
  {
    ...oneStop,
    id: 'q-mot-cua-hoan-tien',
    operations: operations.filter((one) => isOfUnit(one) && one.officer).map(nameOf),
    purpose: 'giai-quyet-tthc',
  },
  ...[systemIds.administrator, systemIds.approver, systemIds.auditor].map(toReading),
  ...[systemIds.administrator, systemIds.approver].map(toDeciding),
];

const insert = `INSERT INTO beneficiary_change (id, code, revision, unit_id, account, bank_code, account_name, becomes, reason,
    requested_by_system, requested_by_officer)
  SELECT $1, $2, 0, $3, $4, 'TESTBANK', $5, 'active', 'Tài khoản thử nghiệm', $6, $7
  WHERE NOT EXISTS (SELECT FROM beneficiary_change WHERE code = $2)`;

const approve = `UPDATE beneficiary_change SET state = 'approved', decided_by_system = $2, decided_by_officer = $3,
    decided_at = clock_timestamp(), decision_reason = 'Tài khoản thử nghiệm', decided_in = $4 WHERE id = $1`;

/** Asks for the accounts that nobody has asked for before, and approves them. */
export async function seedBeneficiaries(
  client: ClientBase,
  officers: readonly { readonly id: string; readonly unitId: string }[],
): Promise<void> {
  const officerOf = (unit: string) => officers.find(({ unitId }) => unitId === unit)?.id;
  for (const { code, unitId, account, accountName } of seedAccounts) {
    const id = randomUUID();
    const asker = [systemIds.administrator, officerOf(bodyIds.technology)];
    const { rowCount } = await client.query(insert, [id, code, unitId, account, accountName, ...asker]);
    if (rowCount === 1)
      await client.query(approve, [id, systemIds.approver, officerOf(bodyIds.office), randomUUID()]);
  }
}
