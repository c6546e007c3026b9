// Rights on the exchange log: each system its unit's exchanges, operators the public part of all, auditors all.
import type { SeedGrant } from './seed-grants.ts';
import { systemIds } from './seed-systems.ts';
import { bodyIds } from './seed-units.ts';

const toEvidenceGrant = (systemId: string): SeedGrant => ({
  id: `q-${systemId}-bang-chung`,
  systemId,
  operations: ['evidence.v1/getExchange', 'evidence.v1/getReceipt', 'evidence.v1/explainExchange'],
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): đơn vị xem giao dịch của mình',
  grantor: bodyIds.technology,
  caseRule: 'optional',
  reach: systemId === systemIds.auditor ? 'province' : 'unit',
  isExpired: false,
});

/** Officer, case and purpose: for who did it, and for auditors. Operators see the public part. */
const sealedFields = [
  ...(['officer', 'purpose', 'caseCode', 'result', 'sources', 'unitCodes', 'reason', 'fileNumber'] as const),
];

const toSearchGrant = (systemId: string): SeedGrant => {
  const isOperator = systemId === systemIds.administrator || systemId === systemIds.approver;
  return {
    id: `q-${systemId}-tra-cuu`,
    systemId,
    operations: [
      ...(['evidence.v1/searchExchanges', 'evidence.v1/getTimeline'] as const),
      ...(['evidence.v1/listFigures', 'evidence.v1/downloadFigures'] as const),
    ],
    legalBasis: 'Quy chế vận hành trục (thử nghiệm): tra cứu giao dịch và số liệu',
    grantor: bodyIds.technology,
    fields: isOperator ? ['sources'] : sealedFields,
    caseRule: 'optional',
    reach: isOperator || systemId === systemIds.auditor ? 'province' : 'unit',
    isExpired: false,
  };
};

/** Grants of `evidence.v1`. */
export const evidenceGrants: readonly SeedGrant[] = [
  ...Object.values(systemIds).map(toEvidenceGrant),
  ...Object.values(systemIds).map(toSearchGrant),
];
