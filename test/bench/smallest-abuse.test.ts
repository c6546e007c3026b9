// That the bench of abuses runs; how many it finds, and how fast, is no test (test/services/evidence/unusual.test.ts is one).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';

describe('The bench of abuses', () => {
  it('puts abuses among look-ups, asks for each day and holds what was found against the truth', async () => {
    const program = join(rootFolder, 'bench', 'bench.mjs');
    const words = 'abuse --json --look-ups 1500 --abuses 5 --full-day 100'.split(' ');
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(child, 'exit');
    const said: Buffer[] = [];
    for await (const chunk of child.stdout) said.push(chunk);
    assert.deepEqual(await exited, [0, null]);
    const { rules, truth, secondsADay } = JSON.parse(Buffer.concat(said).toString());
    assert.deepEqual([rules.length, truth.length], [5, 5]);
    for (const { rule, seeded, flagged, missedSizes } of rules)
      assert.deepEqual([seeded, flagged + missedSizes.length], [1, 1], rule);
    assert.ok(rules.some(({ flagged }: { flagged: number }) => flagged === 1));
    assert.ok(secondsADay.p50 > 0 && secondsADay.fullDay > 0);
  }).timeout(120_000);
});
