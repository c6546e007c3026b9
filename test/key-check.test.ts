// A hub works with the keys that its database knows, or does not start.
import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { toVerifierKey } from '../src/evidence/note.ts';
import { checkKeys } from '../src/key-check.ts';
import { createKeys, type Keys, openKeys } from '../src/keys.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';

describe('The keys of a database', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-keys-'));
  const check = (keys: Keys) => checkKeys(owner, keys, 'log.test.example/sandbox');
  const makeKeys = (name: string) => {
    createKeys(join(folder, name), 'sandbox');
    return openKeys(join(folder, name), 'sandbox');
  };

  before(async () => {
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  });
  after(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('are noted at the first start and taken at every other', async () => {
    await check(makeKeys('one'));
    await check(makeKeys('one'));
  });

  it('are refused from another folder, by name', async () => {
    await assert.rejects(check(makeKeys('two')), /another log, field, blob, token key/);
    const mixed = { ...makeKeys('one'), field: makeKeys('two').field };
    await assert.rejects(check(mixed), /another field key/);
    const blobs = { ...makeKeys('one'), blob: makeKeys('two').blob };
    await assert.rejects(check(blobs), /another blob key/);
  });

  it('of a database that knows the token key by its fingerprint only are compared by that', async () => {
    const fingerprint = createHash('sha256')
      .update(createPublicKey(makeKeys('two').tokenKeys()[0] ?? '').export({ type: 'spki', format: 'der' }))
      .digest('hex');
    await owner.query('DELETE FROM token_key');
    await owner.query("INSERT INTO hub_key (kind, fingerprint) VALUES ('token', $1)", [fingerprint]);
    await assert.rejects(check(makeKeys('one')), /another token key/);
    await check({ ...makeKeys('one'), tokenKeys: makeKeys('two').tokenKeys });
    const { rows } = await owner.query('SELECT kind FROM hub_key ORDER BY kind');
    assert.deepEqual(rows, [{ kind: 'blob' }, { kind: 'field' }]);
    await assert.rejects(check(makeKeys('one')), /another token key/);
    await owner.query('DELETE FROM token_key');
  });

  it('of a database that knows the log key by its fingerprint only are compared by that', async () => {
    const fingerprint = createHash('sha256')
      .update(createPublicKey(makeKeys('two').log).export({ type: 'spki', format: 'der' }))
      .digest('hex');
    await owner.query('DELETE FROM log_key');
    await owner.query("INSERT INTO hub_key (kind, fingerprint) VALUES ('log', $1)", [fingerprint]);
    await assert.rejects(check(makeKeys('one')), /another log key/);
    await owner.query("DELETE FROM hub_key WHERE kind = 'log'");
    await check(makeKeys('one'));
    const { rows } = await owner.query<{ key: string }>('SELECT key FROM log_key');
    assert.deepEqual(rows, [{ key: toVerifierKey('log.test.example/sandbox', makeKeys('one').log) }]);
  });

  it('go on with the newest key of the log when another log follows it', async () => {
    const { log } = makeKeys('one');
    await checkKeys(owner, makeKeys('one'), 'log.test.example/sandbox/2');
    const { rows } = await owner.query<{ key: string }>('SELECT key FROM log_key ORDER BY number');
    const names = ['log.test.example/sandbox', 'log.test.example/sandbox/2'];
    assert.deepEqual(
      rows.map(({ key }) => key),
      names.map((name) => toVerifierKey(name, log)),
    );
    await assert.rejects(
      checkKeys(owner, makeKeys('two'), 'log.test.example/sandbox/3'),
      /another log, field/,
    );
  });

  it('that came after the database was made are noted at the next start', async () => {
    await owner.query("DELETE FROM hub_key WHERE kind = 'blob'");
    await check(makeKeys('one'));
    const { rowCount } = await owner.query("SELECT FROM hub_key WHERE kind = 'blob'");
    assert.equal(rowCount, 1);
  });

  it('are changed by deleting a row, which only the owner can do', async () => {
    const hub = new pg.Client(database.hubUrl);
    await hub.connect();
    for (const statement of [
      "DELETE FROM hub_key WHERE kind = 'field'",
      'DELETE FROM token_key',
      'DELETE FROM log_key',
    ])
      await assert.rejects(hub.query(statement), /permission denied/);
    await hub.end();
    await owner.query('DELETE FROM token_key');
    await check({ ...makeKeys('one'), tokenKeys: makeKeys('two').tokenKeys });
  });
});
