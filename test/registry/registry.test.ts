// The registry in memory against changes, lost notices and a lost database.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { openNumber } from '../../src/registry/officer-number.ts';
import { startRegistry } from '../../src/registry/registry.ts';
import type { Registry } from '../../src/registry/types.ts';
import { seedProvince } from '../../src/sandbox/province.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { openLine } from './proxy.ts';
import { until } from './until.ts';

const hour = 3_600_000;

describe('the registry in memory', () => {
  const field = randomBytes(32);
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-registry-'));
  const at = new Date();
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(line) });
  let database: FreshDatabase;
  let owner: pg.Client;
  let registry: Registry | undefined;

  const start = async (checkEveryMs = 500, hubUrl = database.hubUrl): Promise<Registry> => {
    registry = await startRegistry({ hubUrl, logger, checkEveryMs });
    return registry;
  };
  const rename = (name: string) => owner.query("UPDATE unit SET name = $1 WHERE id = 'cq-13'", [name]);
  const nameOf = (of: Registry) => of.current.unit('cq-13')?.name;
  /** Runs a statement on the server's first database, as the owner or the hub. */
  const elsewhere = async (
    role: 'TEST_DATABASE_OWNER_URL' | 'TEST_DATABASE_URL',
    sql: string,
  ): Promise<number> => {
    const client = new pg.Client(process.env[role]);
    await client.connect();
    const { rowCount } = await client.query(sql);
    await client.end();
    return rowCount ?? 0;
  };
  const databaseName = () => new URL(database.hubUrl).pathname.slice(1);
  const sessions = () => `pid FROM pg_stat_activity
    WHERE datname = '${databaseName()}' AND application_name = 'lgsp registry'`;
  const cutSessions = () => elsewhere('TEST_DATABASE_URL', `SELECT pg_terminate_backend(pid), ${sessions()}`);

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    const { ownerUrl } = database;
    await seedProvince({ ownerUrl, keys: { field }, folder, environment: 'sandbox', at });
  });

  afterEach(async () => {
    await registry?.close();
    registry = undefined;
    logged.length = 0;
  });

  after(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('holds units with their codes, systems with their keys, officers, services and grants', async () => {
    const { current } = await start();
    const codes = current.unit('xa-22918')?.codes.map(({ scheme, code }) => `${scheme} ${code}`);
    assert.deepEqual(codes, [
      ...['administrative 22918', 'agency H99.101'],
      ...['population TEST-DVC-22918', 'portal H99.101'],
    ]);
    assert.equal(current.system('mot-cua')?.unitId, 'cq-16');
    assert.equal(current.system('mot-cua')?.keys[0]?.jwk['alg'], 'ES256');
    const officer = current.officer('cb-0001');
    assert.match(openNumber(field, 'cb-0001', officer?.sealedNumber ?? Buffer.alloc(0)), /^999\d{9}$/);
    assert.equal(current.service('population.v1')?.provider, 'population');
    assert.equal(current.service('evidence.v1')?.provider, 'hub');
    const grants = current.grants('mot-cua', 'population.v1/lookUpCitizen');
    const purposes = grants.map(({ purpose }) => purpose).sort();
    assert.deepEqual(purposes, ['bao-tro-xa-hoi', 'giai-quyet-tthc', 'ho-tich']);
    assert.deepEqual(current.grants('van-ban', 'population.v1/lookUpCitizen'), []);
  });

  it('knows which units a system may act for, and by which mandate', async () => {
    const { current } = await start();
    assert.equal(current.actingUnits('mot-cua', at).length, 166);
    assert.equal(current.actingUnits('van-ban', at).length, 145);
    assert.equal(current.mandate('mot-cua', 'xa-22918', at)?.id, 'uq-mot-cua-xa-22918');
    assert.equal(current.mandate('quan-tri', 'xa-22918', at), undefined);
  });

  it('is swapped when the database gives notice, without waiting for a check', async () => {
    const fresh = await start(60_000);
    const old = fresh.current;
    await rename('Sở Ngoại vụ một (thử nghiệm)');
    await until(() => nameOf(fresh) === 'Sở Ngoại vụ một (thử nghiệm)', 1_000);
    assert.ok(fresh.current.version > old.version);
    assert.notEqual(old.unit('cq-13')?.name, nameOf(fresh));
  });

  it('is swapped within a second when no notice came', async () => {
    const fresh = await start();
    await owner.query(`BEGIN;
      ALTER TABLE unit DISABLE TRIGGER move_registry_version;
      UPDATE unit SET name = 'Sở Ngoại vụ hai (thử nghiệm)' WHERE id = 'cq-13';
      UPDATE registry_version SET version = version + 1;
      ALTER TABLE unit ENABLE TRIGGER move_registry_version;
      COMMIT`);
    await until(() => nameOf(fresh) === 'Sở Ngoại vụ hai (thử nghiệm)', 1_000);
  });

  it('is swapped within a second when the server cut its connection', async () => {
    const fresh = await start();
    assert.equal(await cutSessions(), 1);
    await rename('Sở Ngoại vụ ba (thử nghiệm)');
    await until(() => nameOf(fresh) === 'Sở Ngoại vụ ba (thử nghiệm)', 1_000);
    await until(() => fresh.confirmedMsAgo() < 500, 1_000);
  });

  it('keeps its state and tells its age while the database is away, and catches up after', async () => {
    const fresh = await start(100);
    const { version } = fresh.current;
    await elsewhere('TEST_DATABASE_OWNER_URL', `ALTER DATABASE ${databaseName()} ALLOW_CONNECTIONS false`);
    await cutSessions();
    await until(() => fresh.confirmedMsAgo() > 600, 2_000);
    assert.equal(fresh.current.version, version);
    await rename('Sở Ngoại vụ bốn (thử nghiệm)');
    await elsewhere('TEST_DATABASE_OWNER_URL', `ALTER DATABASE ${databaseName()} ALLOW_CONNECTIONS true`);
    await until(() => nameOf(fresh) === 'Sở Ngoại vụ bốn (thử nghiệm)', 1_000);
    await until(() => fresh.confirmedMsAgo() < 200, 1_000);
    const messages = logged.map((line) => JSON.parse(line).msg);
    assert.equal(messages.at(-1), 'the registry is confirmed again');
    assert.ok(messages.length <= 4, messages.join('\n'));
  });

  it('grows old on a line that hangs, and can still be closed at once', async () => {
    const line = await openLine(database.hubUrl);
    const fresh = await start(100, line.url);
    assert.ok(fresh.confirmedMsAgo() < 1_000);
    line.hang();
    await until(() => fresh.confirmedMsAgo() > 500, 2_000);
    const closing = performance.now();
    await fresh.close();
    assert.ok(performance.now() - closing < 1_500);
    line.close();
  });

  it('leaves no connection behind when closed', async () => {
    const fresh = await start();
    await fresh.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await elsewhere('TEST_DATABASE_OWNER_URL', `SELECT ${sessions()}`), 0);
  });

  it('does not hold a revoked key, and refuses tokens from before the revocation', async () => {
    const fresh = await start();
    const before = fresh.current.system('van-ban');
    const [key] = before?.keys ?? [];
    await owner.query('UPDATE system_key SET revoked_at = now() WHERE kid = $1', [key?.kid]);
    await until(() => fresh.current.system('van-ban')?.keys.length === 0, 1_000);
    const tokensValidFrom = fresh.current.system('van-ban')?.tokensValidFrom.getTime() ?? 0;
    assert.ok(Math.abs(Date.now() - tokensValidFrom) < 5_000);
    await assert.rejects(
      owner.query('UPDATE system_key SET revoked_at = NULL WHERE kid = $1', [key?.kid]),
      /cannot be taken back into use/,
    );
  });

  it('does not count a mandate that the unit has not confirmed, or of a unit that has closed', async () => {
    const fresh = await start();
    await owner.query("UPDATE mandate SET confirmed_at = NULL WHERE id = 'uq-mot-cua-cq-41'");
    await owner.query("UPDATE unit SET valid_to = $1 WHERE id = 'cq-40'", [at]);
    await until(() => fresh.current.actingUnits('mot-cua', at).length === 164, 1_000);
    assert.equal(fresh.current.mandate('mot-cua', 'cq-41', at), undefined);
    assert.equal(fresh.current.mandate('mot-cua', 'cq-40', at), undefined);
    const earlier = new Date(at.getTime() - hour);
    assert.equal(fresh.current.mandate('mot-cua', 'cq-40', earlier)?.unitId, 'cq-40');
  });

  it('keeps its state and grows old when a row cannot be read, naming table and row', async () => {
    const fresh = await start(100);
    const kid = 'A'.repeat(43);
    const jwk = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid, alg: 'ES256' };
    await owner.query(
      "INSERT INTO system_key (kid, system_id, jwk, valid_from) VALUES ($1, 'van-ban', $2, now())",
      [kid, jwk],
    );
    const toErrors = () => logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);
    await until(() => toErrors().length > 0 && fresh.confirmedMsAgo() > 500, 10_000);
    assert.equal(fresh.current.system('van-ban')?.keys.length, 0);
    const errors = toErrors();
    assert.equal(errors.length, 1);
    assert.match(errors[0].err.message, /^registry row system_key A{43}: jwk is not the public key/);
    await assert.rejects(startRegistry({ hubUrl: database.hubUrl, logger }), /system_key A{43}: jwk/);
    await owner.query('DELETE FROM system_key WHERE kid = $1', [kid]);
    await until(() => fresh.confirmedMsAgo() < 200, 1_000);
  });

  it('does not start without a database', async () => {
    const url = new URL(database.hubUrl);
    url.pathname = '/not_there';
    await assert.rejects(startRegistry({ hubUrl: url.href, logger }), /does not exist/);
  });
});
