// What is compared between two states of the catalogue, and what keeps a list from being served: pure parts.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PortalProcedure } from '../../../adapters/portal/portal.ts';
import {
  type Said,
  type Served,
  toChange,
  toSha256,
} from '../../../src/services/portal/catalogue/compare.ts';
import { parseCursor, toCursor } from '../../../src/services/portal/catalogue/cursor.ts';
import { toListFailure } from '../../../src/services/portal/catalogue/failure.ts';
import { noProgress, withList } from '../../../src/services/portal/catalogue/progress.ts';
import { isKeepable } from '../../../src/services/portal/catalogue/stage.ts';

const nothing = fc.constant([]).map((): never[] => []);
const content: fc.Arbitrary<PortalProcedure> = fc.record({
  fields: fc.array(fc.string(), { maxLength: 2 }),
  requirements: fc.string(),
  ...{ cases: nothing, channels: nothing, papers: nothing },
  ...{ results: fc.array(fc.record({ code: fc.string() }), { maxLength: 2 }), legalBases: nothing },
});
const said: fc.Arbitrary<Said> = fc.record({
  name: fc.string(),
  parent: fc.option(fc.string()),
  level: fc.option(fc.string()),
  content: fc.option(content),
});
const toServed = (one: Said, isWithdrawn = false): Served => ({
  ...{ ...one, sha256: toSha256(one), isWithdrawn },
});

describe('Two states of an entry of the catalogue', () => {
  it('adapter 11.8: differ exactly in the members that are named, whatever they hold', () => {
    fc.assert(
      fc.property(said, said, (before, now) => {
        const members = toChange(toServed(before), now)?.members ?? [];
        const flat = (one: Said) => Object.entries({ ...one.content, ...one, content: undefined });
        const text = (one: Said) =>
          new Map(flat(one).map(([name, value]) => [name, JSON.stringify(value ?? null)]));
        const [first, second] = [text(before), text(now)];
        const names = new Set([...first.keys(), ...second.keys()]);
        const differing = [...names].filter(
          (name) => (first.get(name) ?? 'null') !== (second.get(name) ?? 'null'),
        );
        assert.deepEqual([...members].sort(), differing.sort());
      }),
    );
  });

  it('are no change when they are the same, and a restoration when it was withdrawn', () => {
    fc.assert(
      fc.property(said, (one) => {
        assert.equal(toChange(toServed(one), one), undefined);
        assert.deepEqual(toChange(toServed(one, true), one), { change: 'restored', members: [] });
        assert.deepEqual(toChange(undefined, one), { change: 'added', members: [] });
      }),
      { numRuns: 30 },
    );
  });
});

describe('A list of the catalogue', () => {
  const whole = { served: 100, staged: 100, gone: 0 };
  const none = { served: 0, staged: 0, gone: 0 };
  const toWords = (procedure: typeof whole, progress = noProgress) =>
    toListFailure({ procedure, field: none, agency: none, 'result-paper': none }, progress, 50)?.words.en;

  it('may lose up to the configured share, and a few of a small one', () => {
    assert.equal(toWords({ served: 100, staged: 50, gone: 50 }), undefined);
    assert.match(
      toWords({ served: 100, staged: 49, gone: 51 }) ?? '',
      /^51 of 100 codes .*the old version stays$/,
    );
    assert.equal(toWords({ served: 12, staged: 2, gone: 10 }), undefined);
  });

  it('is not served when it is empty, cut short or partly unreadable', () => {
    assert.match(toWords({ served: 5, staged: 0, gone: 5 }) ?? '', /^the list of procedures is empty/);
    assert.match(toWords(none) ?? '', /is empty/);
    const progress = { ...noProgress.lists.procedure, read: 90, total: 100, unreadable: 2 };
    const words = toWords(whole, withList(noProgress, 'procedure', progress)) ?? '';
    assert.match(words, /^2 rows .* cannot be read; only 90 of 100 rows/);
  });

  it('keeps no text that the database does not take: a procedure with one counts as not shown', () => {
    const content = { fields: [], cases: [], channels: [], papers: [], results: [], legalBases: [] };
    assert.equal(isKeepable({ ...content, requirements: 'Đủ hồ sơ' }), true);
    for (const requirements of ['a\0b', 'a\ud800'])
      assert.equal(isKeepable({ ...content, requirements }), false);
  });

  it('is paged by cursors that are refused when they are none', () => {
    assert.deepEqual(parseCursor(toCursor([2, 'đăng ký', '1.1']), [0, '', '']), [2, 'đăng ký', '1.1']);
    assert.equal(parseCursor(undefined, [0]), undefined);
    for (const cursor of ['bm8', toCursor(['2', 'a', 'b']), toCursor([2, 'a']), toCursor([2, 'a\0', 'b'])])
      assert.throws(() => parseCursor(cursor, [0, '', '']), { code: 'request-invalid' });
  });
});
