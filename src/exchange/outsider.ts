// Callers that the registry does not know, with the one right to make the call that their contract opens to them. Entries
// name no system, unit or grant of theirs.
import type { Grant, System, Unit } from '../registry/types.ts';

/** No id of the registry has this form. */
const id = '*';
const from = new Date(0);

/** Stands where callers with a token have their system and unit. */
export interface Outsider {
  readonly system: System;
  readonly actingUnit: Unit;
}

/** @param name for handlers; it is not recorded */
export const createOutsider = (name: string): Outsider => ({
  system: { id, name, unitId: id, state: 'active', tokensValidFrom: from, keys: [] },
  actingUnit: { id, name, kind: name, parentId: undefined, state: 'active', codes: [], from, to: undefined },
});

/** Who calls when nobody is asked for a name (`security: []`). */
export const anyone = createOutsider('anyone');

/** The right that the contract itself gives. */
export const outsiderGrant: Grant = {
  id,
  systemId: id,
  operations: [],
  purpose: undefined,
  legalBasis: 'the contract of the operation',
  fields: undefined,
  caseRule: 'optional',
  leastAssurance: 1,
  addresses: [],
  hours: undefined,
  environment: id,
  // Kept by the limits for outsiders in admit.ts, not by these.
  quota: { perMinute: 0, perDay: 0 },
  reach: 'unit',
  isSenderBound: false,
  state: 'active',
  grantor: id,
  from,
  to: undefined,
};
