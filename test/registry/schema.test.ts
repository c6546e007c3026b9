// What the registry's tables refuse, whoever writes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { seedProvince } from '../../src/sandbox/province.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const tables = [
  'unit',
  'unit_code',
  'unit_successor',
  'system',
  'system_key',
  'mandate',
  'officer',
  'service',
  'access_grant',
  'source_credential',
];

describe('the tables of the registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-schema-'));
  let database: FreshDatabase;
  let owner: pg.Client;
  let hub: pg.Client;

  const version = async (): Promise<bigint> => {
    const { rows } = await owner.query('SELECT version::text FROM registry_version');
    return BigInt(rows[0].version);
  };
  const grant = (id: string, from: string, to: string) =>
    owner.query(
      `INSERT INTO access_grant (id, system_id, operations, legal_basis, grantor, case_rule, least_assurance,
          environment, per_minute, per_day, reach, valid_from, valid_to)
        VALUES ($1, 'mot-cua', '{population.v1/lookUpCitizen}', 'thử nghiệm', 'TT-999', 'required', 1, 'sandbox', 1, 1,
          'unit', $2, $3)`,
      [id, from, to],
    );
  const code = (unitId: string, text: string, from: string, to: string | null = null) =>
    owner.query(
      'INSERT INTO unit_code (unit_id, scheme, code, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5)',
      [unitId, 'test-scheme', text, from, to],
    );

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerUrl);
    hub = new pg.Client(database.hubUrl);
    await owner.connect();
    await hub.connect();
    await seedProvince({
      ownerUrl: database.ownerUrl,
      keys: { field: randomBytes(32) },
      folder,
      environment: 'sandbox',
      at: new Date(),
    });
  });

  after(async () => {
    await hub.end();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('can be read but not changed by the hub', async () => {
    for (const table of [...tables, 'registry_version', 'registry_part']) {
      await hub.query(`SELECT FROM ${table}`);
      for (const statement of [
        `INSERT INTO ${table} SELECT * FROM ${table}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
      ])
        await assert.rejects(hub.query(statement), { code: '42501' }, statement);
    }
    await assert.rejects(hub.query("UPDATE officer SET unit_id = 'cq-00'"), { code: '42501' });
    await assert.rejects(hub.query('UPDATE registry_version SET version = 1'), { code: '42501' });
  });

  it('take a grant of exactly 12 months and none that is longer', async () => {
    await grant('g-12-months', '2026-01-01T00:00:00+07:00', '2027-01-01T00:00:00+07:00');
    await grant('g-leap-year', '2024-02-29T00:00:00+07:00', '2025-02-28T00:00:00+07:00');
    await assert.rejects(grant('g-longer', '2026-01-01T00:00:00+07:00', '2027-01-01T00:00:01+07:00'), {
      constraint: 'access_grant_period',
    });
    await assert.rejects(grant('g-backwards', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'), {
      code: '23514',
    });
    await assert.rejects(grant('g-endless', '2026-01-01T00:00:00Z', 'infinity'), { code: '23514' });
  });

  it('let a code stand for one unit at a time, and for another after that', async () => {
    await code('xa-22918', '999', '2025-07-01Z', '2026-07-01Z');
    await code('xa-22924', '999', '2026-07-01Z');
    await assert.rejects(code('xa-22933', '999', '2025-01-01Z', '2025-07-02Z'), {
      constraint: 'unit_code_one_unit_at_a_time',
    });
    await assert.rejects(code('xa-22918', '999', '2027-01-01Z'), {
      constraint: 'unit_code_one_unit_at_a_time',
    });
  });

  it('keep a malformed code as issued', async () => {
    await code('xa-22918', '01.K99#79.H99', '2025-07-01Z');
    await code('xa-22918', 'null', '2025-07-01Z');
  });

  it('record that a unit was split and that others were merged', async () => {
    await owner.query(`INSERT INTO unit_successor (unit_id, successor_id, at, document) VALUES
      ('cq-30', 'cq-18', '2027-01-01Z', 'thử nghiệm'), ('cq-30', 'cq-36', '2027-01-01Z', 'thử nghiệm'),
      ('cq-35', 'cq-18', '2027-01-01Z', 'thử nghiệm')`);
    const itself = "INSERT INTO unit_successor VALUES ('cq-30', 'cq-30', '2027-01-01Z', 'thử nghiệm')";
    await assert.rejects(owner.query(itself), { code: '23514' });
  });

  it('refuse two mandates at once for one system and unit', async () => {
    const twice = `INSERT INTO mandate (id, system_id, unit_id, operations, document, valid_from)
      SELECT 'twice', system_id, unit_id, operations, document, valid_from FROM mandate LIMIT 1`;
    await assert.rejects(owner.query(twice), { constraint: 'mandate_one_at_a_time' });
  });

  it('refuse a private key, a key under another name and a weak algorithm', async () => {
    const kid = 'B'.repeat(43);
    const insert = (jwk: object) =>
      owner.query(
        "INSERT INTO system_key (kid, system_id, jwk, valid_from) VALUES ($1, 'mot-cua', $2, now())",
        [kid, jwk],
      );
    const jwk = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid, alg: 'ES256' };
    for (const wrong of [
      { ...jwk, d: 'AA' },
      { ...jwk, kid: 'other' },
      { ...jwk, alg: 'HS256' },
      { ...jwk, k: 'AA' },
    ])
      await assert.rejects(insert(wrong), { code: '23514' });
  });

  it('refuse an officer whose id is a personal number, or whose number is not sealed', async () => {
    const insert = (id: string, sealed: Buffer) =>
      owner.query(
        "INSERT INTO officer (id, unit_id, sealed_number, valid_from) VALUES ($1, 'cq-00', $2, now())",
        [id, sealed],
      );
    await assert.rejects(insert('999085900001', Buffer.alloc(41)), { code: '23514' });
    await assert.rejects(insert('999085901', Buffer.alloc(41)), { code: '23514' });
    await assert.rejects(insert('cb-9999', Buffer.from('999085900001')), { code: '23514' });
  });

  it('refuse rights and rows that make no sense', async () => {
    for (const nonsense of [
      "UPDATE access_grant SET operations = '{}'",
      "UPDATE access_grant SET operations = '{population.v1/*}'",
      "UPDATE access_grant SET addresses = '{NULL}'",
      "UPDATE access_grant SET fields = '{{father},{mother}}'",
      "UPDATE access_grant SET operations = '{NULL}'",
      'UPDATE access_grant SET fields = \'{father,"a b"}\'',
      'UPDATE access_grant SET hour_from = 8',
      'UPDATE access_grant SET hour_from = 17, hour_to = 8',
      'UPDATE access_grant SET per_day = 0',
      'UPDATE access_grant SET least_assurance = 4',
      "UPDATE mandate SET operations = '{everything}'",
      "UPDATE service SET provider_unit_id = 'cq-00', provider_source = 'population'",
      "UPDATE unit SET name = '  '",
      "UPDATE unit SET name = normalize(name, NFD) WHERE id = 'xa-22918'",
      "UPDATE unit SET valid_to = valid_from WHERE id = 'xa-22918'",
    ])
      await assert.rejects(owner.query(nonsense), { code: '23514' }, nonsense);
    await assert.rejects(owner.query("UPDATE system SET unit_id = 'nobody'"), { code: '23503' });
  });

  it('move the version with every change of any table, and not with one that is rolled back', async () => {
    for (const table of tables) {
      const before = await version();
      await owner.query(`DELETE FROM ${table} WHERE false`);
      assert.ok((await version()) > before, table);
    }
    const before = await version();
    await owner.query("BEGIN; UPDATE unit SET contact = 'thử nghiệm'; ROLLBACK");
    assert.equal(await version(), before);
  });
});
