// Which keys sign, on a real database with sequencers in this process: a folder that lacks the new key, a stolen key, a
// rotation that was cut off.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { pino } from 'pino';
import { createPool } from '../../src/database/pool.ts';
import { createKeyChainReader } from '../../src/evidence/key-chain.ts';
import { readLogKeys } from '../../src/evidence/log-keys.ts';
import { toVerifierKey } from '../../src/evidence/note.ts';
import { startRetirement } from '../../src/evidence/retire-log-key.ts';
import { type LogRotation, rotateLogKey } from '../../src/evidence/rotate-log-key.ts';
import { type Sequencer, startSequencer } from '../../src/evidence/sequencer.ts';
import type { EvidenceLog } from '../../src/evidence/types.ts';
import { verifyKeyChain } from '../../src/evidence/verify-keys.ts';
import { checkKeys } from '../../src/key-check.ts';
import { createKeys, createLogKey, type Keys, openKeys, readPrivateKey } from '../../src/keys.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { answered, connect, dropWhenQuiet, origin, someOpen, startLog, until } from './support.ts';

describe('the keys that sign heads', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let registry: pg.Pool;
  let folder: string;
  let keys: Keys;
  let log: EvidenceLog;
  const sequencers: Sequencer[] = [];
  const said: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });

  beforeEach(async () => {
    database = await freshDatabase();
    owner = await connect(database.ownerUrl);
    registry = createPool(database.registryUrl, { max: 2, applicationName: 'test' });
    folder = mkdtempSync(join(tmpdir(), 'lgsp-log-keys-'));
    createKeys(folder, 'sandbox');
    keys = openKeys(folder, 'sandbox');
    await checkKeys(registry, keys, origin);
    log = await startLog(database.hubUrl);
    said.length = 0;
  });
  afterEach(async () => {
    await log.stop();
    await Promise.all(sequencers.splice(0).map((sequencer) => sequencer.stop()));
    await registry.end();
    await dropWhenQuiet(database, owner);
    rmSync(folder, { recursive: true });
  });

  async function start(readKeys = keys.logKeys): Promise<Sequencer> {
    const options = { sequencerUrl: database.sequencerUrl, key: keys.log, readKeys, origin, logger };
    const sequencer = await startSequencer({ ...options, intervalMs: 20 });
    sequencers.push(sequencer);
    return sequencer;
  }
  async function record(): Promise<void> {
    const opened = await log.open(someOpen());
    await log.close(opened, answered);
  }
  const rotate = (isStolen = false): Promise<LogRotation> =>
    rotateLogKey({ ownerUrl: database.ownerUrl, folder, overlapS: 0, isStolen });
  const states = async () => (await readLogKeys(owner, origin)).map(({ state }) => state);
  const heads = async () =>
    (await owner.query<{ note: string }>('SELECT note FROM checkpoint ORDER BY size DESC')).rows;
  const isSigned = async (): Promise<boolean> => {
    const { rows } = await owner.query<{ done: boolean }>(
      'SELECT (SELECT size FROM tree_head) = (SELECT max(size) FROM checkpoint) AND NOT EXISTS (SELECT FROM entry_pending) AS done',
    );
    return rows[0]?.done ?? false;
  };
  const linesOf = (note = ''): number => note.split('\n— ').length - 1;

  it('are not those of a process that lacks the new file: it signs nothing and says so', async () => {
    const lacking = await start(() => [keys.log]);
    await rotate();
    await until(async () => (await states())[1] === 'signing');
    const before = (await heads()).length;
    await record();
    await until(async () => said.some((line) => line.includes('KEY_DIR lacks a key that signs them')));
    await pause(100);
    assert.equal((await heads()).length, before);
    assert.ok(lacking.confirmedMsAgo() > 50);
    await start();
    await until(isSigned);
    assert.equal(linesOf((await heads())[0]?.note), 2);
  });

  it('are one after a theft, at once', async () => {
    const sequencer = await start();
    await record();
    await until(isSigned);
    const old = sequencer.verifierKey;
    const { key } = await rotate(true);
    await until(async () => (await states()).join() === 'retired,signing');
    await record();
    await until(isSigned);
    assert.equal(linesOf((await heads())[0]?.note), 1);
    assert.equal(sequencer.verifierKey, key);
    const hub = createPool(database.hubUrl, { max: 1, applicationName: 'test' });
    const chain = await createKeyChainReader(hub, origin).chain();
    await hub.end();
    assert.equal(chain.keys[0]?.until?.size, chain.keys[1]?.since?.size);
    const verdict = verifyKeyChain(chain, old);
    assert.ok(!verdict.ok && /was stolen/.test(verdict.reason));
    assert.ok(verifyKeyChain(chain, key).ok);
  });

  it('are retired once, whoever looks', async () => {
    await start();
    await rotate();
    const now = () => ({ at: new Date(), databaseAt: new Date() });
    const options = { pool: registry, origin, keys, now, logger, intervalMs: 10, onRecorded: () => {} };
    const looks = [startRetirement(options), startRetirement(options)];
    await until(async () => {
      await record();
      return (await states()).join() === 'retired,signing';
    });
    await Promise.all(looks.map((look) => look.stop()));
    const { rowCount } = await owner.query("SELECT FROM entry WHERE text LIKE '%key-retired%'");
    assert.equal(rowCount, 1);
  });

  it('go on with the file that an interrupted rotation left, and not with a stolen one', async () => {
    await start();
    createLogKey(folder, 'sandbox', 'log-next');
    const left = readPrivateKey(folder, 'sandbox', 'log-next') ?? assert.fail();
    assert.equal((await rotate()).key, toVerifierKey(origin, left));
    const stolen = await rotate(true);
    assert.notEqual(stolen.key, toVerifierKey(origin, left));
    await until(async () => (await states()).join() === 'retired,retired,signing');
    await record();
    await until(isSigned);
  });

  it('are not rotated in a folder that lacks the one that signs', async () => {
    const file = join(folder, 'log.json');
    renameSync(file, `${file}.kept`);
    createLogKey(folder, 'sandbox', 'log');
    await assert.rejects(rotate(), /does not hold the key/);
    assert.ok(readFileSync(file, 'utf8') !== '');
    assert.deepEqual(await states(), ['signing']);
    await assert.rejects(checkKeys(registry, openKeys(folder, 'sandbox'), origin), /another log key/);
  });
});
