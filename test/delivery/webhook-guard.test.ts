// Where webhooks may lead: by text, and by what a name resolves to at the moment of the connection.
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { toRetryAfterMs } from '../../adapters/retry-after.ts';
import { findAddressFault } from '../../src/delivery/webhook/address.ts';
import type { ResolveAll } from '../../src/delivery/webhook/guarded-connect.ts';
import { createWebhookClient } from '../../src/delivery/webhook/post.ts';
import { parseWebhookRules } from '../../src/delivery/webhook/settings.ts';
import { makeSecret, toSignedHeaders } from '../../src/delivery/webhook/signature.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const rules = parseWebhookRules({ webhookNetworks: ['203.0.113.0/24', '2001:db8::/32'] }, 'production');

const faults: readonly (readonly [url: string, fault: RegExp | undefined])[] = [
  ['https://mau.invalid/hook', undefined],
  ['https://203.0.113.7/hook', undefined],
  ['https://[2001:db8::7]/hook', undefined],
  ['https://[::ffff:203.0.113.7]/hook', undefined],
  ['http://mau.invalid/hook', /https/],
  ['ftp://mau.invalid/hook', /https/],
  ['mau.invalid/hook', /https/],
  ['https://ai-do:mat-khau@mau.invalid/hook', /password/],
  ['https://203.0.113.7@mau.invalid/hook', /password/],
  ['https://mau.invalid/hook#phan', /#/],
  ['https://mau.invalid:8443/hook', /port/],
  ['https://mau.invalid:22/hook', /port/],
  ['https://127.0.0.1/hook', /network/],
  ['https://127.1/hook', /network/],
  ['https://0x7f.0.0.1/hook', /network/],
  ['https://2130706433/hook', /network/],
  ['https://0.0.0.0/hook', /network/],
  ['https://10.0.0.1/hook', /network/],
  ['https://172.16.0.1/hook', /network/],
  ['https://192.168.1.1/hook', /network/],
  ['https://169.254.169.254/latest', /network/],
  ['https://100.64.0.1/hook', /network/],
  ['https://203.0.114.1/hook', /network/],
  ['https://[::1]/hook', /network/],
  ['https://[::]/hook', /network/],
  ['https://[fe80::1]/hook', /network/],
  ['https://[fd00::1]/hook', /network/],
  ['https://[::ffff:127.0.0.1]/hook', /network/],
  ['https://[::ffff:a00:1]/hook', /network/],
  ['https://[64:ff9b::7f00:1]/hook', /network/],
];

const to = (...addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('The guard of webhooks', () => {
  for (const [url, fault] of faults)
    it(`${fault ? 'refuses' : 'lets pass'} ${url}`, () => {
      const found = findAddressFault(url, rules);
      if (fault) assert.match(found?.en ?? '', fault);
      else assert.equal(found, undefined);
    });

  it('allows nothing outside the sandbox until networks are listed, and never every address', () => {
    assert.deepEqual(parseWebhookRules(undefined, 'production').networks, []);
    assert.deepEqual(parseWebhookRules(undefined, 'test').ports, [443]);
    assert.deepEqual(parseWebhookRules(undefined, 'sandbox').networks, ['127.0.0.0/8', '::1/128']);
    for (const json of [{ webhookNetworks: ['0.0.0.0/0'] }, { webhookPorts: [0] }, { khac: 1 }])
      assert.throws(() => parseWebhookRules(json, 'production'), /limits of delivery\.v1/);
  });

  it('signs as the standard does, with each valid secret', () => {
    const notice = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
    };
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', makeSecret()];
    const { 'webhook-signature': signature, ...more } = toSignedHeaders(notice, secrets);
    assert.match(signature, /^v1,g0hM9SsE\+OTPJTGt\/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,[\w+/]{43}=$/);
    assert.deepEqual(more, { 'webhook-id': notice.id, 'webhook-timestamp': '1614265330' });
  });

  it('reads Retry-After as seconds or a date, between a second and an hour', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const read = (value: string | undefined) => toRetryAfterMs(value, now);
    assert.deepEqual(['0', '30', '99999', 'Thu, 01 Jan 2026 00:02:00 GMT', 'mai', undefined].map(read), [
      1_000,
      30_000,
      3_600_000,
      120_000,
      undefined,
      undefined,
    ]);
  });

  describe('at the connection', () => {
    let receiver: Receiver;
    before(async () => {
      receiver = await startReceiver();
    });
    after(() => receiver.close());

    const post = async (host: string, resolveAll: ResolveAll, networks = ['127.0.0.0/8', '::1/128']) => {
      const client = createWebhookClient(networks, { connectMs: 500, wholeMs: 1_000 }, resolveAll);
      const url = receiver.url.replace('127.0.0.1', host);
      const result = await client.post(url, {}, '{}', AbortSignal.timeout(5_000));
      await client.close();
      return result.kind === 'answered' ? result.status : result.reason;
    };
    const toFixed =
      (addresses: readonly LookupAddress[]): ResolveAll =>
      (_, done) =>
        done(null, addresses);
    const came = () => receiver.received.length;

    it('goes where a name resolves to, if that is allowed', async () => {
      assert.equal(await post('mau.invalid', toFixed(to('127.0.0.1'))), 204);
      assert.equal(await post('mau.invalid', toFixed(to('10.0.0.1', '127.0.0.1'))), 204);
    });

    for (const address of ['10.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', '::ffff:a00:1', 'fd00::1'])
      it(`refuses a name that resolves to ${address}, and sends nothing`, async () => {
        const before = came();
        assert.equal(await post('mau.invalid', toFixed(to(address))), 'address');
        assert.equal(came(), before);
      });

    it('refuses loopback where it is not listed, by name and by address', async () => {
      const before = came();
      const elsewhere = ['203.0.113.0/24'];
      assert.equal(await post('mau.invalid', toFixed(to('127.0.0.1')), elsewhere), 'address');
      for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433'])
        assert.equal(await post(host, toFixed(to('203.0.113.1')), elsewhere), 'address');
      assert.equal(came(), before);
    });

    it('resolves a name once: one that changes between check and use is asked no second time', async () => {
      let asked = 0;
      const rebinding: ResolveAll = (_, done) => {
        asked += 1;
        done(null, to(asked === 1 ? '127.0.0.1' : '10.0.0.1'));
      };
      assert.equal(await post('mau.invalid', rebinding), 204);
      assert.equal(asked, 1);
    });

    it('follows no redirect', async () => {
      receiver.answer((response) => response.writeHead(307, { location: '/khac' }).end());
      assert.equal(await post('127.0.0.1', toFixed([])), 307);
      assert.equal(receiver.received.at(-1)?.path, '/hook');
    });

    it('reads no more than 64 KB of an answer that never ends', async () => {
      let sent = 0;
      receiver.answer((response) => {
        response.writeHead(200);
        const more = (): void => {
          sent += 16_384;
          if (!response.destroyed) response.write(Buffer.alloc(16_384), () => setImmediate(more));
        };
        more();
      });
      assert.equal(await post('127.0.0.1', toFixed([])), 200);
      assert.ok(sent < 20_000_000);
    });

    it('gives up what does not answer, and what is not there', async () => {
      receiver.answer(() => undefined);
      assert.equal(await post('127.0.0.1', toFixed([])), 'timeout');
      const missing: ResolveAll = (_, done) =>
        done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
      assert.equal(await post('mau.invalid', missing), 'unreachable');
    });
  });
});
