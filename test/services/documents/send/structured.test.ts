// A structured document from its sender to its receivers: what is accepted, delivered, kept, read back and proved.
import assert from 'node:assert/strict';
import {
  codes,
  type DocumentHub,
  first,
  outsideCode,
  second,
  sender,
  startDocumentHub,
  toDocument,
  toPdf,
  toSha256,
} from '../support.ts';

describe('A structured document', () => {
  let hub: DocumentHub;
  const files = [
    toPdf('một', 'Tờ trình số 5 (bản cuối).pdf'),
    {
      ...toPdf('x'),
      name: 'Phụ lục Đắk Lắk.txt',
      contentType: 'text/plain',
      content: Buffer.from('dòng một\ndòng hai\n'),
    },
  ];
  const to = [codes[first], codes[second], outsideCode].map((code) => ({ code }));
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests are about
  let sent: any;
  let callId = '';

  before(async () => {
    hub = await startDocumentHub('documents-structured');
    const answer = await hub.send(toDocument({ to }, files), files);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    [sent, callId] = [answer.body, answer.exchangeId];
  });
  after(() => hub?.stop());

  it('is accepted with a delivery for each receiver, inside and outside', () => {
    assert.deepEqual(
      // biome-ignore lint/suspicious/noExplicitAny: as above
      sent.deliveries.map(({ receiver, route, state }: any) => [receiver.code, route, state]),
      [
        ['H99.01', 'inside', 'delivered'],
        ['H99.02', 'inside', 'delivered'],
        ['G99.01', 'axis', 'waiting'],
      ],
    );
    assert.deepEqual(sent.warnings, []);
    assert.match(sent.documentId, /^H99\.03,2026\/01\/15,\d+\/UBND-VP$/);
  });

  for (const unit of [first, second])
    it(`is in the inbox of ${unit} at once`, async () => {
      const { body } = await hub.inbox(unit);
      assert.equal(body.items.length, 1);
      const [item] = body.items;
      assert.deepEqual([item.messageId, item.state, item.attachments], [sent.messageId, 'delivered', 2]);
      assert.deepEqual([item.subject, item.from.code], ['V/v thử nghiệm gửi văn bản', 'H99.03']);
    });

  it('is given as its very bytes, by their hash', async () => {
    const { status, bytes, headers } = await hub.get(`${sent.messageId}/original`, first);
    assert.deepEqual([status, bytes.length, toSha256(bytes)], [200, sent.bytes, sent.sha256]);
    assert.equal(headers.get('etag'), `"${sent.sha256}"`);
    assert.match(bytes.toString(), /<edXML:Subject>V\/v thử nghiệm gửi văn bản<\/edXML:Subject>/);
  });

  it('gives its files with their names and hashes', async () => {
    const { body } = await hub.get(sent.messageId, second);
    for (const [n, file] of files.entries()) {
      const listed = body.attachments[n];
      assert.deepEqual([listed.name, listed.sha256], [file.name, toSha256(file.content)]);
      const got = await hub.get(`${sent.messageId}/attachments/${n + 1}`, second);
      assert.deepEqual(got.bytes, Buffer.from(file.content));
      const [, name = ''] =
        /filename\*=UTF-8''(\S+)$/.exec(got.headers.get('content-disposition') ?? '') ?? [];
      assert.equal(decodeURIComponent(name), file.name);
    }
  });

  it('is proved: the call, and each delivery step by step', async () => {
    const kinds = (await hub.entries(callId)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['opened', 'closed']);
    const [inside, , outside] = sent.deliveries;
    const steps = async (id: string) => (await hub.entries(id)).map(({ leaf }) => leaf['step']);
    assert.deepEqual(await steps(inside.deliveryId), ['delivered']);
    assert.equal((await steps(outside.deliveryId))[0], 'accepted');
    const [delivered] = await hub.entries(inside.deliveryId);
    assert.deepEqual(delivered?.sealed['message'], { sha256: sent.sha256, bytes: sent.bytes });
  });

  it('is seen by nobody else', async () => {
    for (const path of ['', '/original', '/attachments/1']) {
      const { status, body } = await hub.get(`${sent.messageId}${path}`, 'cq-04');
      assert.deepEqual([status, body.code], [404, 'message-not-found']);
    }
    assert.equal((await hub.get('00000000-0000-7000-8000-000000000000')).body.code, 'message-not-found');
    assert.equal((await hub.get(`${sent.messageId}/attachments/3`, first)).body.code, 'attachment-not-found');
  });

  it('stands in the list of what was sent', async () => {
    const { body } = await hub.call({ path: '/documents/v1/documents' });
    assert.deepEqual([body.items[0].messageId, body.items[0].deliveries.length], [sent.messageId, 3]);
    assert.equal((await hub.call({ path: '/documents/v1/documents', unit: first })).body.items.length, 0);
    assert.ok(sender);
  });
});
