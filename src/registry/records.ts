// Turns stored rows into the registry's words; a row that does not fit is an error that names it.
import { createPublicKey } from 'node:crypto';
import {
  type Row,
  toBoolean,
  toBytes,
  toInstant,
  toInteger,
  toOneOf,
  toOptionalInstant,
  toOptionalText,
  toText,
  toTexts,
  UnreadableRow,
} from './row.ts';
import { toThumbprint } from './thumbprint.ts';
import type {
  Grant,
  Mandate,
  Officer,
  RegisteredService,
  SourceCredentialRow,
  Succession,
  System,
  SystemKey,
  Unit,
  UnitCode,
} from './types.ts';

const unitKinds = ['commune', 'ward', 'special-zone', 'provincial'] as const;

const toValidity = (row: Row) => ({
  from: toInstant(row, 'valid_from'),
  to: toOptionalInstant(row, 'valid_to'),
});

/** A row of unit_code. @throws UnreadableRow */
export const toUnitCode = (row: Row): UnitCode => ({
  scheme: toText(row, 'scheme'),
  code: toText(row, 'code'),
  ...toValidity(row),
});

/** A row of unit with its codes. @throws UnreadableRow */
export const toUnit = (row: Row, codes: readonly UnitCode[]): Unit => ({
  id: row.id,
  name: toText(row, 'name'),
  kind: toOneOf(row, 'kind', unitKinds),
  parentId: toOptionalText(row, 'parent_id'),
  state: toOneOf(row, 'state', ['active', 'suspended', 'revoked']),
  codes,
  ...toValidity(row),
});

/** A row of unit_successor. @throws UnreadableRow */
export const toSuccession = (row: Row): Succession => ({
  unitId: row.id,
  successorId: toText(row, 'successor_id'),
  at: toInstant(row, 'at'),
});

/** A row of system_key: the JWK must be a public key whose RFC 7638 thumbprint is its kid. @throws UnreadableRow */
export function toSystemKey(row: Row): SystemKey {
  const jwk = row.columns['jwk'];
  if (typeof jwk !== 'object' || jwk === null) throw new UnreadableRow(row, 'jwk is not an object');
  const members: Readonly<Record<string, unknown>> = { ...jwk };
  try {
    createPublicKey({ format: 'jwk', key: members });
    if (toThumbprint(members) !== row.id) throw new Error('kid is not the thumbprint');
  } catch (cause) {
    throw new UnreadableRow(row, 'jwk is not the public key that kid names', cause);
  }
  return {
    kid: row.id,
    jwk: members,
    certificateSha256: toOptionalText(row, 'certificate_sha256'),
    ...toValidity(row),
  };
}

/** A row of system with its keys. @throws UnreadableRow */
export const toSystem = (row: Row, keys: readonly SystemKey[]): System => ({
  id: row.id,
  name: toText(row, 'name'),
  unitId: toText(row, 'unit_id'),
  state: toOneOf(row, 'state', ['active', 'suspended', 'revoked']),
  tokensValidFrom: toInstant(row, 'tokens_valid_from'),
  keys,
});

/** A row of mandate. @throws UnreadableRow */
export const toMandate = (row: Row): Mandate => ({
  id: row.id,
  systemId: toText(row, 'system_id'),
  unitId: toText(row, 'unit_id'),
  operations: toTexts(row, 'operations'),
  document: toText(row, 'document'),
  ...toValidity(row),
});

/** A row of officer, packed by the query: unit, sealed number in hex, start and end in ms. @throws UnreadableRow */
export function toOfficer(row: Row): Officer {
  const [unitId, sealed, from, to] = toText(row, 'packed').split(' ');
  if (unitId === undefined || sealed === undefined || from === undefined)
    throw new UnreadableRow(row, 'is not packed as it should be');
  return {
    id: row.id,
    unitId,
    sealedNumber: Buffer.from(sealed, 'hex'),
    from: new Date(Number(from)),
    to: to === undefined ? undefined : new Date(Number(to)),
  };
}

/** A row of service. @throws UnreadableRow */
export const toService = (row: Row): RegisteredService => ({
  id: row.id,
  provider: toText(row, 'provider'),
  state: toOneOf(row, 'state', ['active', 'off', 'revoked']),
});

/** A row of source_credential that is active or suspended. @throws UnreadableRow */
export const toSourceCredential = (row: Row): SourceCredentialRow => ({
  id: row.id,
  source: toText(row, 'source'),
  unitId: toOptionalText(row, 'unit_id'),
  account: toText(row, 'account'),
  sealedSecret: toBytes(row, 'sealed_secret'),
  state: toOneOf(row, 'state', ['active', 'suspended']),
  ...toValidity(row),
});

/** A row of access_grant. @throws UnreadableRow */
export const toGrant = (row: Row): Grant => ({
  id: row.id,
  systemId: toText(row, 'system_id'),
  operations: toTexts(row, 'operations'),
  purpose: toOptionalText(row, 'purpose'),
  legalBasis: toText(row, 'legal_basis'),
  fields: row.columns['fields'] === null ? undefined : toTexts(row, 'fields'),
  caseRule: toOneOf(row, 'case_rule', ['required', 'optional']),
  leastAssurance: toOneOf(row, 'least_assurance', [1, 2, 3]),
  addresses: toTexts(row, 'addresses'),
  hours:
    row.columns['hour_from'] === null
      ? undefined
      : { from: toInteger(row, 'hour_from'), to: toInteger(row, 'hour_to') },
  environment: toText(row, 'environment'),
  quota: { perMinute: toInteger(row, 'per_minute'), perDay: toInteger(row, 'per_day') },
  reach: toOneOf(row, 'reach', ['unit', 'province']),
  grantor: toText(row, 'grantor'),
  isSenderBound: toBoolean(row, 'sender_bound'),
  state: toOneOf(row, 'state', ['active', 'suspended']),
  ...toValidity(row),
});
