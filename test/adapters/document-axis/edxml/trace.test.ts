// A hop's trace header is put into an original; every other byte stays.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { spliceTraceHeader } from '../../../../adapters/document-axis/edxml/trace.ts';
import { documentExample, statusExample } from './examples.ts';
import { documents } from './generated.ts';
import { collect, inPieces, read, toSource, write } from './reading.ts';

const hop = { organId: '00.99.W00', at: new Date('2025-11-20T17:30:00Z') };

async function splice(
  bytes: Buffer,
  lengths: readonly number[] = [1_000],
): Promise<{ before: Buffer; inserted: Buffer; spliced: Buffer }> {
  const { trace } = await read(bytes);
  const { stream, insertedBytes } = spliceTraceHeader(
    Readable.from(inPieces(bytes, lengths), { objectMode: false }),
    trace,
    hop,
  );
  const spliced = await collect(stream);
  const at = trace?.offset ?? 0;
  assert.equal(spliced.length, bytes.length + insertedBytes);
  assert.ok(Buffer.concat([spliced.subarray(0, at), spliced.subarray(at + insertedBytes)]).equals(bytes));
  return { before: bytes, inserted: spliced.subarray(at, at + insertedBytes), spliced };
}

describe('A trace header of a hop', () => {
  it('adapter 9.4: stands after the last one, in its form and in local time', async () => {
    const { inserted, spliced } = await splice(Buffer.from(documentExample));
    const gap = '\n        ';
    assert.equal(
      inserted.toString(),
      `${gap}<edXML:TraceHeader>${gap}  <edXML:OrganId>00.99.W00</edXML:OrganId>${gap}  <edXML:Timestamp>2025/11/21 00:30:00</edXML:Timestamp>${gap}</edXML:TraceHeader>`,
    );
    const { message } = await read(spliced);
    assert.deepEqual(message.trace.at(-1), { organId: '00.99.W00', at: '2025-11-21T00:30:00+07:00' });
  });

  it('adapter 9.4: all other bytes are equal, for generated documents in any pieces, hop after hop', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }),
        async (document, lengths) => {
          const { bytes } = await write(document, [toSource('a.pdf', Buffer.from('%PDF-'))]);
          const once = await splice(bytes, lengths);
          const twice = await splice(once.spliced, lengths);
          const { message, attachments } = await read(twice.spliced);
          assert.equal(message.trace.length, document.trace.length + 2);
          assert.equal(attachments.length, 1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('goes without prefix and on one line where the message is so', async () => {
    const flat = documentExample
      .replaceAll('edXML:', '')
      .replace(/>\s+</g, '><')
      .replace(' xmlns:edXML=', ' xmlns:e=');
    const { inserted } = await splice(Buffer.from(flat));
    assert.equal(
      inserted.toString(),
      '<TraceHeader><OrganId>00.99.W00</OrganId><Timestamp>2025/11/21 00:30:00</Timestamp></TraceHeader>',
    );
  });

  it('gets a list of its own where there is none, and goes first into an empty one', async () => {
    for (const list of ['', '<edXML:TraceHeaderList></edXML:TraceHeaderList>']) {
      const bytes = Buffer.from(
        documentExample.replace(/<edXML:TraceHeaderList>.*<\/edXML:TraceHeaderList>/s, list),
      );
      const { spliced } = await splice(bytes);
      assert.equal((await read(spliced)).message.trace[0]?.organId, '00.99.W00');
    }
  });

  it('is left out where nothing can be put in: a status, a list that is one tag', async () => {
    const single = documentExample.replace(
      /<edXML:TraceHeaderList>.*<\/edXML:TraceHeaderList>/s,
      '<edXML:TraceHeaderList/>',
    );
    for (const message of [statusExample, single]) {
      const { spliced, before } = await splice(Buffer.from(message));
      assert.ok(spliced.equals(before));
    }
  });
});
