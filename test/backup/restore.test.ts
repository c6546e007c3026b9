// A hub with a rotated log key, a witness and an anchor is backed up, lost and restored: what is verifiable, lost, goes on.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { makeBackup } from '../../src/backup/backup.ts';
import { type BackupKey, createBackupKey, openBackupKey } from '../../src/backup/backup-key.ts';
import { BrokenBackup } from '../../src/backup/manifest.ts';
import { type Restored, type RestoreOptions, restoreBackup } from '../../src/backup/restore.ts';
import { verifyBackup } from '../../src/backup/verify.ts';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import { acceptHead } from '../../src/evidence/anchor/accept-head.ts';
import { findObstacles } from '../../src/evidence/anchor/obstacles.ts';
import { parseVerifierKey, toVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyKeyChain, verifyReceiptByKeys } from '../../src/evidence/verify-keys.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { openKeys } from '../../src/keys.ts';
import type { RunningWitness } from '../../src/witness/server.ts';
import { until } from '../evidence/support.ts';
import { lookUp } from '../support/calls.ts';
import { emptyDatabase, type FreshDatabase } from '../support/database.ts';
import { query } from '../support/embedded.ts';
import { createClient } from '../support/sandbox-hub.ts';
import { layWitnessedGround, readReadiness, type WitnessedGround, witnessName } from '../support/witness.ts';
import {
  leaveTraces,
  listTables,
  readLastHead,
  receiptOf,
  rotate,
  tellWitness,
  withHarmed,
} from './restored.ts';

const first = 'lgsp.lam-dong.invalid/sandbox';

