// The bytes of a message in parts and under conditions, as RFC 9110 says; and a document that gives back whatever was sent.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultLimits } from '../../../../adapters/document-axis/edxml/limits.ts';
import { createEdxmlReader } from '../../../../adapters/document-axis/edxml/reader.ts';
import {
  codes,
  type DocumentHub,
  first,
  second,
  sender,
  startDocumentHub,
  type TestFile,
  toDocument,
  toPdf,
  toSha256,
} from '../support.ts';

describe('Reading a message', () => {
  let hub: DocumentHub;
  let id = '';
  let original: Buffer;
  const text = {
    name: 'Phụ lục.txt',
    contentType: 'text/plain',
    content: Buffer.from('0123456789'.repeat(50)),
  };
  const files = [toPdf('0123456789'.repeat(100)), text];

  before(async () => {
    hub = await startDocumentHub('documents-reading');
    const { body } = await hub.send(toDocument({}, files), files);
    id = body.messageId;
    original = (await hub.get(`${id}/original`)).bytes;
  });
  after(() => hub?.stop());

  /** Paths of everything that has bytes, and those bytes. */
  const contents = (): readonly (readonly [string, Buffer])[] => [
    [`${id}/original`, original],
    ...files.map(({ content }, n) => [`${id}/attachments/${n + 1}`, Buffer.from(content)] as const),
  ];
  const ranges = ['bytes=0-0', 'bytes=5-9', 'bytes=100-', 'bytes=-7', 'bytes=3-999999', 'bytes=-999999'];
  const toSlice = (range: string, { length }: Buffer): readonly [number, number] => {
    const [, from = '', to = ''] = /=(\d*)-(\d*)/.exec(range) ?? [];
    if (from === '') return [Math.max(0, length - Number(to)), length];
    return [Number(from), to === '' ? length : Math.min(length, Number(to) + 1)];
  };

  for (const range of ranges)
    it(`gives the part ${range} of the original, of a raw and of a packed attachment`, async () => {
      for (const [path, whole] of contents()) {
        const { status, headers, bytes } = await hub.get(path, first, { range });
        const [from, to] = toSlice(range, whole);
        assert.equal(status, 206);
        assert.equal(headers.get('content-range'), `bytes ${from}-${to - 1}/${whole.length}`);
        assert.deepEqual(bytes, whole.subarray(from, to));
      }
    });

  it('refuses a part that is not there, and says how much is', async () => {
    for (const [path, { length }] of contents())
      for (const range of [`bytes=${length}-`, 'bytes=-0']) {
        const { status, body, headers } = await hub.get(path, first, { range });
        assert.deepEqual([status, body.code], [416, 'range-not-satisfiable']);
        assert.equal(headers.get('content-range'), `bytes */${length}`);
      }
  });

  it('gives nothing again to one who has it, and the whole where the part at hand is of something else', async () => {
    for (const [path, whole] of contents()) {
      const etag = `"${toSha256(whole)}"`;
      for (const tag of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
        const { status, bytes, headers } = await hub.get(path, first, { 'if-none-match': tag });
        assert.deepEqual([status, bytes.length, headers.get('etag')], [304, 0, etag]);
      }
      assert.equal((await hub.get(path, first, { 'if-none-match': '"a"' })).status, 200);
      const range = 'bytes=0-3';
      assert.equal((await hub.get(path, first, { range, 'if-range': etag })).status, 206);
      assert.equal((await hub.get(path, first, { range, 'if-range': '"a"' })).bytes.length, whole.length);
    }
  });

  it('has no HEAD, and refuses several ranges and ids that are none', async () => {
    const path = `/documents/v1/messages/${id}/original`;
    assert.equal((await hub.call({ method: 'HEAD', path })).status, 405);
    assert.equal((await hub.get(`${id}/original`, first, { range: 'bytes=0-1,4-5' })).status, 400);
    assert.equal((await hub.get('khong-phai-ma')).body.code, 'request-invalid');
    assert.equal((await hub.get(`${id}/attachments/0`)).body.code, 'request-invalid');
  });

  it('notes what was given in the entry of the call', async () => {
    const whole = await hub.get(`${id}/original`, first);
    const [, closed] = await hub.entries(whole.exchangeId);
    assert.deepEqual(closed?.sealed['released'], { sha256: toSha256(original), bytes: original.length });
    const part = await hub.get(`${id}/original`, first, { range: 'bytes=0-9' });
    const [, ofPart] = await hub.entries(part.exchangeId);
    assert.equal(ofPart?.sealed['result'], `bytes 0-9/${original.length}`);
  });

  const line = fc
    .string({ unit: fc.constantFrom(...'aÂđẹ&<>"\' ]]>Ỹ漢😀-'), minLength: 1, maxLength: 40 })
    .filter((text) => text.trim() !== '');
  const file = fc.record({
    name: fc.constantFrom('Quyết định.pdf', "d'accord (1).pdf", 'Bảng tính.xlsx', 'ghi chú.txt'),
    content: fc.uint8Array({ minLength: 1, maxLength: 5_000 }),
  });
  const some = fc.record(
    {
      subject: line,
      content: fc.tuple(line, fc.constantFrom('\n', '\r\n', '\t', '  '), line).map((parts) => parts.join('')),
      dueDate: fc.constant('2027-01-01'),
      priority: fc.integer({ min: 0, max: 4 }),
      pages: fc.nat(1000),
      promulgationPlace: line,
      toPlaces: fc.array(line, { maxLength: 3 }),
      signer: fc.record({ fullName: line, position: line }),
      steering: fc.integer({ min: 0, max: 2 }),
      isDirection: fc.boolean(),
      hasPaper: fc.boolean(),
      staff: fc.record({ department: line, email: fc.constant('a@example.invalid') }, { requiredKeys: [] }),
      taskCodes: fc.array(line, { maxLength: 2 }),
      appendixes: fc.array(line, { maxLength: 2 }),
      answers: fc.array(fc.record({ documentId: line, organCode: fc.constant('H99.02') }), {
        ...{ minLength: 1, maxLength: 2 },
      }),
    },
    { requiredKeys: ['subject'] },
  );

  const business = fc.oneof(
    fc.constant({ businessType: 'new' }),
    fc.record({
      businessType: fc.constant('revoke'),
      withdraws: fc.array(
        fc.record(
          { documentId: line, code: line, promulgationDate: fc.constant('2026-01-02') },
          { requiredKeys: ['documentId'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      reason: fc.constant('Ban hành nhầm'),
    }),
    fc.record({
      businessType: fc.constant('update'),
      updates: fc.record(
        {
          documentId: line,
          isContentChanged: fc.boolean(),
          receivers: fc.array(
            fc.record({ code: fc.constant('H99.05'), change: fc.constantFrom('added', 'removed') }),
            { maxLength: 2 },
          ),
        },
        { requiredKeys: ['documentId', 'isContentChanged'] },
      ),
    }),
    fc.record({
      businessType: fc.constant('replace'),
      replaces: fc.array(
        fc.record(
          { documentId: line, receivers: fc.array(fc.constant('H99.05'), { maxLength: 1 }) },
          { requiredKeys: ['documentId'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  );

  it('gives back whatever was sent', async () => {
    const property = fc.asyncProperty(
      some,
      business,
      fc.array(file, { maxLength: 3 }),
      async (given, about, chosen) => {
        const sentFiles = chosen.map(({ name, content }): TestFile => {
          const start = { pdf: '%PDF-', xlsx: 'PK\x05\x06', txt: 'chữ' }[name.split('.')[1] ?? ''] ?? '';
          const rest = name.endsWith('txt') ? Buffer.from(content.map((byte) => 32 + (byte % 90))) : content;
          return {
            name,
            contentType: 'application/octet-stream',
            content: Buffer.concat([Buffer.from(start, 'utf8'), rest]),
          };
        });
        const to = [{ code: codes[first] }, { code: codes[second] }];
        const { status, body: sent } = await hub.send(
          toDocument({ ...given, ...about, to }, sentFiles),
          sentFiles,
        );
        assert.equal(status, 202, JSON.stringify(sent));
        const { body } = await hub.get(sent.messageId, second);
        const whole = (await hub.get(`${sent.messageId}/original`, sender)).bytes;
        assert.equal(toSha256(whole), sent.sha256);
        const reader = createEdxmlReader(defaultLimits);
        await reader.push(whole);
        const read = await reader.end();
        assert.deepEqual(body.form, JSON.parse(JSON.stringify(read.message)));
        for (const [n, { content }] of sentFiles.entries()) {
          const got = await hub.get(`${sent.messageId}/attachments/${n + 1}`, second);
          assert.deepEqual(got.bytes, Buffer.from(content));
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });
});
