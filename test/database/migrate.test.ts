// What prepareDatabase applies, and every database that it refuses.
import { strict as assert } from 'node:assert';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedDatabase } from '../../src/database/embedded.ts';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { rootFolder } from '../../src/root.ts';
import { emptyDatabase, type FreshDatabase, freshDatabase } from '../support/database.ts';
import { makeFolder, query, removeFolder, superuserUrl, until } from '../support/embedded.ts';

describe('prepareDatabase', () => {
  const folder = makeFolder();
  let migrationsFolder = '';
  let database: FreshDatabase;
  let count = 0;

  const write = (name: string, sql: string) => writeFileSync(join(migrationsFolder, name), sql);
  const prepare = (more: { environment?: string; hubUrl?: string; ownerUrl?: string } = {}) =>
    prepareDatabase({
      ...{ hubUrl: database.hubUrl, ownerUrl: database.ownerUrl, environment: 'sandbox', migrationsFolder },
      ...more,
    });
  const first =
    'CREATE TABLE hub (id uuid DEFAULT gen_random_uuid(), environment text); GRANT SELECT ON hub TO :"hub_role";' +
    "INSERT INTO hub (environment) VALUES (current_setting('lgsp.environment'));";

  beforeEach(async () => {
    count += 1;
    migrationsFolder = join(folder, String(count));
    mkdirSync(migrationsFolder);
    write('0001_hub.sql', first);
    database = await emptyDatabase();
  });
  afterEach(() => database.drop());
  after(() => removeFolder(folder));

  it('applies the files in the order of their numbers, once', async () => {
    write('0010_later.sql', 'ALTER TABLE thing ADD later text;');
    write('0002_thing.sql', 'CREATE TABLE thing (id text);');
    const { applied } = await prepare();
    assert.deepEqual(applied, ['0001_hub.sql', '0002_thing.sql', '0010_later.sql']);
    assert.deepEqual((await prepare()).applied, []);
    write('0011_more.sql', 'CREATE TABLE more (id text);');
    assert.deepEqual((await prepare()).applied, ['0011_more.sql']);
  });

  it('applies each file once when two processes begin at the same moment', async () => {
    write('0002_thing.sql', 'SELECT pg_sleep(0.2); CREATE TABLE thing (id text);');
    const both = await Promise.all([prepare(), prepare()]);
    assert.deepEqual(both.map(({ applied }) => applied.length).sort(), [0, 2]);
  });

  it('leaves nothing of a file that fails, and says which', async () => {
    write('0002_thing.sql', 'CREATE TABLE thing (id text); SELECT 1 / 0;');
    await assert.rejects(
      prepare(),
      /^StartError: the migration 0002_thing\.sql failed .*: division by zero$/,
    );
    const rows = await query(
      database.ownerUrl,
      "SELECT to_regclass('thing') AS thing, max(number) FROM migration",
    );
    assert.deepEqual(rows, [{ thing: null, max: 1 }]);
  });

  it('refuses a file that was changed after it was applied', async () => {
    await prepare();
    write('0001_hub.sql', `${first} SELECT 1;`);
    await assert.rejects(prepare(), /0001_hub\.sql was changed after it was applied/);
  });

  it('refuses a database with a newer schema', async () => {
    write('0002_thing.sql', 'CREATE TABLE thing (id text);');
    await prepare();
    rmSync(join(migrationsFolder, '0002_thing.sql'));
    await assert.rejects(prepare(), /newer schema of 0002_thing\.sql/);
  });

  it('refuses a file that comes before one already applied, and two of one number', async () => {
    write('0003_thing.sql', 'CREATE TABLE thing (id text);');
    await prepare();
    write('0002_late.sql', 'SELECT 1;');
    await assert.rejects(prepare(), /0002_late\.sql comes before 0003_thing\.sql/);
    write('0002_other.sql', 'SELECT 1;');
    await assert.rejects(prepare(), /two migrations have the number 0002/);
  });

  it('refuses the database of another environment before it applies anything', async () => {
    await prepare();
    write('0002_thing.sql', 'CREATE TABLE thing (id text);');
    const other = prepare({ environment: 'production' });
    await assert.rejects(other, /belongs to the environment sandbox; this hub runs as production$/);
    const rows = await query(database.ownerUrl, 'SELECT max(number) FROM migration');
    assert.deepEqual(rows, [{ max: 1 }]);
  });

  it('refuses synchronous_commit off, set for the database or in one address only', async () => {
    const hubUrl = new URL(database.hubUrl);
    hubUrl.searchParams.set('options', '-c synchronous_commit=off');
    await assert.rejects(prepare({ hubUrl: hubUrl.href }), /synchronous_commit is off for lgsp_hub/);
    const name = new URL(database.ownerUrl).pathname.slice(1);
    for (const value of ['off', 'local', 'remote_write']) {
      await query(database.ownerUrl, `ALTER DATABASE ${name} SET synchronous_commit = ${value}`);
      await assert.rejects(prepare(), new RegExp(`synchronous_commit is ${value} for`));
    }
  });

  it('refuses one user for both roles', async () => {
    await assert.rejects(prepare({ hubUrl: database.ownerUrl }), /name the same user lgsp_owner/);
  });

  it('refuses two addresses that lead to different databases', async () => {
    const other = await freshDatabase();
    await prepare();
    await assert.rejects(prepare({ hubUrl: other.hubUrl }), /lead to different databases$/);
    await other.drop();
  });

  it('says in one sentence why it cannot connect, without the address', async () => {
    const change = (part: 'password' | 'pathname', value: string) => {
      const url = new URL(database.hubUrl);
      url[part] = value;
      return { hubUrl: url.href };
    };
    await assert.rejects(prepare(change('password', 'test-secret')), {
      message: 'the database refuses the user or password of DATABASE_URL',
    });
    await assert.rejects(prepare(change('pathname', '/none')), {
      message: 'the database that DATABASE_URL names does not exist',
    });
    await assert.rejects(prepare({ ownerUrl: 'postgresql://a:test-secret@127.0.0.1:1/x' }), {
      message: 'the database of DATABASE_OWNER_URL does not answer (ECONNREFUSED)',
    });
  });
});

