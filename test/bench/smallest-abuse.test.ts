// That the bench of abuses runs; how many it finds, and how fast, is no test (test/services/evidence/unusual.test.ts is one).
import assert from 'node:assert/strict';
import { endPrograms, runProgram, toLast } from './programs.ts';

describe('The bench of abuses', () => {
  afterEach(endPrograms);

  it('puts abuses among look-ups, asks for each day and holds what was found against the truth', async () => {
    const words = 'abuse --json --look-ups 1500 --abuses 5 --full-day 100'.split(' ');
    const printed = await runProgram(['bench/bench.mjs', ...words]);
    assert.equal(printed.code, 0, printed.err);
    const { rules, truth, secondsADay } = toLast(printed);
    assert.deepEqual([rules.length, truth.length], [5, 5]);
    for (const { rule, seeded, flagged, missedSizes } of rules)
      assert.deepEqual([seeded, flagged + missedSizes.length], [1, 1], rule);
    assert.ok(rules.some(({ flagged }: { flagged: number }) => flagged === 1));
    assert.ok(secondsADay.p50 > 0 && secondsADay.fullDay > 0);
  }).timeout(120_000);
});
