// The real launcher: what it prints, what the printed lines do, what it refuses, what it leaves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcesses, signalProcess } from '../../src/database/process-table.ts';
import { readSandboxFile, type SandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { type Ended, run } from '../cli/command.ts';
import { caseHeaders, citizen } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { freePort } from '../support/sandbox-hub.ts';
import {
  findLeft,
  type Launched,
  launch,
  makeVarFolder,
  removeVarFolder,
  toEnvironment,
} from './launcher.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('npm start', () => {
  const folder = makeVarFolder();
  let sandbox: Launched;
  let file: SandboxFile;
  let env: NodeJS.ProcessEnv = {};
  const lineOf = (beginning: string): string =>
    sandbox.lines.find((line) => line.startsWith(beginning)) ?? '';
  /** Pastes a line into a shell that knows nothing of the sandbox's variables. */
  const paste = (line: string): Promise<Ended> => run('sh', ['-c', line], { VAR_DIR: undefined });

  before(async function () {
    // A checkout that is not built yet is built first.
    this.timeout(60_000);
    env = toEnvironment(folder, await freePort());
    sandbox = await launch(env);
    file = readSandboxFile(join(folder, 'sandbox', 'sandbox.json'));
  });
  after(async () => {
    if (sandbox.process.exitCode === null && sandbox.process.kill('SIGKILL'))
      await once(sandbox.process, 'close');
    for (const { pid } of findProcesses((command) => command.includes(folder))) signalProcess(pid, 'SIGQUIT');
    await until(() => findLeft(folder).length === 0);
    removeVarFolder(folder);
  });

  it('prints at most 30 lines, the last of which names the address', () => {
    assert.ok(sandbox.lines.length <= 30, `${sandbox.lines.length} lines`);
    assert.equal(sandbox.lines.at(-1), `ready http://127.0.0.1:${env['PORT']}`);
  });

  it('writes where it is and with which keys it is called, for this account only', () => {
    const place = join(folder, 'sandbox', 'sandbox.json');
    assert.equal(statSync(place).mode & 0o777, 0o600);
    const members = [
      'environment',
      'baseUrl',
      'tokenUrl',
      'metricsUrl',
      'logKey',
      'witnesses',
      'systems',
      'mocks',
      'admin',
      'approver',
      'auditor',
    ];
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(place, 'utf8'))), members);
    for (const { privateKeyFile } of [...file.systems, file.admin, file.auditor])
      assert.equal(statSync(privateKeyFile).mode & 0o777, 0o600);
    assert.ok(existsSync(join(folder, 'log', 'hub.log')));
  });

  it(`prints a line that looks a citizen up${hasCurl ? '' : ' (no curl here: called with its headers)'}`, async () => {
    const answer = hasCurl ? (await paste(lineOf('curl '))).out : await callWithout();
    assert.match(answer, /^HTTP\/1.1 200 [\s\S]*exchange-id: [\s\S]*"outcome":"found"/i);
  });

  it('prints a line that fetches the receipt of that exchange and verifies it', async () => {
    const { code, out } = await paste(lineOf('npx lgsp '));
    assert.equal(code, 0);
    assert.match(out, /checked: witnessed by witness\.lgsp\S* at 20\d\d-.*\nVALID\n/);
  });

  it('gives addresses of the mock that need no header', async () => {
    const { faultUrl, journalUrl } = file.mocks.population ?? { faultUrl: '', journalUrl: '' };
    const set = await fetch(faultUrl, { method: 'PUT', body: JSON.stringify({ mode: 'maintenance' }) });
    assert.equal(set.status, 200);
    assert.equal((await fetch(faultUrl, { method: 'DELETE' })).status, 200);
    const { count } = JSON.parse(await (await fetch(journalUrl)).text());
    assert.ok(count >= 1);
  });

  it('refuses a second start on the same folder, and one on the same port, in one sentence each', async () => {
    const other = makeVarFolder();
    const [same, taken] = await Promise.all([
      run(process.execPath, ['src/start.mjs'], env),
      run(process.execPath, ['src/start.mjs'], { ...env, VAR_DIR: other }),
    ]);
    removeVarFolder(other);
    assert.deepEqual([same.code, taken.code], [1, 1]);
    assert.match(same.err, /^the folder .* is already in use by process \d+; stop that one first\n$/);
    assert.match(taken.err, /^port \d+ is in use; stop the other program or set PORT\n$/);
  });

  it('starts a mock that died again, at the same address', async () => {
    const isMock = (command: string): boolean => command.includes(join(folder, 'sandbox', 'mock-population'));
    const [mock] = findProcesses(isMock);
    signalProcess(mock?.pid ?? 0, 'SIGKILL');
    await until(() => findProcesses(isMock).some(({ pid }) => pid !== mock?.pid));
    const url = file.mocks.population?.journalUrl ?? '';
    await until(async () => (await fetch(url).catch(() => undefined))?.status === 200);
  });

  it('stops everything on SIGTERM, also when it comes twice', async () => {
    const closed = once(sandbox.process, 'close');
    sandbox.process.kill('SIGTERM');
    sandbox.process.kill('SIGTERM');
    assert.deepEqual(await closed, [0, null]);
    assert.deepEqual(findLeft(folder), []);
    await assert.rejects(fetch(file.baseUrl));
  });

  it('leaves a receipt that verifies with nothing running', async () => {
    const receipt = join(folder, 'sandbox', 'receipt.json');
    const { code, out } = await run('npx', ['lgsp', 'verify', receipt], env);
    assert.deepEqual([code, out.trim().split('\n').at(-1)], [0, 'VALID']);
    assert.match(out, /witnessed by/);
  });

  it('starts again in less than five seconds, and stops on SIGINT', async () => {
    const startedMs = performance.now();
    sandbox = await launch(env);
    assert.ok(performance.now() - startedMs < 5_000);
    const closed = once(sandbox.process, 'close');
    sandbox.process.kill('SIGINT');
    assert.deepEqual(await closed, [0, null]);
    assert.deepEqual(findLeft(folder), []);
  });

  /** What the printed line does, without curl; leaves the headers where curl would. */
  async function callWithout(): Promise<string> {
    const url = `${file.baseUrl}/population/v1/citizen-lookups`;
    const { out } = await run('npx', ['lgsp', 'headers', 'POST', url, '--unit', 'cq-00'], env);
    const headers = out
      .trim()
      .split('\n')
      .map((line) => line.split(': '));
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...Object.fromEntries(headers), ...caseHeaders, 'content-type': 'application/json' },
      body: JSON.stringify(citizen),
    });
    const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
    const head = `HTTP/1.1 ${answer.status} ${answer.statusText}\n${lines.join('\n')}\n`;
    writeFileSync(join(folder, 'sandbox', 'answer.txt'), head);
    return `${head}\n${await answer.text()}`;
  }
});
