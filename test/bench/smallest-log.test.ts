// That the bench of the log runs; how fast anything is, is no test.
import assert from 'node:assert/strict';
import { endPrograms, runProgram, toLast } from './programs.ts';

describe('The bench of the log', () => {
  afterEach(endPrograms);

  it('fills, numbers, indexes, searches, exports and verifies a small log', async () => {
    const words = 'evidence --json --entries 4000 --makers 1 --repeats 10'.split(' ');
    const printed = await runProgram(['bench/bench.mjs', ...words]);
    assert.equal(printed.code, 0, printed.err);
    const { entries, rounds, answers, exported } = toLast(printed);
    assert.ok(entries > 4_000 && exported.leaves === entries);
    for (const rate of ['insertRate', 'numberRate', 'indexRate', 'recordRate'])
      assert.ok(rounds[0][rate] > 0, rate);
    const found = (name: string): number =>
      answers.find((answer: { name: string }) => answer.name === name).found;
    for (const name of ['its receipt', 'search: newest', 'search: case', 'search: unit'])
      assert.ok(found(name) > 0, name);
  }).timeout(120_000);
});
