// What an answer of the axis may be, and what is made of it: never an empty list of what cannot be read.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import { type AxisUnit, type DocumentAxis, isPassing } from '../../../adapters/document-axis/index.ts';
import { openPuppet, type Puppet, readWhole, says, toCall, toMessage } from './support.ts';

const failure = (promise: Promise<unknown>): Promise<SourceError> =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => (error instanceof SourceError ? error : assert.fail(String(error))),
  );

describe('axis answers', () => {
  let puppet: Puppet;
  let axis: DocumentAxis;
  const list = () => axis.list('document', {}, toCall());
  before(async () => {
    puppet = await openPuppet();
    axis = puppet.open();
  });
  after(() => puppet.close());

  for (const [words, body] of [
    ['cut off', '{"status":"OK","ErrorCode":"0","data":[{"docId":"1"'],
    ['no JSON', 'Service is starting'],
    ['empty', ''],
    ['without a verdict', { data: [] }],
    ['without a list', { status: 'OK', ErrorCode: '0' }],
    ['with null for a list', { status: 'OK', ErrorCode: '0', data: null }],
    ['with an item without an id', { status: 'OK', ErrorCode: '0', data: [{ from: 'H99' }] }],
    ['with an item that is no object', { status: 'OK', ErrorCode: '0', data: ['1'] }],
  ] as const)
    it(`adapter 9.18: a list ${words} is an error, never an empty list`, async () => {
      puppet.answer = says(body);
      assert.equal((await failure(list())).kind, 'unreadable');
    });

  it('adapter 9.18: an empty list is one only where the axis says so', async () => {
    puppet.answer = says({ status: 'OK', ErrorCode: '0', ErrorDesc: '', data: [] });
    assert.deepEqual((await list()).value, []);
  });

  it('adapter 5.16: numbers and flags may be texts, names in any letter case', async () => {
    const item = { DocID: 17, messagetype: 'EDOC', status: 'PROCESSING', to: '["000.00.01.H99"]' };
    puppet.answer = says({ Status: 'ok', errorCode: 0, Data: [item] });
    const [read] = (await list()).value;
    assert.deepEqual(
      [read?.docId, read?.kind, read?.state, read?.to],
      ['17', 'document', 'processing', ['000.00.01.H99']],
    );
  });

  for (const [code, kind, party, passes] of [
    ['10', 'refused', 'hub', false],
    ['15', 'refused', 'hub', false],
    ['18', 'refused', 'caller', false],
    ['19', 'refused', 'hub', false],
    ['20', 'unavailable', 'source', true],
    ['21', 'unavailable', 'source', true],
    ['22', 'refused', 'hub', false],
    ['23', 'refused', 'caller', false],
    ['77', 'refused', 'source', false],
  ] as const)
    it(`adapter 9.16: error ${code} ${passes ? 'can pass' : 'is permanent'}, in either shape`, async () => {
      for (const body of [
        { status: 'FAIL', ErrorCode: code, ErrorDesc: 'Nguyễn Văn Thử' },
        { success: false, message: 'Nguyễn Văn Thử', data: { errorCode: Number(code), errorDesc: 'x' } },
      ]) {
        puppet.answer = says(body);
        const error = await failure(axis.send(toMessage(Buffer.from('<edXML/>')), toCall()));
        assert.deepEqual(
          [error.code, error.kind, error.party, isPassing(error)],
          [code, kind, party, passes],
        );
        assert.doesNotMatch(error.message, /Thử/);
      }
    });

  it('adapter 9.16: 5xx can pass; other statuses, redirects too, cannot', async () => {
    const seen: unknown[] = [];
    for (const status of [503, 429, 403, 404, 302]) {
      puppet.answer = says('<html>', status);
      const error = await failure(list());
      seen.push([error.code, error.kind, isPassing(error)]);
    }
    assert.deepEqual(seen, [
      ['http-503', 'unavailable', true],
      ['http-429', 'unavailable', true],
      ['http-403', 'refused', false],
      ['http-404', 'refused', false],
      ['http-302', 'unreadable', false],
    ]);
  });

  it('adapter 9.16: a plain-text 401 is a refusal of the credentials', async () => {
    puppet.answer = says('Unauthorized', 401);
    const { kind, code, party } = await failure(list());
    assert.deepEqual([kind, code, party], ['refused', 'http-401', 'hub']);
  });

  it('adapter 9.16: a connection that is refused or breaks can pass; an answer that cannot be read cannot', async () => {
    const away = await failure(puppet.open({ url: 'http://127.0.0.1:9' }).list('status', {}, toCall()));
    assert.deepEqual([away.kind, away.trace, isPassing(away)], ['unreachable', undefined, true]);
    puppet.answer = (_request, response) => response.destroy();
    assert.equal(isPassing(await failure(list())), true);
    puppet.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('{"status":"OK","data":[');
      setTimeout(() => response.destroy(), 20);
    };
    assert.equal((await failure(list())).kind, 'timeout');
    puppet.answer = says('{"status":"OK","DocId":');
    const error = await failure(axis.send(toMessage(Buffer.from('<edXML/>')), toCall()));
    assert.deepEqual([error.kind, isPassing(error), isPassing(new Error())], ['unreadable', false, false]);
  });

  it('every call ends in its time, and an aborted one at once', async () => {
    puppet.answer = () => {};
    const slow = await failure(puppet.open({ timeoutMs: 200 }).list('document', {}, toCall()));
    assert.deepEqual([slow.kind, slow.code], ['timeout', 'call-timeout']);
    const call = { requestCode: 'x', signal: AbortSignal.timeout(50) };
    assert.equal((await failure(axis.list('document', {}, call))).code, 'call-aborted');
    const over = { requestCode: 'x', signal: AbortSignal.abort() };
    assert.equal((await failure(axis.list('document', {}, over))).kind, 'unreachable');
  });

  it('an answer beyond its limit is not read, announced or not', async () => {
    const narrow = puppet.open({ limits: { answerBytes: 1_024, messageBytes: 1_024 } });
    puppet.answer = says({ status: 'OK', data: 'x'.repeat(2_000) });
    assert.equal((await failure(narrow.list('document', {}, toCall()))).code, 'answer-too-large');
    puppet.answer = (_request, response) => {
      response.write('<edXML>');
      response.end('x'.repeat(100_000));
    };
    const error = await failure(narrow.fetch('1', toCall()).then(({ content }) => readWhole(content)));
    assert.equal(error.code, 'answer-too-large');
  });

  it('a trace holds digests and sizes of what passed, under the code of the caller', async () => {
    puppet.answer = says('{"status":"OK","DocId":"d-1"}');
    const message = toMessage(Buffer.from('<edXML/>'));
    const { docId, trace } = await axis.send(message, toCall('delivery-1'));
    assert.equal(docId, 'd-1');
    assert.deepEqual([trace.source, trace.requestCode], ['document-axis', 'delivery-1']);
    assert.deepEqual(trace.request, { sha256: message.sha256, bytes: 8 });
    assert.equal(trace.answer?.bytes, 29);
  });

  async function readUnits(): Promise<readonly AxisUnit[]> {
    const units: AxisUnit[] = [];
    for await (const unit of axis.units(toCall())) units.push(unit);
    return units;
  }

  it('a unit keeps its version, its dates and whether it is deleted, as loosely as they are written', async () => {
    const row = { id: 5, code: '000.00.01.H11', name: 'Xã Thử', version: '2', deleted: 'true', isAgency: 0 };
    puppet.answer = says(`{"data":[${JSON.stringify(row)}],"status":"OK","ErrorCode":"0"}\n`);
    const [unit] = await readUnits();
    assert.deepEqual(
      [unit?.id, unit?.code, unit?.version, unit?.isDeleted, unit?.isAgency],
      ['5', '000.00.01.H11', 2, true, false],
    );
  });

  for (const [words, body] of [
    ['cut off', '{"status":"OK","data":[{"code":"H99.01"},{"code":'],
    ['failed at its end', '{"data":[{"code":"H99.01"}],"status":"FAIL","ErrorCode":"20"}'],
    ['without a row', '{"status":"OK","ErrorCode":"0","data":[]}'],
    ['with a row without a code', '{"status":"OK","data":[{"name":"x"}]}'],
    ['with something behind it', '{"status":"OK","data":[{"code":"H99.01"}]} x'],
  ] as const)
    it(`adapter 9.18: a directory ${words} fails, never ends early as if it were whole`, async () => {
      puppet.answer = says(body);
      await failure(readUnits());
    });
});
