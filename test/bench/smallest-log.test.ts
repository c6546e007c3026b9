// That the bench of the log runs; how fast anything is, is no test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';

describe('The bench of the log', () => {
  it('fills, numbers, indexes, searches, exports and verifies a small log', async () => {
    const program = join(rootFolder, 'bench', 'bench.mjs');
    const words = 'evidence --json --entries 4000 --makers 1 --repeats 10'.split(' ');
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(child, 'exit');
    const said: Buffer[] = [];
    for await (const chunk of child.stdout) said.push(chunk);
    assert.deepEqual(await exited, [0, null]);
    const { entries, rounds, answers, exported } = JSON.parse(Buffer.concat(said).toString());
    assert.ok(entries > 4_000 && exported.leaves === entries);
    for (const rate of ['insertRate', 'numberRate', 'indexRate', 'recordRate'])
      assert.ok(rounds[0][rate] > 0, rate);
    const found = (name: string): number =>
      answers.find((answer: { name: string }) => answer.name === name).found;
    for (const name of ['its receipt', 'search: newest', 'search: case', 'search: unit'])
      assert.ok(found(name) > 0, name);
  }).timeout(120_000);
});
