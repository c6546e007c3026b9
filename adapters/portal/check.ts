// What is wrong with a record before it is sent. Pure; it mends nothing, and a code is never brought into another form.
// Source: public-service-portal.md §4.4, §11.6; units-and-codes.md §2
import { isMembers } from '../members.ts';
import type { OwnerKinds } from './owner-kinds.ts';
import type { PortalDossier, PortalMistake, PortalProgressLine } from './portal.ts';
import type { PortalSettings } from './settings.ts';
import { toEpochMs } from './times.ts';

/** A record as a unit says it. */
export interface CheckedRecord {
  readonly code: string;
  readonly dossier?: PortalDossier | undefined;
  readonly progress?: readonly PortalProgressLine[] | undefined;
}

/** The five forms of a dossier code; the group is the day. */
const codeForms: readonly RegExp[] = [
  /^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{3}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}\.\d{2}-(\d{6})-\d{4}$/,
  /^[A-Z]\d{2}\.\d{2}-(\d{8})-\d{7}$/,
];

/** Whether a code has one of the five forms, with a day that there is. */
export function isDossierCode(code: string): boolean {
  const day = codeForms.map((form) => form.exec(code)?.[1]).find((found) => found !== undefined);
  if (day === undefined) return false;
  const whole = (day.length === 6 ? `20${day}` : day).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  return toEpochMs(`${whole}T00:00:00Z`) !== undefined;
}

/** The value at a JSON pointer; undefined when there is none, and for a text of blanks. */
function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const name of pointer.split('/').slice(1)) {
    if (!isMembers(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return typeof found === 'string' && found.trim() === '' ? undefined : found;
}

function* checkRequired(record: CheckedRecord, settings: PortalSettings): Iterable<PortalMistake> {
  const { requiredMembers, requiredByStatus, requiredLineMembers } = settings;
  const status = String(record.dossier?.status ?? '');
  const byStatus = Object.keys(requiredByStatus).filter((one) => requiredByStatus[one]?.includes(status));
  for (const where of new Set([...requiredMembers, ...byStatus])) {
    if (where.startsWith('/dossier') && record.dossier === undefined) continue;
    if (valueAt(record, where) === undefined) yield { code: 'missing', where };
  }
  for (const [place, line] of (record.progress ?? []).entries())
    for (const pointer of requiredLineMembers)
      if (valueAt(line, pointer) === undefined)
        yield { code: 'missing', where: `/progress/${place}${pointer}` };
}

type Lengths = PortalSettings['lengths'];

/** Each text that has a longest form, with its place. */
function* listTexts(record: CheckedRecord): Iterable<[keyof Lengths, string, string | undefined]> {
  const { summary, papers, otherPapers, results, supplements } = record.dossier ?? {};
  yield ['summary', '/dossier/summary', summary];
  for (const [place, paper] of (papers ?? []).entries())
    yield ['fileName', `/dossier/papers/${place}/name`, paper.name];
  for (const [place, paper] of (otherPapers ?? []).entries())
    yield ['paperName', `/dossier/otherPapers/${place}/name`, paper.name];
  for (const [place, result] of (results ?? []).entries())
    yield ['paperName', `/dossier/results/${place}/name`, result.name];
  for (const [at, supplement] of (supplements ?? []).entries())
    for (const [place, paper] of (supplement.papers ?? []).entries())
      yield ['paperName', `/dossier/supplements/${at}/papers/${place}/name`, paper.name];
  for (const [place, line] of (record.progress ?? []).entries())
    yield ['officer', `/progress/${place}/officer`, line.officer];
}

function* checkLengths(record: CheckedRecord, lengths: Lengths): Iterable<PortalMistake> {
  for (const [kind, where, text] of listTexts(record)) {
    const most = lengths[kind];
    if ((text?.length ?? 0) > most) yield { code: 'too-long', where, most };
  }
}

/** Pairs of times of which the second cannot be before the first; the place is that of the second. */
function* listOrders({
  dossier,
  progress,
}: CheckedRecord): Iterable<[string, string | undefined, string | undefined]> {
  const { filedAt, receivedAt, dueAt, finishedAt, returnedAt, supplements } = dossier ?? {};
  yield ['/dossier/receivedAt', filedAt, receivedAt];
  yield ['/dossier/dueAt', receivedAt, dueAt];
  yield ['/dossier/finishedAt', receivedAt, finishedAt];
  yield ['/dossier/returnedAt', receivedAt, returnedAt];
  for (const [place, supplement] of (supplements ?? []).entries())
    yield [`/dossier/supplements/${place}/receivedAt`, supplement.requestedAt, supplement.receivedAt];
  for (const [place, line] of (progress ?? []).entries())
    yield [`/progress/${place}/dueAt`, line.from, line.dueAt];
}

function* checkOrders(record: CheckedRecord): Iterable<PortalMistake> {
  for (const [where, first, second] of listOrders(record)) {
    if (first === undefined || second === undefined) continue;
    if ((toEpochMs(second) ?? 0) < (toEpochMs(first) ?? 0)) yield { code: 'time-order', where };
  }
}

function* checkTranslations({ dossier }: CheckedRecord, kinds: OwnerKinds): Iterable<PortalMistake> {
  const kind = dossier?.owner?.kind;
  if (kind !== undefined && kinds[kind] === undefined)
    yield { code: 'no-translation', where: '/dossier/owner/kind' };
}

/** Everything that is wrong with a record. */
export function checkRecord(record: CheckedRecord, settings: PortalSettings): readonly PortalMistake[] {
  const codeForm: readonly PortalMistake[] = isDossierCode(record.code)
    ? []
    : [{ code: 'code-form', where: '/code' }];
  return [
    ...codeForm,
    ...checkRequired(record, settings),
    ...checkTranslations(record, settings.ownerKinds),
    ...checkLengths(record, settings.lengths),
    ...checkOrders(record),
  ];
}
