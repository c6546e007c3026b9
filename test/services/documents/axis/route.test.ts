// What goes out over the axis: once in effect, to those outside only, in order, whatever breaks on the way. Real mock.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { toOutgoing } from '../../../../src/services/documents/axis/outgoing.ts';
import { readMessage } from '../../../../src/services/documents/messages.ts';
import { openOriginal } from '../../../../src/services/documents/reading/open-message.ts';
import { createStatuses } from '../../../../src/services/documents/statuses/index.ts';
import { hurry } from '../../../delivery/support.ts';
import { call, control, journal, outside } from '../../../mocks/document-axis/client.ts';
import { axisItems, type Bench, inject, setFaults, startBench, until } from '../bench.ts';

describe('The way over the axis', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ hopCode: '000.00.99.H99' });
    bench.startRoute();
  });
  afterEach(() => setFaults(bench.mock));
  after(() => bench.stop());

  const arrived = async (documentId: string) =>
    (await axisItems(bench.mock)).filter((item) => item['documentId'] === documentId);
  const reached = (deliveryId: string, state: string) =>
    until(async () => {
      await hurry(bench.owner);
      return (await bench.stateOf(deliveryId)) === state;
    });
  const idsOf = async (...given: Parameters<Bench['send']>) => {
    const { documentId, deliveries } = await bench.send(...given);
    return { documentId, ids: deliveries.map(({ deliveryId }) => deliveryId) };
  };
  const problemOf = async (deliveryId: string) =>
    (
      await bench.rows(
        `SELECT p.problem, p.responsible FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE d.id = $1`,
        [deliveryId],
      )
    )[0];

  it('adapter 9.14: one send names the receivers outside only; its To elements stay whole', async () => {
    const { documentId, ids } = await idsOf('so-a', ['H99.02', 'G99.01', 'G99.02']);
    await reached(ids[1] ?? '', 'sent');
    const items = await arrived(documentId);
    assert.deepEqual(
      items.map(({ to }) => to),
      ['G99.01', 'G99.02'],
    );
    assert.equal(new Set(items.map(({ senderDocId }) => senderDocId)).size, 1);
    assert.equal(await bench.stateOf(ids[0] ?? ''), 'delivered');
    const docId = String(items[0]?.['docId']);
    const reply = await call(bench.mock, outside, 'getEdoc', { docId });
    const message = Buffer.from(String(reply.json['data']), 'base64').toString('utf8');
    for (const code of ['H99.02', 'G99.01', 'G99.02'])
      assert.match(message, new RegExp(`<edXML:To>\\s*<edXML:OrganId>${code}<`));
  });

  it("adapter 9.4: the hub's hop is spliced in; every other byte is the original's, in every attempt", async () => {
    await setFaults(bench.mock, { mode: 'errorAfter', count: 1, operations: ['sendEdoc'] });
    const { documentId, ids } = await idsOf('so-a', ['G99.03']);
    await reached(ids[0] ?? '', 'sent');
    const lines = (await journal(bench.mock, '?limit=1000')).filter(
      (line) => line['documentId'] === documentId,
    );
    assert.equal(new Set(lines.map(({ sha256 }) => sha256)).size, 1);
    const [{ id } = { id: '' }] = await bench.rows<{ id: string }>(
      'SELECT id FROM document_message WHERE document_id = $1',
      [documentId],
    );
    const { pool, keys } = bench.rooms;
    const message = (await readMessage(pool, keys.field, id)) ?? assert.fail('no message');
    const outgoing = await toOutgoing(bench.rooms, message, bench.axis.hopCode);
    assert.equal(outgoing.sha256, lines[0]?.['sha256']);
    const [sent, original] = [
      await text(outgoing.open()),
      await text(await openOriginal(bench.rooms, message)),
    ];
    const hop = /\s*<edXML:TraceHeader>\s*<edXML:OrganId>000\.00\.99\.H99<.*?<\/edXML:TraceHeader>/s;
    assert.match(sent, hop);
    assert.equal(sent.replace(hop, ''), original);
  });

  for (const [mode, copies] of [
    ['timeoutBefore', 1],
    ['timeoutAfter', 2],
    ['errorAfter', 2],
  ] as const)
    it(`adapter 9.16: ${mode}: sent again, once in effect for a receiver that knows the DocumentId`, async () => {
      await setFaults(bench.mock, { mode, delayMs: 5, count: 1, operations: ['sendEdoc'] });
      const { documentId, ids } = await idsOf('so-b', ['G99.01']);
      await reached(ids[0] ?? '', 'sent');
      const items = await arrived(documentId);
      assert.equal(items.length, copies);
      assert.equal(new Set(items.map((item) => item['documentId'])).size, 1);
    });

  for (const [code, problem, responsible] of [
    ['10', 'axis-file-refused', 'hub'],
    ['15', 'axis-credential', 'hub'],
    ['18', 'axis-receiver-unknown', 'caller'],
    ['19', 'axis-sender-unknown', 'hub'],
    ['22', 'axis-file-refused', 'hub'],
    ['23', 'axis-receiver-locked', 'caller'],
  ] as const)
    it(`adapter 9.16: code ${code} is permanent: ${problem}, for the ${responsible} to act on`, async () => {
      await setFaults(bench.mock, { mode: 'code', code, count: 1, operations: ['sendEdoc'] });
      const { ids } = await idsOf('xa-c', ['G99.01']);
      await reached(ids[0] ?? '', 'dead');
      assert.deepEqual(await problemOf(ids[0] ?? ''), { problem, responsible });
    });

  it('adapter 9.16: codes 20 and 21 pass, an outage too', async () => {
    await setFaults(
      bench.mock,
      ...['20', '21'].map((code) => ({ mode: 'code', code, count: 1, operations: ['sendEdoc'] })),
      { mode: 'unavailable', count: 2, operations: ['sendEdoc'] },
    );
    const { documentId, ids } = await idsOf('so-a', ['G99.01']);
    await reached(ids[0] ?? '', 'sent');
    assert.equal((await arrived(documentId)).length, 1);
  });

  it('adapter 9.14, 9.16: one locked receiver of several does not keep the others from theirs', async () => {
    await control(bench.mock.unitsUrl, 'PUT', { lock: ['G99.06'] });
    const { documentId, ids } = await idsOf('so-a', ['G99.05', 'G99.06', 'G99.07']);
    await reached(ids[0] ?? '', 'sent');
    await reached(ids[2] ?? '', 'sent');
    await reached(ids[1] ?? '', 'dead');
    assert.deepEqual((await arrived(documentId)).map(({ to }) => to).sort(), ['G99.05', 'G99.07']);
    assert.deepEqual(await problemOf(ids[1] ?? ''), {
      problem: 'axis-receiver-locked',
      responsible: 'caller',
    });
  });

  it('adapter 9.9: statuses on a document from outside go to its sender, in order', async () => {
    await inject(bench.mock, { from: 'G99.08', to: ['H99.02'], number: 'r1' });
    bench.poll();
    const find = () =>
      bench.rows<{ id: string; document_id: string }>(
        `SELECT d.id, m.document_id FROM delivery d JOIN document_message m ON m.id = d.subject
         WHERE m.sender_code = 'G99.08' AND m.kind = 'document'`,
      );
    await until(async () => (await find()).length === 1);
    const [{ id, document_id: documentId } = { id: '', document_id: '' }] = await find();
    const handlers = createStatuses(bench.rooms);
    await handlers.acknowledgeDeliveries.handle(bench.call('so-b', { deliveryIds: [id] }) as never);
    const statuses = ['03', '05', '06'].map((code) => ({ deliveryId: id, code }));
    await handlers.sendStatuses.handle(bench.call('so-b', { statuses }) as never);
    const got = async () =>
      (await axisItems(bench.mock)).filter(
        ({ kind, answers }) => kind === 'status' && answers === documentId,
      );
    await until(async () => (await got()).length === 4);
    assert.deepEqual(
      (await got()).map(({ to, from, statusCode }) => [to, from, statusCode].join(' ')),
      ['01', '03', '05', '06'].map((code) => `G99.08 H99.02 ${code}`),
    );
  });
});
