// The sandbox province: what is in it, and that a second start changes nothing.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadContract } from '../../src/contracts/contract.ts';
import { toGrantedFields } from '../../src/contracts/granted-fields.ts';
import { openNumber } from '../../src/registry/officer-number.ts';
import { toThumbprint } from '../../src/registry/thumbprint.ts';
import { type SandboxProvince, seedProvince } from '../../src/sandbox/province.ts';
import { seedServices } from '../../src/sandbox/seed-grants.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const at = new Date('2026-03-02T02:00:00Z');
const later = (days: number) => new Date(at.getTime() + days * 86_400_000);

/** The public half of a private key in a PEM file. */
const publicJwkOf = (file: string) => ({
  ...createPublicKey(createPrivateKey(readFileSync(file, 'utf8'))).export({ format: 'jwk' }),
});

describe('the sandbox province', () => {
  const field = randomBytes(32);
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-province-'));
  let database: FreshDatabase;
  let owner: pg.Client;
  let province: SandboxProvince;
  let seedMs: number;
  const seed = (options: { at?: Date; environment?: string } = {}) =>
    seedProvince({
      ownerUrl: database.ownerUrl,
      keys: { field },
      folder,
      environment: 'sandbox',
      at,
      ...options,
    });
  const read = async (sql: string): Promise<unknown[]> => {
    const { rows } = await owner.query({ text: sql, rowMode: 'array' });
    return rows.map((row: unknown[]) => (row.length === 1 ? row[0] : row));
  };
  const readAll = async () =>
    JSON.stringify(
      await read(`SELECT table_to_xml(oid, true, false, '')::text FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'migration' ORDER BY relname`),
    );

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    const start = performance.now();
    province = await seed();
    seedMs = performance.now() - start;
  });

  after(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('is made in less than a second', () => {
    assert.ok(seedMs < 1_000, `${seedMs} ms`);
  });

  it('has 166 units: 124 communes, wards and the special zone, and 42 bodies that say they are a test', async () => {
    assert.deepEqual(
      await read('SELECT kind, count(*)::int FROM unit WHERE valid_to IS NULL GROUP BY kind ORDER BY kind'),
      [
        ['commune', 103],
        ['provincial', 42],
        ['special-zone', 1],
        ['ward', 20],
      ],
    );
    assert.deepEqual(
      await read("SELECT count(*)::int FROM unit WHERE valid_to IS NULL AND name LIKE '% (thử nghiệm)'"),
      [42],
    );
  });

  it('gives every unit codes for agencies, population and portal, and communes their administrative code', async () => {
    assert.deepEqual(
      await read(
        'SELECT scheme, count(*)::int FROM unit_code WHERE valid_to IS NULL GROUP BY scheme ORDER BY scheme',
      ),
      [
        ['administrative', 124],
        ['agency', 166],
        ['population', 166],
        ['portal', 166],
      ],
    );
    assert.deepEqual(
      await read("SELECT scheme, code FROM unit_code WHERE unit_id = 'xa-22918' ORDER BY scheme"),
      [
        ['administrative', '22918'],
        ['agency', 'H99.101'],
        ['population', 'TEST-DVC-22918'],
        ['portal', 'H99.101'],
      ],
    );
    assert.equal(new Set(province.mockUnitCodes).size, 166 + province.spare.units.length);
  });

  it('has former units that were merged, split or ended, and dated older codes of units that go on', async () => {
    assert.deepEqual(
      await read(`SELECT u.id, count(s.successor_id)::int FROM unit u LEFT JOIN unit_successor s ON s.unit_id = u.id
        WHERE u.valid_to = '2025-07-01T00:00:00+07:00' GROUP BY u.id ORDER BY u.id`),
      [
        ['cu-901', 1],
        ['cu-902', 1],
        ['cu-903', 1],
        ['cu-904', 2],
        ['cu-905', 0],
      ],
    );
    assert.deepEqual(
      await read("SELECT code FROM unit_code WHERE unit_id = 'xa-22978' AND valid_to IS NOT NULL"),
      ['000.03.21.H99'],
    );
  });

  it('says of a split commune that only a part of it was taken over', async () => {
    assert.deepEqual(await read("SELECT formed_from FROM unit WHERE id = 'xa-22978'"), [
      ['Xã Phan Dũng', 'Xã Phong Phú (một phần)'],
    ]);
  });

  it('has a one-stop system for every unit, a document system for 145, and three that act for their owner', () => {
    const counts = province.systems.map(({ clientId, actingUnits }) => [clientId, actingUnits.length]);
    assert.deepEqual(counts, [
      ['mot-cua', 166],
      ['van-ban', 145],
      ['quan-tri', 1],
      ['phe-duyet', 1],
      ['kiem-toan', 1],
    ]);
  });

  it('keeps each private key in a file of mode 0600 whose public half is registered', async () => {
    for (const { clientId, privateKeyFile } of province.systems) {
      assert.equal(statSync(privateKeyFile).mode & 0o777, 0o600);
      const jwk = publicJwkOf(privateKeyFile);
      const registered = await read(
        `SELECT kid, jwk ->> 'x' FROM system_key WHERE system_id = '${clientId}'`,
      );
      assert.deepEqual(registered, [[toThumbprint(jwk), jwk.x]]);
    }
  });

  it('has two officers in each unit, some odd ones, and no personal number outside the seal', async () => {
    const [total] = await read('SELECT count(*)::int FROM officer');
    assert.equal(total, 166 * 2 + 7);
    const numbers = await owner.query<{ id: string; sealed_number: Buffer }>(
      'SELECT id, sealed_number FROM officer',
    );
    const opened = numbers.rows.map((row) => openNumber(field, row.id, row.sealed_number));
    assert.equal(new Set(opened).size, opened.length);
    for (const number of opened) assert.match(number, /^999[01]\d{2}9\d{5}$/);
    assert.doesNotMatch(await readAll(), /999[0-3]\d{2}9\d{5}/);
  });

  it('tells the population mock of its officers, of which some are expired or unknown there', () => {
    const count = (is: string) => province.officers.filter((officer) => officer.case === is).length;
    assert.deepEqual(['expired', 'expired-at-source', 'unknown-at-source'].map(count), [3, 2, 2]);
    assert.equal(province.mockOfficers.length, province.officers.length - 2 + province.spare.officers.length);
    for (const number of province.spare.officers) assert.match(number, /^999[01]\d{2}9\d{5}$/);
    assert.equal(
      new Set(province.mockOfficers.map(({ number }) => number)).size,
      province.mockOfficers.length,
    );
    assert.equal(province.mockOfficers.filter(({ to }) => to !== undefined).length, 2);
  });

  it('grants only fields and operations that the contracts have', async () => {
    const fields = seedServices.flatMap(({ id }) => {
      const contract = loadContract(id);
      return contract.operations.flatMap((operation) => toGrantedFields(contract, operation));
    });
    const operations = seedServices.flatMap(({ id }) => loadContract(id).operations.map(({ name }) => name));
    for (const field of await read('SELECT DISTINCT unnest(fields) FROM access_grant'))
      assert.ok(fields.includes(String(field)), String(field));
    for (const operation of await read('SELECT DISTINCT unnest(operations) FROM access_grant'))
      assert.ok(operations.includes(String(operation)), String(operation));
  });

  it('gives relatives only for civil status, and one grant that has expired', async () => {
    assert.deepEqual(await read("SELECT purpose FROM access_grant WHERE 'father' = ANY (fields)"), [
      'ho-tich',
    ]);
    assert.deepEqual(await read("SELECT purpose FROM access_grant WHERE valid_to < '2026-03-02'"), [
      'bao-tro-xa-hoi',
    ]);
    assert.deepEqual(
      await read("SELECT DISTINCT system_id FROM access_grant WHERE reach = 'province' ORDER BY system_id"),
      ['kiem-toan', 'phe-duyet', 'quan-tri'],
    );
  });

  it('writes nothing at the second start', async () => {
    const before = await readAll();
    const again = await seed({ at: later(1) });
    assert.deepEqual(again, province);
    assert.equal(await readAll(), before);
  });

  it('brings rights that an older version made up to date, and leaves those that an administrator changed', async () => {
    const rights = `SELECT jsonb_agg(r ORDER BY r) FROM (
      SELECT id || operations::text AS r FROM mandate
      UNION ALL SELECT id || operations::text || sender_bound || reach FROM access_grant) AS rights`;
    const fresh = await read(rights);
    await owner.query("UPDATE mandate SET operations = '{evidence.v1/*}' WHERE system_id = 'quan-tri'");
    await owner.query(`UPDATE access_grant SET operations = '{evidence.v1/getExchange,evidence.v1/getReceipt}'
      WHERE id LIKE '%-bang-chung'`);
    await owner.query("UPDATE access_grant SET sender_bound = false WHERE id = 'q-mot-cua-tthc'");
    assert.notDeepEqual(await read(rights), fresh);
    await seed();
    assert.deepEqual(await read(rights), fresh);

    await owner.query("UPDATE access_grant SET reach = 'unit' WHERE id = 'q-kiem-toan-doc'");
    await owner.query(`INSERT INTO administration_change (exchange_id, operation, kind, target, system_id, officer_id,
      status, answer) VALUES (gen_random_uuid(), 'admin.v1/approveProposal', 'grant', 'q-kiem-toan-doc', 'quan-tri',
      'cb-0001', 200, '{}')`);
    await seed();
    assert.deepEqual(await read("SELECT reach FROM access_grant WHERE id = 'q-kiem-toan-doc'"), ['unit']);
  });

  it('is the same when two processes make it at once', async () => {
    const other = await freshDatabase();
    const make = () =>
      seedProvince({
        ownerUrl: other.ownerUrl,
        keys: { field },
        folder: join(folder, 'two'),
        environment: 'sandbox',
        at,
      });
    const [one, two] = await Promise.all([make(), make()]);
    assert.deepEqual(one, two);
    await other.drop();
  });

  it('adds a new key beside the old when a key file is gone', async () => {
    const file = province.systems.find(({ clientId }) => clientId === 'van-ban')?.privateKeyFile ?? '';
    unlinkSync(file);
    await seed();
    const kids = await read("SELECT kid FROM system_key WHERE system_id = 'van-ban'");
    assert.equal(kids.length, 2);
    assert.ok(kids.includes(toThumbprint(publicJwkOf(file))));
  });

  it('renews grants that would soon end, but not the expired one', async () => {
    const ends = "SELECT max(valid_to), min(valid_to) FROM access_grant WHERE system_id = 'mot-cua'";
    const [[, expired]] = (await read(ends)) as [Date[]];
    await seed({ at: later(330) });
    assert.deepEqual(await read(ends), [[later(330 + 359), expired]]);
  });

  it('is refused outside the sandbox', async () => {
    for (const environment of ['test', 'production'])
      await assert.rejects(seed({ environment }), /only for the sandbox/);
  });
});
