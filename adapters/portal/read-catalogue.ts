// Entries of the portal's dictionaries in the hub's words. Names of fields in any letter case; a row without code or name is
// counted, never dropped unsaid. Source: public-service-portal.md §2, §3, §11.8
import { isMembers, type Members, member, text } from '../members.ts';
import type { PortalEntry, PortalList, PortalProcedure } from './portal.ts';

/** Where a list says what. */
interface Columns {
  readonly code: string;
  readonly name: string;
  readonly parent?: string;
  readonly level?: string;
}

const columns: Readonly<Record<PortalList, Columns>> = {
  procedure: { code: 'MATTHC', name: 'TENTTHC' },
  field: { code: 'MALINHVUC', name: 'TENLINHVUC', parent: 'MANGANH' },
  agency: { code: 'MADONVI', name: 'TENDONVI', level: 'CAPDONVI' },
  'result-paper': { code: 'MAKETQUA', name: 'TENKETQUA', parent: 'MATTHC' },
};

const channels: ReadonlyMap<string, string> = new Map([
  ['1', 'direct'],
  ['2', 'online'],
  ['3', 'postal'],
]);

const rowsOf = (row: Members, name: string): readonly Members[] => {
  const list = member(row, name);
  if (isMembers(list)) return [list];
  return Array.isArray(list) ? list.filter(isMembers) : [];
};

/** Names in a list of texts, or of objects that hold one. */
function namesOf(row: Members, name: string, ...inner: readonly string[]): string[] {
  const list = member(row, name);
  const items: readonly unknown[] = Array.isArray(list) ? list : [list];
  return items.flatMap((item) => {
    const found = isMembers(item) ? text(item, ...inner) : text({ item }, 'item');
    return found === undefined ? [] : [found];
  });
}

/** Texts of a row under the hub's names; those that are not there are left out. */
function pick<const K extends string>(
  row: Members,
  names: Readonly<Record<K, string>>,
): { [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  for (const key in names) {
    const value = text(row, names[key]);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

const toTime = (row: Members): PortalProcedure['channels'][number]['times'][number] => ({
  ...pick(row, { duration: 'THOIGIANGIAIQUYET', unit: 'DONVITINH', note: 'MOTA' }),
  fees: rowsOf(row, 'PHILEPHI').map((fee) => pick(fee, { amount: 'SOTIEN', unit: 'DONVI' })),
});

function toChannel(row: Members): PortalProcedure['channels'][number] {
  const code = text(row, 'KENH');
  const channel = code === undefined ? undefined : (channels.get(code) ?? code);
  return { ...(channel !== undefined && { channel }), times: rowsOf(row, 'THOIGIAN').map(toTime) };
}

const papers = { code: 'MAGIAYTO', name: 'TENGIAYTO', form: 'TENMAUDON', link: 'URL' } as const;

/** What a row publishes of a procedure. */
export function readProcedureContent(row: Members): PortalProcedure {
  const [agency] = namesOf(row, 'COQUANTHUCHIEN', 'TENDONVI', 'MADONVI');
  return {
    fields: namesOf(row, 'LINHVUCTHUCHIEN', 'TENLINHVUC', 'MALINHVUC'),
    ...(agency !== undefined && { agency }),
    ...pick(row, { requirements: 'YEUCAU' }),
    cases: rowsOf(row, 'TRINHTUTHUCHIEN').map((one) => ({
      ...pick(one, { name: 'TRUONGHOP' }),
      steps: namesOf(one, 'TRINHTU', 'TENTRINHTU'),
    })),
    channels: rowsOf(row, 'CACHTHUCTHUCHIEN').map(toChannel),
    papers: rowsOf(row, 'THANHPHANHOSO').map((one) => ({
      ...pick(one, { name: 'TRUONGHOP' }),
      papers: rowsOf(one, 'GIAYTO').map((paper) => pick(paper, papers)),
    })),
    results: rowsOf(row, 'KETQUATHUCHIEN').map((one) => pick(one, { code: 'MAKETQUA', name: 'TENKETQUA' })),
    legalBases: rowsOf(row, 'CANCUPHAPLY').map((one) => pick(one, { number: 'SOVANBAN', name: 'TENVANBAN' })),
  };
}

/** Parts that only a row has which shows a procedure whole. */
const parts = ['TRINHTUTHUCHIEN', 'CACHTHUCTHUCHIEN', 'THANHPHANHOSO'] as const;

const hasContent = (row: Members): boolean => parts.every((name) => member(row, name) !== undefined);

const mostCode = 200;

/** An entry; undefined when the row cannot be read. Codes are opaque: none is repaired. units-and-codes.md §1 */
export function readEntry(list: PortalList, row: unknown): PortalEntry | undefined {
  if (!isMembers(row)) return undefined;
  const { code, name, parent, level } = columns[list];
  const [shownCode, shownName] = [text(row, code), text(row, name)];
  if (shownCode === undefined || shownCode.toLowerCase() === 'null' || shownCode.length > mostCode)
    return undefined;
  if (shownName === undefined) return undefined;
  return {
    code: shownCode,
    name: shownName,
    parent: parent === undefined ? undefined : text(row, parent),
    level: level === undefined ? undefined : text(row, level),
    content: list === 'procedure' && hasContent(row) ? readProcedureContent(row) : undefined,
  };
}
