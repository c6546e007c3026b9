// Dossiers filed on the portal: how the mock tells a gateway of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import { control, openPortal, type Portal } from './client.ts';

/** A gateway that answers by a list, the last for all further calls; the empty one breaks off, `never` never comes. */
interface Gateway {
  readonly url: string;
  readonly server: Server;
  readonly calls: { readonly body: string; readonly authorization: string }[];
  answers: readonly string[];
}

async function openGateway(): Promise<Gateway> {
  const calls: Gateway['calls'] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(Buffer.from(chunk));
    calls.push({
      body: Buffer.concat(chunks).toString('utf8'),
      authorization: message.headers.authorization ?? '',
    });
    const answer = gateway.answers[Math.min(calls.length, gateway.answers.length) - 1] ?? '';
    if (answer === 'never') return;
    if (answer === '') response.destroy();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const gateway: Gateway = { url: `http://127.0.0.1:${address.port}/in`, server, calls, answers: [] };
  return gateway;
}

const taken = '{"error_code":0}';

describe('the portal mock: dossiers filed on it', () => {
  let portal: Portal;
  let gateway: Gateway;
  before(async () => {
    gateway = await openGateway();
    portal = await openPortal({
      ...{ gatewayUrl: gateway.url, inboundTries: 3, inboundRetryMs: 5 },
      ...{ inboundAccount: 'portal-test', inboundSecret: 'inbound-test' },
    });
  });
  after(async () => {
    await portal.close();
    gateway.server.closeAllConnections();
    gateway.server.close();
  });
  afterEach(() => {
    gateway.calls.length = 0;
  });
  const file = (order: object) =>
    control(portal.mock.inboundUrl, 'POST', { unit: 'H99.10', wait: true, ...order });
  const lines = async () => {
    const { entries } = await control(`${portal.mock.journalUrl}?limit=1000`);
    return (entries as readonly { event: string; answer?: string }[])
      .filter(({ event }) => event === 'inbound')
      .map(({ answer }) => answer);
  };

  it('10.12 tells the gateway of a dossier in the portal’s manner, and holds it with status 1', async () => {
    gateway.answers = [taken];
    const { codes } = await file({ procedure: '1.900002', files: 2, fileBytes: 300 });
    const [code] = codes as readonly string[];
    const [call] = gateway.calls;
    const body = JSON.parse(call?.body ?? '{}');
    assert.match(code ?? '', /^G22\.99\.01-\d{6}-\d{4}$/);
    assert.deepEqual([body.MaHoSo, body.MaTTHC, body.MaDonVi], [code, '1.900002', 'H99.10']);
    assert.match(body.NgayNopHoSo, /^\d{14}$/);
    assert.match(body.DinhDanhCHS.SoDinhDanh, /^999\d{9}$/);
    assert.equal(Buffer.from(body.TaiLieuNop[1].Base64, 'base64').length, 300);
    assert.equal(atob((call?.authorization ?? '').slice(6)), 'portal-test:inbound-test');
    assert.equal((await portal.held(code ?? ''))['status'], '1');
    assert.equal((await portal.update({ ...body, TaiLieuNop: [], TrangThaiHoSo: '2' })).error_code, 0);
  });

  it('10.12 repeats the same call on demand, byte for byte, and understands the answer 1', async () => {
    gateway.answers = [taken, '{"error_code":"1"}'];
    const { codes } = await file({ repeat: 2 });
    assert.equal(gateway.calls.length, 3);
    assert.equal(new Set(gateway.calls.map(({ body }) => body)).size, 1);
    assert.deepEqual((await lines()).slice(-3), ['0', '1', '1']);
    await file({ unit: undefined, again: codes });
    assert.equal(gateway.calls.length, 4);
  });

  it('10.12 tries again after -1, no answer and nonsense, and gives up after a limit', async () => {
    gateway.answers = ['{"error_code":-1}', '', '{"error_code":"00"}'];
    await file({});
    assert.deepEqual((await lines()).slice(-3), ['-1', 'none', '0']);
    gateway.calls.length = 0;
    gateway.answers = ['not json'];
    const { counts } = await file({});
    assert.equal(gateway.calls.length, 3);
    assert.equal((counts as { givenUp: number }).givenUp, 1);
  });

  it('10.12 goes on after its own end with what no answer had come to', async () => {
    gateway.answers = ['never'];
    const other = await openPortal({ gatewayUrl: gateway.url });
    await control(other.mock.inboundUrl, 'POST', { unit: 'H99.10', count: 3 });
    while (gateway.calls.length < 3) await sleep(5);
    gateway.answers = [taken];
    await other.restart();
    const count = async () => (await control(other.mock.inboundUrl))['counts'] as { accepted: number };
    while ((await count()).accepted < 3) await sleep(5);
    await other.close();
    assert.equal(new Set(gateway.calls.map(({ body }) => body)).size, 3);
  });

  it('10.12 gives every dossier a number of its own', async () => {
    gateway.answers = [taken];
    const { codes } = await file({ count: 50 });
    assert.equal(new Set(codes as readonly string[]).size, 50);
    assert.equal(gateway.calls.length, 50);
  });
});
