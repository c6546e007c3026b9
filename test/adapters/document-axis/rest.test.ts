// The REST facade: one token for all, one renewal, bodies made anew, both shapes. document-axis.md §4.1, §5.10
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { SourceError } from '../../../adapters/adapter.ts';
import {
  createDocumentAxisAdapter,
  parseDocumentAxisSettings,
} from '../../../adapters/document-axis/index.ts';
import { openPuppet, type Puppet, readWhole, toCall, toMessage } from './support.ts';

/** What the facade was asked. */
interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('axis REST facade', () => {
  let puppet: Puppet;
  let asked: Asked[];
  /** Tokens that the facade takes. */
  let good: Set<string>;
  let logins: number;
  let reply: unknown;
  before(async () => {
    puppet = await openPuppet();
  });
  beforeEach(() => {
    [asked, good, logins] = [[], new Set(), 0];
    reply = { success: true, message: '', data: [] };
    puppet.answer = (request, response) =>
      void readWhole(request).then((bytes) => {
        const { url, method, headers } = request;
        asked.push({ line: `${method} ${url}`, headers, body: bytes.toString() });
        if (url === '/v1/auth/login') {
          logins += 1;
          const token = `token-${logins}`;
          if (good.has('none')) return response.writeHead(401).end('Unauthorized');
          good.add(token);
          return response.end(JSON.stringify({ success: true, data: { token } }));
        }
        const token = headers.authorization?.replace('Bearer ', '') ?? '';
        if (!good.has(token)) return response.writeHead(401).end('Token expired');
        return response.end(JSON.stringify(reply));
      });
  });
  after(() => puppet.close());
  const open = () => puppet.open({ face: 'rest', url: `${puppet.url}/v1` });
  const lines = () => asked.map(({ line }) => line);

  it('adapter 9.16: calls at one time share one login, later ones the same token', async () => {
    const axis = open();
    await Promise.all([1, 2, 3].map(() => axis.list('document', {}, toCall())));
    await axis.list('status', {}, toCall());
    assert.equal(logins, 1);
    const { headers } = asked.at(-1) ?? assert.fail();
    assert.deepEqual([headers['x-systemid'], headers['x-secretkey']], ['00.99.W00', 'test-secret']);
  });

  it('adapter 4.1: a token is kept for 29 minutes', async () => {
    let now = 0;
    const settings = { url: `${puppet.url}/v1`, face: 'rest', systemId: '00.99.W00', secret: 'test-secret' };
    const axis = createDocumentAxisAdapter(parseDocumentAxisSettings(settings), () => now);
    for (const minutes of [0, 28.9, 29.1]) {
      now = minutes * 60_000;
      await axis.list('document', {}, toCall());
    }
    await axis.close();
    assert.equal(logins, 2);
  });

  it('adapter 9.16: an expired token is renewed once, with the multipart body made anew', async () => {
    const axis = open();
    await axis.list('document', {}, toCall());
    good.clear();
    reply = { success: true, message: '', data: { errorCode: '0', errorDesc: '', docId: 'd-1' } };
    const { docId } = await axis.send(toMessage(Buffer.from('<edXML/>')), toCall());
    const [first, second] = asked.filter(({ line }) => line === 'POST /v1/sendEdoc');
    assert.deepEqual([docId, logins], ['d-1', 2]);
    assert.match(
      second?.body ?? '',
      /name="edocFile"; filename="[\w-]{36}\.edxml"\r\n.*\r\n\r\n<edXML\/>\r\n--/,
    );
    assert.notEqual(first?.headers['content-type'], second?.headers['content-type']);
  });

  it('adapter 9.16: a second plain-text 401 is a refusal of the credentials, and so is one of the login', async () => {
    const axis = open();
    const isRefused = (error: unknown) =>
      error instanceof SourceError && error.kind === 'refused' && error.code === 'http-401';
    await axis.list('document', {}, toCall());
    good.clear();
    good.add = () => good;
    await assert.rejects(axis.list('document', {}, toCall()), isRefused);
    assert.equal(lines().filter((line) => line.startsWith('GET')).length, 3);
    good = new Set(['none']);
    await assert.rejects(open().list('document', {}, toCall()), isRefused);
  });

  it('adapter 9.14: a send names its addressees beside the file', async () => {
    reply = { success: 'true', data: { docId: 'd-1' } };
    await open().send(toMessage(Buffer.from('<edXML/>')), toCall());
    const { body } = asked.at(-1) ?? assert.fail();
    assert.match(body, /name="messageType"\r\n\r\nedoc\r\n/);
    assert.match(body, /name="to"\r\n\r\n\["000\.00\.02\.G99"\]\r\n/);
  });

  it('adapter 4.1: both shapes of an answer mean the same, and dates go with slashes', async () => {
    const axis = open();
    const rows = [{ docId: 'd-1', from: 'H99.01', to: 'H99.02', status: 'INITIAL', messageType: 'edoc' }];
    const read: unknown[] = [];
    for (const shape of [
      { success: true, message: '', data: rows },
      { status: 'OK', ErrorCode: '0', data: rows },
    ]) {
      reply = shape;
      read.push((await axis.list('document', { from: '2025-11-20', to: '2025-11-23' }, toCall())).value);
    }
    assert.deepEqual(read[0], read[1]);
    assert.equal(
      lines().at(-1),
      'GET /v1/syncReceivedEdocList?messageType=edoc&fromDate=2025/11/20&toDate=2025/11/23',
    );
  });

  it('adapter 9.17: the facade is asked what the XrdAdapter is asked', async () => {
    const axis = open();
    reply = { success: true, count: '3', data: [{ code: 'H99.01', senderDocId: 'd-1' }] };
    await axis.mark('d-1', 'fail', toCall(), 'Sai địa chỉ');
    await axis.sent('document', toCall(), 'd-1');
    assert.deepEqual(await axis.counts(toCall()), { documents: 3, statuses: 3 });
    for await (const { code } of axis.agencies('old', toCall())) assert.equal(code, 'H99.01');
    await axis.registerAgency({ id: '1', pcode: 'H99', code: 'H99.01', name: 'Xã Thử' }, toCall());
    await axis.deleteAgency('H99.01', toCall());
    assert.equal(asked[1]?.body, '{"docId":"d-1","status":"fail","description":"Sai dia chi"}');
    assert.deepEqual(lines().slice(1), [
      'POST /v1/updateStatus',
      'GET /v1/getSentEdocList?messageType=edoc&docId=d-1',
      'GET /v1/countReceiveEdoc',
      'GET /v1/countReceiveStatus',
      'GET /v1/getAgenciesList',
      'POST /v1/registerAgency',
      'POST /v1/deleteAgency',
    ]);
  });
});
