// The mock as a process of its own, and the check of its configuration.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { startPopulationMock } from '../../../mocks/population/mock.ts';
import { toProgram } from '../../support/program.ts';
import { toConfig } from './client.ts';

const main = toProgram('mocks/population/main');

/** Runs with the mock as a child process. */
async function withProcess(
  run: (child: ReturnType<typeof fork>, ready: unknown) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'population-mock-'));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(toConfig(join(folder, 'journal.ndjson'))));
  const child = fork(main.file, ['--config', file], { execArgv: [...main.execArgv] });
  try {
    const [ready] = await once(child, 'message');
    await run(child, ready);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

describe('the population mock: process', () => {
  it('says where it listens and stops with its parent', () =>
    withProcess(async (child, ready) => {
      assert.match(
        JSON.stringify(ready),
        /"type":"ready","port":\d+,"url":"http:\/\/127\.0\.0\.1:\d+\/mock\/popu/,
      );
      child.disconnect();
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    })).timeout(10_000);

  it('stops on SIGTERM', () =>
    withProcess(async (child) => {
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    })).timeout(10_000);

  it('names every mistake of its configuration, and repeats no value', async () => {
    const config = {
      ...toConfig('/nowhere'),
      host: '0.0.0.0',
      peopleCount: 10,
      officers: [{ number: '068085000001' }],
    };
    // The compiler knows the hosts; a file does not.
    const wrong: unknown = config;
    await assert.rejects(
      startPopulationMock(wrong as Parameters<typeof startPopulationMock>[0]),
      (error: Error) =>
        /config\.host must be.*peopleCount must be.*officers\[0\]\.number must be/.test(error.message) &&
        !error.message.includes('068085000001'),
    );
  });
});
