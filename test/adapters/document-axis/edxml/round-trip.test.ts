// What the writer writes, the reader reads back, in whatever pieces it arrives.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openAttachment } from '../../../../adapters/document-axis/edxml/attachment.ts';
import { writeDocument, writeStatus } from '../../../../adapters/document-axis/edxml/writer.ts';
import { documentExample, statusExample } from './examples.ts';
import { attachmentNames, documents, statuses } from './generated.ts';
import { collect, read, readDocument, readStatus, toSlices, toSource, write } from './reading.ts';

const contents = fc.array(
  fc.record({
    name: attachmentNames,
    content: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 3 },
);

/** Generated tables have no prototype; what is read has one. */
const plain = (table: object): unknown => JSON.parse(JSON.stringify(table));

describe('edXML written and read back', () => {
  it('adapter 9.8: documents of all four business types come back as they were, with their attachments', async () => {
    await fc.assert(
      fc.asyncProperty(documents, contents, async (document, files) => {
        const { bytes, written } = await write(
          document,
          files.map(({ name, content }) => toSource(name, content, 'application/octet-stream')),
        );
        const result = await read(bytes);
        assert.ok(result.message.kind === 'document');
        const { attachments, signature, ...rest } = result.message;
        assert.deepEqual(rest, plain(document));
        assert.equal(signature, 'absent');
        assert.deepEqual(
          attachments.map(({ name }) => name),
          files.map(({ name }) => name),
        );
        for (const [at, { content }] of files.entries()) {
          const index = result.attachments[at];
          assert.ok(index);
          assert.ok((await collect(openAttachment(index, toSlices(bytes)))).equals(content));
        }
        // What goes raw has the vendor's own media types on the wire.
        const strip = (list: readonly object[]): object[] =>
          list.map((index) => ({ ...index, contentType: '' }));
        assert.deepEqual(strip(result.attachments), strip(written.attachments));
        assert.deepEqual(
          [result.trace, result.bytes, result.sha256],
          [written.trace, written.bytes, written.sha256],
        );
      }),
      { numRuns: 150 },
    );
  });

  it('adapter 9.9: statuses of every code come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(statuses, async (status) => {
        assert.deepEqual(await readStatus(writeStatus(status)), plain(status));
      }),
      { numRuns: 150 },
    );
  });

  it('the same bytes give the same result in any pieces', async () => {
    const zipped = await write(await readDocument(documentExample), [
      toSource('a.txt', Buffer.from('văn bản '.repeat(9_000))),
      toSource('b.pdf', Buffer.from('%PDF-1.4 '.repeat(20_000))),
    ]);
    const spaced = documentExample.replace('JVBERi0xLjQKJSVFT0YK', '\r\n JVBE\n Ri0xLjQKJ\tSVFT0YK \n');
    for (const message of [Buffer.from(documentExample), Buffer.from(spaced), zipped.bytes]) {
      const whole = await read(message);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), async (lengths) => {
          assert.deepEqual(await read(message, lengths), whole);
        }),
        { numRuns: 15 },
      );
    }
    assert.deepEqual(await read(documentExample, [1]), await read(documentExample));
  });

  it('adapter 9.1: the document example is written byte for byte', async () => {
    const document = await readDocument(documentExample);
    const source = {
      ...toSource('12-VP-TH.pdf', Buffer.from('%PDF-1.4\n%%EOF\n')),
      contentId: 'att-0001',
      description: 'Văn bản chính',
    };
    const { bytes } = await write(document, [source]);
    assert.equal(bytes.toString(), documentExample);
  });

  it('adapter 9.1: the status example is written byte for byte', async () => {
    assert.equal(writeStatus(await readStatus(statusExample)).toString(), statusExample);
  });

  it('a result is JSON and nothing else', async () => {
    for (const message of [documentExample, statusExample]) {
      const result = await read(message);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
    }
  });

  it('control characters and halves of surrogate pairs are refused on the way out', async () => {
    const document = await readDocument(documentExample);
    for (const letter of ['\0', '\x08', '\x1f', '\ufffe', '\ud800'])
      assert.throws(() => writeDocument({ ...document, subject: `a${letter}b` }, []), {
        fault: 'control-character',
      });
  });
});