describe('the schema of this program', () => {
  it('is made by all of its migrations and belongs to its environment', async () => {
    const { hubUrl, drop } = await freshDatabase('test');
    const files = readdirSync(join(rootFolder, 'src', 'database', 'migrations'));
    const rows = await query(
      hubUrl,
      'SELECT environment, (SELECT count(*)::int FROM migration) AS applied FROM hub',
    );
    assert.deepEqual(rows, [{ environment: 'test', applied: files.length }]);
    await drop();
  });

  it('lets the hub role neither make tables nor change what it is, nor what was applied', async () => {
    const { hubUrl, drop } = await freshDatabase();
    const denied = [
      'CREATE TABLE mine (id int)',
      "UPDATE hub SET environment = 'test'",
      'DELETE FROM hub',
      'TRUNCATE hub',
      "INSERT INTO migration (number, name, sha256) VALUES (9999, '', '')",
      'DELETE FROM migration',
    ];
    for (const sql of denied) await assert.rejects(query(hubUrl, sql), /permission denied/, sql);
    await drop();
  });

  it('lets nobody make a second row of the hub', async () => {
    const { ownerUrl, drop } = await freshDatabase();
    await assert.rejects(query(ownerUrl, "INSERT INTO hub (environment) VALUES ('test')"), /duplicate key/);
    await drop();
  });
});

describe('prepareDatabase on a server of other settings', () => {
  const folder = makeFolder();
  after(() => removeFolder(folder));

  it('refuses fsync off, a hub role that is a superuser, and one that is a member of the owner', async () => {
    const database = await startEmbeddedDatabase({ folder, environment: 'test' });
    const admin = superuserUrl(database.ownerUrl, folder);
    const prepare = () =>
      prepareDatabase({ hubUrl: database.hubUrl, ownerUrl: database.ownerUrl, environment: 'test' });
    try {
      await query(admin, 'ALTER SYSTEM SET fsync = off');
      await query(admin, 'SELECT pg_reload_conf()');
      await until(async () => (await query(admin, 'SHOW fsync'))[0]?.['fsync'] === 'off');
      await assert.rejects(prepare(), /the database server has fsync off/);
      await query(admin, 'ALTER SYSTEM RESET fsync');
      await query(admin, 'SELECT pg_reload_conf()');
      await until(async () => (await query(admin, 'SHOW fsync'))[0]?.['fsync'] === 'on');
      await query(admin, 'ALTER ROLE lgsp_hub SUPERUSER');
      await assert.rejects(prepare(), /lgsp_hub of DATABASE_URL is a superuser or a member of lgsp_owner/);
      await query(admin, 'ALTER ROLE lgsp_hub NOSUPERUSER');
      await query(admin, 'GRANT lgsp_owner TO lgsp_hub');
      await assert.rejects(prepare(), /is a superuser or a member of lgsp_owner/);
    } finally {
      await database.stop();
    }
  });
});
