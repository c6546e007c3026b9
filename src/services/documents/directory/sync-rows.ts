// Rows of the axis' lists as the tables take them. What has no usable code or name is left out, never mended.
import type { AxisAgency, AxisCall, AxisUnit } from '../../../../adapters/document-axis/index.ts';
import { toCodeForm } from './forms.ts';
import { toDisplayName, toSearchText } from './words.ts';

/** What the synchronisation reads; the port of the document axis is one. An iteration that throws is not the whole list. */
export interface AgencySource {
  units(call: AxisCall): AsyncIterable<AxisUnit>;
  agencies(list: 'qd20' | 'old', call: AxisCall): AsyncIterable<AxisAgency>;
}

/** One row on its way into `agency` and `agency_code`, by the names of their columns. */
export interface AgencyRow {
  readonly key: string;
  readonly code: string;
  readonly name: string;
  readonly search: string;
  readonly parent_id: string | null;
  readonly mail: string | null;
  readonly centre: string | null;
  readonly is_agency: boolean | null;
  readonly axis_version: number | null;
  readonly modified: string | null;
  readonly is_deleted: boolean;
  readonly has_history: boolean;
  /** Its own code and the other forms that the list gives. */
  readonly codes: readonly string[];
}

const mostNameCharacters = 1_000;
const mostTextCharacters = 300;

/** Without what PostgreSQL cannot store: NUL and halves of characters. */
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim();

const toText = (text: string | undefined): string | null =>
  clean(text ?? '')
    .slice(0, mostTextCharacters)
    .replace(/\p{Cs}/gu, '') || null;

const isCode = (code: string | undefined): code is string =>
  code !== undefined && toCodeForm(code) !== 'malformed' && clean(code) === code;

function toName(name: string): string | undefined {
  const shown = toDisplayName(clean(name));
  return shown.length === 0 || shown.length > mostNameCharacters ? undefined : shown;
}

/** A row of getSynchronizeUnit; undefined where it is unusable. */
export function fromUnit(unit: AxisUnit): AgencyRow | undefined {
  const name = toName(unit.name);
  if (!isCode(unit.code) || name === undefined) return undefined;
  const id = toText(unit.id);
  return {
    key: id === null || id.length > 200 ? `code:${unit.code}` : `id:${id}`,
    code: unit.code,
    name,
    search: toSearchText(`${name} ${unit.code}`),
    parent_id: toText(unit.parentId),
    mail: toText(unit.mail),
    centre: toText(unit.centerCode),
    is_agency: unit.isAgency ?? null,
    axis_version: Number.isSafeInteger(unit.version) ? (unit.version ?? null) : null,
    modified: toText(unit.modifyDate),
    is_deleted: unit.isDeleted,
    has_history: true,
    codes: [unit.code],
  };
}

/** A row of a list with pairs of codes, by its code: whose id it bears is not certain. Undefined where it is unusable. */
export function fromAgency(agency: AxisAgency): AgencyRow | undefined {
  const name = toName(agency.name);
  if (!isCode(agency.code) || name === undefined) return undefined;
  const others = [agency.oldCode, agency.code102].filter(isCode);
  return {
    key: `code:${agency.code}`,
    code: agency.code,
    name,
    search: toSearchText(`${name} ${agency.code}`),
    parent_id: toText(agency.parentId),
    mail: toText(agency.mail),
    centre: null,
    is_agency: null,
    axis_version: null,
    modified: null,
    is_deleted: false,
    has_history: false,
    codes: [...new Set([agency.code, ...others])],
  };
}
