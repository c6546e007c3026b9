// A ready edXML file: its very bytes are the original, its receivers are its To elements; what is dangerous or not ours is
// refused and nothing of it kept.
import assert from 'node:assert/strict';
import { documentExample, statusExample } from '../../../adapters/document-axis/edxml/examples.ts';
import { codes, type DocumentHub, first, sender, startDocumentHub, toSha256 } from '../support.ts';

/** The example of the reference, from the sender to the code. */
const toFile = (to: readonly string[], number = '12', from: string = codes[sender]): string =>
  documentExample
    .replaceAll('000.00.01.H99', from)
    .replaceAll('12/VP-TH', `${number}/VP-TH`)
    .replace('<edXML:CodeNumber>12', `<edXML:CodeNumber>${number}`)
    .replace(
      /<edXML:To>[\s\S]*<\/edXML:To>/,
      to.map((code) => `<edXML:To><edXML:OrganId>${code}</edXML:OrganId></edXML:To>`).join('\n'),
    );

const deep = `${'<edXML:a>'.repeat(200)}${'</edXML:a>'.repeat(200)}`;
const intoSubject = (text: string) => toFile([codes[first]], '70').replace('V/v thử', `${text}V/v thử`);
const hostile: Readonly<Record<string, string>> = {
  'a document type': toFile([codes[first]], '71').replace(
    '<edXML xmlns',
    '<!DOCTYPE a [<!ENTITY x "y">]><edXML xmlns',
  ),
  'an entity': intoSubject('&x;'),
  'a cut end': toFile([codes[first]], '72').slice(0, -30),
  'elements in elements': intoSubject(deep),
  'a huge header': intoSubject('x'.repeat(1_200_000)),
  'a number that is too long': toFile([codes[first]], '7'.repeat(60)),
  'a header that never ends': `${toFile([codes[first]], '73').slice(0, 600)}${'<a></a>'.repeat(400_000)}`,
  'no XML': 'xin chào',
  nothing: '',
};

describe('A ready edXML file', () => {
  let hub: DocumentHub;
  before(async () => {
    hub = await startDocumentHub('documents-files');
  });
  after(() => hub?.stop());

  it('is kept byte by byte and delivered to the units that its codes stand for, old ones among them', async () => {
    const file = toFile(['000.00.08.H99', codes[first], 'H99.01', 'G99.01']);
    const { status, body } = await hub.sendFile(file);
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal(body.sha256, toSha256(Buffer.from(file)));
    assert.deepEqual(
      body.deliveries.map(({ receiver, route }: { receiver: { code: string }; route: string }) => [
        receiver.code,
        route,
      ]),
      [
        ['000.00.08.H99', 'inside'],
        ['H99.01', 'inside'],
        ['G99.01', 'axis'],
      ],
    );
    assert.ok(body.warnings.some(({ code }: { code: string }) => code === 'duplicate-receiver'));
    const { bytes } = await hub.get(`${body.messageId}/original`, 'cq-08');
    assert.equal(bytes.toString(), file);
    const attachment = await hub.get(`${body.messageId}/attachments/1`, first);
    assert.equal(attachment.bytes.length, 15);
  });

  it('sent again with its key or without has one delivery', async () => {
    const file = toFile([codes[first]], '13');
    const sent = await hub.sendFile(file, { key: 'tep-13' });
    assert.deepEqual((await hub.sendFile(file, { key: 'tep-13' })).body, sent.body);
    assert.equal((await hub.sendFile(file)).body.deliveries[0].isRepeated, true);
    const other = await hub.sendFile(file.replace('liên thông', 'khác'), { key: 'tep-13' });
    assert.equal(other.body.code, 'idempotency-conflict');
  });

  it('with a name of two lines does not spoil an inbox', async () => {
    const file = toFile([codes[first]], '14').replace(
      'Văn phòng Thử nghiệm',
      `Văn phòng\n${'x'.repeat(700)}`,
    );
    assert.equal((await hub.sendFile(file)).status, 202);
    assert.equal((await hub.inbox(first)).status, 200);
    assert.equal((await hub.call({ path: '/documents/v1/documents' })).status, 200);
  });

  const refused = async (file: string): Promise<readonly unknown[]> => {
    const held = await hub.held();
    const { status, body } = await hub.sendFile(file);
    assert.deepEqual(await hub.held(), held);
    return [status, body.code, body.errors?.[0]?.where];
  };

  it('of another unit is refused', async () =>
    assert.deepEqual(await refused(toFile([codes[first]], '15', 'H99.02')), [
      403,
      'sender-not-yours',
      '/body/from',
    ]));

  it('to nobody known is refused', async () =>
    assert.deepEqual(await refused(toFile(['H99.777'], '16')), [400, 'receiver-unknown', '/body/To/0']));

  it('with a mark of secrecy is refused', async () =>
    assert.deepEqual(
      await refused(
        toFile([codes[first]], '17').replace('Phụ lục', 'MẬT').replace('V/v thử', '(MẬT) V/v thử'),
      ),
      [422, 'state-secret', '/body/Subject'],
    ));

  it('that is a status is refused with the way to send statuses', async () => {
    const { body } = await hub.sendFile(statusExample);
    assert.deepEqual([body.code, /sendStatuses/.test(body.errors[0].en)], ['edxml-invalid', true]);
  });

  for (const [title, file] of Object.entries(hostile))
    it(`with ${title} is refused, and nothing is kept`, async () =>
      assert.deepEqual((await refused(file)).slice(0, 2), [422, 'edxml-invalid']));
});
