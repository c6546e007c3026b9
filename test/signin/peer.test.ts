// From where a call comes: by the connection, or by the headers of a trusted proxy and of nobody else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Problem } from '../../src/problem.ts';
import { createToPeer } from '../../src/signin/peer.ts';
import { askFrom } from '../support/ask-from.ts';
import { makeClientCertificate } from '../support/certificates.ts';

const proxy = '127.0.5.1';
const stranger = '127.0.0.1';

describe('The other end of a connection', () => {
  let server: Server;
  let url: string;
  const toPeer = createToPeer({
    trustedProxies: ['127.0.5.0/24', '10.9.0.0/16', '2001:db8::/32'],
    certificateHeader: 'client-cert',
  });
  before(async () => {
    server = createServer((request, response) => {
      const { address, certificate } = toPeer(request);
      let found: string | undefined;
      try {
        found = certificate()?.sha256;
      } catch (error) {
        found = error instanceof Problem ? error.code : String(error);
      }
      response.end(JSON.stringify({ address, certificate: found }));
    }).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const place = server.address();
    url = `http://127.0.0.1:${typeof place === 'object' && place ? place.port : 0}/`;
  });
  after(() => server.close());
  const tell = async (from: string, headers: Record<string, string | string[]>) =>
    JSON.parse((await askFrom(from, url, { headers })).text);

  const addresses: readonly [string, string, Record<string, string | string[]>, string][] = [
    ['no header', proxy, {}, proxy],
    ['a stranger that names another', stranger, { 'x-forwarded-for': '203.0.113.7' }, stranger],
    ['a stranger that names another (RFC 7239)', stranger, { forwarded: 'for=203.0.113.7' }, stranger],
    ['a proxy', proxy, { 'x-forwarded-for': '203.0.113.7' }, '203.0.113.7'],
    ['a proxy (RFC 7239)', proxy, { forwarded: 'for=203.0.113.7;proto=https' }, '203.0.113.7'],
    ['an IPv6 address', proxy, { forwarded: 'for="[2001:db9::7]:4711"' }, '2001:db9::7'],
    ['an address with its port', proxy, { 'x-forwarded-for': '203.0.113.7:4711' }, '203.0.113.7'],
    [
      'what the caller itself put before',
      proxy,
      { 'x-forwarded-for': '10.1.1.1, 203.0.113.7' },
      '203.0.113.7',
    ],
    ['garbage before', proxy, { 'x-forwarded-for': '"x, 203.0.113.7' }, '203.0.113.7'],
    ['an open quotation in the same line', proxy, { forwarded: 'for="x, for=203.0.113.7' }, ''],
    [
      'an open quotation in a line before',
      proxy,
      { forwarded: ['for="x', 'for=203.0.113.7'] },
      '203.0.113.7',
    ],
    [
      'separators within a quotation',
      proxy,
      { forwarded: 'proto=http;host="a;for=198.51.100.9;b";for=203.0.113.7' },
      '203.0.113.7',
    ],
    ['two proxies', proxy, { 'x-forwarded-for': '203.0.113.7, 10.9.0.3' }, '203.0.113.7'],
    ['two headers of one name', proxy, { 'x-forwarded-for': ['198.51.100.1', '203.0.113.7'] }, '203.0.113.7'],
    ['proxies only', proxy, { 'x-forwarded-for': '10.9.0.4, 10.9.0.3' }, '10.9.0.4'],
    ['a hop that cannot be read', proxy, { 'x-forwarded-for': '203.0.113.7, unknown' }, ''],
    ['a hidden hop', proxy, { forwarded: 'for=_hidden' }, ''],
    [
      'both headers in agreement',
      proxy,
      { forwarded: 'for=203.0.113.7', 'x-forwarded-for': '203.0.113.7' },
      '203.0.113.7',
    ],
    [
      'a header that the proxy passed on beside its own',
      proxy,
      { forwarded: 'for=10.1.1.1', 'x-forwarded-for': '203.0.113.7' },
      '',
    ],
    ['more hops than are read', proxy, { 'x-forwarded-for': Array(30).fill('10.9.0.3').join(',') }, ''],
  ];
  for (const [name, from, headers, expected] of addresses)
    it(`is at ${expected || 'an unknown address'}: ${name}`, async () => {
      assert.equal((await tell(from, headers)).address, expected);
    });

  const good = makeClientCertificate();
  const other = makeClientCertificate();
  const past = makeClientCertificate(Date.now() - 800 * 86_400_000);
  const future = makeClientCertificate(Date.now() + 86_400_000 * 3);
  const certificates: readonly [string, string, string | string[], string | undefined][] = [
    ['RFC 9440', proxy, good.header, good.sha256],
    ["nginx's form", proxy, good.escaped, good.sha256],
    ['nothing', proxy, '', undefined],
    ['from a stranger', stranger, good.header, 'certificate-not-trusted'],
    ['garbage from a stranger', stranger, 'x', 'certificate-not-trusted'],
    ['expired', proxy, past.header, 'certificate-expired'],
    ['not yet valid', proxy, future.escaped, 'certificate-expired'],
    ['two headers', proxy, [good.header, good.header], 'certificate-unreadable'],
    ['an own header beside that of the proxy', proxy, ['', good.header], 'certificate-unreadable'],
    ['two in one header', proxy, `${good.header}, ${other.header}`, 'certificate-unreadable'],
    ['two in one PEM', proxy, encodeURIComponent(good.pem + other.pem), 'certificate-unreadable'],
    [
      'something after the certificate',
      proxy,
      `:${Buffer.concat([Buffer.from(good.header.slice(1, -1), 'base64'), Buffer.from('x')]).toString('base64')}:`,
      'certificate-unreadable',
    ],
    [
      'PEM where DER is meant',
      proxy,
      `:${Buffer.from(good.pem).toString('base64')}:`,
      'certificate-unreadable',
    ],
    ['base64 alone', proxy, good.header.slice(1, -1), 'certificate-unreadable'],
    ['a bad escape', proxy, '-----BEGIN%', 'certificate-unreadable'],
    ['words', proxy, 'CN=mot-cua', 'certificate-unreadable'],
    ['too much', proxy, `:${'A'.repeat(12_100)}:`, 'certificate-unreadable'],
  ];
  for (const [name, from, value, expected] of certificates)
    it(`presents ${expected?.startsWith('certificate-') ? expected : 'what it presents'}: ${name}`, async () => {
      assert.equal((await tell(from, { 'client-cert': value })).certificate, expected);
    });
});
