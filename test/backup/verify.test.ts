// A backup is whole or it is broken, and says so: every byte of it counts, and so does the log in it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { makeBackup } from '../../src/backup/backup.ts';
import { type BackupKey, createBackupKey, openBackupKey } from '../../src/backup/backup-key.ts';
import { checkKnownHead } from '../../src/backup/next-log.ts';
import { type VerifiedBackup, verifyBackup } from '../../src/backup/verify.ts';
import { createGrowingTree } from '../../src/backup/verify-log.ts';
import { createBlobStore } from '../../src/blobs/blob-store.ts';
import { parseVerifierKey } from '../../src/evidence/note.ts';
import { openLogName } from '../../src/evidence/origin.ts';
import { startSequencer } from '../../src/evidence/sequencer.ts';
import { hashLeaf, rootOf } from '../../src/evidence/tree.ts';
import { createKeys } from '../../src/keys.ts';
import { rootFolder } from '../../src/root.ts';
import { lgsp } from '../cli/command.ts';
import { answered, logKey, logVerifierKey, origin, someOpen, startLog, until } from '../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const exchanges = 150;

describe('A backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-backup-'));
  const out = join(folder, 'backups');
  const blobFolder = join(folder, 'blobs');
  const keyFile = join(folder, 'backup.json');
  let database: FreshDatabase;
  let owner: pg.Pool;
  let key: BackupKey;
  let made: Awaited<ReturnType<typeof makeBackup>>;

  const options = () => ({ ownerUrl: database.ownerUrl, blobFolder, out, key });
  const verify = (place = out): Promise<VerifiedBackup> =>
    verifyBackup({ folder: place, key: key.key, trusted: [parseVerifierKey(logVerifierKey)] });
  /** A copy of the newest backup, changed. */
  async function verifyChanged(change: (place: string, root: string) => void): Promise<unknown> {
    const root = mkdtempSync(join(folder, 'changed-'));
    cpSync(out, root, { recursive: true });
    change(join(root, readdirSync(root).findLast((name) => name.startsWith('2')) ?? ''), root);
    return verify(root);
  }
  const flip = (file: string, at: number): void => {
    const bytes = readFileSync(file);
    const place = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    writeFileSync(file, bytes);
  };

  before(async () => {
    createBackupKey(keyFile, 'sandbox');
    key = openBackupKey(keyFile);
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    owner.on('error', () => undefined);
    await openLogName(owner, origin);
    const log = await startLog(database.hubUrl);
    const logger = pino({ level: 'silent' });
    const sequencer = await startSequencer({
      ...{ sequencerUrl: database.ownerUrl, key: logKey, origin, logger, batchLeaves: 64 },
    });
    for (let n = 0; n < exchanges; n += 50)
      await Promise.all(
        Array.from({ length: 50 }, async () => log.close(await log.open(someOpen()), answered)),
      );
    await log.stop();
    await sequencer.stop();
    const writer = await createBlobStore(blobFolder, Buffer.alloc(32, 7)).begin();
    await writer.write(Buffer.from('a document'));
    const { sha256 } = await writer.commit();
    await owner.query(
      "INSERT INTO axis_item (doc_id, kind, state, sha256, bytes, place) VALUES ('d-1', 'document', 'kept', $1, 10, $2)",
      [sha256, 'tab\there, line\nthere, back\\slash'],
    );
    made = await makeBackup(options());
  });
  after(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('that is whole verifies: files, blobs, and every signed head against the leaves', async () => {
    const { logs, manifest } = await verify();
    assert.equal(logs.length, 1);
    assert.equal(logs[0]?.leaves, 2 * exchanges);
    assert.equal(logs[0]?.size, 2 * exchanges);
    assert.equal(logs[0]?.isSigned, true);
    assert.equal(manifest.blobs.count, 1);
    assert.equal(manifest.tables.find(({ name }) => name === 'entry')?.rows, 2 * exchanges);
  });

  it('says what it is and what is not in it, and holds nothing that can be read without its key', () => {
    const { manifest } = made;
    assert.match(manifest.without.join(), /KEY_DIR.*backup key.*SETTINGS_FILE/);
    assert.equal(manifest.log.origin, origin);
    const names = readdirSync(made.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { name, parentPath } of names) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      assert.ok(!text.includes('one-stop') && !text.includes('a document'), name);
    }
  });

  for (const [what, change, sentence] of [
    ['a byte of a table', (b) => flip(join(b, 'tables', 'entry.rows'), 5_000), /is not as it was written/],
    ['the end of a table', (b) => flip(join(b, 'tables', 'leaf.rows'), -1), /is not as it was written/],
    ['a table, which is missing', (b) => rmSync(join(b, 'tables', 'unit.rows')), /unit.rows is missing/],
    [
      'a table, in the place of another',
      (b) => renameSync(join(b, 'tables', 'leaf.rows'), join(b, 'tables', 'entry.rows')),
      /entry.rows is of another backup/,
    ],
    [
      'the manifest',
      (b) => {
        const file = join(b, 'manifest.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('"sandbox"', '"production"'));
      },
      /the manifest .* is not as it was written/,
    ],
    ['the manifest, which is missing', (b) => rmSync(join(b, 'manifest.json')), /never finished/],
    [
      'a byte of a blob',
      (_, root) => {
        const [prefix = ''] = readdirSync(join(root, 'blobs'));
        const [name = ''] = readdirSync(join(root, 'blobs', prefix));
        flip(join(root, 'blobs', prefix, name), 60);
      },
      /the blob .* is not as it was written/,
    ],
    ['its blobs', (_, root) => rmSync(join(root, 'blobs'), { recursive: true }), /the blob .* is missing/],
  ] satisfies readonly [string, (backup: string, root: string) => void, RegExp][])
    it(`is broken after harm to ${what}`, () => assert.rejects(verifyChanged(change), sentence));

  it('is refused with another key, and a key is refused where the hub’s keys lie', async () => {
    await assert.rejects(
      verifyBackup({ folder: out, key: Buffer.alloc(32), trusted: [] }),
      /another backup key/,
    );
    createKeys(join(folder, 'keys'), 'sandbox');
    mkdirSync(join(folder, 'keys', 'below'));
    const refused = /holds the hub's keys/;
    assert.throws(() => createBackupKey(join(folder, 'keys', 'backup.json'), 'sandbox'), refused);
    assert.throws(() => createBackupKey(join(folder, 'keys', 'below', 'backup.json'), 'sandbox'), refused);
    assert.throws(() => createBackupKey(keyFile, 'sandbox'), /exists/);
  });

  it('is not made by two at once, and copies only blobs that are new', async () => {
    const now = () => new Date(Date.now() + 60_000);
    const both = await Promise.allSettled([1, 2].map(() => makeBackup({ ...options(), now })));
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const refused = both.find((one) => one.status === 'rejected');
    assert.match(String(refused?.reason), /is being made already/);
    assert.deepEqual(
      readdirSync(out).filter((name) => name.startsWith('unfinished')),
      [],
    );
  });

  it('that was killed with -9 in the middle leaves nothing that is taken for one, and the next one clears it away', async () => {
    const killed = join(folder, 'killed');
    const words = ['backup', '--out', killed, '--key', keyFile];
    const env = { DATABASE_OWNER_URL: database.ownerUrl, BLOB_DIR: blobFolder };
    const locker = await owner.connect();
    // Holds the copy in the middle: the table comes after many others.
    await locker.query('BEGIN; LOCK TABLE unit IN ACCESS EXCLUSIVE MODE');
    const program = spawn(process.execPath, ['--import', 'tsx', 'src/cli/lgsp.ts', ...words], {
      ...{ cwd: rootFolder, env: { ...process.env, ...env }, stdio: 'ignore' },
    });
    const left = () => readdirSync(killed).filter((name) => name !== 'blobs');
    await until(
      async () =>
        existsSync(killed) && left().some((name) => existsSync(join(killed, name, 'tables', 'tile.rows'))),
    );
    program.kill('SIGKILL');
    await once(program, 'exit');
    await locker.query('ROLLBACK');
    locker.release();
    const [unfinished = ''] = left();
    assert.match(unfinished, /^unfinished-/);
    await assert.rejects(verify(killed), /has no manifest/);
    await assert.rejects(verify(join(killed, unfinished)), /never finished/);
    await until(
      async () => (await makeBackup({ ...options(), out: killed }).catch(() => undefined)) !== undefined,
    );
    assert.equal(left().length, 1);
    assert.equal((await verify(killed)).logs[0]?.leaves, 2 * exchanges);
  });

  it('holds one moment: a blob that is purged meanwhile is counted as gone, and the rest verifies', async () => {
    const writer = await createBlobStore(blobFolder, Buffer.alloc(32, 7)).begin();
    await writer.write(Buffer.from('purged in the meantime'));
    const { sha256 } = await writer.commit();
    await owner.query(
      "INSERT INTO axis_item (doc_id, kind, state, sha256, bytes, place) VALUES ('d-2', 'document', 'kept', $1, 22, '')",
      [sha256],
    );
    let isPurged = false;
    const purge = async (): Promise<void> => {
      await owner.query("DELETE FROM axis_item WHERE doc_id = 'd-2'");
      rmSync(join(blobFolder, sha256.slice(0, 2), sha256));
      isPurged = true;
    };
    let purging: Promise<void> | undefined;
    const locker = await owner.connect();
    await locker.query('BEGIN; LOCK TABLE unit IN ACCESS EXCLUSIVE MODE');
    const onProgress = (text: string): void => {
      // After axis_item was copied, before blobs are.
      if (text.startsWith('tree_head'))
        purging = purge().then(async () => void (await locker.query('ROLLBACK')));
    };
    const { manifest } = await makeBackup({ ...options(), out: join(folder, 'purged'), onProgress });
    await purging;
    locker.release();
    assert.ok(isPurged);
    assert.deepEqual([manifest.blobs.count, manifest.blobs.gone], [1, 1]);
    assert.equal(manifest.tables.find(({ name }) => name === 'axis_item')?.rows, 2);
    await verify(join(folder, 'purged'));
  });

  it('that lacks a blob which the database names is not made', async () => {
    const elsewhere = { blobFolder: join(folder, 'none'), out: join(folder, 'others') };
    await assert.rejects(makeBackup({ ...options(), ...elsewhere }), /BLOB_DIR lacks 1 blobs/);
    assert.deepEqual(readdirSync(join(folder, 'others')), ['blobs']);
  });

  it('of a log whose leaves changed places is broken, though every file is as it was written', async () => {
    const forged = join(folder, 'forged');
    await owner.query(
      'UPDATE leaf SET entry_id = -entry_id WHERE leaf_index IN (3, 4); UPDATE leaf l SET entry_id = -o.entry_id FROM leaf o WHERE l.leaf_index IN (3, 4) AND o.leaf_index = 7 - l.leaf_index',
    );
    await makeBackup({ ...options(), out: forged });
    await assert.rejects(verify(forged), /do not have the root that was signed for/);
  });

  it('is verified by a command that says what was checked and what was not', async () => {
    const whole = await lgsp(['backup', 'verify', out, '--key', keyFile]);
    assert.equal(whole.code, 0, whole.err);
    assert.match(whole.out, /NOT checked: who signed.*\n.*NOT checked[^\n]*\nWHOLE\n$/);
    const broken = await lgsp(['backup', 'verify', join(folder, 'keys'), '--key', keyFile]);
    assert.equal(broken.code, 2, broken.err);
    assert.match(broken.out, /^BROKEN: .* has no manifest/);
  });

  it('is compared with a head that was kept: another tree is not taken for it', async () => {
    const { logs } = await verifyBackup({
      folder: made.folder,
      key: key.key,
      trusted: [],
      rootsAt: [5],
    });
    const [log = assert.fail('there is no log')] = logs;
    const root = log.roots.get(5) ?? assert.fail('there is no root');
    const head = { number: 1, origin, size: 5, root };
    checkKnownHead(log, [head]);
    checkKnownHead(log, [{ ...head, size: log.leaves + 1 }]);
    assert.throws(() => checkKnownHead(log, [{ ...head, root: hashLeaf(root) }]), /one of the two is forged/);
  });

  it('grows its tree as the log does', () => {
    const leaves = Array.from({ length: 37 }, (_, n) => hashLeaf(Buffer.of(n)));
    const tree = createGrowingTree();
    for (const [n, leaf] of leaves.entries()) {
      assert.ok(tree.root().equals(rootOf(leaves.slice(0, n))));
      tree.add(leaf);
    }
  });
});
