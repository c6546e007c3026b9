// What the rows of a file would do to the registry: each row for itself, then against the others of the file.
import { isDeepStrictEqual } from 'node:util';
import type { components } from '../../../../openapi/types/admin.v1.ts';
import { type Column, codeSchemes } from './columns.ts';
import type { Wish } from './read-row.ts';
import { quote, toRemark } from './remarks.ts';

type Unit = components['schemas']['Unit'];
type UnitCode = components['schemas']['UnitCode'];

/** A row of an import, as the contract shows it. */
export type ImportRow = components['schemas']['UnitImportRow'];

/** The registry's units by id. */
export type Units = ReadonlyMap<string, Unit>;

interface Period {
  readonly validFrom: string;
  readonly validTo?: string;
}

const isOverlapping = (a: Period, b: Period): boolean =>
  (a.validTo === undefined || b.validFrom < a.validTo) &&
  (b.validTo === undefined || a.validFrom < b.validTo);

const isScheme = (text: string): text is (typeof codeSchemes)[number] =>
  codeSchemes.some((name) => name === text);

const inOrder = (codes: readonly UnitCode[]): UnitCode[] => {
  const toKey = ({ scheme, validFrom, code }: UnitCode) => `${scheme} ${validFrom} ${code}`;
  return [...codes].sort((a, b) => (toKey(a) < toKey(b) ? -1 : 1));
};

/** Codes as they will be: those there are, and for each scheme that has none yet the one of the row. */
function toCodes(wish: Wish, period: Period, before: readonly UnitCode[]): UnitCode[] {
  const added: UnitCode[] = [];
  for (const [scheme, code] of wish.codes) {
    const held = before.filter((one) => one.scheme === scheme);
    if (held.some((one) => one.code === code)) continue;
    if (held.length > 0 && isScheme(scheme))
      wish.errors.push(
        toRemark(
          scheme,
          `đơn vị đang có mã khác; đổi mã cần ngày, dùng thao tác sửa đơn vị`,
          `the unit has another code; a change of code needs its day: change the unit by itself`,
        ),
      );
    else
      added.push({
        scheme,
        code,
        validFrom: period.validFrom,
        ...(period.validTo !== undefined && { validTo: period.validTo }),
      });
  }
  return inOrder([...before, ...added]);
}

function toNew(wish: Wish): Unit | undefined {
  const { name, kind, validFrom } = wish.members;
  const compulsory: readonly (readonly [Column, unknown])[] = [
    ['name', name],
    ['kind', kind],
    ['validFrom', validFrom],
  ];
  const wrong = new Set(wish.errors.map(({ column }) => column));
  for (const [column, value] of compulsory) {
    const remark = toRemark(column, 'thiếu; đơn vị mới cần có', 'is missing; a new unit needs it');
    if (value === undefined && !wrong.has(remark.column)) wish.errors.push(remark);
  }
  if (name === undefined || kind === undefined || validFrom === undefined) return undefined;
  const { formedFrom = [], ...members } = wish.members;
  const period = { validFrom, ...(members.validTo !== undefined && { validTo: members.validTo }) };
  const codes = toCodes(wish, period, []);
  return { ...members, id: wish.id, name, kind, validFrom, formedFrom, codes, state: 'active', revision: 1 };
}

function toChanged(wish: Wish, before: Unit): Unit {
  const { validFrom } = wish.members;
  if (validFrom !== undefined && validFrom !== before.validFrom)
    wish.errors.push(
      toRemark(
        'validFrom',
        'khác ngày đã đăng ký; ngày này không đổi được',
        'differs from the registered day, which cannot be changed',
      ),
    );
  const after = { ...before, ...wish.members, codes: toCodes(wish, before, before.codes) };
  if (isDeepStrictEqual(after, { ...before, codes: inOrder(before.codes) })) return before;
  if (before.state === 'revoked')
    wish.errors.push(toRemark('id', 'đơn vị đã bị thu hồi vĩnh viễn', 'the unit is revoked for good'));
  return { ...after, revision: before.revision + 1 };
}

function checkPeriod(wish: Wish, { validFrom, validTo }: Unit): void {
  if (validTo !== undefined && validTo <= validFrom)
    wish.errors.push(toRemark('validTo', 'phải sau ngày bắt đầu hiệu lực', 'must be after the first day'));
}

