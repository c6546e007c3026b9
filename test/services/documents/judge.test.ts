// The state machine of statuses by its table, and in any order.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  follow,
  isRepeatable,
  judge,
  type StatusHistory,
} from '../../../src/services/documents/statuses/judge.ts';

const none: StatusHistory = { codes: [], status: undefined, change: undefined, businessType: 0 };

/** Where a delivery stands after codes, and the flags of the last one. */
function play(codes: readonly string[], businessType: 0 | 1 | 2 | 3 = 0) {
  let history: StatusHistory = { ...none, businessType };
  let flags: readonly string[] = [];
  for (const code of codes) {
    const judgement = judge(history, code);
    flags = judgement.flags;
    if (!flags.includes('repeated')) history = follow(history, code, judgement);
  }
  return { flags: flags.join(), status: history.status, change: history.change, codes: history.codes };
}

type Row = readonly [
  codes: string,
  flags: string,
  status?: string | undefined,
  change?: string,
  type?: 1 | 2 | 3,
];

const table: readonly Row[] = [
  ['01', '', '01'],
  ['02', '', '02'],
  ['01 02', '', '02'],
  ['01 03', '', '03'],
  ['01 03 04', '', '04'],
  ['01 03 05', '', '05'],
  ['01 03 06', '', '06'],
  ['01 03 04 05', '', '05'],
  ['01 03 04 06', '', '06'],
  ['01 03 04 05 05', '', '05'],
  ['01 03 04 05 06', '', '06'],
  ['03', 'out-of-order', '03'],
  ['05', 'out-of-order', '05'],
  ['01 03 05 03', 'repeated', '05'],
  ['01 05 03', 'out-of-order', '05'],
  ['03 01', 'out-of-order', '03'],
  ['01 03 02', 'out-of-order', '02'],
  ['01 02 03', 'out-of-order', '02'],
  ['01 02 06', 'out-of-order', '02'],
  ['01 03 06 02', 'out-of-order', '06'],
  ['01 03 06 05', 'out-of-order', '06'],
  ['01 01', 'repeated', '01'],
  ['13', '', undefined, 'asked'],
  ['01 03 06 13', '', '06', 'asked'],
  ['01 02 13', '', '02', 'asked'],
  ['13 15', '', undefined, 'agreed'],
  ['13 16', '', undefined, 'refused'],
  ['13 16 15', '', undefined, 'agreed'],
  ['13 13', 'repeated', undefined, 'asked'],
  ['15', 'out-of-order'],
  ['16', 'out-of-order'],
  ['15 13', '', undefined, 'agreed'],
  ['16 13', '', undefined, 'refused'],
  ['15', '', undefined, 'agreed', 1],
  ['16', '', undefined, 'refused', 2],
  ['01 15', '', '01', 'agreed', 3],
  ['07', 'unknown-code'],
  ['01 999', 'unknown-code', '01'],
  ['07 07', 'repeated'],
];

describe('The state machine of statuses', () => {
  for (const [codes, flags, status, change, type] of table)
    it(`adapter 9.10: ${codes}${type ? ` on a document of type ${type}` : ''}: ${flags || 'in order'}, ${status ?? 'sent'}, ${change ?? 'no change'}`, () => {
      const { codes: _recorded, ...found } = play(codes.split(' '), type);
      assert.deepEqual(found, { flags, status, change });
    });

  const codes: fc.Arbitrary<string[]> = fc.array(
    fc.constantFrom('01', '02', '03', '04', '05', '06', '07', '13', '15', '16', '999'),
    {
      maxLength: 14,
    },
  );
  const ranks = ['01', '03', '04', '05'];

  it('adapter 9.10: in any order nothing is rejected, everything is recorded once, and the rules give the state', () =>
    fc.assert(
      fc.property(codes, fc.constantFrom<0 | 1 | 2 | 3>(0, 1, 2, 3), (given, type) => {
        const found = play(given, type);
        const once = given.filter((code, n) => isRepeatable(code) || given.indexOf(code) === n);
        assert.deepEqual(found.codes, once);
        const end = once.find((code) => code === '02' || code === '06');
        const furthest = ranks.findLast((code) => once.includes(code));
        assert.equal(found.status, end ?? furthest);
        const asked = once.findLast((code) => ['13', '15', '16'].includes(code));
        const answer = once.findLast((code) => code === '15' || code === '16');
        const isAsked = once.includes('13') || (type > 0 && answer !== undefined);
        // An answer that came before the 13 holds where nothing else was asked.
        const last = type === 0 ? (answer ?? '13') : asked;
        const change = { 13: 'asked', 15: 'agreed', 16: 'refused' }[Number(last)];
        assert.equal(found.change, isAsked ? change : undefined);
      }),
    ));
});
