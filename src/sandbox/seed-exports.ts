// The right of the sandbox's auditor to export the exchange log.
import { loadContract } from '../contracts/contract.ts';
import type { SeedGrant } from './seed-grants.ts';
import { systemIds } from './seed-systems.ts';
import { bodyIds } from './seed-units.ts';

const exporting = loadContract('evidence.v1').operations.filter(({ path }) => path.includes('/exports'));

/** Exports of the whole log, for the auditor; a unit's own are granted by who runs the hub. */
export const exportGrant: SeedGrant = {
  id: 'q-kiem-toan-ban-xuat',
  systemId: systemIds.auditor,
  operations: exporting.map(({ name }) => name),
  purpose: 'kiem-tra',
  legalBasis: 'Quy chế vận hành trục (thử nghiệm): kiểm tra, thanh tra nhật ký giao dịch',
  grantor: bodyIds.technology,
  caseRule: 'optional',
  reach: 'province',
  isSenderBound: true,
  isExpired: false,
};
