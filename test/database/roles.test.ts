// What each role of the database may and may not do, asked of a database with all tables.
import assert from 'node:assert/strict';
import pg from 'pg';
import { prepareDatabase } from '../../src/database/migrate.ts';
import { lgsp } from '../cli/command.ts';
import {
  emptyDatabase,
  type FreshDatabase,
  freshDatabase,
  toDatabaseVariables,
} from '../support/database.ts';
import { query } from '../support/embedded.ts';

type Role = 'hub' | 'sequencer' | 'retention' | 'registry';
const roles: readonly Role[] = ['hub', 'sequencer', 'retention', 'registry'];

/** A statement, and who may do it; all others may not. */
const statements: readonly (readonly [string, readonly Role[]])[] = [
  // Entries are added and never changed.
  [
    "INSERT INTO entry_private (exchange_id, entry_id, salt, text) VALUES (gen_random_uuid(), -1, sha256(''), '{}')",
    ['hub', 'retention', 'registry'],
  ],
  [
    'INSERT INTO entry_pending (entry_id, exchange_id) VALUES (-1, gen_random_uuid())',
    ['hub', 'retention', 'registry'],
  ],
  ["UPDATE entry SET text = ''", []],
  ['DELETE FROM entry', []],
  ['TRUNCATE entry', []],
  ["UPDATE entry_private SET text = ''", []],
  ['DELETE FROM entry_private', ['retention']],
  // The tree is the sequencer's.
  ['DELETE FROM entry_pending', ['sequencer']],
  ['INSERT INTO leaf (leaf_index, entry_id, exchange_id) VALUES (9, 9, gen_random_uuid())', ['sequencer']],
  ['UPDATE leaf SET entry_id = 0', []],
  ['DELETE FROM leaf', []],
  ["UPDATE tile SET hashes = sha256('')", ['sequencer']],
  ['DELETE FROM tile', []],
  ['UPDATE tree_head SET size = size', ['sequencer']],
  ["INSERT INTO checkpoint (size, root, note) VALUES (9, sha256(''), '')", ['sequencer']],
  ["UPDATE checkpoint SET note = ''", []],
  ['DELETE FROM checkpoint', []],
  // What is searched is made by the sequencer and emptied by retention.
  [
    "INSERT INTO exchange_subject (exchange_id, hash, role, kind) VALUES (gen_random_uuid(), '', '', '')",
    ['sequencer'],
  ],
  ['UPDATE exchange SET officer_id = NULL', ['sequencer', 'retention']],
  ["UPDATE exchange SET outcome = ''", ['sequencer']],
  ['DELETE FROM exchange_subject', ['sequencer', 'retention']],
  ['UPDATE search_head SET size = size', ['sequencer']],
  // The registry, its history and its decisions.
  ["UPDATE unit SET name = 'x'", ['registry']],
  ["UPDATE access_grant SET grantor = 'x'", ['registry']],
  ["UPDATE officer SET unit_id = 'x'", ['registry']],
  ['DELETE FROM access_grant', []],
  ['DELETE FROM officer', []],
  ["UPDATE proposal SET state = 'approved'", ['registry']],
  ['DELETE FROM proposal', []],
  ["UPDATE administration_change SET reason = 'x'", []],
  ['DELETE FROM administration_change', []],
  ["UPDATE source_credential SET state = 'revoked'", ['registry']],
  // Keys.
  ["INSERT INTO hub_key (kind, fingerprint) VALUES ('field', repeat('0', 64))", ['registry']],
  ['DELETE FROM hub_key', []],
  ['UPDATE token_key SET retired_at = NULL', []],
  ['DELETE FROM token_key', []],
  ["UPDATE log_key SET key = ''", []],
  ['UPDATE log_key SET alone_from = NULL', []],
  ['UPDATE log_key SET retired_in = NULL', ['registry']],
  ['DELETE FROM log_key', []],
  // What people said is emptied when its time is over.
  ['UPDATE document_message SET form = NULL', ['retention']],
  ["UPDATE document_message SET sha256 = ''", []],
  ["UPDATE payment SET form = ''", ['retention']],
  ['UPDATE payment SET amount = 1', []],
  ["UPDATE payment SET state = 'paid'", []],
  ['UPDATE payment_act SET sealed_reason = NULL', ['retention']],
  ['UPDATE portal_change SET purged_at = now()', ['hub', 'retention']],
  ['DELETE FROM quota_use', ['registry']],
  // Nobody makes or changes tables.
  ['CREATE TABLE mine (id text)', []],
  ['ALTER TABLE entry DISABLE TRIGGER ALL', []],
  ['DROP TABLE search_head', []],
  ['UPDATE migration SET name = name', []],
  ["UPDATE hub SET environment = 'production'", []],
];

