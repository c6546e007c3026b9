// The first two administrators of a hub that is not the sandbox: made by one command, and again only as far as they are
// missing.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { parseFirstAdministration } from '../../src/cli/bootstrap-administration.ts';
import { readConfig } from '../../src/config.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { createKeys, openKeys } from '../../src/keys.ts';
import { countMissing, readAble } from '../../src/services/admin/able-administrators.ts';
import { type FreshDatabase, freshDatabase, toDatabaseVariables } from '../support/database.ts';
import { createClient, freePort, writtenFolder } from '../support/sandbox-hub.ts';
import { lgsp } from './command.ts';

const inYear = new Date(Date.now() + 365 * 24 * 60 * 60 * 1000).toISOString();

describe('lgsp bootstrap-administration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-bootstrap-'));
  const keyFolder = join(folder, 'keys');
  const file = join(folder, 'administrators.json');
  let database: FreshDatabase;
  let owner: pg.Client;
  let hub: Hub | undefined;

  /** An administrator, whose private key is left in the folder. */
  const toAdministrator = (index: number) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(join(folder, `${index}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return {
      unit: { id: `so-${index}`, name: `Sở thử ${index}`, kind: 'provincial' },
      system: { id: `quan-tri-${index}`, name: `Quản trị ${index}` },
      officer: { id: `cb-qt-${index}`, personalNumber: `99908590000${index}` },
      key: { jwk: publicKey.export({ format: 'jwk' }), validTo: inYear },
    };
  };
  const [first, second] = [toAdministrator(1), toAdministrator(2)];
  const legalBasis = 'Quyết định thử nghiệm số 1';
  const run = (administrators: readonly object[], mode = 0o600) => {
    rmSync(file, { force: true });
    writeFileSync(file, JSON.stringify({ legalBasis, administrators }), { mode });
    return lgsp(['bootstrap-administration', '--file', file], {
      DATABASE_OWNER_URL: database.ownerUrl,
      KEY_DIR: keyFolder,
    });
  };
  const countRows = async () => {
    const { rows } = await owner.query<{ n: number }>(
      `SELECT ((SELECT count(*) FROM unit) + (SELECT count(*) FROM system) + (SELECT count(*) FROM officer)
         + (SELECT count(*) FROM access_grant) + (SELECT count(*) FROM administration_change))::int AS n`,
    );
    return rows[0]?.n;
  };

  before(async () => {
    database = await freshDatabase('test');
    owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    createKeys(keyFolder, 'test');
  });
  after(async () => {
    await hub?.stop();
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('reads two whole administrators, and names what is missing without repeating a value', () => {
    const parse = (...administrators: object[]) =>
      parseFirstAdministration(JSON.stringify({ legalBasis, administrators }));
    assert.equal(parse(first, second).administrators[1]?.system.id, 'quan-tri-2');
    assert.throws(() => parse(), /one or two/);
    assert.throws(() => parse(first, second, second), /one or two/);
    const officer = { ...second.officer, personalNumber: '99908590000' };
    assert.throws(() => parse(first, { ...second, officer }), {
      message: 'administrators[1].officer.personalNumber is missing or malformed',
    });
    assert.throws(() => parseFirstAdministration('{'), /must hold JSON/);
  });

  it('refuses one person twice, a private key, and a file that others may read; nothing is left behind', async () => {
    const officer = { id: 'cb-khac', personalNumber: first.officer.personalNumber };
    const [twice, secret, open] = [
      await run([first, { ...second, officer }]),
      await run([first, { ...second, key: { ...second.key, jwk: { ...second.key.jwk, d: 'AAAA' } } }]),
      await run([first, second], 0o644),
    ];
    assert.match(twice.err, /^lgsp: the two administrators must be two people/);
    assert.match(
      secret.err,
      /^lgsp: the database refuses: request-invalid: \/body\/jwk is a private key: it is no longer secret/,
    );
    assert.match(open.err, /^lgsp: other accounts may read/);
    assert.deepEqual([twice.code, secret.code, open.code], [1, 1, 1]);
    assert.ok(![twice, secret, open].some(({ err }) => err.includes(first.officer.personalNumber)));
    assert.equal(await countRows(), 0);
  });

  it('makes both, with a row of the history for each thing, and says so', async () => {
    const { code, out, err } = await run([first, second]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^two administrators are registered; delete /);
    const { rows } = await owner.query('SELECT kind, target, officer_id FROM administration_change');
    assert.equal(rows.length, 14);
    const { rows: leaks } = await owner.query(
      "SELECT FROM administration_change c WHERE c::text LIKE '%9990859%'",
    );
    assert.equal(leaks.length, 0);
  });

  it('is refused from then on, whoever is named', async () => {
    const count = await countRows();
    const { code, err } = await run([toAdministrator(3), toAdministrator(4)]);
    assert.equal(code, 1);
    assert.match(err, /^lgsp: this hub has administrators already/);
    assert.equal(await countRows(), count);
  });

  /** What one administrator can do to another alone, as it stands in the database afterwards. */
  const narrowings = [
    "UPDATE system SET state = 'revoked' WHERE id = 'quan-tri-2'",
    "UPDATE unit SET state = 'suspended' WHERE id = 'so-2'",
    "UPDATE unit SET valid_from = now() - interval '2 s', valid_to = now() - interval '1 s' WHERE id = 'so-2'",
    "UPDATE officer SET state = 'suspended' WHERE id = 'cb-qt-2'",
    "UPDATE mandate SET state = 'suspended' WHERE system_id = 'quan-tri-2'",
    "UPDATE access_grant SET state = 'suspended' WHERE system_id = 'quan-tri-2'",
    "UPDATE system_key SET revoked_at = now() WHERE system_id = 'quan-tri-2'",
    "UPDATE system_key SET registered_by_system = 'quan-tri-1', registered_by_officer = 'cb-qt-1' WHERE system_id = 'quan-tri-2'",
  ];
  for (const narrowing of narrowings)
    it(`counts one as missing after: ${narrowing}`, async () => {
      const { field } = openKeys(keyFolder, 'test');
      await owner.query('BEGIN');
      const before = countMissing(await readAble(owner, field));
      await owner.query(narrowing);
      const after = countMissing(await readAble(owner, field));
      await owner.query('ROLLBACK');
      assert.deepEqual([before, after], [0, 1]);
    });

  const reset = (set: string, systems = 'quan-tri-_') =>
    owner.query(`UPDATE access_grant SET ${set} WHERE system_id LIKE '${systems}'`);

  it('adds the one who is missing, another person than who is left, and nobody more', async () => {
    await reset("state = 'suspended'", 'quan-tri-2');
    const count = await countRows();
    const third = toAdministrator(3);
    const officer = { id: 'cb-khac', personalNumber: first.officer.personalNumber };
    const [two, same] = [await run([third, toAdministrator(4)]), await run([{ ...third, officer }])];
    assert.match(two.err, /^lgsp: the file must name exactly as many administrators as are missing .*: 1/);
    assert.match(same.err, /^lgsp: there would still be no two people who can act/);
    assert.equal(await countRows(), count);
    const { code, out } = await run([third]);
    assert.deepEqual([code, out.slice(0, 31)], [0, 'one administrator is registered']);
    const { rows } = await owner.query(
      "SELECT FROM administration_change WHERE officer_id = 'cb-qt-3' AND target LIKE '%quan-tri-3%'",
    );
    assert.equal(rows.length, 4);
    assert.match((await run([toAdministrator(4)])).err, /^lgsp: this hub has administrators already/);
  });

  it('makes two when every right of administration has ended', async () => {
    await reset("valid_from = now() - interval '2 months', valid_to = now() - interval '1 day'");
    assert.equal((await run([toAdministrator(4), toAdministrator(5)])).code, 0);
    await reset(
      "state = 'active', valid_from = now() - interval '1 day', valid_to = now() + interval '1 month'",
    );
  });

  const startIt = async () => {
    const settingsFile = join(folder, 'settings.json');
    const population = {
      url: 'https://dan-cu.invalid/',
      route: { kind: 'direct', user: 'u-1', secret: 's-9fQ2' },
    };
    writeFileSync(settingsFile, JSON.stringify({ sources: { population }, limits: {} }));
    const port = await freePort();
    return startHub(
      readConfig({
        LGSP_ENVIRONMENT: 'test',
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        LOG_ORIGIN: 'bootstrap.invalid',
        ...toDatabaseVariables(database),
        KEY_DIR: keyFolder,
        BLOB_DIR: join(folder, 'blobs'),
        SETTINGS_FILE: settingsFile,
        LOG_DIR: writtenFolder('bootstrap'),
      }),
      database,
    );
  };

  it('leaves a hub that registers the services it publishes when it starts, but what is off stays off', async () => {
    await owner.query("INSERT INTO service (id, state) VALUES ('diagnosis.v1', 'off')");
    hub = await startIt();
    const { rows } = await owner.query({
      text: 'SELECT id, provider_source, state FROM service ORDER BY id',
      rowMode: 'array',
    });
    assert.deepEqual(rows, [
      ['admin.v1', null, 'active'],
      ['delivery.v1', null, 'active'],
      ['diagnosis.v1', null, 'off'],
      ['documents.v1', null, 'active'],
      ['evidence.v1', null, 'active'],
      ['operation.v1', null, 'active'],
      ['payment.v1', 'payment-platform', 'active'],
      ['population.v1', 'population', 'active'],
      ['portal.v1', 'portal', 'active'],
    ]);
  });

  it('lets each of them in, for a change and for a proposal that the other must decide', async () => {
    const systems = [first, second].map(({ unit, system }, index) => ({
      clientId: system.id,
      unitId: unit.id,
      actingUnits: [unit.id],
      privateKeyFile: join(folder, `${index + 1}.pem`),
    }));
    const spare = { units: [], officers: [] };
    const client = createClient(hub?.url ?? '', {
      systems,
      officers: [],
      mockOfficers: [],
      mockUnitCodes: [],
      agencyCodes: [],
      spare,
    });
    const act = (index: 1 | 2, path: string, body: object) =>
      client.call({
        system: `quan-tri-${index}`,
        method: 'POST',
        path: `/admin/v1${path}`,
        body,
        headers: { officer: `cb-qt-${index}`, purpose: 'quan-tri', 'idempotency-key': `${index}${path}` },
      });
    const made = await act(1, '/systems', { id: 'mot-cua', name: 'Một cửa', unitId: 'so-1' });
    assert.equal(made.status, 201);
    const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const asked = await act(2, '/systems/quan-tri-2/keys', { jwk, validTo: inYear });
    assert.equal(asked.status, 202);
    const { body } = await client.call({ system: 'quan-tri-1', path: '/admin/v1/changes?kind=key' });
    assert.equal(body.items.length, 5);
  });
});
