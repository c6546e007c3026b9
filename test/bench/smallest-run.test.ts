// That the bench runs; how fast anything is, is no test.
import assert from 'node:assert/strict';
import { endPrograms, runProgram, toLast } from './programs.ts';

describe('The bench', () => {
  afterEach(endPrograms);

  it('ends its smallest run with one line of JSON, in which the hub served and the database worked', async () => {
    const words = '--json --rounds 1 --seconds 1 --warm-up 1 --body 1 --only hub --connections 4'.split(' ');
    const printed = await runProgram(['bench/bench.mjs', ...words]);
    assert.equal(printed.code, 0, printed.err);
    const [row] = toLast(printed).rows;
    assert.equal(row.name, 'hub');
    for (const name of ['requestsPerSecond', 'p50Ms', 'p99Ms', 'cpuMsPerRequest', 'databaseCpuMsPerRequest'])
      assert.ok(row[name] > 0, `${name} is ${row[name]}`);
  }).timeout(120_000);
});
