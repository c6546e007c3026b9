// A small merger: bodies of the sandbox that ended on 1 July 2025, who took over from them, and older codes of units that
// go on. All codes and all bodies are invented; the names of former communes are those of the communes' file.
// Source: units-and-codes.md §4, §5.1

/** A unit that is no more. */
export interface FormerBody {
  readonly id: string;
  readonly name: string;
  readonly kind: 'commune' | 'provincial';
  /** Ids of the units that took over: none, one or several. */
  readonly successors: readonly string[];
}

/** First day of the former bodies and their codes, in Asia/Ho_Chi_Minh; the last is the one before `firstDay`. */
export const firstDayOfFormer = '2020-09-15';
const lastChange = '2025-07-01';
/** End of the time in which older codes of units that go on were still used. */
const endOfOlder = '2026-01-01';

/** Merged into one, split into two, and ended without a successor. */
export const formerBodies: readonly FormerBody[] = [
  {
    id: 'cu-901',
    name: 'Sở Thông tin và Truyền thông (thử nghiệm)',
    kind: 'provincial',
    successors: ['cq-08'],
  },
  { id: 'cu-902', name: 'Sở Giao thông vận tải (thử nghiệm)', kind: 'provincial', successors: ['cq-06'] },
  { id: 'cu-903', name: 'Xã Phan Dũng', kind: 'commune', successors: ['xa-22978'] },
  { id: 'cu-904', name: 'Xã Phong Phú', kind: 'commune', successors: ['xa-22972', 'xa-22978'] },
  { id: 'cu-905', name: 'Ủy ban nhân dân huyện (thử nghiệm)', kind: 'provincial', successors: [] },
];

/** Codes that have ended: a new and an old form of each former body, and old forms of units that go on. Days, `to` excluded. */
export const formerCodes: readonly {
  readonly unitId: string;
  readonly code: string;
  readonly from: string;
  readonly to: string;
}[] = [
  ...formerBodies.flatMap(({ id }, index) =>
    [`H99.${901 + index}`, `000.00.${91 + index}.H99`].map((code) => ({
      unitId: id,
      code,
      from: firstDayOfFormer,
      to: lastChange,
    })),
  ),
  { unitId: 'cq-08', code: '000.00.08.H99', from: lastChange, to: endOfOlder },
  { unitId: 'xa-22972', code: '000.02.21.H99', from: lastChange, to: endOfOlder },
  { unitId: 'xa-22978', code: '000.03.21.H99', from: lastChange, to: endOfOlder },
  { unitId: 'xa-24736', code: '000.04.21.H99', from: lastChange, to: endOfOlder },
];
