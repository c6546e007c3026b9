// Rights of the sandbox's auditor and administrators to retention, holds and what is asked about persons.
import type { SeedGrant } from './seed-grants.ts';
import { systemIds } from './seed-systems.ts';
import { bodyIds } from './seed-units.ts';

/** What is read of retention, what an auditor decides, and what an administrator does. */
export const auditGrants: readonly SeedGrant[] = [
  ...[systemIds.administrator, systemIds.auditor].map((systemId) => ({
    systemId,
    id: `q-${systemId}-luu-tru-doc`,
    operations: ['evidence.v1/listRetentionClasses', 'evidence.v1/listHolds'],
    isSenderBound: false,
  })),
  {
    systemId: systemIds.auditor,
    id: 'q-kiem-toan-luu-tru-giu',
    operations: ['placeHold', 'endHold', 'searchPersons', 'reportToSubject'].map((id) => `evidence.v1/${id}`),
    purpose: 'kiem-toan',
    isSenderBound: true,
  },
  {
    systemId: systemIds.auditor,
    id: 'q-kiem-toan-bat-thuong',
    operations: ['evidence.v1/listUnusualAccess', 'evidence.v1/drawSamples'],
    isSenderBound: false,
  },
  {
    systemId: systemIds.administrator,
    id: 'q-quan-tri-luu-tru',
    operations: ['evidence.v1/changeRetentionClass'],
    purpose: 'quan-tri',
    isSenderBound: true,
  },
].map((grant) => ({
  ...grant,
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): thời hạn lưu trữ và lệnh giữ',
  grantor: bodyIds.technology,
  caseRule: 'optional',
  reach: 'province',
  isExpired: false,
}));
