// What documents say goes after its time, and no sooner.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createBlobStore } from '../../../src/blobs/blob-store.ts';
import { withTransaction } from '../../../src/database/pool.ts';
import { insertMessages, readMessage, type StoredMessage } from '../../../src/services/documents/messages.ts';
import { createDocumentRetention } from '../../../src/services/documents/retention.ts';
import { asRetention, freshDatabase } from '../../support/database.ts';

const key = randomBytes(32);
const later = (days: number) => () => new Date(Date.now() + days * 86_400_000);

describe('What documents say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-retention-'));
  const blobs = createBlobStore(folder, key);
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let owner: pg.Pool;
  before(async () => {
    database = await freshDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  });
  after(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function keep(content: string): Promise<StoredMessage> {
    const writer = await blobs.begin();
    await writer.write(Buffer.from(content));
    const name = await writer.commit();
    const organ = { organId: 'H99.01' };
    const message: StoredMessage = {
      ...{ id: randomUUID(), kind: 'status', origin: 'inside', exchangeId: undefined, item: 0, ...name },
      ...{ trace: null, documentId: 'H99,2026/11/20,1/T', thread: 'H99,2026/11/20,1/T', statusCode: '03' },
      ...{ businessType: undefined, senderCode: 'H99.01', senderUnit: 'cq-01', systemId: 'van-ban' },
      ...{ code: undefined, promulgationDate: undefined, priority: 0, askedSha256: undefined },
      form: {
        message: { kind: 'status', from: organ, responseFor: organ, statusCode: '03', trace: [] },
        ...{ attachments: [], warnings: [] },
      },
    };
    await withTransaction(owner, (client) => insertMessages(client, key, [message]));
    return message;
  }
  const purge = (days: number) =>
    asRetention(database, (pool) => createDocumentRetention(pool, blobs, 180, later(days)).run('2026-11-26'));
  const codeOf = (id: string) =>
    readMessage(owner, key, id).then(
      (found) => found?.kind,
      (error) => error.code,
    );

  it('stays for its time', async () => {
    const { id, sha256 } = await keep('a');
    await purge(179);
    assert.deepEqual([await codeOf(id), await blobs.has(sha256)], ['status', true]);
  });

  it('goes after it, form and blob, while its row stays', async () => {
    const { id, sha256 } = await keep('b');
    await purge(181);
    assert.deepEqual([await codeOf(id), await blobs.has(sha256)], ['message-purged', false]);
  });

  it('stays while a receiver has still to deal with it, and a blob while another message names it', async () => {
    const { id, sha256 } = await keep('c');
    const { id: second } = await keep('c');
    await owner.query(
      `INSERT INTO delivery (id, subject, service, operation, receiver, receiver_unit, state, mailbox_no, step_no, leaf_hash)
       VALUES ($1, $2, 'documents.v1', 'sendStatuses', 'H99.02', 'cq-02', 'delivered', 1, 1, sha256(''))`,
      [randomUUID(), id],
    );
    await purge(181);
    assert.deepEqual(
      [await codeOf(id), await codeOf(second), await blobs.has(sha256)],
      ['status', 'message-purged', true],
    );
  });

  it('is not taken away from whoever has just committed the same content again', async () => {
    const { sha256 } = await keep('d');
    assert.equal(await blobs.removeOld(sha256, new Date(Date.now() - 1_000)), false);
    assert.equal(await blobs.has(sha256), true);
    assert.equal(await blobs.removeOld(sha256, new Date(Date.now() + 1_000)), true);
    assert.equal(await blobs.removeOld(sha256, new Date()), false);
  });
});
