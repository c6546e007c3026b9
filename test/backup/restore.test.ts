// A hub is backed up while it works, works on, is lost, and is restored: what is verifiable, what is lost, what goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { makeBackup } from '../../src/backup/backup.ts';
import { type BackupKey, createBackupKey, openBackupKey } from '../../src/backup/backup-key.ts';
import { type Restored, type RestoreOptions, restoreBackup } from '../../src/backup/restore.ts';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import { readConfig } from '../../src/config.ts';
import { toVerifierKey } from '../../src/evidence/note.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { openKeys } from '../../src/keys.ts';
import { until } from '../evidence/support.ts';
import { lookUp } from '../support/calls.ts';
import { emptyDatabase, type FreshDatabase } from '../support/database.ts';
import { query } from '../support/embedded.ts';
import { createClient, freePort, startTestHub, type TestHub } from '../support/sandbox-hub.ts';

const first = 'lgsp.lam-dong.invalid/sandbox';

describe('A restored hub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-backup-'));
  const out = join(folder, 'backups');
  const blobFolder = join(folder, 'restored-blobs');
  let hub: TestHub;
  let key: BackupKey;
  let database: FreshDatabase;
  let restored: Restored;
  let again: Hub | undefined;
  let client: ReturnType<typeof createClient>;
  let owner: pg.Pool;
  let blob: string;
  /** Exchanges answered before the backup, and receipts of some after it. */
  const kept: string[] = [];
  const lost: Receipt[] = [];
  let lastKnown: string;

  const receiptOf = async (at: Pick<TestHub, 'call'>, id: string): Promise<Receipt> => {
    const path = `/evidence/v1/exchanges/${id}/receipt`;
    let answer = await at.call({ path });
    await until(async () => {
      answer = await at.call({ path });
      return answer.status === 200;
    });
    return answer.body;
  };
  const verify = (receipt: Receipt, origin: string) =>
    verifyReceipt(receipt, toVerifierKey(origin, openKeys(hub.keyFolder, 'sandbox').log));
  const options = (more: Partial<RestoreOptions> = {}): RestoreOptions => ({
    ...{ from: out, key, hubUrl: database.hubUrl, ownerUrl: database.ownerUrl, blobFolder },
    ...{ keys: openKeys(hub.keyFolder, 'sandbox'), lastKnown: [lastKnown] },
    ...{ reason: 'Mất máy chủ', officerId: 'cb-qt-1', ...more },
  });

  before(async () => {
    createBackupKey(join(folder, 'backup.json'), 'sandbox');
    key = openBackupKey(join(folder, 'backup.json'));
    hub = await startTestHub('restore');
    const blobs = hub.environment(1)['BLOB_DIR'] ?? '';
    const writer = await createBlobStore(blobs, openKeys(hub.keyFolder, 'sandbox').blob).begin();
    await writer.write(Buffer.from('a document'));
    blob = (await writer.commit()).sha256;
    await hub.owner.query(
      "INSERT INTO axis_item (doc_id, kind, state, sha256, bytes) VALUES ('d-1', 'document', 'kept', $1, 10)",
      [blob],
    );
    await hub.owner.query(
      `INSERT INTO dispatch (route, order_key, position, share, priority, state, content, next_at, give_up_hours)
       SELECT r, 'k', 1, 'cq-00', 0, 'waiting', '{}', now() + interval '1 hour', 72
       FROM unnest(ARRAY['document-axis', 'webhook']) AS r`,
    );
    for (let n = 0; n < 3; n += 1) kept.push((await hub.call(lookUp())).exchangeId);
    await receiptOf(hub, kept[2] ?? '');
    await makeBackup({ ownerUrl: hub.database.ownerUrl, blobFolder: blobs, out, key });
    for (let n = 0; n < 2; n += 1) lost.push(await receiptOf(hub, (await hub.call(lookUp())).exchangeId));
    await hub.call(lookUp());
    await hub.stopHub();
    const { rows } = await hub.owner.query<{ note: string }>(
      'SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1',
    );
    lastKnown = rows[0]?.note ?? '';
    database = await emptyDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    owner.on('error', () => undefined);
    restored = await restoreBackup(options());
    const port = await freePort();
    again = await startHub(
      readConfig({
        ...hub.environment(port),
        ...{ DATABASE_URL: database.hubUrl, DATABASE_OWNER_URL: database.ownerUrl, BLOB_DIR: blobFolder },
      }),
      database,
    );
    client = createClient(again.url, hub.province);
  });
  after(async () => {
    await again?.stop();
    await owner?.end();
    await database?.drop();
    await hub?.stop().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
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

  it('has its documents again', async () => {
    const store = createBlobStore(blobFolder, openKeys(hub.keyFolder, 'sandbox').blob);
    assert.equal((await buffer((await store.open(blob)).stream)).toString(), 'a document');
  });

  it('sends nothing again that it may have sent, except notices', async () => {
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

  it('is restored into nothing that holds anything', async () => {
    await assert.rejects(restoreBackup(options()), /BLOB_DIR .* is not empty/);
    const elsewhere = { blobFolder: join(folder, 'elsewhere') };
    await assert.rejects(restoreBackup(options(elsewhere)), /the database is not empty/);
  });

  it('is never restored twice under one name, and can be backed up and restored itself', async () => {
    // As if the backup fell between the numbering and the signing of the newest leaves.
    await again?.stop();
    again = undefined;
    await owner.query('DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)');
    await makeBackup({ ownerUrl: database.ownerUrl, blobFolder, out, key });
    assert.equal(readdirSync(join(out, 'blobs', blob.slice(0, 2))).length, 1);
    const third = await emptyDatabase();
    try {
      const urls = { hubUrl: third.hubUrl, ownerUrl: third.ownerUrl };
      const more = { ...urls, blobFolder: join(folder, 'third-blobs'), lastKnown: [] };
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
