// The embedded database against kill -9 of the hub, of the server and of initdb, and against other users.
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseAccount } from '../../src/database/account.ts';
import { openBinaries } from '../../src/database/binaries.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { findProcess, findProcesses } from '../../src/database/process-table.ts';
import {
  end,
  makeFolder,
  query,
  readSaid,
  removeFolder,
  spawnSupervisor,
  superuserUrl,
  until,
} from '../support/embedded.ts';

describe('the embedded database', () => {
  const folder = makeFolder();
  const pidFile = join(folder, 'cluster', 'data', 'postmaster.pid');
  const children: ChildProcess[] = [];
  let database: EmbeddedDatabase | undefined;

  const start = async (said: string[] = []): Promise<EmbeddedDatabase> => {
    database = await startEmbeddedDatabase({
      folder,
      environment: 'test',
      onProgress: (text) => said.push(text),
    });
    return database;
  };
  const supervise = async () => {
    const child = spawnSupervisor(folder);
    children.push(child);
    return { child, ...(await readSaid(child)) };
  };
  const isGone = (pid: number) => findProcess(pid)?.zombie ?? true;

  afterEach(async () => {
    await database?.stop();
    for (const child of children.splice(0)) await end(child, 'SIGKILL');
  });
  after(() => removeFolder(folder));

  it('starts under umask 077 and closes folder, files and socket to other accounts', async () => {
    const { child, hubUrl } = await supervise();
    const socketFolder = new URL(hubUrl).searchParams.get('host') ?? '';
    const closed = [
      folder,
      socketFolder,
      join(folder, 'cluster'),
      join(folder, 'cluster', 'credentials.json'),
    ];
    for (const path of [...closed, join(folder, 'cluster', 'server.log')])
      assert.equal(statSync(path).mode & 0o077, 0, path);
    await end(child, 'SIGTERM');
    assert.equal(existsSync(socketFolder), false);
  });

  it('listens on no network address, flushes what it commits, checks its pages', async () => {
    const { ownerUrl } = await start();
    const rows = await query(
      ownerUrl,
      `SELECT name || '=' || setting AS line FROM pg_settings WHERE name IN
       ('listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'TimeZone') ORDER BY name`,
    );
    assert.deepEqual(
      rows.map((row) => row['line']),
      [
        'TimeZone=UTC',
        'data_checksums=on',
        'fsync=on',
        'full_page_writes=on',
        'listen_addresses=',
        'synchronous_commit=on',
      ],
    );
  });

  it('has an owner and four other roles, none of them a superuser, each with a password of its own', async () => {
    const { hubUrl, ownerUrl } = await start();
    const rows = await query(
      hubUrl,
      `SELECT rolname, rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls AS strong,
       pg_get_userbyid(datdba) AS owner FROM pg_roles, pg_database WHERE rolname ~ '^lgsp' AND datname = 'lgsp' ORDER BY 1`,
    );
    const names = ['lgsp_hub', 'lgsp_owner', 'lgsp_registry', 'lgsp_retention', 'lgsp_sequencer'];
    assert.deepEqual(
      rows,
      names.map((rolname) => ({ rolname, strong: false, owner: 'lgsp_owner' })),
    );
    const wrong = new URL(hubUrl);
    wrong.password = new URL(ownerUrl).password;
    await assert.rejects(query(wrong.href, 'SELECT'), /password authentication failed/);
  });

  it('refuses a second start in one sentence, from this process and from another', async () => {
    await start();
    const again = startEmbeddedDatabase({ folder, environment: 'test' });
    await assert.rejects(again, {
      name: 'StartError',
      message: new RegExp(`already in use by process ${process.pid};`),
    });
    const { refused } = await supervise();
    assert.match(refused ?? '', new RegExp(`already in use by process ${process.pid};`));
  });

  it('refuses the folder of another environment', async () => {
    const other = startEmbeddedDatabase({ folder, environment: 'sandbox' });
    await assert.rejects(other, /belongs to the environment test; this hub runs as sandbox$/);
  });

  it('is adopted, with what was committed, after kill -9 of the process that watched it', async () => {
    const first = await supervise();
    await query(first.ownerUrl, 'CREATE TABLE kept AS SELECT 1 AS one');
    await end(first.child, 'SIGKILL');
    const second = await start();
    assert.deepEqual([second.adopted, second.pid, second.hubUrl], [true, first.pid, first.hubUrl]);
    assert.equal((await query(second.ownerUrl, 'TABLE kept')).length, 1);
    await second.stop();
    assert.ok(isGone(first.pid));
  });

  it('is started again on the same address when the server is killed under a living hub', async () => {
    const { pid, hubUrl } = await start();
    process.kill(pid, 'SIGKILL');
    await until(() => database?.pid !== pid);
    assert.equal((await query(hubUrl, 'SELECT')).length, 1);
  });

  it('makes the roles that a cluster of an earlier version lacks, and leaves the others as they are', async () => {
    const { hubUrl, ownerUrl } = await start();
    for (const role of ['sequencer', 'retention', 'registry']) {
      const drop = `REVOKE ALL ON DATABASE lgsp FROM lgsp_${role}; DROP ROLE lgsp_${role}`;
      await query(superuserUrl(ownerUrl, folder), drop);
    }
    await database?.stop();
    const file = join(folder, 'cluster', 'credentials.json');
    const { environment, superuser, owner, hub } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ environment, superuser, owner, hub }));
    const again = await start();
    for (const url of [again.sequencerUrl, again.retentionUrl, again.registryUrl])
      assert.equal((await query(url, 'SELECT')).length, 1);
    assert.equal(new URL(again.hubUrl).password, new URL(hubUrl).password);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('starts again after kill -9 of both the hub and the server', async () => {
    const first = await supervise();
    await query(first.ownerUrl, 'CREATE TABLE kept_too AS SELECT 1 AS one');
    process.kill(first.pid, 'SIGKILL');
    await end(first.child, 'SIGKILL');
    const second = await start();
    assert.equal(second.adopted, false);
    assert.equal((await query(second.ownerUrl, 'TABLE kept_too')).length, 1);
  });

  it('waits for a process that outlives its killed server, and then ends it', async () => {
    const first = await supervise();
    const busy = query(
      first.ownerUrl,
      'SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000) b',
    );
    busy.catch(() => {});
    const busyPid = async () =>
      (
        await query<{ pid: number }>(
          first.ownerUrl,
          `SELECT pid FROM pg_stat_activity WHERE query LIKE '%series%' AND pid <> pg_backend_pid()`,
        )
      )[0]?.pid;
    await until(async () => (await busyPid()) !== undefined);
    const orphan = (await busyPid()) ?? 0;
    await end(first.child, 'SIGKILL');
    process.kill(first.pid, 'SIGKILL');
    const said: string[] = [];
    await start(said);
    assert.ok(isGone(orphan));
    assert.match(said.join('\n'), /waiting for processes of the earlier database server/);
    await assert.rejects(busy);
  });

  it('does not believe a pid file that names a living program which is no server', async () => {
    await (await start()).stop();
    writeFileSync(pidFile, `${process.ppid}\n${join(folder, 'cluster', 'data')}\n`);
    const said: string[] = [];
    await start(said);
    assert.match(said.join('\n'), /does not name a database server any more/);
    assert.ok(findProcess(process.ppid));
  });

  it('waits for a zombie that the pid file names before it clears the file', async () => {
    await (await start()).stop();
    const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(parent);
    const zombie = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (text) => resolve(Number(text))),
    );
    await until(() => findProcess(zombie)?.zombie === true);
    writeFileSync(pidFile, `${zombie}\n`);
    const said: string[] = [];
    await start(said);
    assert.match(said.join('\n'), /waiting for the dead database server/);
  });

  it('starts over an empty pid file, which a full or failing disk leaves', async () => {
    await (await start()).stop();
    writeFileSync(pidFile, '');
    assert.equal((await start()).adopted, false);
  });

  it('refuses to start beside a server on its data that no hub started, and leaves it running', async () => {
    await (await start()).stop();
    const { postgres } = openBinaries();
    const { prefix, ids } = chooseAccount(postgres, folder);
    const data = join(folder, 'cluster', 'data');
    const [command = postgres, ...args] = [...prefix, postgres, '-D', data, '-k', folder];
    const foreign = spawn(command, args, { stdio: 'ignore', ...ids });
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').includes('ready'));
    await assert.rejects(start(), /is a database server on .* that no hub started; stop it first$/);
    assert.equal(foreign.exitCode, null);
    await end(foreign, 'SIGINT');
  });

  it('is of no use without its socket: a server whose socket was swept away is stopped and started', async () => {
    const first = await supervise();
    await end(first.child, 'SIGKILL');
    rmSync(new URL(first.hubUrl).searchParams.get('host') ?? '', { recursive: true });
    const second = await start();
    assert.equal(second.adopted, false);
    assert.ok(isGone(first.pid));
  });

  it('keeps no statement and no value of a failing statement in its log', async () => {
    const { ownerUrl } = await start();
    await assert.rejects(query(ownerUrl, `SELECT '999000000001x'::bigint`));
    assert.doesNotMatch(readFileSync(join(folder, 'cluster', 'server.log'), 'utf8'), /999000000001/);
  });

  it('leaves no process, no socket and no lock when it is stopped, however often', async () => {
    const { pid, ownerUrl, stop } = await start();
    await query(superuserUrl(ownerUrl, folder), 'SELECT');
    await Promise.all([stop(), stop()]);
    assert.ok(isGone(pid));
    assert.deepEqual(
      findProcesses((command) => command.includes(folder)),
      [],
    );
    assert.equal(existsSync(new URL(ownerUrl).searchParams.get('host') ?? ''), false);
    assert.deepEqual(readdirSync(folder), ['cluster']);
  });
});
