// That the bench runs; how fast anything is, is no test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';

describe('The bench', () => {
  it('ends its smallest run with one line of JSON, in which the hub served and the database worked', async () => {
    const program = join(rootFolder, 'bench', 'bench.mjs');
    const words = '--json --rounds 1 --seconds 1 --warm-up 1 --body 1 --only hub --connections 4'.split(' ');
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const said: Buffer[] = [];
    for await (const chunk of child.stdout) said.push(chunk);
    assert.deepEqual(await exited, [0, null]);
    const last = Buffer.concat(said).toString().trim().split('\n').at(-1) ?? '';
    const [row] = JSON.parse(last).rows;
    assert.equal(row.name, 'hub');
    for (const name of ['requestsPerSecond', 'p50Ms', 'p99Ms', 'cpuMsPerRequest', 'databaseCpuMsPerRequest'])
      assert.ok(row[name] > 0, `${name} is ${row[name]}`);
  }).timeout(120_000);
});
