// Attachments: what goes raw and what zipped, what is unpacked, and cutting one out of the stored original.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { openAttachment } from '../../../../adapters/document-axis/edxml/attachment.ts';
import { checkDeclaredType } from '../../../../adapters/document-axis/edxml/content-type.ts';
import type { AttachmentIndex } from '../../../../adapters/document-axis/edxml/types.ts';
import { zipSingleEntry } from '../../../../adapters/document-axis/edxml/zip.ts';
import { documentExample } from './examples.ts';
import { collect, inPieces, read, readDocument, toSlices, toSource, warningsOf, write } from './reading.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const zipOf = async (entry: string, content: Buffer): Promise<Buffer> =>
  collect(
    zipSingleEntry(
      entry,
      (async function* () {
        yield* inPieces(content, [40_000]);
      })(),
    ),
  );
function toStored(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), content]);
}
/** Two entries, as in every document of an office program. */
const office = Buffer.concat([
  toStored('[Content_Types].xml', Buffer.from('<Types/>')),
  toStored('xl/workbook.xml', Buffer.from('<workbook/>')),
  Buffer.from('PK\x01\x02'),
  Buffer.alloc(60),
]);

async function readWith(
  content: Buffer,
  name: string,
  contentType: string,
): Promise<{ index: AttachmentIndex; bytes: Buffer }> {
  const bytes = Buffer.from(
    documentExample
      .replace('JVBERi0xLjQKJSVFT0YK', content.toString('base64'))
      .replaceAll('12-VP-TH.pdf', name)
      .replaceAll('application/pdf', contentType),
  );
  const [index] = (await read(bytes)).attachments;
  assert.ok(index);
  return { index, bytes };
}

