// The directory of units: who can be addressed, by which system a code is served, and the lists. Codes are never computed
// from one another.

import { isMatch } from '../parts/glob.ts';
import type { Settings, System } from './config.ts';
import {
  dirtyUnits,
  mergerUnits,
  toFixedUnit,
  toGeneratedCodes,
  toGeneratedUnit,
  type Unit,
} from './generated-units.ts';

/** What registerAgency says. */
export interface Registration {
  readonly id?: string;
  readonly parentCode?: string;
  readonly code: string;
  readonly name: string;
}

/** The directory. */
export interface Units {
  /** The unit of a code, or of its old one; a closed code is found as itself. */
  readonly find: (code: string) => Unit | undefined;
  /** The systems whose queues hold what is sent to a code. */
  readonly serving: (code: string) => readonly System[];
  readonly isServed: (code: string, by: System) => boolean;
  /** Every unit, generated ones made on the way. */
  readonly all: () => Iterable<Unit>;
  readonly count: () => number;
  readonly register: (unit: Registration, by: string, day: string) => void;
  /** Marks as deleted. */
  readonly remove: (code: string, day: string) => void;
  readonly setLocked: (code: string, isLocked: boolean) => void;
  readonly setAgencies: (count: number) => void;
  readonly setDirty: (isDirty: boolean) => void;
}

function toFixedUnits(settings: Settings): Map<string, Unit> {
  const { systems, merger, units } = settings;
  const own = systems.flatMap(({ codes, systemId }) =>
    codes
      .filter((code) => !code.includes('*'))
      .map((code) => ({ code, name: `Đơn vị ${code}`, centerCode: systemId })),
  );
  const named = units.map((unit) => ({ ...unit, name: unit.name ?? `Đơn vị ${unit.code}` }));
  const all = [...(merger ? mergerUnits : []), ...own, ...named];
  const merged = new Map<string, (typeof all)[number]>();
  for (const unit of all) merged.set(unit.code, { ...merged.get(unit.code), ...unit });
  return new Map([...merged.values()].map((unit, index) => [unit.code, toFixedUnit(unit, index + 1)]));
}

/** Codes of the generated units, old ones included, made when first asked for. */
function createGenerated(first: number) {
  let count = first;
  let byCode: Map<string, number> | undefined;
  const index = (): Map<string, number> => {
    const made = new Map<string, number>();
    for (let at = 0; at < count; at += 1) {
      const { code, oldCode } = toGeneratedCodes(at);
      made.set(code, at);
      if (oldCode !== undefined) made.set(oldCode, at);
    }
    return made;
  };
  return {
    count: () => count,
    find: (code: string): Unit | undefined => {
      byCode ??= index();
      const at = byCode.get(code);
      return at === undefined ? undefined : toGeneratedUnit(at);
    },
    setCount: (next: number) => {
      count = next;
      byCode = undefined;
    },
  };
}

/** The systems of a code; remembered until the directory changes. */
function createServing(systems: readonly System[], find: Units['find']) {
  const owners = new Map<string, string>();
  const known = new Map<string, readonly System[]>();
  const isNamed = (system: System, code: string): boolean =>
    owners.get(code) === system.systemId || system.codes.some((pattern) => isMatch(pattern, code));
  return {
    setOwner: (code: string, systemId: string) => {
      owners.set(code, systemId);
      known.clear();
    },
    serving: (code: string): readonly System[] => {
      const before = known.get(code);
      if (before) return before;
      const unit = find(code);
      const codes = [code, unit?.code, unit?.oldCode, unit?.successor].filter((one) => one !== undefined);
      const found = systems.filter((system) => codes.some((one) => isNamed(system, one)));
      known.set(code, found);
      return found;
    },
    forget: () => known.clear(),
  };
}

/** The directory of a configuration. */
export function createUnits(settings: Settings): Units {
  const fixed = toFixedUnits(settings);
  const aliases = new Map<string, string>();
  for (const { code, oldCode } of fixed.values()) if (oldCode !== undefined) aliases.set(oldCode, code);
  const generated = createGenerated(settings.agencies);
  let isDirty = false;

  const find = (code: string): Unit | undefined =>
    fixed.get(code) ?? fixed.get(aliases.get(code) ?? '') ?? generated.find(code);
  const { serving, setOwner, forget } = createServing(settings.systems, find);
  const change = (code: string, more: Partial<Unit>): void => {
    const unit = find(code);
    if (unit) fixed.set(unit.code, { ...unit, ...more });
    forget();
  };
  return {
    find,
    serving,
    isServed: (code, by) => serving(code).includes(by),
    all: function* () {
      yield* fixed.values();
      if (isDirty) yield* dirtyUnits.map(toFixedUnit);
      for (let index = 0; index < generated.count(); index += 1) {
        const unit = toGeneratedUnit(index);
        if (!fixed.has(unit.code)) yield unit;
      }
    },
    count: () => fixed.size + generated.count(),
    register: ({ id, parentCode, code, name }, by, day) => {
      const parent = parentCode === undefined ? undefined : find(parentCode);
      const version = (find(code)?.version ?? 0) + 1;
      const told = { code, name, version, modifyDate: day, centerCode: by, ...(id && { id }) };
      fixed.set(code, toFixedUnit({ ...told, ...(parent && { parentId: parent.id }) }, fixed.size + 1));
      setOwner(code, by);
    },
    remove: (code, day) =>
      change(code, { deleted: true, modifyDate: day, version: (find(code)?.version ?? 0) + 1 }),
    setLocked: (code, isLocked) => change(code, { locked: isLocked }),
    setAgencies: (count) => {
      generated.setCount(count);
      forget();
    },
    setDirty: (next) => {
      isDirty = next;
    },
  };
}
