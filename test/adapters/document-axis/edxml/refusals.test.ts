// What the reader refuses, and that it does so without repeating the message and within bounds.
import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { EdxmlError } from '../../../../adapters/document-axis/edxml/faults.ts';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import { documentExample, statusExample } from './examples.ts';
import { assertRefused, read } from './reading.ts';

const payload = 'JVBERi0xLjQKJSVFT0YK';
const change = (from: string | RegExp, to: string): string => {
  const changed = documentExample.replace(from, to);
  assert.notEqual(changed, documentExample);
  return changed;
};
const afterDeclaration = (xml: string): string => change('?>\n', `?>\n${xml}`);
const inSubject = (xml: string): string => change('<edXML:Subject>', `<edXML:Subject>${xml}`);

/** A ZIP whose entries hold what is given, each with the sizes in its header or, with `isStreamed`, behind it. */
function toZip(contents: readonly Buffer[], isStreamed = false): Buffer {
  const parts = contents.flatMap((content, at) => {
    const packed = deflateRawSync(content);
    const header = Buffer.alloc(31);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(isStreamed ? 8 : 0, 6);
    header.writeUInt16LE(8, 8);
    header.writeUInt32LE(isStreamed ? 0 : packed.length, 18);
    header.writeUInt16LE(1, 26);
    header[30] = 97 + (at % 26);
    return [header, packed, ...(isStreamed ? [Buffer.from('PK\x07\x08'), Buffer.alloc(12)] : [])];
  });
  return Buffer.concat([
    ...parts,
    Buffer.from('PK\x01\x02'),
    Buffer.alloc(42),
    Buffer.from('PK\x05\x06'),
    Buffer.alloc(18),
  ]);
}
const withPayload = (content: Buffer, name = '12-VP-TH.pdf'): string =>
  documentExample.replace(payload, content.toString('base64')).replaceAll('12-VP-TH.pdf', name);

const laughs = `<!DOCTYPE edXML [<!ENTITY a "ha">${[...'bcdefghij'].map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghij'[at]};`.repeat(10)}">`).join('')}]>`;

