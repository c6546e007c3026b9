// A PostgreSQL server of its own, primary or standby, on one folder: started, copied from another, promoted, killed.
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type Account, chooseAccount, giveTo, programEnvironment } from '../../src/database/account.ts';
import { openBinaries } from '../../src/database/binaries.ts';
import { type Credentials, superuser } from '../../src/database/cluster.ts';
import { serverSettings } from '../../src/database/cluster-settings.ts';
import { findProcesses, signalProcess } from '../../src/database/process-table.ts';
import { createSocketFolder, removeSocketFolder, toUrl } from '../../src/database/socket-folder.ts';
import { toSystemCode } from '../../src/database/start-error.ts';
import { until } from '../evidence/support.ts';

/** What the documents recommend (docs/operating.md, Failover), besides what makes a test quick. */
const replication = `
wal_level = replica
max_wal_senders = 5
wal_keep_size = 256MB
hot_standby = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
`;

/** A server on its folder. */
export class Replica {
  readonly name: string;
  readonly data: string;
  readonly #credentials: Credentials;
  readonly #account: Account;
  readonly #sockets: string;
  readonly #mark: string;

  constructor(folder: string, name: string, credentials: Credentials) {
    this.name = name;
    this.data = join(folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#credentials = credentials;
    this.#account = chooseAccount(openBinaries().postgres, folder);
    this.#sockets = createSocketFolder(this.#account);
    this.#mark = `lgsp.${process.pid}.${name}.`;
  }

  /** Path of its socket. */
  get socket(): string {
    return join(this.#sockets, '.s.PGSQL.5432');
  }
  get #url(): string {
    return toUrl(this.#sockets, superuser, this.#credentials.superuser, 'postgres');
  }

  /** Runs statements as the superuser, on one connection. */
  async run<Row extends pg.QueryResultRow>(...statements: readonly string[]): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      let rows: Row[] = [];
      for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it on what lies in its folder; it answers when this resolves. */
  async start(): Promise<void> {
    const { postgres } = openBinaries();
    const settings = serverSettings(process.platform);
    writeFileSync(join(this.data, 'postgresql.conf'), `${settings['postgresql.conf']}${replication}`, {
      mode: 0o600,
    });
    writeFileSync(
      join(this.data, 'pg_hba.conf'),
      'local all all scram-sha-256\nlocal replication all scram-sha-256\n',
      { mode: 0o600 },
    );
    giveTo(this.data, this.#account.owner);
    const log = openSync(join(this.data, '..', `${this.name}.log`), 'a', 0o600);
    const args = ['-D', this.data, '-k', this.#sockets, '-c', `cluster_name=${this.#mark}`];
    const [command = postgres, ...rest] = [...this.#account.prefix, postgres, ...args];
    spawn(command, rest, {
      cwd: this.data,
      env: programEnvironment,
      stdio: ['ignore', log, log],
      detached: true,
      ...this.#account.ids,
    }).unref();
    closeSync(log);
    await until(() =>
      this.run('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  }

  /** Makes it a standby of `primary`, from a copy of its running data folder, and synchronous. */
  async follow(primary: Replica): Promise<void> {
    rmSync(this.data, { recursive: true, force: true });
    const client = new pg.Client({ connectionString: primary.#url });
    await client.connect();
    try {
      await client.query("SELECT pg_backup_start('standby', true)");
      await copyFolder(primary.data, this.data);
      const { rows } = await client.query<{ labelfile: string }>(
        'SELECT labelfile FROM pg_backup_stop(false)',
      );
      writeFileSync(join(this.data, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
    } finally {
      await client.end();
    }
    const source = `host=${primary.#sockets} user=${superuser} password=${this.#credentials.superuser} application_name=${this.name}`;
    appendFileSync(
      join(this.data, 'postgresql.auto.conf'),
      `primary_conninfo = '${source}'\nsynchronous_standby_names = ''\n`,
    );
    writeFileSync(join(this.data, 'standby.signal'), '', { mode: 0o600 });
    await this.start();
    await primary.run(
      "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (*)'",
      'SELECT pg_reload_conf()',
    );
    await until(
      async () =>
        (
          await primary.run(
            "SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'",
          )
        ).length === 1,
    );
  }

  /** Makes a standby the primary. It waits for no standby until one follows it. */
  async promote(): Promise<void> {
    await this.run('SELECT pg_promote(true, 30)');
  }

  /** kill -9 of the server and all its processes; resolves when they are gone. */
  async kill(): Promise<void> {
    const find = () => findProcesses((command) => command.includes(this.#mark)).map(({ pid }) => pid);
    for (const pid of find()) signalProcess(pid, 'SIGKILL');
    await until(async () => {
      for (const pid of find()) signalProcess(pid, 'SIGKILL');
      return find().length === 0;
    });
  }

  /** Ends it and removes what it made outside its folder. */
  async close(): Promise<void> {
    await this.kill();
    removeSocketFolder(this.#sockets);
  }

  /** The last lines of its log, for messages. */
  get said(): string {
    return readFileSync(join(this.data, '..', `${this.name}.log`), 'utf8').slice(-2_000);
  }
}

/** Not copied: of the running server, or replayed from the primary. Source: PostgreSQL 15, 26.3.3.3. */
const leftOut = ['postmaster.pid', 'postmaster.opts', 'standby.signal', 'pg_internal.init'];
const leftEmpty = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];

/** Copies a folder whose files change, come and go meanwhile. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (leftOut.includes(entry.name) || entry.name.startsWith('pgsql_tmp')) continue;
    if (leftEmpty.includes(entry.name)) await mkdir(target, { mode: 0o700 });
    else if (entry.isDirectory()) await copyFolder(source, target);
    else
      await copyFile(source, target).catch((error: unknown) => {
        if (toSystemCode(error) !== 'ENOENT') throw error;
      });
  }
}
