// What must hold of a document before it is sent, beyond what a schema can say. Each mistake is named by its place.

import { toTargets } from '../../../../adapters/document-axis/edxml/document-id.ts';
import type { DocumentToWrite } from '../../../../adapters/document-axis/edxml/types.ts';
import { toLocalDay } from '../../../local-day.ts';
import type { ProblemPlace } from '../../../problem.ts';
import type { NewDocument } from './to-document.ts';

const isRealDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

const notReal = (where: string): ProblemPlace => ({
  where,
  vi: 'không có ngày này trong lịch',
  en: 'there is no such day',
});

function checkDays(given: NewDocument, today: string): readonly ProblemPlace[] {
  const places: ProblemPlace[] = [];
  if (!isRealDay(given.promulgationDate)) places.push(notReal('/body/promulgationDate'));
  else if (given.promulgationDate > today)
    places.push({
      where: '/body/promulgationDate',
      vi: 'ở tương lai',
      en: 'lies in the future',
    });
  if (given.dueDate !== undefined && !isRealDay(given.dueDate)) places.push(notReal('/body/dueDate'));
  for (const list of ['withdraws', 'answers'] as const)
    given[list]?.forEach(({ promulgationDate: day }, n) => {
      if (day !== undefined && !isRealDay(day)) places.push(notReal(`/body/${list}/${n}/promulgationDate`));
    });
  return places;
}

const pointers = { revoke: 'withdraws', update: 'updates', replace: 'replaces' } as const;

/** Each business type has a pointer of its own to what it is about. Source: document-axis.md §1.4, §9.8 */
function checkPointers(given: NewDocument): readonly ProblemPlace[] {
  return (['revoke', 'update', 'replace'] as const).flatMap((type) => {
    const name = pointers[type];
    const isThere = given[name] !== undefined;
    if (isThere === (given.businessType === type)) return [];
    return [
      {
        where: `/body/${name}`,
        vi: isThere ? `chỉ dùng khi businessType là ${type}` : `phải có khi businessType là ${type}`,
        en: isThere ? `only goes with businessType ${type}` : `must be given with businessType ${type}`,
      },
    ];
  });
}

function checkReceivers({ to }: NewDocument): readonly ProblemPlace[] {
  const codes = to.map(({ code }) => code);
  return codes.flatMap((code, n) =>
    codes.indexOf(code) < n
      ? [{ where: `/body/to/${n}/code`, vi: 'đã có ở trên', en: 'is there twice' }]
      : [],
  );
}

/** All mistakes of a structured document. */
export const checkDocument = (given: NewDocument, now: Date): readonly ProblemPlace[] => [
  ...checkDays(given, toLocalDay(now.getTime())),
  ...checkPointers(given),
  ...checkReceivers(given),
];

/** The documents that a document changes or answers, those that it changes first. */
export const toNamed = (document: Pick<DocumentToWrite, 'business' | 'responseFor'>): readonly string[] => [
  ...new Set([...toTargets(document), ...document.responseFor].flatMap(({ documentId }) => documentId ?? [])),
];
