// That the day and its chaos run, and that both sides' counts agree at the end; how fast anything is, is no test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { planDay } from '../../bench/day/plan.ts';
import { rootFolder } from '../../src/root.ts';
import { launch, makeVarFolder, removeVarFolder, toEnvironment } from '../sandbox/launcher.ts';
import { freePort } from '../support/sandbox-hub.ts';

const outsideCodes = ['G99.01', 'G99.02', 'H98.01'];

/** Runs a program of the bench to its end. */
async function run(words: readonly string[]): Promise<{ code: number; last: Record<string, number> }> {
  const child = spawn(process.execPath, words, { cwd: rootFolder, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const said: Buffer[] = [];
  for await (const chunk of child.stdout) said.push(chunk);
  const [code] = await exited;
  return { code, last: JSON.parse(Buffer.concat(said).toString().trim().split('\n').at(-1) ?? '') };
}

describe("A province's day", () => {
  it('is the same for the same seed, and made up as it should be', () => {
    const size = { documents: 4_000, seed: 7, units: 145, outsideCodes };
    const plan = planDay(size);
    assert.deepEqual(planDay(size), plan);
    const receivers = plan.flatMap((document) => document.receivers);
    const share = (count: number, of: number): number => Math.round((100 * count) / of);
    assert.ok(Math.abs(receivers.length / plan.length - 2.5) < 0.1);
    assert.ok(
      Math.abs(share(receivers.filter(({ code }) => code !== undefined).length, receivers.length) - 29) <= 3,
    );
    assert.ok(Math.abs(share(plan.filter(({ bytes }) => bytes <= 100_000).length, plan.length) - 70) <= 3);
    assert.ok(Math.abs(share(plan.filter(({ repeat }) => repeat !== 'none').length, plan.length) - 5) <= 2);
  });

  it('goes through thirty documents, with nothing lost, nothing twice, in order', async () => {
    const folder = makeVarFolder();
    const sandbox = await launch(toEnvironment(folder, await freePort()));
    const exited = once(sandbox.process, 'exit');
    try {
      const file = join(folder, 'sandbox', 'sandbox.json');
      const words = [
        'bench/day.mjs',
        '--documents',
        '30',
        '--look-every',
        '500',
        '--json',
        '--sandbox',
        file,
      ];
      const { code, last } = await run(words);
      const {
        documents,
        accepted,
        delivered = 0,
        statuses,
        lost,
        duplicated,
        outOfOrder,
        disagreements,
      } = last;
      assert.deepEqual(
        { code, documents, accepted, lost, duplicated, outOfOrder, disagreements },
        {
          ...{ code: 0, documents: 30, accepted: 30 },
          lost: 0,
          duplicated: 0,
          outOfOrder: 0,
          disagreements: 0,
        },
      );
      assert.equal(statuses, 3 * delivered);
    } finally {
      sandbox.process.kill('SIGTERM');
      await exited;
      removeVarFolder(folder);
    }
  }).timeout(120_000);

  it('survives two kills', async () => {
    const { code, last } = await run(['bench/chaos.mjs', '--kills', '2', '--json']);
    const { kills, lost, duplicated, outOfOrder } = last;
    assert.deepEqual(
      { code, kills, lost, duplicated, outOfOrder },
      { code: 0, kills: 2, lost: 0, duplicated: 0, outOfOrder: 0 },
    );
    assert.ok((last['accepted'] ?? 0) > 0 && last['accepted'] === last['documents']);
  }).timeout(180_000);
});
