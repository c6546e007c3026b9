// Reading only the parts of the registry that moved, against reading all of it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { type LoadedRegistry, loadRegistry } from '../../src/registry/load.ts';
import { createSnapshot } from '../../src/registry/snapshot.ts';
import { seedProvince } from '../../src/sandbox/province.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** A change of each table that the registry is read from, by a number that makes it another one. */
const changes: Readonly<Record<string, (n: number) => string>> = {
  unit: (n) => `UPDATE unit SET name = 'Sở ${n} (thử nghiệm)' WHERE id = 'cq-13'`,
  unit_code: (n) => `INSERT INTO unit_code (unit_id, scheme, code, valid_from)
    VALUES ('cq-13', 'test-scheme', 'code-${n}', now()) ON CONFLICT DO NOTHING`,
  unit_successor: (n) => `INSERT INTO unit_successor (unit_id, successor_id, at, document)
    VALUES ('cq-13', 'cq-${10 + (n % 3)}', now(), 'số ${n}')
    ON CONFLICT (unit_id, successor_id) DO UPDATE SET document = excluded.document, at = excluded.at`,
  system: (n) => `UPDATE system SET name = 'Hệ thống ${n}' WHERE id = 'mot-cua'`,
  system_key: (n) =>
    `UPDATE system_key SET valid_to = valid_from + interval '${n + 1} days' WHERE system_id = 'van-ban'`,
  mandate: (n) => `UPDATE mandate SET document = 'số ${n}' WHERE system_id = 'van-ban'`,
  officer: (n) => `UPDATE officer SET valid_to = valid_from + interval '${n + 1} days' WHERE id = 'cb-0001'`,
  service: (n) => `UPDATE service SET state = '${n % 2 ? 'off' : 'active'}' WHERE id = 'population.v1'`,
  access_grant: (n) => `UPDATE access_grant SET per_day = ${n + 1} WHERE system_id = 'mot-cua'`,
  revoked_token: (n) => `INSERT INTO revoked_token (jti, forget_at) VALUES ('token-${n}', now())
    ON CONFLICT DO NOTHING`,
  source_switch: (
    n,
  ) => `INSERT INTO source_switch (source, state, reason) VALUES ('source-${n}', 'off', 'thử')
    ON CONFLICT DO NOTHING`,
  source_credential: () => 'DELETE FROM source_credential',
};

describe('a registry that is loaded in parts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-load-'));
  let database: FreshDatabase;
  let owner: pg.Client;
  let hub: pg.Client;

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerUrl);
    hub = new pg.Client(database.hubUrl);
    await owner.connect();
    await hub.connect();
    const { ownerUrl } = database;
    const keys = { field: randomBytes(32) };
    await seedProvince({ ownerUrl, keys, folder, environment: 'sandbox', at: new Date() });
  });

  after(async () => {
    await hub.end();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  /** Names of the parts that are other arrays than before. */
  const readAgain = ({ rows: old }: LoadedRegistry, { rows }: LoadedRegistry) => {
    const before = new Map(Object.entries(old));
    return Object.entries(rows).flatMap(([name, part]) =>
      name === 'version' || part === before.get(name) ? [] : [name],
    );
  };

  it('equals one that is loaded whole, whatever changed', async () => {
    const tables = Object.keys(changes);
    const change = fc.record({ table: fc.constantFrom(...tables), n: fc.nat(99) });
    let loaded = await loadRegistry(hub);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (made) => {
        for (const { table, n } of made) await owner.query(changes[table]?.(n) ?? '');
        loaded = await loadRegistry(hub, loaded);
        assert.deepEqual(loaded, await loadRegistry(hub));
      }),
      { numRuns: 25 },
    );
  });

  it('is told of every table that its rows come from', async () => {
    const { rows } = await owner.query('SELECT name FROM registry_part ORDER BY name');
    const names = rows.map(({ name }) => name);
    assert.deepEqual(names, Object.keys(changes).sort());
  });

  it('reads the part that moved and takes over the others', async () => {
    const parts: Readonly<Record<string, string>> = {
      unit_code: 'units',
      unit_successor: 'successions',
      system_key: 'systems',
      officer: 'officers',
      revoked_token: 'revokedTokens',
      source_switch: 'sourcesOff',
    };
    let old = await loadRegistry(hub);
    for (const [table, part] of Object.entries(parts)) {
      await owner.query(changes[table]?.(200) ?? '');
      const loaded = await loadRegistry(hub, old);
      assert.deepEqual(readAgain(old, loaded), [part]);
      old = loaded;
    }
    assert.equal(createSnapshot(old.rows).isTokenRevoked('token-200'), true);
    assert.equal(createSnapshot(old.rows).isTokenRevoked('token-201'), false);
  });

  it('reads everything when the version was moved without a table', async () => {
    const old = await loadRegistry(hub);
    await owner.query('UPDATE registry_version SET version = version + 1');
    assert.equal(readAgain(old, await loadRegistry(hub, old)).length, 10);
  });

  it('hears one notice of a transaction, however many statements it has', async () => {
    let notices = 0;
    hub.on('notification', () => {
      notices += 1;
    });
    await hub.query('LISTEN registry');
    await owner.query(`BEGIN; ${[1, 2, 3].map((n) => changes['unit']?.(n)).join(';')}; COMMIT`);
    await hub.query('SELECT');
    await hub.query('UNLISTEN registry');
    assert.equal(notices, 1);
  });
});