describe('The roles of the database', () => {
  let database: FreshDatabase;
  const clients = new Map<Role, pg.Client>();

  before(async () => {
    database = await freshDatabase();
    for (const role of roles) {
      const client = new pg.Client(database[`${role}Url`]);
      await client.connect();
      clients.set(role, client);
    }
  });
  after(async () => {
    await Promise.all([...clients.values()].map((client) => client.end()));
    await database.drop();
  });

  /** Whether a role may; what it did is undone. A constraint that refuses it says that it was let through. */
  async function may(role: Role, statement: string): Promise<boolean> {
    const client = clients.get(role) ?? assert.fail();
    await client.query('BEGIN');
    try {
      await client.query(statement);
      return true;
    } catch (error) {
      assert.ok(error instanceof pg.DatabaseError);
      if (error.code === '42501') return false;
      assert.match(error.code ?? '', /^23/, `${role}: ${statement}: ${error.message}`);
      return true;
    } finally {
      await client.query('ROLLBACK');
    }
  }

  for (const [statement, allowed] of statements)
    it(`let ${allowed.length === 0 ? 'none of them' : `only ${allowed.join(', ')}`} do: ${statement}`, async () => {
      const able = [];
      for (const role of roles) if (await may(role, statement)) able.push(role);
      assert.deepEqual(able, allowed);
    });

  it('may set no function that works by the owner’s right on a table of their own, where they may make one', async () => {
    const { ownerUrl } = database;
    await query(ownerUrl, `GRANT TEMP ON DATABASE ${new URL(ownerUrl).pathname.slice(1)} TO PUBLIC`);
    const steps = `CREATE TEMP TABLE mine (id text);
      CREATE TRIGGER mine AFTER INSERT ON mine EXECUTE FUNCTION forget_fingerprint('field')`;
    for (const role of roles)
      assert.deepEqual([await may(role, 'CREATE TEMP TABLE mine ()'), await may(role, steps)], [true, false]);
    const open = await query(
      ownerUrl,
      `SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
         AND (has_function_privilege('public', oid, 'EXECUTE') OR proconfig::text NOT LIKE '%search_path=%pg_temp%')`,
    );
    assert.deepEqual(open, []);
  });

  it('let the registry, which makes months, see every table that holds rows of no month', async () => {
    const { rows } = await (clients.get('registry') ?? assert.fail()).query<{ name: string; may: boolean }>(
      `SELECT relname AS name, has_table_privilege(oid, 'SELECT') AS may FROM pg_class
       WHERE relispartition AND relname LIKE '%\\_default' ORDER BY 1`,
    );
    assert.ok(rows.length > 3);
    assert.deepEqual(
      rows.filter(({ may }) => !may),
      [],
    );
  });

  it('are given what files granted that were applied before they were there', async () => {
    const late = await emptyDatabase();
    const { hubUrl, ownerUrl, sequencerUrl, retentionUrl, registryUrl } = late;
    const two = { hubUrl, ownerUrl, environment: 'sandbox' };
    await prepareDatabase(two);
    await assert.rejects(query(sequencerUrl, 'SELECT FROM leaf'), /does not exist/);
    const own = { sequencerUrl, retentionUrl, registryUrl };
    const migrated = await lgsp(['migrate'], { ...toDatabaseVariables(late), LGSP_ENVIRONMENT: 'sandbox' });
    assert.deepEqual([migrated.code, migrated.out], [0, 'the schema is current\n'], migrated.err);
    assert.deepEqual(await query(sequencerUrl, 'SELECT leaf_index FROM leaf'), []);
    assert.deepEqual(await query(registryUrl, 'SELECT id FROM unit FOR UPDATE'), []);
    await assert.rejects(query(retentionUrl, 'SELECT id FROM unit'), /permission denied/);
    await prepareDatabase({ hubUrl, environment: 'sandbox', ...own });
    const [newest] = await query(ownerUrl, 'SELECT name FROM migration ORDER BY number DESC LIMIT 1');
    await query(ownerUrl, `DELETE FROM migration WHERE name = '${newest?.['name']}'`);
    await assert.rejects(
      prepareDatabase({ hubUrl, environment: 'sandbox', ...own }),
      new RegExp(`the database lacks ${newest?.['name']}; run npx lgsp migrate`),
    );
    await late.drop();
  });

  it('serve a hub without the owner once the schema is current, and are named when nothing was granted to them', async () => {
    const { hubUrl, sequencerUrl, retentionUrl, registryUrl } = database;
    const own = { hubUrl, sequencerUrl, retentionUrl, registryUrl, environment: 'sandbox' };
    assert.deepEqual(await prepareDatabase(own), { applied: [] });
    await assert.rejects(
      prepareDatabase({ ...own, sequencerUrl: undefined }),
      /DATABASE_SEQUENCER_URL is missing/,
    );
    await assert.rejects(
      prepareDatabase({ ...own, sequencerUrl: retentionUrl }),
      /DATABASE_RETENTION_URL and DATABASE_SEQUENCER_URL name the same user lgsp_retention/,
    );
    await assert.rejects(
      prepareDatabase({ ...own, sequencerUrl: retentionUrl, retentionUrl: sequencerUrl }),
      /nothing was granted to the role lgsp_retention of DATABASE_SEQUENCER_URL; run npx lgsp migrate/,
    );
  });
});
