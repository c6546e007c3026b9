// 200 MB of attachment flow through writer and reader with flat memory; a source that fails ends the writing.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import { writeDocument } from '../../../../adapters/document-axis/edxml/writer.ts';
import { documentExample } from './examples.ts';
import { readDocument, toSource } from './reading.ts';

const mebibyte = 1_048_576;
const blockBytes = mebibyte / 4;

/** Never the same block twice, so that nothing packs well. */
async function* generate(mebibytes: number): AsyncGenerator<Buffer> {
  const block = Buffer.alloc(blockBytes);
  for (let at = 0; at < block.length; at += 4) block.writeUInt32LE((at * 2_654_435_761) % 4_294_967_291, at);
  for (let number = 0; number < mebibytes * 4; number += 1) {
    block.writeUInt32LE(number, 0);
    yield Buffer.from(block);
  }
}

async function flow(name: string, mebibytes: number): Promise<number> {
  const source = { name, contentType: 'application/octet-stream', open: () => generate(mebibytes) };
  const writing = writeDocument(await readDocument(documentExample), [source]);
  const reader = createEdxmlReader(defaultLimits);
  const before = process.memoryUsage.rss();
  let most = 0;
  for await (const chunk of writing.chunks) {
    await reader.push(chunk);
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  const read = await reader.end();
  const written = writing.written();
  assert.equal(read.attachments[0]?.bytes, mebibytes * mebibyte);
  assert.equal(read.attachments[0]?.sha256, written.attachments[0]?.sha256);
  assert.equal(read.sha256, written.sha256);
  return most;
}

describe('edXML with big attachments', () => {
  it('adapter 9.3: 200 MB stream through writer and reader in less than 64 MB', async () => {
    await flow('a.pdf', 30);
    assert.ok((await flow('a.pdf', 200)) < 64 * mebibyte);
  }).timeout(60_000);

  it('adapter 9.3: 40 MB that are zipped do too', async () => {
    await flow('a.bin', 5);
    assert.ok((await flow('a.bin', 40)) < 64 * mebibyte);
  }).timeout(60_000);

  for (const name of ['a.pdf', 'a.txt'])
    it(`a source of ${name} that fails ends the writing with its error`, async () => {
      const failure = new Error('gone');
      const open = (): Readable =>
        Readable.from(
          (async function* () {
            yield Buffer.from('abc');
            throw failure;
          })(),
        );
      const writing = writeDocument(await readDocument(documentExample), [
        { ...toSource(name, Buffer.alloc(0)), open },
      ]);
      const writeOn = async (): Promise<void> => {
        for await (const chunk of writing.chunks) assert.ok(chunk);
      };
      await assert.rejects(writeOn(), failure);
      assert.throws(() => writing.written());
    });
});
