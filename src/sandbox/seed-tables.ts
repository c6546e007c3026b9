// The sandbox province as rows of the registry's tables, parents before their parts.
import { sealNumber } from '../registry/officer-number.ts';
import { type SeedGrant, seedGrants, seedQuota, seedServices, toFirstPeriod } from './seed-grants.ts';
import type { SeedKey } from './seed-key.ts';
import { type FormerBody, firstDayOfFormer, formerBodies, formerCodes } from './seed-merger.ts';
import type { SeedOfficer } from './seed-officers.ts';
import { type SeedTable, toBytea } from './seed-rows.ts';
import type { SeedSystem } from './seed-systems.ts';
import type { SeedUnit } from './seed-units.ts';

/** What the tables are filled from. */
export interface Seed {
  readonly units: readonly SeedUnit[];
  readonly systems: readonly (SeedSystem & { readonly key: SeedKey })[];
  readonly officers: readonly SeedOfficer[];
  /** `Keys.field` */
  readonly fieldKey: Buffer;
  readonly at: Date;
}

/** First day of the units, mandates, officers and keys, in Asia/Ho_Chi_Minh. Source: units-and-codes.md §4 */
export const firstDay = '2025-07-01';
/** Last day of an expired officer, in Asia/Ho_Chi_Minh. */
export const lastDayOfExpired = '2025-09-30';

const start = `${firstDay}T00:00:00+07:00`;
const startOfFormer = `${firstDayOfFormer}T00:00:00+07:00`;
const endOfExpired = '2025-10-01T00:00:00+07:00';

const toUnitRow = ({ id, name, kind, parentId, formedFrom }: SeedUnit) => ({
  id,
  name,
  kind,
  parent_id: parentId ?? null,
  formed_from: formedFrom,
  contact: `${id}@lgsp.example`,
  valid_from: start,
  valid_to: null,
});

const toCodeRows = ({ id, codes }: SeedUnit) =>
  Object.entries(codes).map(([scheme, code]) => ({
    unit_id: id,
    scheme,
    code,
    valid_from: start,
    valid_to: null,
  }));

const toFormerRow = ({ id, name, kind }: FormerBody) => ({
  id,
  name,
  kind,
  parent_id: null,
  formed_from: [],
  contact: null,
  valid_from: startOfFormer,
  valid_to: start,
});

const toFormerCodeRow = ({ unitId, code, from, to }: (typeof formerCodes)[number]) => ({
  unit_id: unitId,
  scheme: 'agency',
  code,
  valid_from: `${from}T00:00:00+07:00`,
  valid_to: `${to}T00:00:00+07:00`,
});

const toSuccessorRows = ({ id, successors }: FormerBody) =>
  successors.map((successor) => ({
    unit_id: id,
    successor_id: successor,
    at: start,
    document: `Văn bản sắp xếp thử nghiệm ${id}/${successor}`,
  }));

const toSystemRow = ({ id, name, unitId }: SeedSystem) => ({
  id,
  name,
  unit_id: unitId,
  contact: `${id}@lgsp.example`,
  state: 'active',
  tokens_valid_from: start,
});

const toMandateRows = ({ id, actingUnits, operations }: SeedSystem) =>
  actingUnits.map((unitId) => ({
    id: `uq-${id}-${unitId}`,
    system_id: id,
    unit_id: unitId,
    operations,
    document: `Văn bản ủy quyền thử nghiệm ${id}/${unitId}`,
    confirmed_at: start,
    valid_from: start,
  }));

const toGrantRow = (grant: SeedGrant, at: Date) => ({
  id: grant.id,
  system_id: grant.systemId,
  operations: grant.operations,
  purpose: grant.purpose ?? null,
  legal_basis: grant.legalBasis,
  grantor: grant.grantor,
  fields: grant.fields ?? null,
  case_rule: grant.caseRule,
  least_assurance: 1,
  addresses: [],
  environment: 'sandbox',
  per_minute: seedQuota.perMinute,
  per_day: seedQuota.perDay,
  reach: grant.reach,
  sender_bound: grant.isSenderBound ?? false,
  valid_from: toFirstPeriod(grant, at).from,
  valid_to: toFirstPeriod(grant, at).to,
});

/** Every table in an order that satisfies the foreign keys. */
export function toTables({ units, systems, officers, fieldKey, at }: Seed): readonly SeedTable[] {
  const keyRows = systems.map(({ id, key }) => ({
    kid: key.kid,
    system_id: id,
    jwk: key.publicJwk,
    valid_from: start,
  }));
  const officerRows = officers.map(({ id, unitId, number, case: is }) => ({
    id,
    unit_id: unitId,
    sealed_number: toBytea(sealNumber(fieldKey, id, number)),
    valid_from: start,
    valid_to: is === 'expired' ? endOfExpired : null,
  }));
  return [
    { name: 'unit', key: ['id'], rows: [...units.map(toUnitRow), ...formerBodies.map(toFormerRow)] },
    {
      name: 'unit_code',
      key: ['unit_id', 'scheme', 'code', 'valid_from'],
      rows: [...units.flatMap(toCodeRows), ...formerCodes.map(toFormerCodeRow)],
    },
    {
      name: 'unit_successor',
      key: ['unit_id', 'successor_id'],
      rows: formerBodies.flatMap(toSuccessorRows),
    },
    { name: 'system', key: ['id'], rows: systems.map(toSystemRow) },
    { name: 'system_key', key: ['kid'], rows: keyRows },
    {
      name: 'mandate',
      key: ['id'],
      rows: systems.flatMap(toMandateRows),
      rights: { kind: 'mandate', columns: ['operations'] },
    },
    { name: 'officer', key: ['id'], rows: officerRows },
    { name: 'service', key: ['id'], rows: seedServices },
    {
      name: 'access_grant',
      key: ['id'],
      rows: seedGrants.map((grant) => toGrantRow(grant, at)),
      rights: { kind: 'grant', columns: ['operations', 'sender_bound', 'reach'] },
    },
  ];
}
