// What the adapter sends: messages, headers, and to whom it refuses to send at all.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SourceError } from '../../../adapters/adapter.ts';
import { createPopulationAdapter, parsePopulationSettings } from '../../../adapters/population/index.ts';
import { buildConfirmation, buildLookUp } from '../../../adapters/population/request.ts';
import {
  createDirectRoute,
  toAuthHash,
  toAuthorization,
  toLgspAccessToken,
  toOfficerMark,
} from '../../../adapters/population/routes.ts';
import { type Bench, officers, openBench, toContext, woman } from './support.ts';

const direct = { kind: 'direct', user: 'lamdong-test', secret: 'test-secret' } as const;
const lgsp = {
  kind: 'lgspToken',
  tokenUrl: 'http://127.0.0.1:9/token',
  accessKey: 'test-access-key',
  secretKey: 'test-secret',
  appName: 'LGSP-TEST',
  partnerCode: 'H99',
  partnerCodeCus: 'H99.01',
  officerKeys: [],
  tokenField: 'access_token',
  tokenLifeS: 300,
} as const;
const url = 'http://127.0.0.1:9002/mock/population';
const settings = (more = {}) => parsePopulationSettings({ url, route: direct, ...more });
const asker = {
  requestCode: '7f1c2c0e-9990-4000-8000-000000000001',
  unitCode: 'TEST-DVC',
  officerNumber: '999085000001',
};
const namesIn = (xml: Buffer): string[] =>
  [...xml.toString().matchAll(/<(?:dc:)?([A-Z]\w+)/g)].map(([, name]) => name ?? '');

describe('population adapter: what it sends', () => {
  it('§10.1 builds with a writer, so that markup in a name stays text', () => {
    const claim = { ...woman, fullName: "A</HoVaTen><X>&'" };
    const xml = buildLookUp(claim, asker, settings()).toString();
    assert.match(xml, /<dc:HoVaTen>A&lt;\/HOVATEN&gt;&lt;X&gt;&amp;'<\/dc:HoVaTen>/);
  });

  it('§10.1 writes the fields of a look-up in the order of the reference', () => {
    const more = { lookUp: { maDonVi: '{unitCode}', taiKhoan: 'tk', soDienThoai: '0' } };
    const xml = buildLookUp(woman, asker, settings(more));
    assert.deepEqual(namesIn(xml), [
      ...['TraCuuThongTinCongDan', 'MaYeuCau', 'MaDVC', 'MaTichHop', 'MaDonVi', 'TaiKhoan', 'SoDienThoai'],
      ...['MaCanBo', 'SoDinhDanh', 'HoVaTen', 'NgayThangNamSinh', 'NgayThangNam'],
    ]);
    assert.match(xml.toString(), /<dc:MaDonVi>TEST-DVC</);
  });

  it('writes the example of the reference field by field', () => {
    const xml = buildLookUp(woman, asker, settings({ fields: 'unqualified' })).toString();
    const fields =
      '<MaYeuCau>7f1c2c0e-9990-4000-8000-000000000001</MaYeuCau><MaDVC>TEST-DVC</MaDVC><MaTichHop>037</MaTichHop>' +
      '<MaCanBo>999085000001</MaCanBo><SoDinhDanh>999190000002</SoDinhDanh>' +
      '<HoVaTen>NGUYỄN THỊ THỬ NGHIỆM</HoVaTen>' +
      '<NgayThangNamSinh><NgayThangNam>19900215</NgayThangNam></NgayThangNamSinh>';
    assert.ok(xml.includes(fields), xml);
  });

  it('§10.3 sends 12 digits as SoDinhDanh, 9 as SoCMND, and the name in NFC upper case', () => {
    const claim = {
      personalNumber: '999000002',
      fullName: ' Nguyễn  Thị Đỗ '.normalize('NFD'),
      birthDate: '1990',
    };
    const xml = buildLookUp(claim, asker, settings()).toString();
    assert.match(xml, /<dc:SoCMND>999000002<\/dc:SoCMND><dc:HoVaTen>NGUYỄN THỊ ĐỖ</);
    assert.match(xml, /<dc:NgayThangNamSinh><dc:Nam>1990</);
    assert.doesNotMatch(xml, /SoDinhDanh/);
  });

  it('writes a confirmation with either service number and either form of the unused number', () => {
    const confirmation = { numberElement: 'MaTichHop', serviceNumber: '003', unusedNumber: 'empty' };
    const xml = buildConfirmation(woman, asker, settings({ confirmation })).toString();
    assert.match(
      xml,
      /<dc:MaTichHop>003<.*<dc:SoDinhDanh>999190000002<\/dc:SoDinhDanh><dc:SoCMND\/><dc:HoVaTen>/,
    );
  });

  it('§10.4 makes the digest header of the test vector', () => {
    assert.equal(
      toAuthorization(url, 'lamdong-test', '1763882130042', 'test-secret'),
      'Basic bGFtZG9uZy10ZXN0OmFmMDYwM2QxZjBhOWRkY2I4ZTM4MWQxMGYxYWM2YWJkNTgzYzI1YzNjMjgxOTFiMmJmMTljM2Y1Zjk0OGZjNGM=',
    );
  });

  it('§10.4 makes the LGSP token headers of the test vector', () => {
    assert.equal(
      toLgspAccessToken(lgsp),
      'eyJBY2Nlc3NLZXkiOiJ0ZXN0LWFjY2Vzcy1rZXkiLCJTZWNyZXRLZXkiOiJ0ZXN0LXNlY3JldCIsIkFwcE5hbWUiOiJMR1NQLVRFU1QiLCJQYXJ0bmVyQ29kZSI6Ikg5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiSDk5LjAxIn0=',
    );
    assert.equal(
      toAuthHash({ keyName: 'officer-999', keyPass: 'test-secret' }),
      'b2ZmaWNlci05OTk6dGVzdC1zZWNyZXQ=',
    );
  });

  it('§10.4 takes a fresh timestamp for each request, in milliseconds or seconds', async () => {
    const call = { url, unitCode: 'TEST-DVC', officerNumber: '999085000001', credential: undefined };
    const route = {
      ...direct,
      timestampUnit: 'milliseconds',
      xRoadClient: undefined,
      apiKey: undefined,
    } as const;
    const inMs = createDirectRoute(route, () => 1_763_882_130_042);
    assert.equal((await inMs.headers(call))['Timestamp'], '1763882130042');
    assert.equal((await inMs.headers(call))['Timestamp'], '1763882130043');
    const inS = createDirectRoute({ ...route, timestampUnit: 'seconds' }, () => 1_763_882_130_042);
    assert.equal((await inS.headers(call))['Timestamp'], '1763882130');
  });

  it('names every mistake of its settings in one message', () => {
    const wrong = { url: 'ftp://x', route: { kind: 'direct', user: 'a' }, nameForm: 'plain', colour: 1 };
    assert.throws(
      () => parsePopulationSettings(wrong),
      (error: Error) => {
        for (const part of ['population.url', 'route.secret', 'nameForm', 'colour is not known'])
          assert.ok(error.message.includes(part), part);
        return true;
      },
    );
  });
});

describe('population adapter: whom it sends for', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  it('§10.2 sends the exchange id as MaYeuCau, once', async () => {
    const context = toContext();
    const { trace } = await bench.adapter.lookUp(woman, context);
    assert.equal(trace.requestCode, context.exchangeId);
    const [entry, second] = await bench.journal(context.exchangeId);
    assert.equal(second, undefined);
    assert.equal(entry?.sha256, trace.request.sha256);
  });

  const absences = [
    ['unit', { unitCode: undefined }, 'unmapped', 'unit-code-missing'],
    ['purpose', { purpose: '' }, 'refused', 'purpose-missing'],
    ['dossier code', { caseCode: undefined }, 'refused', 'case-code-missing'],
    ['officer', { officerNumber: async () => '' }, 'unmapped', 'officer-number-missing'],
  ] as const;
  for (const [what, more, kind, code] of absences)
    it(`§10.5 refuses a call without ${what} before anything is sent`, async () => {
      const context = toContext(more);
      await assert.rejects(bench.adapter.lookUp(woman, context), { kind, code, trace: undefined });
      assert.deepEqual(await bench.journal(context.exchangeId), []);
    });

  it('§10.5 takes the officer from the context alone', async () => {
    const context = toContext({ officerNumber: async () => officers.unknown });
    await assert.rejects(bench.adapter.lookUp(woman, context), { code: 'officer-unknown' });
  });

  it('§10.1 verifies TLS: an authority that is not trusted is unreachable, a configured one is not', async () => {
    const { url: tlsUrl = '', certificate = '' } = bench.mock.tls ?? {};
    const strange = bench.open({ url: tlsUrl });
    await assert.rejects(strange.lookUp(woman, toContext()), (error: SourceError) => {
      assert.equal(error.kind, 'unreachable');
      assert.match(error.code ?? '', /self-signed|unable/);
      return true;
    });
    const trusted = bench.open({ url: tlsUrl, ca: certificate });
    assert.equal((await trusted.lookUp(woman, toContext())).value.outcome, 'found');
  });
});

