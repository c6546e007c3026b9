// A database that was put back, or is another: the hub finds it at its start and is read-only until someone takes its head.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseUrls } from '../../src/database/roles.ts';
import { readAnchor, writeAnchor } from '../../src/evidence/anchor/anchor-file.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { signNote } from '../../src/evidence/note.ts';
import { emptyRoot } from '../../src/evidence/tree.ts';
import type { Hub } from '../../src/hub.ts';
import { openKeys } from '../../src/keys.ts';
import type { RunningWitness } from '../../src/witness/server.ts';
import { lgsp } from '../cli/command.ts';
import { lookUp } from '../support/calls.ts';
import { copyDatabase, type FreshDatabase } from '../support/database.ts';
import { layWitnessedGround, readReadiness, type WitnessedGround, witnessName } from '../support/witness.ts';
import { until } from './support.ts';

describe('the anchor', () => {
  let ground: WitnessedGround;
  let witness: RunningWitness;
  /** As it was when only a few exchanges were recorded. */
  let old: FreshDatabase;
  let hub: Hub | undefined;

  async function start(database?: DatabaseUrls): Promise<Hub> {
    hub = await ground.start(database);
    return hub;
  }
  async function stop(): Promise<void> {
    await hub?.stop();
    hub = undefined;
  }
  /** A hub's day: some calls, then the anchor and the witness know the head. */
  async function work(database?: DatabaseUrls): Promise<number> {
    const { url } = await start(database);
    for (let n = 0; n < 3; n += 1) assert.equal((await ground.client.call(lookUp())).body.outcome, 'found');
    let size = 0;
    await until(async () => {
      size = (await readAnchor(ground.anchorFile))?.size ?? 0;
      const { body } = await readReadiness(url);
      return size >= 6 && body.witnesses[witnessName]?.leaves === size;
    });
    await stop();
    return (await readAnchor(ground.anchorFile))?.size ?? 0;
  }
  const say = async (database: DatabaseUrls, sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client(database.ownerUrl);
    await client.connect();
    return client.query(sql).finally(() => client.end());
  };
  const sizeOf = async (database: DatabaseUrls): Promise<number> =>
    Number((await say(database, 'SELECT size FROM tree_head')).rows[0]?.size);
  const sourcesOf = async (): Promise<readonly string[]> => {
    const { body } = await readReadiness(ground.config.publicUrl);
    return (body.readOnly ?? []).map(({ source }) => source).sort();
  };

  before(async () => {
    ground = await layWitnessedGround('anchor');
    witness = await ground.startWitness();
    await work();
    old = await copyDatabase(ground.database);
    await work();
  });
  afterEach(stop);
  after(async () => {
    await witness.stop();
    await old.drop();
    await ground.close();
  });

  it('lets a hub run whose database goes on', async () => {
    const { url } = await start();
    const { body } = await readReadiness(url);
    assert.deepEqual([body.anchor, body.readOnly], [true, undefined]);
    assert.equal((await ground.client.call(lookUp())).body.outcome, 'found');
  });

  it('makes a hub on an old database read-only: nothing is recorded, numbered or sent, and health says why', async () => {
    const database = old;
    const size = await sizeOf(database);
    const { rows } = await say(database, 'SELECT count(*) FROM entry');
    // An entry that waits for its place, as a crash leaves it.
    await say(database, 'INSERT INTO entry_pending SELECT id, exchange_id FROM entry LIMIT 1');
    const { url } = await start(database);
    const { status, body } = await readReadiness(url);
    assert.deepEqual([status, body.status, body.anchor], [503, 'not-ready', false]);
    assert.deepEqual(await sourcesOf(), ['anchor-file', witnessName]);
    for (const { why } of body.readOnly ?? []) assert.match(why, /leaves/);
    const answer = await ground.client.call(lookUp());
    assert.deepEqual([answer.status, answer.body.code], [503, 'hub-read-only']);
    assert.equal(answer.headers.get('exchange-id'), null);
    for (const path of ['/log/checkpoint', '/log/key', `/log/consistency?from=1&to=${size}`])
      assert.equal((await fetch(`${url}${path}`)).status, 200);
    await stop();
    assert.equal(await sizeOf(database), size);
    assert.deepEqual((await say(database, 'SELECT count(*) FROM entry')).rows, rows);
    assert.equal((await say(database, 'DELETE FROM entry_pending')).rowCount, 1);
  });

  it('finds it by the witness alone, where the file was lost, and says that it was', async () => {
    const kept = readFileSync(ground.anchorFile);
    rmSync(ground.anchorFile);
    await start(old);
    const sources = await sourcesOf();
    await stop();
    writeFileSync(ground.anchorFile, kept);
    assert.deepEqual(sources, [witnessName]);
    const log = readFileSync(join(ground.written, 'hub.log'), 'utf8');
    assert.ok(log.includes('there is no anchor file, though heads were signed'));
  });

  it('finds it by the file alone, while the witness is away', async () => {
    await witness.stop();
    await start(old);
    assert.deepEqual(await sourcesOf(), ['anchor-file']);
    await stop();
    witness = await ground.startWitness();
  });

  it('does not run on an anchor that cannot be read or is of another log', async () => {
    const kept = readFileSync(ground.anchorFile);
    await writeAnchor(ground.anchorFile, 'spoilt');
    const { url } = await start();
    assert.match((await readReadiness(url)).body.readOnly?.[0]?.why ?? '', /cannot be read/);
    const text = toCheckpointText({ origin: 'other.example', size: 0, root: emptyRoot });
    await writeAnchor(
      ground.anchorFile,
      signNote(text, 'other.example', openKeys(ground.keyFolder, 'sandbox').log),
    );
    await until(async () => /another log/.test((await readReadiness(url)).body.readOnly?.[0]?.why ?? ''));
    writeFileSync(ground.anchorFile, kept);
    // What was mended is found without a restart.
    await until(async () => (await readReadiness(url)).status === 200);
  });

  it('is written again when somebody takes it away while the hub runs, which is said', async () => {
    await start();
    rmSync(ground.anchorFile);
    assert.equal((await ground.client.call(lookUp())).body.outcome, 'found');
    await until(async () => (await readAnchor(ground.anchorFile)) !== undefined);
    await stop();
    assert.match(readFileSync(join(ground.written, 'hub.log'), 'utf8'), /the anchor file was taken away/);
  });

  it('of a log that follows another is not given up as one of another log', async () => {
    const restored = await copyDatabase(ground.database);
    const base = ground.config.logOrigin;
    const origin = `${base}/2`;
    await say(
      restored,
      `UPDATE log SET ended_at = now() WHERE number = 1;
       INSERT INTO log (number, base, origin) VALUES (2, '${base}', '${origin}')`,
    );
    const [head] = (await say(restored, 'SELECT size, root FROM tree_head')).rows;
    const text = toCheckpointText({ origin, size: Number(head.size), root: head.root });
    const file = join(ground.written, 'anchor-2');
    await writeAnchor(file, signNote(text, origin, openKeys(ground.keyFolder, 'sandbox').log));
    const environment = {
      ...{ ...ground.environment(0), ANCHOR_FILE: file },
      ...{ DATABASE_URL: restored.hubUrl, DATABASE_OWNER_URL: restored.ownerUrl },
    };
    const { code, err } = await lgsp(['log', 'accept-head', '--reason', 'x', '--decision', '1'], environment);
    await restored.drop();
    assert.deepEqual([code, /there is nothing to accept/.test(err)], [1, true], err);
  });

  it('finds a database that is put back while the hub runs', async () => {
    const { url } = await start();
    const [earlier] = (
      await say(ground.database, 'SELECT size, root FROM checkpoint WHERE size > 1 ORDER BY size LIMIT 1')
    ).rows;
    const root = `decode('${earlier.root.toString('hex')}', 'hex')`;
    await say(
      ground.database,
      `BEGIN; DELETE FROM cosignature WHERE size > ${earlier.size}; DELETE FROM checkpoint WHERE size > ${earlier.size};
       DELETE FROM leaf WHERE leaf_index >= ${earlier.size};
       UPDATE tree_head SET size = ${earlier.size}, root = ${root}; COMMIT`,
    );
    await until(async () => (await readReadiness(url)).status === 503);
    assert.ok((await sourcesOf()).includes('anchor-file'));
    assert.equal((await ground.client.call(lookUp())).body.code, 'hub-read-only');
  });

  it('finds a database of other hashes, as long as the known one', async () => {
    await say(
      ground.database,
      "UPDATE tile SET hashes = overlay(hashes PLACING sha256('x') FROM 1 FOR 32) WHERE level = 0",
    );
    await start();
    assert.ok((await sourcesOf()).includes('anchor-file'));
  });

  it('is moved by lgsp log accept-head, which records who gave up what; then the hub runs again by itself', async () => {
    const database = old;
    const size = await sizeOf(old);
    const known = await readAnchor(ground.anchorFile);
    const { url } = await start(database);
    const settings = join(ground.written, 'accept-settings.json');
    writeFileSync(settings, JSON.stringify({ witnesses: ground.config.settings.witnesses }));
    const environment = {
      ...ground.environment(0),
      ...{ DATABASE_URL: database.hubUrl, DATABASE_OWNER_URL: database.ownerUrl, SETTINGS_FILE: settings },
    };
    const words = ['log', 'accept-head', '--reason', 'Khôi phục từ bản sao lưu', '--decision', '12/QĐ-SKHCN'];
    const ended = await lgsp(words, environment);
    assert.equal(ended.code, 0, ended.err);
    await until(async () => (await readReadiness(url)).status === 200);
    assert.equal((await ground.client.call(lookUp())).body.outcome, 'found');
    const { rows } = await say(
      database,
      "SELECT e.text, p.text AS sealed FROM entry e JOIN entry_private p ON p.entry_id = e.id WHERE kind = 'notice'",
    );
    const { notice, about } = JSON.parse(rows[0]?.text);
    assert.equal(notice, 'head-accepted');
    assert.deepEqual(
      [about.oldOrigin, about.knownSize, about.knownRoot, about.takenSize],
      [ground.config.logOrigin, known?.size, known?.root.toString('base64'), size],
    );
    const { reason, fileNumber } = JSON.parse(rows[0]?.sealed);
    assert.deepEqual([reason, fileNumber], [words[3], words[5]]);
    await stop();
    // What was given up stays given up; the witness keeps saying what it saw.
    await start(database);
    const { status, body } = await readReadiness(url);
    assert.deepEqual([status, body.anchor], [200, true]);
    await until(async () => (await readReadiness(url)).body.witnesses[witnessName]?.state === 'conflict');
  });
});
