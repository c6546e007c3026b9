// kill -9 at every call of the file system: what was cosigned once is never contradicted.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { startWitness } from '../../src/witness/server.ts';
import { checkCosignature, makeBody, makeLeaves, makeText, makeWitness, submit } from './support.ts';

/** Of the calls of one submission, by number: write and fsync of the new record, rename, fsync of the folder. */
const places = [2, 3, 5, 7];
/** None has this number: the witness lives until it has answered. */
const noPlace = 99;
const begun = makeLeaves('a', 5);
const ours = [...begun, ...makeLeaves('a more', 4)];
const theirs = [...begun, ...makeLeaves('b more', 4)];

const never = (error: unknown): never => {
  throw error;
};

/** @returns the roots of size 9 that were cosigned, first by a witness that is killed, then by the one after it */
async function round(place: number): Promise<{ isAnswered: boolean; signed: string[] }> {
  const { folder, key } = makeWitness();
  const first = await startWitness(folder, never);
  assert.equal((await submit(first.url, makeBody(0, begun))).status, 200);
  await first.stop();

  const child = fork(join(rootFolder, 'test/witness/killed.ts'), [folder, String(place)], {
    execArgv: ['--import', 'tsx'],
  });
  const gone = once(child, 'exit');
  const [{ url }] = await once(child, 'message');
  const signed: string[] = [];
  const answer = await submit(url, makeBody(5, ours)).catch(() => undefined);
  if (answer?.status === 200) {
    checkCosignature(answer.text, makeText(ours), key);
    signed.push('ours');
  }
  child.kill('SIGKILL');
  await gone;

  const second = await startWitness(folder, never);
  for (const [name, leaves] of [
    ['theirs', theirs],
    ['ours', ours],
  ] as const)
    for (const old of [5, 9])
      if ((await submit(second.url, makeBody(old, leaves))).status === 200) signed.push(name);
  await second.stop();
  rmSync(folder, { recursive: true });
  return { isAnswered: answer !== undefined, signed };
}

describe('a witness that is killed', () => {
  it('never cosigns two histories, and answers only once the head is durable', async () => {
    const rounds = places.map(round);
    const ended = await Promise.all([...rounds, round(noPlace)]);
    for (const { signed } of ended) {
      assert.ok(signed.length > 0);
      assert.equal(new Set(signed).size, 1, signed.join());
    }
    // Only the last, which was not killed at a call, had answered.
    assert.deepEqual(
      ended.map(({ isAnswered }) => isAnswered),
      [...rounds.map(() => false), true],
    );
    assert.ok(
      ended.some(({ signed }) => signed.includes('theirs')) &&
        ended.some(({ signed }) => signed.includes('ours')),
    );
  });
});
