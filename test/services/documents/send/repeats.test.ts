// The same thing sent again: one effect, one answer, whatever its form on the wire; another thing under the same name is
// refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DocumentHub, first, startDocumentHub, toDocument, toParts, toPdf } from '../support.ts';

describe('A document that is sent again', () => {
  let hub: DocumentHub;
  const file = toPdf('bản gốc');
  before(async () => {
    hub = await startDocumentHub('documents-repeats');
  });
  after(() => hub?.stop());

  it('with the same key and content, in another form, has the same answer and one delivery', async () => {
    const [key, document] = [randomUUID(), toDocument({}, [file])];
    const sent = await hub.send(document, [file], { key });
    const held = await hub.held();
    const again = await hub.sendParts(toParts(document, [file]), { key, boundary: 'mot-ranh-gioi-khac' });
    assert.deepEqual([again.status, again.body], [202, sent.body]);
    assert.notEqual(again.exchangeId, sent.exchangeId);
    assert.deepEqual(await hub.held(), held);
  });

  it('with the same key and other content is refused', async () => {
    const [key, document] = [randomUUID(), toDocument({}, [file])];
    await hub.send(document, [file], { key });
    const held = await hub.held();
    const others = [
      hub.send({ ...document, subject: 'Khác' }, [file], { key }),
      hub.send(document, [toPdf('bản khác')], { key }),
      hub.send(document, [file], { key, caseCode: 'H99.1' }),
    ];
    for (const { status, body } of await Promise.all(others))
      assert.deepEqual([status, body.code], [409, 'idempotency-conflict']);
    assert.deepEqual(await hub.held(), held);
  });

  it('with another key is not delivered twice, and the answer names what the receiver has', async () => {
    const document = toDocument({}, [file]);
    const sent = await hub.send(document, [file]);
    const again = await hub.send(document, [file]);
    assert.equal(again.status, 202);
    const [delivery] = again.body.deliveries;
    assert.deepEqual([delivery.isRepeated, delivery.deliveryId], [true, sent.body.deliveries[0].deliveryId]);
    const { messageId, sha256, bytes } = sent.body;
    assert.deepEqual([again.body.messageId, again.body.sha256, again.body.bytes], [messageId, sha256, bytes]);
    const { body } = await hub.inbox(first, `?documentId=${encodeURIComponent(sent.body.documentId)}`);
    assert.equal(body.items.length, 1);
  });

  it('with another key and other content under its DocumentId is refused', async () => {
    const document = toDocument();
    await hub.send(document);
    const held = await hub.held();
    const { status, body } = await hub.send({ ...document, subject: 'Khác' });
    assert.deepEqual([status, body.code], [409, 'document-id-used']);
    assert.deepEqual(await hub.held(), held);
  });

  it('to one more receiver goes to that one only', async () => {
    const document = toDocument();
    await hub.send(document);
    const { body } = await hub.send({ ...document, to: [{ code: 'H99.02' }] });
    assert.deepEqual([body.deliveries.length, body.deliveries[0].isRepeated], [1, undefined]);
  });

  /** Leaves an exchange as a process that died after opening it does. */
  async function openAndDie(key: string): Promise<void> {
    const gone = new AbortController();
    const authorized = await hub.authorize('POST', '/documents/v1/documents', 'cq-03');
    const begun = fetch(`${hub.url}/documents/v1/documents`, {
      method: 'POST',
      headers: { ...authorized, 'idempotency-key': key, 'content-type': 'multipart/form-data; boundary=b' },
      body: new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('--b\r\n')) }),
      signal: gone.signal,
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    const isOpen = async (): Promise<boolean> =>
      (await hub.owner.query('SELECT FROM open_exchange')).rowCount !== 0;
    while (!(await isOpen())) await new Promise((resolve) => setTimeout(resolve, 10));
    gone.abort();
    await begun;
    while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  it('after a first call that broke off before it was accepted, is sent once by two repeats at once', async () => {
    const [key, document] = [randomUUID(), toDocument({}, [file])];
    await openAndDie(key);
    const answers = await Promise.all([1, 2, 3].map(() => hub.send(document, [file], { key })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
      JSON.stringify(answers.map(({ body }) => body.code)),
    );
    for (const { body } of answers) assert.deepEqual(body, answers[0]?.body);
    const { rows } = await hub.owner.query('SELECT FROM delivery WHERE subject = $1', [
      answers[0]?.body.messageId,
    ]);
    assert.equal(rows.length, 1);
  });

  it('by two at once with different contents has one effect and one conflict', async () => {
    const key = randomUUID();
    await openAndDie(key);
    const answers = await Promise.all([1, 2].map(() => hub.send(toDocument(), [], { key })));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [202, 409]);
  });
});
