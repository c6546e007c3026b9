// Invented agencies as the axis lists them, generated row by row, and a snapshot of invented units.

import type { AxisAgency, AxisUnit } from '../../../../adapters/document-axis/index.ts';
import { createSnapshot } from '../../../../src/registry/snapshot.ts';
import type { Registry, Succession, Unit, UnitCode } from '../../../../src/registry/types.ts';
import type { AgencySource } from '../../../../src/services/documents/directory/sync-rows.ts';

export const july2025 = new Date('2025-07-01T00:00:00+07:00');
export const now = new Date('2026-05-01T00:00:00Z');
const start = new Date('2020-09-15T00:00:00+07:00');

/** A row of getSynchronizeUnit. */
export const unitRow = (code: string, more: Partial<AxisUnit> = {}): AxisUnit => ({
  id: `u-${code}`,
  parentId: undefined,
  code,
  name: `Cơ quan ${code}`,
  mail: undefined,
  version: 1,
  centerCode: undefined,
  isDeleted: false,
  modifyDate: undefined,
  isAgency: true,
  ...more,
});

/** A row of a list with pairs of codes. */
export const agencyRow = (code: string, more: Partial<AxisAgency> = {}): AxisAgency => ({
  id: `other-${code}`,
  parentId: undefined,
  code,
  name: `Cơ quan ${code}`,
  mail: undefined,
  oldCode: undefined,
  code102: undefined,
  ...more,
});

async function* stream<T>(rows: Iterable<T>): AsyncGenerator<T> {
  yield* rows;
}

/** The axis with these lists. */
export const makeSource = (
  units: () => Iterable<AxisUnit>,
  qd20: () => Iterable<AxisAgency> = () => [],
  old: () => Iterable<AxisAgency> = () => [],
): AgencySource => ({
  units: () => stream(units()),
  agencies: (list) => stream(list === 'qd20' ? qd20() : old()),
});

interface MadeUnit {
  readonly name?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly parentId?: string;
  readonly state?: Unit['state'];
  /** [code, from, to] */
  readonly codes: readonly (readonly [code: string, from?: Date | undefined, to?: Date])[];
}

const toCode = ([code, from = start, to]: MadeUnit['codes'][number]): UnitCode => ({
  scheme: 'agency',
  code,
  from,
  to,
});

/** A registry in memory: data, not behaviour. */
export function makeUnits(
  units: Readonly<Record<string, MadeUnit>>,
  successions: readonly Succession[] = [],
): Registry {
  const rows = Object.entries(units).map(
    ([id, { name = id, from = start, to, parentId, state = 'active', codes }]): Unit => ({
      id,
      name,
      kind: 'provincial',
      parentId,
      state,
      codes: codes.map(toCode),
      from,
      to,
    }),
  );
  const parts = { systems: [], mandates: [], officers: [], services: [], grants: [] };
  const current = createSnapshot({
    ...parts,
    version: 1n,
    units: rows,
    successions,
    revokedTokens: [],
    sourcesOff: [],
    sourceCredentials: [],
  });
  return { current, confirmedMsAgo: () => 0, close: async () => undefined };
}