/** Checks of a row against the registry and the rest of the file. */
function createCrossChecks(wishes: readonly Wish[], units: Units, afters: ReadonlyMap<string, Unit>) {
  const rowOf = new Map<string, number>();
  for (const { id, row } of wishes) if (id !== '' && !rowOf.has(id)) rowOf.set(id, row);
  const holders = new Map<
    string,
    { readonly unitId: string; readonly period: Period; readonly row?: number }[]
  >();
  const hold = (unit: Unit, codes: readonly UnitCode[], row?: number) => {
    for (const code of codes) {
      const key = `${code.scheme} ${code.code}`;
      const known = holders.get(key) ?? [];
      known.push({ unitId: unit.id, period: code, ...(row !== undefined && { row }) });
      holders.set(key, known);
    }
  };
  for (const unit of units.values()) hold(unit, unit.codes);
  const parentOf = (id: string) => (afters.get(id) ?? units.get(id))?.parentId;

  return {
    checkOnce({ id, row, errors }: Wish): void {
      const first = rowOf.get(id);
      if (id !== '' && first !== row)
        errors.push(toRemark('id', `trùng với dòng ${first}`, `stands in row ${first} already`));
    },
    checkParent({ id, members: { parentId }, errors }: Wish): void {
      if (parentId === undefined) return;
      if (!units.has(parentId) && !rowOf.has(parentId))
        errors.push(
          toRemark(
            'parentId',
            `không có đơn vị ${quote(parentId)} trong danh bạ hay trong tệp`,
            `there is no unit ${quote(parentId)} in the registry or in the file`,
          ),
        );
      const seen = new Set<string>();
      for (
        let above: string | undefined = parentId;
        above !== undefined && !seen.has(above);
        above = parentOf(above)
      ) {
        if (above === id)
          errors.push(toRemark('parentId', 'đơn vị nằm dưới chính nó', 'the unit would stand below itself'));
        seen.add(above);
      }
    },
    /** The first row of a file that asks for a code has it; errors go to the later ones. */
    checkCodes({ row, codes, errors }: Wish, after: Unit): void {
      const asked = after.codes.filter(({ scheme, code }) => codes.get(scheme) === code);
      for (const code of asked) {
        const other = holders
          .get(`${code.scheme} ${code.code}`)
          ?.find(({ unitId, period }) => unitId !== after.id && isOverlapping(period, code));
        if (!other || !isScheme(code.scheme)) continue;
        const [vi, en] =
          other.row === undefined
            ? [`là mã của đơn vị ${other.unitId}`, `is the code of the unit ${other.unitId}`]
            : [`trùng với dòng ${other.row}`, `stands in row ${other.row} already`];
        errors.push(toRemark(code.scheme, vi, en));
      }
      hold(after, asked, row);
    },
  };
}

const toAct = (before: Unit | undefined, after: Unit): 'create' | 'change' | 'none' =>
  before === undefined ? 'create' : before === after ? 'none' : 'change';

/** The rows of a preview. @param wishes in the order of the file; their errors are completed */
export function planRows(wishes: readonly Wish[], units: Units): readonly ImportRow[] {
  const afters = new Map<string, Unit>();
  for (const wish of wishes) {
    const before = units.get(wish.id);
    const after = wish.id === '' ? undefined : before ? toChanged(wish, before) : toNew(wish);
    if (!after || afters.has(wish.id)) continue;
    checkPeriod(wish, after);
    afters.set(wish.id, after);
  }
  const checks = createCrossChecks(wishes, units, afters);
  return wishes.map((wish) => {
    const after = afters.get(wish.id);
    checks.checkOnce(wish);
    checks.checkParent(wish);
    if (after && wish.errors.length === 0) checks.checkCodes(wish, after);
    const told = {
      row: wish.row,
      ...(wish.id !== '' && { id: wish.id }),
      errors: wish.errors,
      notes: wish.notes,
    };
    return !after || wish.errors.length > 0
      ? { ...told, act: 'error' }
      : { ...told, act: toAct(units.get(wish.id), after), after };
  });
}