describe('A restored hub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-backup-'));
  const out = join(folder, 'backups');
  const blobFolder = join(folder, 'restored-blobs');
  let hub: WitnessedGround;
  let witness: RunningWitness;
  let running: Hub;
  let lostOwner: pg.Pool;
  let key: BackupKey;
  let database: FreshDatabase;
  let restored: Restored;
  let again: Hub | undefined;
  let client: ReturnType<typeof createClient>;
  let owner: pg.Pool;
  let blob: string;
  const kept: string[] = [];
  const lost: Receipt[] = [];
  let lastKnown: string;
  let refused: readonly string[];

  const keys = () => openKeys(hub.keyFolder, 'sandbox');
  const get = async (path: string) => (await fetch(`${hub.config.publicUrl}${path}`)).text();
  const witnessState = async () =>
    (await readReadiness(hub.config.publicUrl)).body.witnesses[witnessName]?.state;
  const verify = (receipt: Receipt, origin: string) =>
    verifyReceipt(receipt, toVerifierKey(origin, keys().newestLogKey()));
  const options = (more: Partial<RestoreOptions> = {}): RestoreOptions => ({
    ...{ from: out, key, hubUrl: database.hubUrl, ownerUrl: database.ownerUrl, blobFolder },
    ...{ sequencerUrl: database.sequencerUrl, retentionUrl: database.retentionUrl },
    ...{ registryUrl: database.registryUrl, keys: keys(), lastKnown: [], anchorFile: hub.anchorFile },
    ...{ reason: 'Mất máy chủ', officerId: 'cb-qt-1', ...more },
  });

  before(async () => {
    createBackupKey(join(folder, 'backup.json'), 'sandbox');
    key = openBackupKey(join(folder, 'backup.json'));
    hub = await layWitnessedGround('restore');
    lostOwner = new pg.Pool({ connectionString: hub.database.ownerUrl, max: 2 });
    witness = await hub.startWitness();
    running = await hub.start();
    const { blobFolder: blobs } = hub.config;
    blob = await leaveTraces(lostOwner, blobs, keys().blob);
    client = hub.client;
    kept.push((await client.call(lookUp())).exchangeId);
    witness = await rotate(hub, witness);
    for (let n = 0; n < 2; n += 1) kept.push((await client.call(lookUp())).exchangeId);
    await receiptOf(client, kept[2] ?? '');
    await makeBackup({ ownerUrl: hub.database.ownerUrl, blobFolder: blobs, out, key });
    for (let n = 0; n < 2; n += 1)
      lost.push(await receiptOf(client, (await client.call(lookUp())).exchangeId));
    await client.call(lookUp());
    await running.stop();
    lastKnown = await readLastHead(lostOwner);
    database = await emptyDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    const both = await Promise.allSettled([restoreBackup(options()), restoreBackup(options())]);
    refused = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    restored =
      both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))[0] ?? assert.fail(refused[0]);
    again = await startHub({ ...hub.config, blobFolder }, database);
    client = createClient(again.url, hub.province);
  });
  after(async () => {
    await again?.stop();
    await witness?.stop();
    await owner?.end();
    await lostOwner?.end();
    await database?.drop();
    await hub?.close().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('was restored once: of two at once on one database, one is refused before it touches anything', () => {
    assert.deepEqual(refused, ['StartError: a backup is being restored into this database already']);
  });

  it('is restored with the head of its anchor file, which is the new log’s afterwards: the hub is not read-only', async () => {
    const [, size] = lastKnown.split('\n');
    assert.equal(restored.logs[0]?.lastKnown.size, Number(size));
    assert.equal((await readReadiness(hub.config.publicUrl)).body.anchor, true);
    await until(async () => readFileSync(hub.anchorFile, 'utf8').startsWith(`${restored.origin}\n`));
  });

  it('is read-only by an anchor file on another machine, until its head is given up by name', async () => {
    const anchorFile = join(folder, 'another-anchor');
    writeFileSync(anchorFile, lastKnown);
    const places = { pool: owner, owner, anchorFile, witnesses: [] };
    const ours = { ...places, origin: restored.origin, key: keys().newestLogKey() };
    const [found] = await findObstacles(ours);
    assert.deepEqual([found?.origin, found?.known?.size], [first, restored.logs[0]?.lastKnown.size]);
    const { exchangeId } = await acceptHead(ours, keys(), { reason: 'phục hồi', decision: '1/QĐ' });
    const { rows } = await owner.query<{ text: string }>('SELECT text FROM entry WHERE exchange_id = $1', [
      exchangeId,
    ]);
    assert.equal(JSON.parse(rows[0]?.text ?? '{}').about.oldOrigin, first);
    assert.deepEqual(await findObstacles(ours), []);
  });

  it('is witnessed again once the witness was told of the new log; the old head keeps its cosignature', async function () {
    this.timeout(20_000);
    await until(async () => (await witnessState()) === 'fails');
    witness = await tellWitness(hub, witness, again?.logKey ?? '');
    await client.call(lookUp());
    await until(async () => (await witnessState()) === 'cosigns');
    const { exchangeId } = await client.call(lookUp());
    await until(async () => {
      const verdict = verifyReceipt(await receiptOf(client, exchangeId), again?.logKey ?? '', [
        hub.witnessKey,
      ]);
      return verdict.ok && verdict.witnessed[0]?.at !== undefined;
    });
    const { rows } = await owner.query<{ cosigned: number; is_kept: boolean }>(
      `SELECT count(*) FILTER (WHERE o.note LIKE '%— witness.test.example %')::int AS cosigned,
         bool_or(o.size = l.size AND o.note = l.note) AS is_kept FROM old_checkpoint o JOIN log l ON l.number = o.log`,
    );
    assert.ok((rows[0]?.cosigned ?? 0) > 0 && rows[0]?.is_kept);
  });

  it('lets whoever trusts the first key follow to all that came after it, in the old log and the new', async () => {
    const chain = JSON.parse(await get('/log/keys'));
    const fromFirst = verifyKeyChain(chain, hub.logKey);
    const fromNow = verifyKeyChain(chain, again?.logKey ?? '');
    assert.ok(fromFirst.ok && fromNow.ok);
    const { exchangeId } = await client.call(lookUp());
    for (const id of [...kept, exchangeId]) {
      const receipt = await receiptOf(client, id);
      assert.equal(verifyReceipt(receipt, hub.logKey).ok, false);
      for (const { keys } of [fromFirst, fromNow]) assert.ok(verifyReceiptByKeys(receipt, keys).ok, id);
    }
  });

  it('proves a leaf of the old part by its hash, for tickets from before', async () => {
    const { rows } = await owner.query<{ hash: string }>(
      `SELECT encode(leaf_hash, 'base64') AS hash FROM entry WHERE exchange_id = $1 AND kind = 'closed'`,
      [kept[1]],
    );
    const leaf = Buffer.from(rows[0]?.hash ?? '', 'base64').toString('base64url');
    const proof = JSON.parse(await get(`/log/proof?leaf=${leaf}`));
    assert.equal(proof.checkpoint.split('\n')[0], first);
  });

  it('has a backup of which every head is signed by the key of its time, whichever of them one trusts', async () => {
    const trust = async (...trusted: readonly string[]) =>
      verifyBackup({ folder: out, key: key.key, trusted: trusted.map((text) => parseVerifierKey(text)) });
    for (const trusted of [hub.logKey, again?.logKey ?? ''])
      assert.deepEqual(
        (await trust(trusted)).logs.map(({ keys, isSigned }) => [keys, isSigned]),
        [[2, true]],
      );
    const stranger = toVerifierKey(first, generateKeyPairSync('ed25519').publicKey);
    await assert.rejects(trust(stranger), /not signed by a key that is trusted/);
  });

  it('writes a new log, whose first entry says what was restored and which leaves are lost', async () => {
    assert.equal(restored.origin, `${first}/2`);
    const { rows } = await owner.query<{ text: string; sealed: string }>(
      `SELECT e.text, p.text AS sealed FROM leaf l JOIN entry e ON e.id = l.entry_id
       JOIN entry_private p ON p.entry_id = e.id WHERE l.leaf_index = 0`,
    );
    const { kind, notice, about } = JSON.parse(rows[0]?.text ?? '{}');
    assert.deepEqual([kind, notice], ['notice', 'restored']);
    const [, size, root] = lastKnown.split('\n');
    assert.deepEqual(
      [about.oldOrigin, about.lastKnownSize, about.lastKnownRoot, about.lostTo],
      [first, Number(size), root, Number(size)],
    );
    assert.deepEqual([about.lostFrom, about.againFrom], [about.againTo, about.restoredSize]);
    assert.ok(about.lostFrom < about.lostTo);
    assert.deepEqual(JSON.parse(rows[0]?.sealed ?? '{}'), { officer: 'cb-qt-1', reason: 'Mất máy chủ' });
  });

  it('keeps receipts of the old part, under the old name and head', async () => {
    for (const id of kept) {
      const receipt = await receiptOf(client, id);
      assert.ok(verify(receipt, first).ok);
      assert.equal(verify(receipt, restored.origin).ok, false);
    }
  });

  it('does not take a receipt of a lost leaf back: it verifies by itself, and lies in the range named as lost', () => {
    const [
      {
        lost: [from, to],
      } = { lost: [0, 0] as const },
    ] = restored.logs;
    for (const receipt of lost) {
      assert.ok(verify(receipt, first).ok);
      assert.ok(receipt.leafIndex >= from && receipt.leafIndex < to, `${receipt.leafIndex} is not named`);
    }
  });

  it('goes on: a new exchange has a receipt under the new name', async () => {
    const { status, exchangeId } = await client.call(lookUp());
    assert.equal(status, 200);
    assert.ok(verify(await receiptOf(client, exchangeId), restored.origin).ok);
  });

  it('has its documents again, and sends nothing again that it may have sent, except notices', async () => {
    const store = createBlobStore(blobFolder, keys().blob);
    assert.equal((await buffer((await store.open(blob)).stream)).toString(), 'a document');
    const { rows } = await owner.query('SELECT route, state, problem FROM dispatch ORDER BY route');
    assert.deepEqual(rows, [
      { route: 'document-axis', state: 'dead', problem: 'delivery-unsure' },
      { route: 'webhook', state: 'waiting', problem: null },
    ]);
    assert.equal(restored.unsure, 1);
  });

  it('takes no token from before, and gives no number again', async () => {
    const { rows } = await owner.query<{ ended: boolean; far: boolean }>(
      `SELECT bool_and(tokens_valid_from > now() - interval '1 minute') AS ended,
         (SELECT last_value > 1000000 FROM dispatch_id_seq) AS far FROM system`,
    );
    assert.deepEqual(rows, [{ ended: true, far: true }]);
  });

  it('is restored into nothing that holds anything, and from nothing that is damaged, before anything is touched', async () => {
    const empty = await emptyDatabase();
    try {
      const { drop: _, ...urls } = empty;
      const elsewhere = { ...urls, blobFolder: join(folder, 'untouched') };
      await withHarmed(out, () => assert.rejects(restoreBackup(options(elsewhere)), BrokenBackup));
      assert.deepEqual(await listTables(empty.ownerUrl), []);
      assert.deepEqual(readdirSync(elsewhere.blobFolder), []);
    } finally {
      await empty.drop();
    }

    await assert.rejects(restoreBackup(options()), /BLOB_DIR .* is not empty/);
    const elsewhere = { blobFolder: join(folder, 'elsewhere') };
    await assert.rejects(restoreBackup(options(elsewhere)), /the database is not empty/);
  });

  it('is never restored twice under one name, and can be backed up and restored itself', async () => {
    await again?.stop();
    again = undefined;
    for (const table of ['cosignature', 'checkpoint'])
      await owner.query(`DELETE FROM ${table} WHERE size = (SELECT max(size) FROM checkpoint)`);
    await makeBackup({ ownerUrl: database.ownerUrl, blobFolder, out, key });
    assert.equal(readdirSync(join(out, 'blobs', blob.slice(0, 2))).length, 1);
    const third = await emptyDatabase();
    try {
      const { drop: _, ...urls } = third;
      const more = { ...urls, blobFolder: join(folder, 'third-blobs'), anchorFile: undefined };
      const twice = await restoreBackup(options(more));
      assert.equal(twice.origin, `${first}/3`);
      assert.equal(twice.logs[0]?.oldOrigin, `${first}/2`);
      const [{ again: repeated, lost: none } = assert.fail('no log')] = twice.logs;
      assert.deepEqual(none, [repeated[1], repeated[1]]);
      assert.ok(repeated[0] < repeated[1]);
      const sql = 'SELECT count(*)::int AS waiting FROM entry_pending';
      assert.deepEqual(await query(third.ownerUrl, sql), [{ waiting: repeated[1] - repeated[0] }]);
    } finally {
      await third.drop();
    }
  });
});
