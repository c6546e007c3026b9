// Both sides of a day: whatever was left out or put in on either side is named, and nothing else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { toLeastId } from '../../src/evidence/exchange-id.ts';
import { type ListedCall, type LoggedCall, reconcile, reconcileDay } from '../../src/evidence/reconcile.ts';

const toAt = (second: number): string => new Date(Date.UTC(2026, 10, 26) + second * 1_000).toISOString();
const toAnswer = (text: string) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  bytes: text.length,
});

/** The same call as both sides write it down; the clock of the other is two minutes ahead. */
const toBoth = (second: number, hasCode: boolean): { logged: LoggedCall; listed: ListedCall } => {
  const id = `exchange-${second}`;
  const answer = toAnswer(hasCode ? id : `answer ${second}`);
  return {
    logged: {
      exchangeId: id,
      at: toAt(second),
      leafIndex: second,
      operation: 'lookUpCitizen',
      requestCode: id,
      request: answer,
      answer,
    },
    listed: { at: toAt(second + 120), call: 'POST /', ...(hasCode && { code: id }), answer },
  };
};

describe('The log against a list of the source', () => {
  it('has exactly those alone that the other side lacks', () => {
    const kept = fc.constantFrom('both', 'logged', 'listed');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), kept), { maxLength: 60 }), (calls) => {
        const both = calls.map(([hasCode, side], second) => ({ side, ...toBoth(second, hasCode) }));
        const logged = both.filter(({ side }) => side !== 'listed').map((one) => one.logged);
        const listed = both.filter(({ side }) => side !== 'logged').map((one) => one.listed);
        const result = reconcile(logged, listed, []);
        assert.deepEqual(
          result.onlyLogged,
          both.filter(({ side }) => side === 'logged').map((one) => one.logged),
        );
        assert.deepEqual(
          result.onlyListed,
          both.filter(({ side }) => side === 'listed').map((one) => one.listed),
        );
      }),
    );
  });

  it('counts the same answer as often as it was given', () => {
    const [one, two] = [toBoth(1, false), toBoth(2, false)];
    const again = { ...two.listed, answer: one.logged.answer };
    const { agreed, onlyListed } = reconcile([one.logged], [one.listed, again], []);
    assert.deepEqual([agreed.answer, onlyListed], [1, [again]]);
  });

  it('takes a request that carried many deliveries for one call', () => {
    const { logged, listed } = toBoth(1, false);
    const first = { ...logged, attempt: 1 };
    const other = { ...first, exchangeId: 'another', at: toAt(2), leafIndex: 9 };
    const { agreed, onlyLogged } = reconcile([first, other], [listed], []);
    assert.deepEqual([agreed.answer, onlyLogged], [1, []]);
    // The same twice in one entry was asked twice.
    assert.equal(reconcile([first, first], [listed, listed], []).agreed.answer, 2);
  });

  it('pairs a call that got no answer with one of theirs near it in time, and not with one of another hour', () => {
    const { logged, listed } = toBoth(10, false);
    const unanswered = { ...logged, answer: undefined };
    assert.equal(reconcile([unanswered], [listed], []).agreed['answer-lost'], 1);
    const later = { ...listed, at: toAt(4_000) };
    const { onlyLogged, onlyListed } = reconcile([unanswered], [later], []);
    assert.deepEqual([onlyLogged, onlyListed], [[unanswered], [later]]);
  });

  it('lets an exchange whose process died explain what the source saw in its time, and only in its time', () => {
    const { listed } = toBoth(10, false);
    const lost = { exchangeId: 'lost', from: toAt(100), to: toAt(140) };
    assert.equal(reconcile([], [listed], [lost]).agreed['fate-unknown'], 1);
    assert.equal(reconcile([], [{ ...listed, at: toAt(141) }], [lost]).onlyListed.length, 1);
  });

  it('takes a call over midnight for the same on the day that it began, and for no difference on the day after', () => {
    const day = 86_400;
    const [start, end] = [new Date(toAt(0)), new Date(toAt(day))];
    const { logged, listed } = toBoth(day + 1, true);
    const begunAt = (ms: number): string => toLeastId(new Date(end.getTime() + ms));
    const late = { ...logged, exchangeId: begunAt(-500) };
    const came = { ...listed, at: toAt(day - 1) };
    const nothing = { logged: [], later: [], listed: [], lost: [] };
    const first = reconcileDay({ start, end, ...nothing, later: [late], listed: [came] });
    assert.deepEqual([first.agreed.code, first.onlyLogged, first.onlyListed], [1, [], []]);
    const next = { start: end, end: new Date(toAt(2 * day)), ...nothing };
    const second = reconcileDay({ ...next, logged: [late] });
    assert.deepEqual([second.onlyLogged, second.otherDay], [[], [late]]);
    const own = { ...logged, exchangeId: begunAt(500) };
    assert.deepEqual(reconcileDay({ ...next, logged: [own] }).onlyLogged, [own]);
  });
});
