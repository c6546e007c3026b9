// What is found in a record: by the table, and whatever the record, without a change to it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PortalDossier } from '../../../adapters/portal/portal.ts';
import { toSpokenFinding } from '../../../src/services/portal/finding-words.ts';
import { type FindingFacts, toFindings } from '../../../src/services/portal/findings.ts';
import type { PortalRecord } from '../../../src/services/portal/record-form.ts';
import { fullDossier } from './dossier-hub.ts';
import { records } from './records.ts';

const facts: FindingFacts = {
  ...{ mistakes: [], required: [], isCatalogueFresh: true, lastStatus: undefined },
  procedure: { name: 'Thủ tục mẫu', withdrawnIn: undefined },
};

const { databases, ...full } = fullDossier;
const dossier: PortalDossier = { ...full, databases: [...databases] };
const finished: PortalDossier = {
  ...dossier,
  status: 9,
  finishedAt: '2026-11-19T10:00:00+07:00',
  results: [{ code: 'KQ.G99.000001', link: 'https://ket-qua.mau/1' }],
};
const fee = { code: 'LP01', amount: 5000 };

const show = (record: PortalRecord, more: Partial<FindingFacts> = {}): readonly string[] =>
  toFindings(record, { ...facts, ...more }).map(
    ({ severity, code, where }) => `${severity} ${code} ${where}`,
  );

const table: readonly (readonly [string, object, Partial<FindingFacts>, readonly string[]])[] = [
  ['a received dossier that says everything', dossier, {}, []],
  ['a finished dossier that says everything', finished, {}, []],
  [
    'no date of reception',
    { ...dossier, receivedAt: undefined },
    {},
    ['score received-missing /dossier/receivedAt'],
  ],
  ['no promised date', { ...dossier, dueAt: undefined }, {}, ['score due-missing /dossier/dueAt']],
  ['no promised date of what was not received', { ...dossier, status: 1, dueAt: undefined }, {}, []],
  ['no date of reception before it was received', { ...dossier, status: 1, receivedAt: undefined }, {}, []],
  [
    'no date of finishing',
    { ...finished, finishedAt: undefined },
    {},
    ['score finished-missing /dossier/finishedAt'],
  ],
  [
    'finished late, though returned before',
    { ...finished, finishedAt: '2026-11-21T08:00:00+07:00', returnedAt: '2026-11-22T08:00:00+07:00' },
    {},
    ['score overdue /dossier/finishedAt'],
  ],
  [
    'finished at the very moment, in another zone, and returned late: finishing counts',
    { ...finished, status: 10, finishedAt: '2026-11-20T10:00:00Z', returnedAt: '2026-11-25T08:00:00+07:00' },
    { lastStatus: 9 },
    [],
  ],
  [
    'returned late, and never finished',
    { ...dossier, status: 8, returnedAt: '2026-11-21T08:00:00+07:00' },
    {},
    ['score overdue /dossier/returnedAt'],
  ],
  [
    'refused late',
    { ...dossier, status: 3, refusedAt: '2026-11-21T08:00:00+07:00' },
    {},
    ['score overdue /dossier/refusedAt'],
  ],
  [
    'a second supplement',
    { ...dossier, supplements: [{ id: '1' }, { id: '2' }] },
    {},
    ['score second-supplement /dossier/supplements/1'],
  ],
  [
    'results without code or link',
    { ...finished, results: [{ link: 'https://ket-qua.mau/1' }, { code: 'KQ1' }] },
    {},
    [
      'score result-without-code /dossier/results/0/code',
      'score result-without-link /dossier/results/1/link',
    ],
  ],
  [
    'finished without any result',
    { ...finished, results: [] },
    {},
    ['score result-without-code /dossier/results', 'score result-without-link /dossier/results'],
  ],
  [
    'fees that are not said to be paid',
    { ...dossier, fees: [fee] },
    {},
    ['score payment-flag-missing /dossier/onlinePayment'],
  ],
  ['fees that are paid', { ...dossier, fees: [fee], onlinePayment: 'portal' }, {}, []],
  [
    'fees over the counter',
    { ...dossier, fees: [fee], channel: 'direct' },
    {},
    ['score not-online /dossier/channel'],
  ],
  [
    'flags that are not said',
    { ...dossier, hasDigitisedParts: undefined, isVneidVerified: undefined, databases: undefined },
    {},
    [
      'score digitised-missing /dossier/hasDigitisedParts',
      'score databases-missing /dossier/databases',
      'score vneid-missing /dossier/isVneidVerified',
    ],
  ],
  [
    'flags that say no',
    { ...dossier, hasDigitisedParts: false, isVneidVerified: false, databases: [] },
    {},
    [],
  ],
  [
    'finished before it was received',
    { ...finished, finishedAt: '2026-11-01T08:00:00+07:00' },
    {},
    ['notice time-order /dossier/finishedAt'],
  ],
  ['a status that follows', { ...dossier, status: 4 }, { lastStatus: 2 }, []],
  ['the same status again', dossier, { lastStatus: 2 }, []],
  ['a status that does not follow', dossier, { lastStatus: 9 }, ['notice status-order /dossier/status']],
  [
    'a status after a final one',
    { ...dossier, status: 4 },
    { lastStatus: 10 },
    ['notice status-order /dossier/status'],
  ],
  [
    'a procedure that the catalogue lacks',
    dossier,
    { procedure: undefined },
    ['blocking procedure-unknown /dossier/procedure/code'],
  ],
  [
    'a procedure that a stale catalogue lacks',
    dossier,
    { procedure: undefined, isCatalogueFresh: false },
    ['notice procedure-unknown /dossier/procedure/code'],
  ],
  [
    'a procedure that was withdrawn',
    dossier,
    { procedure: { name: 'x', withdrawnIn: 3 } },
    ['blocking procedure-withdrawn /dossier/procedure/code'],
  ],
  [
    'members that configuration demands',
    dossier,
    {
      required: ['/dossier/summary', '/dossier/procedure/code', '/dossier/field/code', '/progress/0/officer'],
    },
    ['blocking missing /dossier/summary', 'blocking missing /dossier/field/code'],
  ],
  [
    'what the adapter says of its form',
    dossier,
    {
      mistakes: [
        { code: 'too-long', where: '/dossier/summary', most: 1000 },
        { code: 'time-order', where: '/dossier/dueAt' },
      ],
    },
    ['blocking too-long /dossier/summary', 'notice time-order /dossier/dueAt'],
  ],
];

