// What the portal hands over: one dossier in one mailbox however often it is told, and -1 with nothing half done.
import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Receiver, startReceiver } from '../../delivery/receiver.ts';
import { type PortalHub, startPortalHub } from './portal-hub.ts';
import { until } from './worker.ts';

const [unit, code] = ['cq-03', 'H99.03'] as const;

let lastReference = 0;
function newReference(): string {
  lastReference += 1;
  return `G22.99.07-261126-${String(lastReference).padStart(4, '0')}`;
}

/** As the portal writes it, with one paper. */
const toFiled = (more: object = {}) => ({
  ...{ MaHoSo: newReference(), MaDonVi: code, ChuHoSo: 'Người nộp thử', LoaiDoiTuong: '1' },
  TaiLieuNop: [{ TenTepDinhKem: 'đơn.pdf', Base64: Buffer.from('%PDF-1.4 mẫu').toString('base64') }],
  ...more,
});

describe('A dossier that the portal hands over', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-inbound-'));
  const blobs = join(folder, 'blobs');
  let hub: PortalHub;
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
    hub = await startPortalHub('portal-inbound', { environment: { BLOB_DIR: blobs } });
    await hub.owner.query(
      `INSERT INTO unit_code (unit_id, scheme, code, valid_from, valid_to)
       VALUES ('cu-902', 'portal', 'H99.902', '2020-09-15', '2025-07-01')`,
    );
  });
  after(async () => {
    await hub.stop();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const inbox = async (query = '', of: string = unit) => (await hub.ask(`/inbox${query}`, of)).body;
  /** The item of a reference in a unit's mailbox, whatever its state. */
  const find = async (reference: string, of: string = unit) =>
    (await inbox('?state=all&limit=200', of)).items.find(
      (item: { reference: string }) => item.reference === reference,
    );
  const take = async (more: object = {}) => {
    const filed = toFiled(more);
    assert.equal((await hub.handOver(filed)).body.error_code, '0');
    return find(filed.MaHoSo);
  };
  const count = async (table: string): Promise<number> =>
    Number((await hub.owner.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
  /** Rows of everything that a taken dossier leaves. */
  const left = async () =>
    Promise.all(['portal_inbound', 'portal_inbound_paper', 'delivery', 'dispatch'].map(count));

  it('10.12, 11.9: is answered 0 and lies in the mailbox of its unit; each repeat of it is answered 1', async () => {
    const { references, answers } = await hub.file({ unit: code, files: 2, repeat: 2 });
    const [reference = ''] = references;
    assert.deepEqual(answers, [['0', '1', '1']]);
    const item = await find(reference);
    assert.deepEqual([item.state, item.unitCode, item.papers], ['delivered', code, 2]);
    const { rows } = await hub.owner.query(
      'SELECT repeats, differing_repeats FROM portal_inbound WHERE reference = $1',
      [reference],
    );
    assert.deepEqual(rows, [{ repeats: 2, differing_repeats: 0 }]);
  });

  it('11.9 under the same reference with other content is answered 1, counted, and replaces nothing', async () => {
    const filed = toFiled();
    await hub.handOver(filed);
    const again = await hub.handOver({ ...filed, ChuHoSo: 'Người khác' });
    assert.equal(again.body.error_code, '1');
    const { dossier } = (await hub.ask(`/inbox/${(await find(filed.MaHoSo)).deliveryId}`)).body;
    assert.equal(dossier.owner.name, 'Người nộp thử');
    const { rows } = await hub.owner.query(
      'SELECT differing_repeats FROM portal_inbound WHERE reference = $1',
      [filed.MaHoSo],
    );
    assert.deepEqual(rows, [{ differing_repeats: 1 }]);
  });

  it('is read back whole: its fields, what no field is known for, and its papers byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, n) => (n * 7) % 256));
    const { deliveryId } = await take({
      ...{ TruongLa: 'x', TrichYeuHoSo: 'Xin phép', NgayNopHoSo: '20261126080000' },
      TaiLieuNop: [{ TenTepDinhKem: 'a.bin', Base64: bytes.toString('base64') }],
    });
    const { dossier, papers, further } = (await hub.ask(`/inbox/${deliveryId}`)).body;
    assert.deepEqual([dossier.summary, dossier.filedAt], ['Xin phép', '2026-11-26T08:00:00+07:00']);
    assert.deepEqual(further, [{ name: 'TruongLa', value: 'x' }]);
    const sha256 = hash('sha256', bytes);
    assert.deepEqual(papers, [{ no: 1, sha256, bytes: bytes.length, name: 'a.bin' }]);
    const paper = await hub.download(`/inbox/${deliveryId}/papers/1`, unit);
    assert.deepEqual(paper, bytes);
    assert.equal((await hub.ask(`/inbox/${deliveryId}/papers/2`)).body.code, 'inbound-dossier-not-found');
  });

  it('11.9 that cannot be read is answered -1 with the fields that are wrong, and no value of them', async () => {
    const before = await left();
    const { status, body } = await hub.handOver({
      ...{ MaHoSo: 'mã có dấu cách', ChuHoSo: 'Người nộp thử' },
      TaiLieuNop: [{ TenTepDinhKem: 'a.pdf', Base64: 'bí mật' }],
    });
    assert.deepEqual([status, body.error_code], [200, '-1']);
    for (const field of ['MaHoSo', 'MaDonVi', 'TaiLieuNop[0].Base64'])
      assert.ok(body.message.includes(field));
    assert.doesNotMatch(body.message, /mã có|bí mật|Người nộp/);
    assert.deepEqual(await left(), before);
  });

  it('11.9 for a code that no unit of ours has is answered -1', async () => {
    const before = await left();
    const { body } = await hub.handOver(toFiled({ MaDonVi: 'H98.77' }));
    assert.equal(body.error_code, '-1');
    assert.match(body.message, /MaDonVi/);
    assert.deepEqual(await left(), before);
  });

  it('for the code of a unit that has ended goes to its only heir', async () => {
    const filed = toFiled({ MaDonVi: 'H99.902' });
    assert.equal((await hub.handOver(filed)).body.error_code, '0');
    assert.equal((await find(filed.MaHoSo, 'cq-06')).unitCode, 'H99.902');
  });

  it('11.9 that is told by two calls at once is one dossier', async () => {
    const filed = toFiled();
    const answers = await Promise.all([1, 2, 3].map(() => hub.handOver(filed)));
    assert.deepEqual(answers.map(({ body }) => body.error_code).sort(), ['0', '1', '1']);
    const { items } = await inbox('?limit=200');
    assert.equal(items.filter((item: { reference: string }) => item.reference === filed.MaHoSo).length, 1);
  });

  it('11.9 whose papers cannot be stored is answered -1, nothing of it stays, and it is taken when told again', async () => {
    const filed = toFiled();
    const before = await left();
    renameSync(blobs, `${blobs}-away`);
    writeFileSync(blobs, 'no folder');
    assert.equal((await hub.handOver(filed)).body.error_code, '-1');
    rmSync(blobs);
    renameSync(`${blobs}-away`, blobs);
    assert.deepEqual(await left(), before);
    assert.equal((await hub.handOver(filed)).body.error_code, '0');
    assert.ok(existsSync(blobs));
  });

  it('is seen, read and moved by no other unit', async () => {
    const { deliveryId, reference } = await take();
    assert.equal(await find(reference, 'cq-04'), undefined);
    for (const path of [`/inbox/${deliveryId}`, `/inbox/${deliveryId}/papers/1`])
      assert.equal((await hub.ask(path, 'cq-04')).body.code, 'inbound-dossier-not-found');
    const notFound = [{ deliveryId, state: 'not-found' }];
    const acknowledged = await hub.tell('/inbox/acknowledgements', { deliveryIds: [deliveryId] }, 'cq-04');
    assert.deepEqual(acknowledged.body.deliveries, notFound);
    const refused = await hub.tell(
      `/inbox/${deliveryId}/refusals`,
      { reason: 'Không phải của tôi' },
      'cq-04',
    );
    assert.deepEqual(refused.body.deliveries, notFound);
    assert.equal((await find(reference)).state, 'delivered');
  });

  it('is acknowledged once, whatever is repeated, and then stands in the list of open ones no more', async () => {
    const { deliveryId, reference } = await take();
    const key = randomUUID();
    for (const one of [key, key, randomUUID()])
      assert.deepEqual(
        (await hub.tell('/inbox/acknowledgements', { deliveryIds: [deliveryId] }, unit, one)).body.deliveries,
        [{ deliveryId, state: 'acknowledged' }],
      );
    const { items } = await inbox('?limit=200');
    assert.equal(
      items.some((item: { reference: string }) => item.reference === reference),
      false,
    );
  });

  it('is refused with a reason that only its entries keep, and stays refused', async () => {
    const { deliveryId } = await take();
    const refuse = () => hub.tell(`/inbox/${deliveryId}/refusals`, { reason: 'Nộp nhầm đơn vị' });
    assert.deepEqual((await refuse()).body.deliveries, [{ deliveryId, state: 'refused' }]);
    assert.deepEqual((await refuse()).body.deliveries, [{ deliveryId, state: 'refused' }]);
    const { body } = await hub.tell('/inbox/acknowledgements', { deliveryIds: [deliveryId] });
    assert.deepEqual(body.deliveries, [{ deliveryId, state: 'refused' }]);
  });

  it('ends the waiting of who asked for it before it came', async () => {
    const { next } = await inbox('?state=all&limit=200');
    const waiting = inbox(`?waitS=20&cursor=${next}`);
    const startMs = performance.now();
    const { reference } = await take();
    assert.equal((await waiting).items[0].reference, reference);
    assert.ok(performance.now() - startMs < 10_000);
  });

  it('is told to the webhook of its unit by its delivery, and by nothing else of it', async () => {
    const path = '/delivery/v1/webhooks';
    const made = await hub.call({
      ...{ method: 'POST', path, unit, body: { url: receiver.url, events: ['notice'] } },
      headers: { 'idempotency-key': randomUUID() },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { deliveryId, reference } = await take();
    await until(async () => receiver.received.some(({ text }) => text.includes(deliveryId)));
    const { text } = receiver.received.find((one) => one.text.includes(deliveryId)) ?? assert.fail();
    assert.deepEqual(JSON.parse(text).data.kind, 'notice');
    assert.equal(text.includes(reference), false);
  });

  it('is not taken while the source is switched off, and is when it is on again', async () => {
    const filed = toFiled();
    await hub.owner.query(
      "INSERT INTO source_switch (source, state, reason) VALUES ('portal', 'off', 'Bảo trì')",
    );
    await until(async () => (await hub.handOver(toFiled())).status === 503);
    assert.equal((await hub.handOver(filed)).body.code, 'source-off');
    await hub.owner.query("UPDATE source_switch SET state = 'active'");
    await until(async () => (await hub.handOver(filed)).body.error_code === '0');
  });

  it('is taken whatever its fields hold, and what is shown of it keeps the contract', async () => {
    const names = ['MaTTHC', 'TenTTHC', 'ChuHoSo', 'LoaiDoiTuong', 'DinhDanhCHS', 'Email', 'NgayNopHoSo'];
    const odd = fc.oneof(
      fc.constantFrom(null, '', ' ', '\u0000', 'a\nb', 'x'.repeat(5_000), '20269999000000', 'Ｈ９９', '🙂'),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const bodies = fc.dictionary(fc.constantFrom(...names, 'TrangThaiHoSo', 'KenhThucHien', 'Khac'), odd);
    await fc.assert(
      fc.asyncProperty(bodies, async (more) => {
        const { deliveryId } = await take({ ...more });
        const { status, body } = await hub.ask(`/inbox/${deliveryId}`);
        assert.equal(status, 200, JSON.stringify(body));
      }),
      { numRuns: 25 },
    );
  });

  it('is still read and acknowledged by the heir of a unit that ended with it in its mailbox', async () => {
    const filed = toFiled({ MaDonVi: 'H99.05' });
    await hub.handOver(filed);
    const { deliveryId } = await find(filed.MaHoSo, 'cq-05');
    await hub.owner.query("UPDATE unit SET valid_to = now() WHERE id = 'cq-05'");
    await hub.owner.query("INSERT INTO unit_successor VALUES ('cq-05', 'cq-07', now(), 'Thử')");
    await until(async () => (await hub.ask(`/inbox/${deliveryId}`, 'cq-07')).status === 200);
    const { body } = await hub.tell('/inbox/acknowledgements', { deliveryIds: [deliveryId] }, 'cq-07');
    assert.deepEqual(body.deliveries, [{ deliveryId, state: 'acknowledged' }]);
    assert.equal((await hub.ask(`/inbox/${deliveryId}`, 'cq-04')).status, 404);
  });
});
