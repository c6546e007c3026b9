// A newly connected unit from nothing to its first look-up and receipt: the very lines of the README, pasted into a shell
// that stands in a folder with the file of this test's sandbox.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { type SandboxFile, writeSandboxFile } from '../../src/sandbox/sandbox-file.ts';
import { toProgramWords } from '../support/program.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { type AdminCommands, createAdminCommands } from './administration.ts';
import { type Ended, run } from './command.ts';

/** What a person would paste. */
function readWalk(): string {
  const text = readFileSync(join(rootFolder, 'README.md'), 'utf8');
  const [, walk] = /\*\*A new commune, from nothing[\s\S]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
  if (walk === undefined) throw new Error('the README has no walk of a new commune');
  return walk;
}

function toFile({ url, logKey, province }: TestHub): SandboxFile {
  const account = { user: '', secret: '' };
  const credential = (id: string) => {
    const system = province.systems.find(({ clientId }) => clientId === id);
    if (!system) throw new Error(`no system ${id}`);
    return system;
  };
  const { units: spareUnits, officers: spareOfficers } = province.spare;
  const addresses = { url: '', faultUrl: '', journalUrl: '', peopleUrl: '' };
  return {
    ...{ environment: 'sandbox', baseUrl: url, tokenUrl: `${url}/oauth/token`, logKey },
    systems: province.systems.map((system) => ({
      ...system,
      officerId: province.officers.find(({ unitId }) => unitId === system.actingUnits[0])?.id,
    })),
    mocks: {
      population: { ...addresses, credentials: account, spareCredentials: [], spareUnits, spareOfficers },
    },
    admin: credential('quan-tri'),
    approver: credential('phe-duyet'),
    auditor: credential('kiem-toan'),
  };
}

const needs = 'curl --version && openssl version | grep "^OpenSSL [3-9]"';
const canPaste = spawnSync('bash', ['-c', needs]).status === 0;

// Where curl or OpenSSL is missing the examples' test says so; a test that is skipped would count as one.
if (canPaste)
  describe('A newly connected unit', () => {
    let hub: TestHub;
    let admin: AdminCommands;
    let folder = '';
    let pasted: Ended;
    before(async () => {
      hub = await startTestHub('onboarding');
      admin = createAdminCommands(hub);
      folder = mkdtempSync(join(tmpdir(), 'lgsp-onboarding-'));
      for (const name of ['var', 'var/sandbox', 'bin']) mkdirSync(join(folder, name));
      writeSandboxFile(join(folder, 'var/sandbox/sandbox.json'), toFile(hub));
      const words = [process.execPath, ...toProgramWords('src/cli/lgsp')].map((word) => `'${word}'`);
      const program = `exec ${words.join(' ')} "$@"`;
      writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\nshift\n${program}\n`, { mode: 0o755 });
      const env = { VAR_DIR: join(folder, 'var'), PATH: `${folder}/bin:${process.env['PATH']}` };
      pasted = await run('bash', ['-c', `set -e; cd '${folder}'\n${readWalk()}`], env);
    }).timeout(240_000);
    after(async () => {
      await hub.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('comes from nothing to its first look-up and receipt by the lines of the README', () => {
      assert.equal(pasted.code, 0, pasted.err);
      assert.match(pasted.out, /^HTTP\/1.1 200 [\s\S]*"outcome":"found"/im);
      assert.match(pasted.out, /\nVALID\n/);
    });

    it('is told nowhere by the number of its officer', () => {
      const [number = '-'] = hub.province.spare.officers;
      assert.ok(!`${pasted.out}${pasted.err}`.includes(number));
    });

    it('stands in the history with who approved it', async () => {
      const { items } = await admin.do(['changes', 'list', '--target', 'q-mot-cua-moi-tthc']);
      assert.deepEqual(
        items.map(({ operation, systemId }: Record<string, string>) => [operation, systemId]),
        [['admin.v1/approveProposal', 'phe-duyet']],
      );
    });
  });
