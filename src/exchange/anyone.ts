// The caller of an operation that anyone may call (`security: []`): fixed, unknown to the registry, with the one right to
// make that call. Entries name no system, unit or grant.
import type { Grant, System, Unit } from '../registry/types.ts';

/** No id of the registry has this form. */
const id = '*';
const from = new Date(0);

/** Who calls when nobody is asked for a name. */
export const anyone: {
  readonly system: System;
  readonly actingUnit: Unit;
  readonly grant: Grant;
} = {
  system: { id, name: 'anyone', unitId: id, state: 'active', tokensValidFrom: from, keys: [] },
  actingUnit: {
    id,
    name: 'anyone',
    kind: 'anyone',
    parentId: undefined,
    state: 'active',
    codes: [],
    from,
    to: undefined,
  },
  grant: {
    id,
    systemId: id,
    operations: [],
    purpose: undefined,
    legalBasis: 'public operation',
    fields: undefined,
    caseRule: 'optional',
    leastAssurance: 1,
    addresses: [],
    hours: undefined,
    environment: id,
    // Kept by the limits of networks in admit.ts, not by these.
    quota: { perMinute: 0, perDay: 0 },
    reach: 'unit',
    isSenderBound: false,
    state: 'active',
    grantor: id,
    from,
    to: undefined,
  },
};
