// What was handed over goes after its time, and its papers with it; blobs that something names stay.
import assert from 'node:assert/strict';
import { createBlobStore } from '../../../src/blobs/blob-store.ts';
import { openKeys } from '../../../src/keys.ts';
import { createDocumentRetention } from '../../../src/services/documents/retention.ts';
import { createPortalRetention } from '../../../src/services/portal/retention.ts';
import { asRetention } from '../../support/database.ts';
import { type PortalHub, startPortalHub } from './portal-hub.ts';

const later = (days: number) => () => new Date(Date.now() + days * 86_400_000);

describe('What the portal handed over', function () {
  this.timeout(30_000);
  let hub: PortalHub;
  before(async () => {
    hub = await startPortalHub('portal-retention');
  });
  after(() => hub.stop());

  let number = 0;
  /** Takes one with a paper of its own. */
  async function take(content: string) {
    number += 1;
    const [MaHoSo, Base64] = [`G22.99.07-261126-000${number}`, Buffer.from(content).toString('base64')];
    const papers = { TaiLieuNop: [{ TenTepDinhKem: 'a.pdf', Base64 }] };
    await hub.handOver({ MaHoSo, MaDonVi: 'H99.03', ChuHoSo: 'Người nộp thử', ...papers });
    const { items } = (await hub.ask('/inbox?state=all')).body;
    const { deliveryId } = items.find(({ reference }: { reference: string }) => reference === MaHoSo);
    const {
      papers: [paper],
    } = (await hub.ask(`/inbox/${deliveryId}`)).body;
    return { deliveryId, sha256: paper.sha256 };
  }
  const blobs = () =>
    createBlobStore(hub.environment(0)['BLOB_DIR'] ?? '', openKeys(hub.keyFolder, 'sandbox').field);
  const purge = async (days: number) => {
    await asRetention(hub.database, async (pool) => {
      await createPortalRetention(pool, 180, later(days)).run('2026-11-26');
      await createDocumentRetention(pool, blobs(), 180, later(days)).run('2026-11-26');
    });
  };
  const acknowledge = (deliveryId: string) =>
    hub.tell('/inbox/acknowledgements', { deliveryIds: [deliveryId] });
  const status = async (deliveryId: string) => {
    const { status: of, body } = await hub.ask(`/inbox/${deliveryId}`);
    return of === 200 ? 200 : body.code;
  };

  it('stays for its time after it was dealt with', async () => {
    const { deliveryId, sha256 } = await take('một');
    await acknowledge(deliveryId);
    await purge(179);
    assert.deepEqual([await status(deliveryId), await blobs().has(sha256)], [200, true]);
  });

  it('goes after it, form and papers, while its row and its delivery stay', async () => {
    const { deliveryId, sha256 } = await take('hai');
    await acknowledge(deliveryId);
    await purge(181);
    assert.deepEqual(
      [await status(deliveryId), await blobs().has(sha256)],
      ['inbound-dossier-purged', false],
    );
    const paper = await hub.ask(`/inbox/${deliveryId}/papers/1`);
    assert.equal(paper.body.code, 'inbound-dossier-purged');
    const { items } = (await hub.ask('/inbox?state=acknowledged')).body;
    assert.ok(items.some((item: { deliveryId: string }) => item.deliveryId === deliveryId));
  });

  it('stays with its papers while its unit has still to deal with it, however old', async () => {
    const { deliveryId, sha256 } = await take('ba');
    await purge(2_000);
    assert.deepEqual([await status(deliveryId), await blobs().has(sha256)], [200, true]);
  });

  it('keeps a paper that another one names too', async () => {
    const [first, second] = [await take('bốn'), await take('bốn')];
    await acknowledge(first.deliveryId);
    await purge(181);
    assert.deepEqual(
      [await status(first.deliveryId), await status(second.deliveryId)],
      ['inbound-dossier-purged', 200],
    );
    assert.equal(await blobs().has(second.sha256), true);
  });

  it('is not in the way of a receipt of a payment, which is named too and stays', async () => {
    const writer = await blobs().begin();
    await writer.write(Buffer.from('%PDF-1.4 biên lai'));
    const { sha256, bytes } = await writer.commit();
    // Receipts belong to payments, which this test has none of.
    await hub.owner.query('ALTER TABLE payment_receipt DROP CONSTRAINT payment_receipt_payment_id_fkey');
    await hub.owner.query(
      "INSERT INTO payment_receipt (payment_id, form, sha256, bytes) VALUES (gen_random_uuid(), 'pdf', $1, $2)",
      [sha256, bytes],
    );
    await purge(2_000);
    assert.equal(await blobs().has(sha256), true);
  });
});