describe('Findings', () => {
  for (const [title, given, more, expected] of table)
    it(`8 ${title}: ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, () => {
      // Members that are undefined are not there once a record came as JSON.
      const record = JSON.parse(JSON.stringify({ code: 'H99-1', dossier: given }));
      assert.deepEqual(show(record, more), expected);
    });

  it('of lines: a demanded member of each, and their order in time', () => {
    const progress = [{ at: '2026-11-02T08:00:00+07:00' }, { officer: 'x', at: '2026-11-01T08:00:00+07:00' }];
    assert.deepEqual(
      show({ code: 'H99-1', progress }, { required: ['/progress/0/officer', '/dossier/status'] }),
      ['blocking missing /progress/0/officer', 'notice time-order /progress/1/at'],
    );
  });

  it('are told in both languages with the limit, and who must act', () => {
    const { vi, en } = toSpokenFinding({ code: 'too-long', severity: 'blocking', where: '/x', most: 50 });
    assert.match(vi, /Đơn vị sửa.*Tối đa 50/);
    assert.match(en, /The unit mends it.*At most 50/);
  });

  it('11.12 never change a record, are the same each time, and repeat no value of it', () => {
    fc.assert(
      fc.property(records, fc.option(fc.integer({ min: 1, max: 10 })), (record, last) => {
        const before = JSON.stringify(record);
        const first = toFindings(record, { ...facts, lastStatus: last ?? undefined });
        assert.deepEqual(toFindings(record, { ...facts, lastStatus: last ?? undefined }), first);
        assert.equal(JSON.stringify(record), before);
        for (const { where } of first) assert.match(where, /^(\/[A-Za-z0-9]+)+$/);
      }),
      { numRuns: 200 },
    );
  });
});
