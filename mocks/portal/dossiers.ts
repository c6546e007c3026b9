// What the portal holds of each dossier: the record as received, its statuses and progress lines in their order, and how
// many times each came. State only; what may be taken is decided in checks.ts.
import { type Fields, readText } from './fields.ts';

interface Version {
  readonly atMs: number;
  readonly fields: Fields;
}

interface StatusStep {
  readonly status: string;
  /** Place among all taken records and lines, from 1. */
  readonly order: number;
  /** How many records in a row carried it. */
  receptions: number;
}

interface ProgressLine {
  readonly line: Fields;
  readonly order: number;
  readonly atMs: number;
  receptions: number;
}

interface Held {
  readonly code: string;
  readonly units: Set<string>;
  readonly isInbound: boolean;
  creates: number;
  updates: number;
  refused: number;
  readonly versions: Version[];
  readonly statuses: StatusStep[];
  /** By what they say, so that a repeat is counted and not kept twice. */
  readonly progress: Map<string, ProgressLine>;
}

/** A dossier as it stood at a moment. */
export interface Snapshot {
  readonly fields: Fields;
  readonly progress: readonly Fields[];
}

/** All held dossiers. */
export interface Dossiers {
  readonly has: (code: string) => boolean;
  /** TrangThaiHoSo; undefined when the dossier is unknown. */
  readonly statusOf: (code: string) => string | undefined;
  /** Puts a record in the place of what was held. @param how `inbound` = filed on the portal */
  readonly put: (
    code: string,
    fields: Fields,
    how: 'create' | 'update' | 'inbound',
    by: { readonly unit: string | undefined; readonly atMs: number },
  ) => void;
  readonly addProgress: (code: string, line: Fields, atMs: number) => void;
  readonly noteRefusal: (code: string) => void;
  /** As it stood; undefined when it was not there yet. */
  readonly asOf: (code: string, atMs: number) => Snapshot | undefined;
  readonly show: (code: string) => object | undefined;
  /** Rows without fields, from number `from` on, in the order of their arrival. */
  readonly page: (from: number, limit: number) => readonly object[];
  readonly counts: () => { readonly dossiers: number; readonly taken: number };
}

// Older versions serve a look-up with a lag only.
const versionsMost = 64;

const toKey = (line: Fields): string =>
  JSON.stringify(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1)));

function noteStatus(held: Held, status: string, order: number): void {
  const last = held.statuses.at(-1);
  if (last?.status === status) last.receptions += 1;
  else held.statuses.push({ status, order, receptions: 1 });
}

function toRow({ code, units, isInbound, creates, updates, refused, statuses, progress }: Held): object {
  return {
    ...{ code, units: [...units], isInbound, status: statuses.at(-1)?.status ?? null },
    ...{ creates, updates, refused, statuses },
    progress: [...progress.values()].map(({ line, order, receptions }) => ({
      ...{ order, receptions, status: readText(line, 'TrangThai') ?? null },
      at: readText(line, 'ThoiDiemXuLy') ?? null,
    })),
  };
}

const toLines = ({ progress }: Held): readonly object[] =>
  [...progress.values()].map(({ line, order, receptions }) => ({ order, receptions, line }));

function toSnapshot(held: Held, atMs: number): Snapshot | undefined {
  const version = held.versions.findLast((one) => one.atMs <= atMs);
  if (!version) return undefined;
  const lines = [...held.progress.values()].filter((line) => line.atMs <= atMs);
  return { fields: version.fields, progress: lines.map(({ line }) => line) };
}

function toHeld(code: string, isInbound: boolean): Held {
  const counts = { creates: 0, updates: 0, refused: 0 };
  return { code, units: new Set(), isInbound, ...counts, versions: [], statuses: [], progress: new Map() };
}

/** No dossiers yet. */
export function createDossiers(): Dossiers {
  const held = new Map<string, Held>();
  const rows: Held[] = [];
  let order = 0;
  const open = (code: string, isInbound: boolean): Held => {
    const known = held.get(code) ?? toHeld(code, isInbound);
    if (!held.has(code)) rows.push(known);
    held.set(code, known);
    return known;
  };
  return {
    has: (code) => held.has(code),
    statusOf: (code) => held.get(code)?.statuses.at(-1)?.status,
    put: (code, fields, how, { unit, atMs }) => {
      const one = open(code, how === 'inbound');
      if (how === 'create') one.creates += 1;
      if (how === 'update') one.updates += 1;
      if (unit !== undefined) one.units.add(unit);
      order += 1;
      noteStatus(one, readText(fields, 'TrangThaiHoSo') ?? '', order);
      one.versions.push({ atMs, fields });
      if (one.versions.length > versionsMost) one.versions.shift();
    },
    addProgress: (code, line, atMs) => {
      const one = held.get(code);
      if (!one) return;
      order += 1;
      const key = toKey(line);
      const known = one.progress.get(key);
      if (known) known.receptions += 1;
      else one.progress.set(key, { line, order, atMs, receptions: 1 });
    },
    noteRefusal: (code) => {
      const one = held.get(code);
      if (one) one.refused += 1;
    },
    asOf: (code, atMs) => {
      const one = held.get(code);
      return one && toSnapshot(one, atMs);
    },
    show: (code) => {
      const one = held.get(code);
      return one && { ...toRow(one), fields: one.versions.at(-1)?.fields, progress: toLines(one) };
    },
    page: (from, limit) => rows.slice(from - 1, from - 1 + limit).map(toRow),
    counts: () => ({ dossiers: rows.length, taken: order }),
  };
}
