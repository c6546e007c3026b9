// The examples that provincial developers copy, run as they would be: against a hub, against a source that is down, with
// a key that the hub does not know, and with a log's key that is not the right one.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toVerifierKey } from '../../src/evidence/note.ts';
import { problemCodes } from '../../src/problem-codes.ts';
import { type SandboxFile, writeSandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { type Ended, run } from '../cli/command.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { canRun, programs } from './programs.ts';

const runMs = 60_000;
// Known before the tests are listed, so that an absent tool is named and not a test that is skipped.
const runnable = programs.map(canRun);

describe('The examples', () => {
  let hub: TestHub;
  let folder = '';
  before(async () => {
    for (const [at, { language, needs }] of programs.entries())
      if (!runnable[at]) console.log(`    not run here: the example in ${language}, which needs ${needs}`);
    hub = await startTestHub('examples');
    folder = mkdtempSync(join(tmpdir(), 'lgsp-examples-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A sandbox.json of this hub with some members changed. */
  function writeSandbox(changes: Partial<SandboxFile> = {}): string {
    const file = join(folder, 'sandbox.json');
    const [system] = hub.province.systems;
    if (!system) throw new Error('the province has no system');
    writeSandboxFile(file, {
      environment: 'sandbox',
      baseUrl: hub.url,
      tokenUrl: `${hub.url}/oauth/token`,
      logKey: hub.logKey,
      systems: hub.province.systems,
      mocks: {},
      admin: system,
      approver: system,
      auditor: system,
      ...changes,
    });
    return file;
  }
  const otherKey = (name: string): string => toVerifierKey(name, generateKeyPairSync('ed25519').publicKey);
  const checkSecrets = ({ out, err }: Ended): void =>
    assert.doesNotMatch(`${out}${err}`, /eyJ|PRIVATE KEY|999190000002|Nguyễn/);

  for (const [at, { language, command, checksSignature }] of programs.entries()) {
    if (!runnable[at]) continue;
    const [program, ...args] = command;
    const start = (changes?: Partial<SandboxFile>): Promise<Ended> =>
      run(program, [...args, writeSandbox(changes)]);

    describe(`in ${language}`, () => {
      it('looks a citizen up, fetches the receipt and verifies it', async () => {
        const ended = await start();
        assert.equal(ended.code, 0, ended.err);
        const told = ['hub', 'system', 'key', 'token', 'look-up', 'receipt', 'verified', 'verified'];
        const names = ended.out.split('\n').map((line) => line.split(' ')[0]);
        assert.deepEqual(names.slice(0, told.length), told);
        assert.match(ended.out, /^look-up {4}found, exchange [0-9a-f-]{36}$/m);
        assert.match(ended.out, /^verified {3}the answer that we hold is the one on record$/m);
        assert.match(
          ended.out,
          checksSignature ? /^verified {3}the checkpoint is signed by /m : /lgsp verify/,
        );
        checkSecrets(ended);
      }).timeout(runMs);

      it('says of a problem its code, who must act and what to do', async () => {
        await hub.fault({ mode: 'maintenance', times: 1 });
        const { vi, en } = problemCodes['source-unavailable'];
        const ended = await start();
        assert.equal(ended.code, 1);
        for (const part of ['FAILED     503 source-unavailable', 'responsible source', vi.action, en.action])
          assert.ok(ended.err.includes(part), `${part} in ${ended.err}`);
        checkSecrets(ended);
      }).timeout(runMs);

      it('says why there is no token', async () => {
        const systems = hub.province.systems.map((system) => ({ ...system, clientId: 'nobody' }));
        const ended = await start({ systems });
        assert.equal(ended.code, 1);
        assert.match(ended.err, /^FAILED {5}401 invalid_client/m);
        checkSecrets(ended);
      }).timeout(runMs);

      it('takes no receipt that another key signed', async () => {
        const [name = ''] = hub.logKey.split('+');
        const ended = await start({ logKey: otherKey(checksSignature ? name : 'another.log') });
        assert.equal(ended.code, 1);
        assert.match(
          ended.err,
          /^FAILED {5}the (note is signed by another key|checkpoint is of another log)$/m,
        );
      }).timeout(runMs);
    });
  }
});