const cases: readonly (readonly [string, string, string])[] = [
  ['adapter 9.3: billion laughs', afterDeclaration(laughs).replace('V/v', '&j;'), 'doctype'],
  [
    'adapter 9.3: an external entity',
    afterDeclaration('<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    'doctype',
  ],
  ['adapter 9.3: a bare DOCTYPE', afterDeclaration('<!DOCTYPE edXML>'), 'doctype'],
  ['adapter 9.3: a declaration inside an element', inSubject('<!ENTITY a "b">'), 'doctype'],
  ['adapter 9.3: an entity that XML does not know', inSubject('&nbsp;'), 'entity'],
  ['problem 5.17: characters before the declaration', `lạ${documentExample}`, 'stray-before-prolog'],
  ['problem 5.17: a line feed before the declaration', `\n${documentExample}`, 'stray-before-prolog'],
  [
    'problem 5.17: a From in a From',
    change('<edXML:From>', '<edXML:From><edXML:From>').replace('</edXML:From>', '</edXML:From></edXML:From>'),
    'placeholder',
  ],
  ['problem 5.17: a placeholder as OrganId', change('000.00.02.H99<', '{{to.organId}}<'), 'placeholder'],
  [
    'problem 5.11: the namespace go.vn/eDoc',
    documentExample.replaceAll('http://www.mic.gov.vn/TBT/QCVN_102_2016', 'http://www.go.vn/eDoc'),
    'namespace',
  ],
  [
    'the legacy SOAP envelope',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"></s:Envelope>',
    'root',
  ],
  ['no XML at all', '%PDF-1.4 <<>>', 'not-xml'],
  ['nothing', '', 'truncated'],
  ['tags that do not match', inSubject('</edXML:Content>'), 'not-xml'],
  ['a second root', `${documentExample}<edXML/>`, 'not-xml'],
  ['text after the root', `${documentExample}thêm`, 'not-xml'],
  ['another encoding', change('UTF-8', 'UTF-16'), 'not-utf-8'],
  ['a control character', inSubject('\x01'), 'control-character'],
  ['a control character as a reference', inSubject('&#1;'), 'entity'],
  ['no receiver', change(/<edXML:To>.*<\/edXML:To>/s, ''), 'required-element'],
  ['an empty DocumentId', change('000.00.01.H99,2025/11/20,12/VP-TH', ' '), 'required-element'],
  ['no envelope', '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"></edXML>', 'required-element'],
  [
    'a status that names no document',
    statusExample.replace(/<edXML:ResponseFor>.*<\/edXML:ResponseFor>/s, ''),
    'required-element',
  ],
  [
    'adapter 9.5, problem 5.6: a listed attachment that is not there',
    change(/<AttachmentEncoded>.*<\/AttachmentEncoded>/s, ''),
    'attachment-missing',
  ],
  [
    'adapter 9.5: an attachment without content',
    change(/<edXML:ContentTransferEncoded.*<\/edXML:ContentTransferEncoded>/s, ''),
    'attachment-missing',
  ],
  [
    'attachments before the envelope',
    change('<edXML:edXMLEnvelope', '<AttachmentEncoded/><edXML:edXMLEnvelope'),
    'attachments-before-envelope',
  ],
  ['letters that are not base64', change(payload, 'JVBE*i0x'), 'base64'],
  ['base64url', change(payload, 'JVBE-_0x'), 'base64'],
  ['letters after the padding', change(payload, 'JVA=JVBE'), 'base64'],
  ['one letter too many', change(payload, 'JVBEJ'), 'base64'],
  ['mark-up inside the content', change(payload, 'JVBE<b>Ri0x</b>'), 'attachment-markup'],
  ['a comment inside the content', change(payload, 'JVBE<!-- > -->Ri0x'), 'attachment-markup'],
  ['truncated in the header', documentExample.slice(0, 900), 'truncated'],
  ['truncated in the content', documentExample.slice(0, documentExample.indexOf(payload) + 8), 'truncated'],
  ['truncated before the last tag', documentExample.slice(0, -8), 'truncated'],
  ['adapter 9.3: a zip bomb', withPayload(toZip([Buffer.alloc(30_000_000)])), 'zip-ratio'],
  [
    'adapter 9.3: a zip bomb that hides its size',
    withPayload(toZip([Buffer.alloc(30_000_000)], true)),
    'zip-ratio',
  ],
  [
    'adapter 9.3: a zip bomb in many entries',
    withPayload(toZip(Array.from({ length: 30 }, () => Buffer.alloc(1_000_000)))),
    'zip-ratio',
  ],
  [
    'adapter 9.3: a zip bomb declared as docx',
    withPayload(toZip([Buffer.from('a'), Buffer.alloc(30_000_000)]), 'a.docx'),
    'zip-ratio',
  ],
  ['a zip that is cut', withPayload(toZip([Buffer.from('abc')]).subarray(0, 34)), 'zip-corrupt'],
  ['a zip whose checksum is wrong', withPayload(toZip([Buffer.from('abc')])), 'zip-corrupt'],
];

describe('The edXML reader refuses', () => {
  for (const [title, message, fault] of cases)
    it(`${title} (${fault})`, async () => {
      await assertRefused(message, fault);
    });

  it('bytes that are not UTF-8, in the header and as UTF-16', async () => {
    const at = documentExample.indexOf('V/v');
    const bytes = Buffer.from(documentExample);
    bytes[at] = 0xff;
    await assertRefused(bytes, 'not-utf-8');
    await assertRefused(Buffer.from(`\ufeff${documentExample}`, 'utf16le'), 'not-utf-8');
  });

  it('adapter 9.3: more than its limits of depth, elements, receivers, attachments and bytes', async () => {
    await assertRefused(inSubject('<a>'.repeat(2_000)), 'too-deep');
    await assertRefused(inSubject('<a/>'.repeat(30_000)), 'too-many-elements');
    await assertRefused(documentExample, 'too-many-receivers', { receivers: 1 });
    await assertRefused(documentExample, 'too-many-attachments', { attachments: 0 });
    await assertRefused(documentExample, 'attachment-too-large', { attachmentBytes: 14 });
    await assertRefused(documentExample, 'message-too-large', { messageBytes: 1_000 });
    await assertRefused(withPayload(toZip([Buffer.alloc(2_000)], true)), 'zip-too-large', {
      zipBytes: 1_000,
    });
    await assertRefused(withPayload(toZip([Buffer.from('a'), Buffer.from('b')])), 'zip-entries', {
      zipEntries: 1,
    });
  });

  it('more unlisted attachments than the limit', async () => {
    const [before = '', attachment = '', after = ''] = documentExample.split(
      /(<Attachment>.*<\/Attachment>)/s,
    );
    await assertRefused(`${before}${attachment.repeat(3)}${after}`, 'too-many-attachments', {
      attachments: 2,
    });
    assert.equal(
      (await read(`${before}${attachment.repeat(2)}${after}`)).warnings[0]?.code,
      'attachment-unlisted',
    );
  });

  const endless: readonly (readonly [string, string, string, string])[] = [
    [
      'a header without end',
      documentExample.slice(0, documentExample.indexOf('V/v')),
      'a'.repeat(65_536),
      'header-too-large',
    ],
    [
      'a tag without end',
      documentExample.slice(0, documentExample.indexOf('<edXML:Subject>')),
      '<a b="'.repeat(9_000),
      'header-too-large',
    ],
    ['stray bytes without end', '', 'x'.repeat(65_536), 'header-too-large'],
    [
      'elements between attachments without end',
      documentExample.slice(0, documentExample.indexOf('<Attachment>')),
      '<a></a>\n'.repeat(1_000),
      'too-many-elements',
    ],
    [
      'base64 without end',
      documentExample.slice(0, documentExample.indexOf(payload)),
      'AAAA'.repeat(16_384),
      'attachment-too-large',
    ],
    [
      'white space without end',
      documentExample.slice(0, documentExample.indexOf(payload)),
      ' '.repeat(65_536),
      'message-too-large',
    ],
  ];
  for (const [title, start, more, fault] of endless)
    it(`${title} (${fault})`, async () => {
      const reader = createEdxmlReader({
        ...defaultLimits,
        attachmentBytes: 5_000_000,
        messageBytes: 20_000_000,
      });
      await reader.push(Buffer.from(start));
      const pushOn = async (): Promise<void> => {
        for (let turn = 0; turn < 1_000; turn += 1) await reader.push(Buffer.from(more));
      };
      await assert.rejects(pushOn(), { fault });
      await assert.rejects(reader.end(), { fault });
    });

  it('or reads: bytes changed, cut out or put in anywhere never give another error', async () => {
    const original = Buffer.from(withPayload(toZip([Buffer.from('abc')], true)));
    const change = fc.tuple(fc.nat(original.length), fc.nat(20), fc.string({ unit: 'binary', maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(change, fc.integer({ min: 1, max: 999 }), async ([at, cut, put], length) => {
        const bytes = Buffer.concat([
          original.subarray(0, at),
          Buffer.from(put),
          original.subarray(at + cut),
        ]);
        const error = await read(bytes, [length]).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        assert.ok(error === undefined || error instanceof EdxmlError, String(error));
      }),
      { numRuns: 400 },
    );
  });

  it('and never repeats what the message says', async () => {
    const secret = 'Bí-mật-999';
    for (const message of [
      inSubject(`<${secret}>`),
      change('2025/11/20<', `${secret}<`),
      inSubject(`&${secret};`),
    ]) {
      const error = await read(message).catch((caught: unknown) => caught);
      assert.ok(error instanceof Error);
      assert.ok(!JSON.stringify([error.message, error.stack, error]).includes('999'));
    }
  });
});
