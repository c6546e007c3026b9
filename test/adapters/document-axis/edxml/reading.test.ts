// How tolerant the reader is of what real messages do: one small change of the example each.
import assert from 'node:assert/strict';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import { documentExample, statusExample } from './examples.ts';
import { assertRefused, read, readDocument, readStatus, warningsOf } from './reading.ts';

const change = (from: string | RegExp, to: string): string => {
  const changed = documentExample.replace(from, to);
  assert.notEqual(changed, documentExample);
  return changed;
};
const inHeader = (xml: string): string => change('<edXML:SteeringType>', `${xml}<edXML:SteeringType>`);
const unprefixed = documentExample.replaceAll(/(<\/?)edXML:/g, '$1');
const withoutNamespace = unprefixed.replaceAll(/ xmlns(:edXML)?="[^"]*"/g, '');

describe('The edXML reader, tolerant', () => {
  it('reads the example: fields, attachment, trace, no warning', async () => {
    const result = await read(documentExample);
    assert.ok(result.message.kind === 'document');
    assert.deepEqual(
      result.message.to.map(({ organId }) => organId),
      ['000.00.02.H99', 'H99.03'],
    );
    assert.deepEqual(result.message.trace, [{ organId: '000.00.01.H99', at: '2025-11-20T14:15:30+07:00' }]);
    assert.equal(result.message.promulgation.date, '2025-11-20');
    const { sha256, ...index } = result.attachments[0] ?? { sha256: '' };
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(index, {
      no: 1,
      contentId: 'att-0001',
      name: '12-VP-TH.pdf',
      description: 'Văn bản chính',
      contentType: 'application/pdf',
      detectedType: 'pdf',
      isDeclaredTypeRight: true,
      encoding: 'raw',
      offset: Buffer.byteLength(documentExample.split('JVBE')[0] ?? ''),
      encodedBytes: 20,
      hasWhiteSpace: false,
      bytes: 15,
    });
    assert.deepEqual(result.warnings, []);
  });

  it('gives the message once the envelope has closed, before a byte of an attachment', async () => {
    const at = documentExample.indexOf('</edXML:edXMLEnvelope>') + '</edXML:edXMLEnvelope>'.length;
    const seen: string[] = [];
    const reader = createEdxmlReader(defaultLimits, { onHeader: ({ kind }) => void seen.push(kind) });
    await reader.push(Buffer.from(documentExample.slice(0, at - 1)));
    assert.deepEqual([reader.message, seen], [undefined, []]);
    await reader.push(Buffer.from('>'));
    assert.equal(reader.message?.kind, 'document');
    assert.deepEqual(seen, ['document']);
  });

  it('stops where the caller refuses the message', async () => {
    const refusal = new Error('not for us');
    const reader = createEdxmlReader(defaultLimits, { onHeader: () => Promise.reject(refusal) });
    await assert.rejects(reader.push(Buffer.from(documentExample)), refusal);
    await assert.rejects(reader.end(), refusal);
  });

  it('adapter 9.2: both prefixings, another prefix, no namespace at all', async () => {
    const expected = await readDocument(documentExample);
    assert.deepEqual(await readDocument(unprefixed), expected);
    assert.deepEqual(await readDocument(documentExample.replaceAll('edXML:', 'x:')), expected);
    assert.deepEqual(await readDocument(withoutNamespace), expected);
    assert.deepEqual(await warningsOf(unprefixed), []);
    assert.deepEqual(await warningsOf(withoutNamespace), ['namespace', 'namespace']);
  });

  it('adapter 9.2: an element of the namespace goes before a stranger of the same name', async () => {
    const message = inHeader('<Subject xmlns="urn:other">khác</Subject>').replace(
      '<edXML:Subject>V/v',
      '<edXML:Subject>V/v',
    );
    assert.equal((await readDocument(message)).subject, 'V/v thử nghiệm liên thông');
  });

  it('adapter 9.2: any order in the header, DocumentId last as .NET clients write it', async () => {
    const id = '<edXML:DocumentId>000.00.01.H99,2025/11/20,12/VP-TH</edXML:DocumentId>';
    const moved = documentExample
      .replace(id, '')
      .replace('</edXML:MessageHeader>', `${id}</edXML:MessageHeader>`);
    assert.deepEqual(await readDocument(moved), await readDocument(documentExample));
  });

  it('adapter 9.2: content ids with cid: on one side only, and attachment fields in any order', async () => {
    const bare = change('<ContentId>cid:att-0001</ContentId>', '<ContentId>att-0001</ContentId>');
    assert.deepEqual((await read(bare)).warnings, []);
    const late = bare
      .replace('<AttachmentName>12-VP-TH.pdf</AttachmentName>', '')
      .replace('</Attachment>', '<AttachmentName>12-VP-TH.pdf</AttachmentName></Attachment>');
    assert.equal((await read(late)).attachments[0]?.name, '12-VP-TH.pdf');
  });

  it('adapter 9.2: empty ResponseFor and DueDate', async () => {
    const message = inHeader(
      '<edXML:ResponseFor/><edXML:ResponseFor><edXML:Code/></edXML:ResponseFor>',
    ).replace('2025/12/01', '');
    const document = await readDocument(message);
    assert.deepEqual([document.responseFor, document.dueDate], [[], undefined]);
  });

  it('adapter 9.2: further hops, one without OrganId, one named null', async () => {
    const hops =
      '</edXML:TraceHeader><TraceHeader><Timestamp>2025/11/20 14:16:00</Timestamp></TraceHeader><TraceHeader><OrganId>null</OrganId></TraceHeader>';
    const message = change('</edXML:TraceHeader>', hops);
    assert.deepEqual((await readDocument(message)).trace.slice(1), [
      { at: '2025-11-20T14:16:00+07:00' },
      { organId: 'null' },
    ]);
    assert.deepEqual(await warningsOf(message), ['organ-null']);
  });

  it('adapter 9.2: OrganId "null" is kept and flagged', async () => {
    const message = change('<edXML:OrganId>000.00.01.H99', '<edXML:OrganId>null');
    assert.equal((await readDocument(message)).from.organId, 'null');
    assert.deepEqual(await warningsOf(message), ['organ-null']);
  });

  const dates: readonly (readonly [string, string])[] = [
    ['20/11/2025', '2025-11-20'],
    ['2025-11-20', '2025-11-20'],
    ['2025/1/5', '2025-01-05'],
    ['2025-11-20T00:00:00', '2025-11-20'],
  ];
  for (const [text, date] of dates)
    it(`adapter 9.6, problem 5.1: the date ${text} is read with a warning`, async () => {
      const message = change('<edXML:PromulgationDate>2025/11/20', `<edXML:PromulgationDate>${text}`);
      assert.equal((await readDocument(message)).promulgation.date, date);
      assert.deepEqual(await warningsOf(message), ['date-form']);
    });

  for (const [text, fault] of [
    ['0034/11/20', 'year'],
    ['1989/12/31', 'year'],
    ['01/01/2101', 'year'],
    ['30/10/20', 'date'],
    ['2025/02/30', 'date'],
    ['hôm nay', 'date'],
  ] as const)
    it(`adapter 9.6, problem 5.1: the date ${text} is refused`, async () => {
      await assertRefused(
        change('<edXML:PromulgationDate>2025/11/20', `<edXML:PromulgationDate>${text}`),
        fault,
      );
    });

  it('adapter 9.7: a UUID as DocumentId is kept', async () => {
    const uuid = '6f1c6a52-7d7e-4b0e-9d4e-3b0f3a1c9999';
    const message = change('000.00.01.H99,2025/11/20,12/VP-TH', uuid);
    assert.equal((await readDocument(message)).documentId, uuid);
  });

  it('priority 5 is 0 with a warning, another one is kept raw', async () => {
    const five = change('<edXML:Priority>0', '<edXML:Priority>5');
    const { otherInfo } = await readDocument(five);
    assert.deepEqual([otherInfo.priority, otherInfo.priorityRaw], [0, '5']);
    assert.deepEqual(await warningsOf(five), ['priority-five']);
    const nine = await readDocument(change('<edXML:Priority>0', '<edXML:Priority>9'));
    assert.deepEqual([nine.otherInfo.priority, nine.otherInfo.priorityRaw], [undefined, '9']);
  });

  it('what is too long is warned of, what is twice too', async () => {
    const long = change('<edXML:CodeNumber>12<', '<edXML:CodeNumber>12345678901234<');
    assert.deepEqual(await warningsOf(long), ['length']);
    assert.deepEqual(await warningsOf(change('H99.03', '000.00.02.H99')), ['duplicate-receiver']);
  });

  it('numbers and flags that are none are left out with a warning (problem 5.16: numbers as text are the rule)', async () => {
    const message = change('<edXML:PageAmount>1', '<edXML:PageAmount>một').replace(
      '<edXML:Paper>0',
      '<edXML:Paper>không',
    );
    const document = await readDocument(message);
    assert.deepEqual([document.otherInfo.pageAmount, document.business.paper], [undefined, undefined]);
    assert.deepEqual(await warningsOf(message), ['number', 'flag']);
  });

  it('Agency, Feedback and PackageInfo are let pass', async () => {
    const message = inHeader(
      '<edXML:Agency><edXML:OrganId>H99.1</edXML:OrganId></edXML:Agency><edXML:Feedback/><edXML:PackageInfo>x</edXML:PackageInfo>',
    );
    assert.deepEqual(await readDocument(message), await readDocument(documentExample));
  });

  const signed = (xml: string): string =>
    change('</edXML:TraceHeaderList>', `</edXML:TraceHeaderList>${xml}`);
  it('a signature is absent, present or unverifiable', async () => {
    const value = '<SignatureValue>AAAA</SignatureValue></Signature>';
    const states = [
      '<edXML:DigitalSignature/>',
      `<Signature>${value}`,
      `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">${value}`,
    ].map(async (xml) => (await readDocument(signed(xml))).signature);
    assert.deepEqual(await Promise.all(states), ['absent', 'unverifiable', 'present']);
  });

  it('adapter 9.8: a type without its target is read with a warning, an unknown type is refused', async () => {
    for (const type of [1, 2, 3])
      assert.deepEqual(await warningsOf(change('DocType>0', `DocType>${type}`)), ['business-target']);
    await assertRefused(change('DocType>0', 'DocType>7'), 'business-type');
    assert.equal(
      (await readDocument(change(/<edXML:Bussiness>.*<\/edXML:Bussiness>/s, ''))).business.type,
      0,
    );
  });

  it('adapter 9.10: 14 is 15, one digit is padded, an unknown code is kept, each with a warning', async () => {
    const cases = [
      ['14', '15', 'status-fourteen'],
      ['5', '05', 'status-padded'],
      ['09', '09', 'status-unknown'],
      ['999', '999', 'status-unknown'],
    ] as const;
    for (const [raw, code, warning] of cases) {
      const message = statusExample.replace('StatusCode>03', `StatusCode>${raw}`);
      const status = await readStatus(message);
      assert.deepEqual([status.statusCode, status.statusCodeRaw ?? raw], [code, raw]);
      assert.deepEqual(await warningsOf(message), [warning]);
    }
  });

  it('adapter 9.9: a refusal without a reason is read with a warning', async () => {
    const message = statusExample.replace('StatusCode>03', 'StatusCode>02').replace('Đã tiếp nhận', '');
    assert.deepEqual(await warningsOf(message), ['reason-missing']);
  });

  it('a byte order mark, no declaration and a trailing line end are let pass', async () => {
    assert.deepEqual(await warningsOf(`\ufeff${documentExample}`), ['bom']);
    assert.deepEqual(await warningsOf(`${documentExample.replace(/^<\?xml.*\n/, '')}\r\n`), []);
    assert.equal((await read(`${documentExample}\r\n`)).bytes, Buffer.byteLength(documentExample) + 2);
  });
});
