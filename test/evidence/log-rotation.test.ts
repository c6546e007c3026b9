// The key of the log is rotated under load: two hub processes, one of them killed on the way, no restart for the key.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { explainReceipt } from '../../src/cli/receipt.ts';
import { askAboutTicket } from '../../src/cli/ticket.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import type { ListedKey } from '../../src/evidence/key-chain.ts';
import { openNote, parseVerifierKey, toVerifierKey } from '../../src/evidence/note.ts';
import { createEvidenceReader } from '../../src/evidence/read.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { type LogRotation, rotateLogKey } from '../../src/evidence/rotate-log-key.ts';
import { createTicketSigner } from '../../src/evidence/ticket.ts';
import { hashLeaf, rootOf } from '../../src/evidence/tree.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyKeyChain, verifyReceiptByKeys } from '../../src/evidence/verify-keys.ts';
import { openKeys } from '../../src/keys.ts';
import { lgsp } from '../cli/command.ts';
import { until } from '../support/embedded.ts';
import { type HubCluster, startCluster } from '../support/hub-cluster.ts';

describe('Rotating the key of the log', () => {
  let cluster: HubCluster;
  let pool: pg.Pool;
  let old = '';
  let rotation: LogRotation;
  let duringOverlap: Receipt;
  let isOver = false;
  let load: ReturnType<HubCluster['load']>;

  before(async function () {
    this.timeout(90_000);
    cluster = await startCluster('log-rotation');
    await cluster.resize(2);
    pool = new pg.Pool({ connectionString: cluster.database.hubUrl, max: 1 });
    old = (await get('/log/key')).trim();
    load = cluster.load({ atOnce: 2, isOver: () => isOver });
  });
  after(async function () {
    this.timeout(60_000);
    isOver = true;
    await load;
    await pool.end();
    await cluster.close();
  });

  const get = async (path: string, accept = 'text/plain'): Promise<string> =>
    (await fetch(`${cluster.url}${path}`, { headers: { accept } })).text();
  const listed = async (): Promise<readonly ListedKey[]> =>
    JSON.parse(await get('/log/key', 'application/json')).keys;
  const signs = (note: string, key: string): boolean => {
    try {
      return openNote(note, parseVerifierKey(key)) !== '';
    } catch {
      return false;
    }
  };
  /** A receipt made now of an exchange that ended. */
  const receiptNow = async (): Promise<Receipt> => {
    const { rows } = await cluster.owner.query<{ id: string }>(
      "SELECT exchange_id AS id FROM entry WHERE kind = 'closed' ORDER BY id DESC LIMIT 1",
    );
    const signal = new AbortController().signal;
    const found = await createEvidenceReader(pool).receiptOf(rows[0]?.id ?? '', { waitMs: 5_000, signal });
    assert.ok(typeof found === 'object');
    return found.receipt;
  };

  it('signs with both keys at every process once the entry of the new one is below a signed head', async function () {
    this.timeout(30_000);
    const order = { ownerUrl: cluster.database.ownerUrl, folder: cluster.keyFolder };
    rotation = await rotateLogKey({ ...order, overlapS: 8, isStolen: false, reason: 'yearly' });
    assert.equal(rotation.after, old);
    await until(async () => signs(await get('/log/checkpoint'), rotation.key));
    assert.ok(signs(await get('/log/checkpoint'), old));
    await assert.rejects(rotateLogKey({ ...order, overlapS: 0, isStolen: false }), /a rotation is under way/);
  });

  it('goes on when a process is killed in the middle, and an old verifier key still verifies', async function () {
    this.timeout(60_000);
    duringOverlap = await receiptNow();
    assert.ok(verifyReceipt(duringOverlap, old).ok && verifyReceipt(duringOverlap, rotation.key).ok);
    await cluster.replace(0);
    assert.equal((await get('/log/key')).trim(), rotation.key);
  });

  it('signs with the new key only once an entry says that the old one is retired', async function () {
    this.timeout(60_000);
    await until(async () => {
      const note = await get('/log/checkpoint');
      return signs(note, rotation.key) && !signs(note, old);
    });
    const [before, now] = await listed();
    assert.ok(before?.until && now?.since && before.until.size > now.since.size);
    assert.deepEqual([now.state, now.until], ['signing', undefined]);
    isOver = true;
    const { answers } = await load;
    assert.ok(answers.length > 20);
  });

  it('leaves one log: every signed head is the tree’s, and keys come and go once', async () => {
    await cluster.settle();
    const leaves = await cluster.owner.query<{ text: string }>(
      'SELECT e.text FROM leaf l JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id ORDER BY l.leaf_index',
    );
    const hashes = leaves.rows.map(({ text }) => hashLeaf(Buffer.from(text)));
    const heads = await cluster.owner.query<{ note: string }>('SELECT note FROM checkpoint ORDER BY size');
    const phases = heads.rows.map(({ note }) => {
      const { size, root } = parseCheckpointText(note.slice(0, note.indexOf('\n\n') + 1));
      assert.ok(root.equals(rootOf(hashes.slice(0, size))));
      return `${signs(note, old) ? 'old ' : ''}${signs(note, rotation.key) ? 'new' : ''}`.trim();
    });
    const changes = phases.filter((phase, n) => phase !== phases[n - 1]);
    assert.deepEqual(changes, ['old', 'old new', 'new']);
    const { rows } = await cluster.owner.query<{ notice: string; sealed: string }>(
      `SELECT e.text::jsonb ->> 'notice' AS notice, p.text AS sealed FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
       WHERE kind = 'notice' ORDER BY id`,
    );
    assert.deepEqual(rows, [
      { notice: 'key-added', sealed: '{"reason":"yearly"}' },
      { notice: 'key-retired', sealed: '{}' },
    ]);
  });

  it('lets whoever trusts the old key follow to the new one, offline', async function () {
    this.timeout(30_000);
    const chain = await get('/log/keys');
    const verdict = verifyKeyChain(JSON.parse(chain), old);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.deepEqual(
      verdict.keys.map(({ key }) => key),
      [old, rotation.key],
    );
    const today = await receiptNow();
    assert.ok(!verifyReceipt(today, old).ok);
    for (const receipt of [today, duringOverlap]) assert.ok(verifyReceiptByKeys(receipt, verdict.keys).ok);
    const [receiptFile, chainFile] = [join(cluster.written, 'r.json'), join(cluster.written, 'chain.json')];
    writeFileSync(receiptFile, JSON.stringify(today));
    writeFileSync(chainFile, chain);
    const logKey = { key: old, origin: 'test' };
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    assert.ok(!explainReceipt(JSON.stringify(today), logKey, say));
    assert.ok(
      !explainReceipt(JSON.stringify(today), logKey, say, {
        chain: chain.replaceAll('key-added', 'key-addéd'),
      }),
    );
    assert.match(lines.join('\n'), /NOT VALID: the note is not signed by .*\nNOT VALID: key chain: /);
    const followed = await lgsp(['verify', receiptFile, '--log-key', old, '--key-chain', chainFile]);
    assert.match(followed.out, /follows .*\n.*was retired.*[\s\S]*\nVALID/);
  });

  it('leaves tickets of either key to whoever trusts the old one, and binds the log by none made after it went', async () => {
    const { rows } = await cluster.owner.query<{ id: string; hash: Buffer; at: Date }>(
      `SELECT exchange_id AS id, leaf_hash AS hash, recorded_at AS at FROM entry WHERE kind = 'closed'
       ORDER BY id LIMIT 1`,
    );
    const [first = assert.fail()] = rows;
    const { name } = parseVerifierKey(old);
    const ask = async (by: string, leafHash: Buffer, at: Date, trusted = old) => {
      const key = openKeys(cluster.keyFolder, 'sandbox').logKeys();
      const signer = key.find((one) => toVerifierKey(name, one) === by) ?? assert.fail(by);
      const text = createTicketSigner(name, () => signer)({ exchangeId: first.id, leafHash, at });
      const question = { text, logKey: { key: trusted, origin: 'test' }, hubUrl: cluster.url, settleMs: 0 };
      return askAboutTicket(question, () => undefined);
    };
    for (const by of [old, rotation.key]) assert.equal(await ask(by, first.hash, first.at), true);
    assert.equal(await ask(old, first.hash, first.at, rotation.key), false);
    const never = hashLeaf(Buffer.from('never recorded'));
    for (const by of [old, rotation.key]) assert.equal(await ask(by, never, first.at), false);
    await assert.rejects(
      ask(old, never, new Date(Date.now() + 120_000)),
      /not decided: .* retired .*, before the time that it names/,
    );
  });

  it('is a command, and settles the files of the rotation before', async function () {
    this.timeout(30_000);
    const words = ['keys', 'rotate-log', '--folder', cluster.keyFolder];
    const environment = { DATABASE_OWNER_URL: cluster.database.ownerUrl };
    const done = await lgsp([...words, '--overlap', '1h'], environment);
    assert.equal(done.code, 0, done.err);
    assert.ok(done.out.includes(`after       ${rotation.key}`));
    const files = readdirSync(cluster.keyFolder).filter((name) => name.startsWith('log'));
    assert.deepEqual(files.sort(), ['log-next.json', 'log-previous.json', 'log.json']);
    const order = { ownerUrl: cluster.database.ownerUrl, isStolen: false };
    await assert.rejects(
      rotateLogKey({ ...order, folder: join(cluster.keyFolder, '..'), overlapS: 1 }),
      /there is no log\.json/,
    );
    await assert.rejects(
      rotateLogKey({ ...order, folder: cluster.keyFolder, overlapS: 0.5 }),
      /whole number of seconds/,
    );
  });
});