describe('edXML attachments', () => {
  const wire: readonly (readonly [string, 'raw' | 'zip', string])[] = [
    ['a.pdf', 'raw', 'application/pdf'],
    ['a.PDF', 'raw', 'application/pdf'],
    ['a.doc', 'raw', 'application/doc'],
    ['a.Docx', 'raw', 'application/docx'],
    ['a.zip', 'raw', 'application/zip'],
    ['a.xlsx', 'zip', 'application/zip'],
    ['a.txt', 'zip', 'application/zip'],
    ['a', 'zip', 'application/zip'],
  ];
  for (const [name, encoding, type] of wire)
    it(`adapter 9.5, problem 5.7: ${name} is sent ${encoding} as ${type}`, async () => {
      const { bytes, written } = await write(await readDocument(documentExample), [
        toSource(name, Buffer.from('abc')),
      ]);
      assert.equal(written.attachments[0]?.encoding, encoding);
      assert.equal(bytes.toString().split(`ContentType>${type}<`).length, 3);
    });

  it('adapter 9.5: a ZIP holds one entry named by a UUID and the extension, and its checksum is right', async () => {
    const content = randomBytes(100_000);
    const { bytes } = await write(await readDocument(documentExample), [toSource('tên.xlsx', content)]);
    const zip = Buffer.from(bytes.toString().split(/ContentTransferEncoded[^>]*>/)[1] ?? '', 'base64');
    assert.match(zip.toString('latin1', 30, 30 + zip.readUInt16LE(26)), /^[0-9a-f-]{36}\.xlsx$/);
    assert.equal(zip.readUInt32LE(zip.length - 6), zip.indexOf('PK\x01\x02'));
  });

  it('adapter 9.5, problem 5.6: a ZIP of one entry is unpacked whatever its declared type', async () => {
    const content = Buffer.from('%PDF-1.4\n văn bản');
    for (const type of ['application/pdf', 'text/plain', 'application/zip']) {
      const { index, bytes } = await readWith(await zipOf('x.pdf', content), 'a.pdf', type);
      assert.deepEqual([index.encoding, index.sha256, index.bytes], ['zip', sha256(content), content.length]);
      assert.deepEqual([index.detectedType, index.isDeclaredTypeRight], ['pdf', true]);
      assert.ok((await collect(openAttachment(index, toSlices(bytes)))).equals(content));
    }
  });

  it('adapter 9.5: what is declared as zip or docx is passed on packed, several entries too', async () => {
    const zip = await zipOf('x.pdf', Buffer.from('%PDF-1.4'));
    for (const [content, name] of [
      [zip, 'a.zip'],
      [zip, 'a.docx'],
      [office, 'a.docx'],
      [office, 'a.xlsx'],
      [office, 'a.pdf'],
    ] as const) {
      const { index } = await readWith(content, name, 'application/octet-stream');
      assert.deepEqual([index.encoding, index.sha256], ['raw', sha256(content)]);
      assert.equal(index.isDeclaredTypeRight, name !== 'a.pdf');
    }
  });

  it('adapter 9.5: an xlsx that a vendor client packed once more is unpacked once', async () => {
    for (const entry of ['0b7c.xlsx', '0b7c']) {
      const { index } = await readWith(await zipOf(entry, office), 'a.xlsx', 'application/zip');
      assert.deepEqual([index.encoding, index.sha256, index.detectedType], ['zip', sha256(office), 'ooxml']);
      assert.equal(index.contentType, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
    }
  });

  it('adapter 9.3: what is packed inside what was unpacked is not followed', async () => {
    const inner = await zipOf('b.txt', Buffer.alloc(9_000));
    const { index } = await readWith(await zipOf('a.bin', inner), 'a.bin', 'application/zip');
    assert.deepEqual([index.encoding, index.sha256], ['zip', sha256(inner)]);
  });

  it('problem 5.6: binary turned into text, and content of another type, are warned of', async () => {
    const damaged = Buffer.from(`%PDF-1.4\n${'\ufffd'.repeat(20)}`).toString('base64');
    const withContent = (text: string): string => documentExample.replace('JVBERi0xLjQKJSVFT0YK', text);
    assert.deepEqual(await warningsOf(withContent(damaged)), ['attachment-damaged']);
    assert.deepEqual(await warningsOf(withContent(Buffer.from('MZ\x90\0').toString('base64'))), [
      'attachment-type',
    ]);
    assert.deepEqual(await warningsOf(withContent('')), ['attachment-empty']);
  });

  it('adapter 9.5: names that differ from the manifest, and ids that do, are warned of', async () => {
    const renamed = documentExample.replace('<AttachmentName>12-VP', '<AttachmentName>13-VP');
    assert.deepEqual(await warningsOf(renamed), ['attachment-name']);
    assert.deepEqual(
      await warningsOf(documentExample.replace('<ContentId>cid:att-0001', '<ContentId>other')),
      ['content-id'],
    );
    assert.deepEqual(await warningsOf(documentExample.replaceAll('12-VP-TH.pdf', '../12:VP.pdf')), [
      'file-name',
    ]);
  });

  it('any range of any attachment is the same part of the content, raw or zipped, with or without white space', async () => {
    const content = randomBytes(1_000);
    const { bytes, written } = await write(await readDocument(documentExample), [
      toSource('a.pdf', content),
      toSource('b.bin', content),
    ]);
    const spaced = Buffer.from(
      bytes.toString().replace(/(?<=encoded>|[A-Za-z0-9+/]{76})(?=[A-Za-z0-9+/]{9})/gi, '\r\n'),
    );
    const again = await read(spaced);
    assert.deepEqual(
      again.attachments.map(({ hasWhiteSpace }) => hasWhiteSpace),
      [true, true],
    );
    const places = [
      ...written.attachments.map((index) => [index, bytes] as const),
      ...again.attachments.map((index) => [index, spaced] as const),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.nat(1_000),
        fc.nat(1_000),
        async ([index, original], a, b) => {
          const range = { from: Math.min(a, b), to: Math.max(a, b) };
          const part = await collect(openAttachment(index, toSlices(original), range));
          assert.ok(part.equals(content.subarray(range.from, range.to)));
        },
      ),
    );
  });

  it('a range of raw content reads only the text it needs', async () => {
    const { bytes, written } = await write(await readDocument(documentExample), [
      toSource('a.pdf', randomBytes(9_000)),
    ]);
    const [index] = written.attachments;
    assert.ok(index);
    const asked: number[] = [];
    const openSlice = (offset: number, length: number): ReturnType<ReturnType<typeof toSlices>> => {
      asked.push(length);
      return toSlices(bytes)(offset, length);
    };
    assert.equal((await collect(openAttachment(index, openSlice, { from: 4_000, to: 4_010 }))).length, 10);
    assert.deepEqual(asked, [16]);
  });

  const types: readonly (readonly [string, string, string, string, boolean])[] = [
    ['a.pdf', 'application/pdf', '%PDF-1.7', 'pdf', true],
    ['a.pdf', 'application/pdf', 'MZ\x90\0', 'executable', false],
    ['a.doc', 'application/msword', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole', true],
    ['a.png', 'image/png', '\xff\xd8\xff\xe0', 'jpeg', false],
    ['a', 'image/png', '\x89PNG\r\n\x1a\n', 'png', true],
    ['a.txt', 'text/plain', 'MZ và BM là chữ', 'text', true],
    ['a.txt', 'text/plain', 'a\0b', 'unknown', false],
    ['a.lạ', 'application/x-la', '\x01\x02', 'text', true],
    ['a.exe', 'application/x-la', '\x7fELF\x02\0', 'executable', false],
    ['constructor', '__proto__', '', 'empty', true],
  ];
  for (const [name, type, first, detectedType, isRight] of types)
    it(`the type of ${name} (${type}) is ${detectedType}, ${isRight ? 'right' : 'wrong'}`, () => {
      const bytes = type === 'text/plain' ? Buffer.from(first) : Buffer.from(first, 'latin1');
      assert.deepEqual(checkDeclaredType(name, type, bytes), { detectedType, isRight });
    });
});