describe('population adapter: the LGSP token route', () => {
  const seen: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk) => chunks.push(chunk));
    message.on('end', () => {
      seen.push({ url: message.url ?? '', headers: message.headers, body: Buffer.concat(chunks).toString() });
      if (message.url === '/token') response.end('{"access_token":"test-token","expires_in":600}');
      else response.writeHead(401).end();
    });
  });
  before((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  after((done) => {
    server.close(done);
  });

  it("§10.4 sends bearer token, access token and the officer's key; a refused token is not used again", async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = {
      unitCode: 'TEST-DVC',
      officer: toOfficerMark('test-secret', officers.good),
      keyName: 'officer-999',
      keyPass: 'test-secret',
    };
    const { tokenField: _field, tokenLifeS: _life, ...stated } = lgsp;
    const route = { ...stated, tokenUrl: `${origin}/token`, officerKeys: [key] };
    const adapter = createPopulationAdapter(parsePopulationSettings({ url: `${origin}/call`, route }));
    try {
      for (const _ of [1, 2])
        await assert.rejects(adapter.lookUp(woman, toContext()), { kind: 'refused', code: 'credentials' });
      await assert.rejects(adapter.lookUp(woman, toContext({ unitCode: 'TEST-DVC-2' })), {
        kind: 'unmapped',
        code: 'officer-key-missing',
      });
    } finally {
      await adapter.close();
    }
    assert.deepEqual(
      seen.map((each) => each.url),
      ['/token', '/call', '/token', '/call'],
    );
    assert.equal(seen[0]?.body, 'grant_type=client_credentials');
    assert.equal(seen[0]?.headers['lgspaccesstoken'], toLgspAccessToken(lgsp));
    assert.equal(seen[1]?.headers['authorization'], 'Bearer test-token');
    assert.equal(seen[1]?.headers['authhash'], 'b2ZmaWNlci05OTk6dGVzdC1zZWNyZXQ=');
  });
});
