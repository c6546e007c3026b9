// The protocol of the mock: transport, order, proof, single use, officers and mapping errors.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import {
  secret,
  send,
  toConfirmation,
  toEnvelope,
  toHeaders,
  toLookUp,
  toLookUpFields,
  user,
  withMock,
  woman,
} from './client.ts';

const requestNamespace = 'http://dancuquocgia.bca';

describe('the population mock: protocol', () => {
  it('§9.1 answers SOAP 1.1 in the response namespace as application/xml', () =>
    withMock(async (mock) => {
      const { status, type, text } = await send(mock, toLookUp());
      assert.equal(status, 200);
      assert.equal(type, 'application/xml; charset=utf-8');
      assert.match(text, /<soap:Envelope xmlns:soap="http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/">/);
      assert.match(text, /<CongdanCollection xmlns="http:\/\/www\.mic\.gov\.vn\/dancu\/1\.0"/);
      assert.match(text, /<SoCongDan>1<\/SoCongDan>.*<CongDan><SoDinhDanh>999190000002</s);
    }));

  it('§9.1 refuses another content type, a SOAPAction, a SOAP 1.2 envelope and another namespace', () =>
    withMock(async (mock) => {
      const headers = () => toHeaders(mock.digestUrl, String(Date.now()));
      const soap12 = toLookUp().replace(
        'schemas.xmlsoap.org/soap/envelope/',
        'www.w3.org/2003/05/soap-envelope',
      );
      const replies = [
        await send(mock, toLookUp(), { ...headers(), 'Content-Type': 'text/xml; charset=utf-8' }),
        await send(mock, toLookUp(), { ...headers(), SOAPAction: 'TraCuu' }),
        await send(mock, soap12),
        await send(mock, toEnvelope('TraCuuThongTinCongDan', 'http://example.vn', toLookUpFields())),
        await send(mock, toEnvelope('TraCuu', requestNamespace, toLookUpFields())),
      ];
      assert.deepEqual(
        replies.map(({ fault }) => fault),
        ['ERROR_CONTENT_TYPE', 'ERROR_SOAP_ACTION', 'ERROR_ENVELOPE', 'ERROR_NAMESPACE', 'ERROR_OPERATION'],
      );
      assert.deepEqual([...new Set(replies.map(({ status }) => status))], [500]);
    }));

  it('§9.1 answers a SOAP fault to disorder, to a repeated, an unknown and a missing element', () =>
    withMock(async (mock) => {
      const ask = (fields: ReturnType<typeof toLookUpFields>) =>
        send(mock, toEnvelope('TraCuuThongTinCongDan', requestNamespace, fields));
      const fields = toLookUpFields();
      const [code, unit, ...rest] = fields;
      assert.ok(code && unit);
      assert.equal((await ask([unit, code, ...rest])).fault, 'ERROR_ELEMENT_ORDER');
      assert.equal((await ask([code, unit, unit, ...rest])).fault, 'ERROR_ELEMENT_ORDER');
      assert.equal((await ask([...fields, ['GhiChu', 'x']])).fault, 'ERROR_ELEMENT_UNKNOWN');
      assert.equal((await ask(fields.slice(0, -1))).fault, 'ERROR_ELEMENT_MISSING');
    }));

  it('§9.1 takes the three fields of the 2026 client in their place only', () =>
    withMock(async (mock) => {
      const fields = toLookUpFields();
      const added = [
        ['MaDonVi', 'H99.01'],
        ['TaiKhoan', 'thu'],
        ['SoDienThoai', '0000'],
      ] as const;
      const inPlace = [...fields.slice(0, 3), ...added, ...fields.slice(3)];
      const late = [...fields.slice(0, 4), ...added, ...fields.slice(4)];
      const [right, wrong] = [inPlace, late].map((all) =>
        send(mock, toEnvelope('TraCuuThongTinCongDan', requestNamespace, all)),
      );
      assert.equal((await right)?.status, 200);
      assert.equal((await wrong)?.fault, 'ERROR_ELEMENT_ORDER');
    }));

  it('§9.1 refuses a DTD, broken XML and bytes that are not UTF-8', () =>
    withMock(async (mock) => {
      const dtd = toLookUp().replace('?>', '?><!DOCTYPE x [<!ENTITY y "z">]>');
      for (const body of [dtd, toLookUp().slice(0, -5), 'hello', ''])
        assert.equal((await send(mock, body)).fault, 'ERROR_XML');
    }));

  it('§9.2 takes a timestamp inside the window only, in milliseconds only', () =>
    withMock(
      async (mock) => {
        const at = (timestamp: number) =>
          send(mock, toLookUp(), toHeaders(mock.digestUrl, String(timestamp)));
        assert.equal((await at(Date.now() - 50_000)).status, 200);
        assert.equal((await at(Date.now() - 70_000)).fault, 'ERROR_TIMESTAMP');
        assert.equal((await at(Date.now() + 70_000)).fault, 'ERROR_TIMESTAMP');
        assert.equal((await at(Math.floor(Date.now() / 1_000))).fault, 'ERROR_TIMESTAMP');
      },
      { skewMs: 60_000 },
    ));

  it('§9.2 recomputes the digest over url, user, timestamp and secret', () =>
    withMock(async (mock) => {
      const now = String(Date.now());
      const wrong = [
        toHeaders(mock.digestUrl, now, { user, secret: 'test-other' }),
        toHeaders(mock.digestUrl, now, { user: 'test-nobody', secret }),
        toHeaders(`${mock.digestUrl}/`, now),
        { ...toHeaders(mock.digestUrl, now), Timestamp: String(Number(now) + 1) },
        { ...toHeaders(mock.digestUrl, now), Authorization: 'Bearer test' },
      ];
      for (const headers of wrong)
        assert.equal((await send(mock, toLookUp(), headers)).fault, 'ERROR_AUTHORIZATION');
    }));

  it("§9.2 agrees with the reference's test vector for the configured url", () =>
    withMock(
      async (mock) => {
        const headers = toHeaders('http://127.0.0.1:9002/mock/population', '1763882130042');
        assert.equal(
          headers['Authorization'],
          'Basic bGFtZG9uZy10ZXN0OmFmMDYwM2QxZjBhOWRkY2I4ZTM4MWQxMGYxYWM2YWJkNTgzYzI1YzNjMjgxOTFiMmJmMTljM2Y1Zjk0OGZjNGM=',
        );
        assert.equal((await send(mock, toLookUp(), headers)).fault, 'ERROR_TIMESTAMP');
        assert.equal((await send(mock, toLookUp())).status, 200);
      },
      { url: 'http://127.0.0.1:9002/mock/population' },
    ));

  it('§9.2 refuses a replayed message, and a replayed header where configured', () =>
    withMock(async (mock) => {
      const [headers, body] = [toHeaders(mock.digestUrl, String(Date.now())), toLookUp()];
      assert.equal((await send(mock, body, headers)).status, 200);
      assert.equal((await send(mock, body, headers)).fault, 'ERROR_REPLAY');
      assert.equal((await send(mock, toLookUp(), headers)).status, 200);
    }).then(() =>
      withMock(
        async (mock) => {
          const headers = toHeaders(mock.digestUrl, String(Date.now()));
          assert.equal((await send(mock, toLookUp(), headers)).status, 200);
          assert.equal((await send(mock, toLookUp(), headers)).fault, 'ERROR_REPLAY');
        },
        { replay: 'header' },
      ),
    ));

  it('§9.2 asks for X-Road-Client and ApiKey where configured', () =>
    withMock(
      async (mock) => {
        const headers = toHeaders(mock.digestUrl, String(Date.now()));
        assert.equal((await send(mock, toLookUp(), headers)).fault, 'ERROR_CLIENT');
        const complete = { ...headers, 'X-Road-Client': 'test-client', ApiKey: 'test-key' };
        assert.equal((await send(mock, toLookUp(), complete)).status, 200);
      },
      { xRoadClient: 'test-client', apiKey: 'test-key' },
    ));

  it('§9.3 refuses a second use of MaYeuCau, at the same moment, later and after a restart', () =>
    withMock(async (mock, restart) => {
      const code = randomUUID();
      const later = (after: number) => toHeaders(mock.digestUrl, String(Date.now() + after));
      const replies = await Promise.all([1, 2, 3].map((ms) => send(mock, toLookUp({ code }), later(ms))));
      assert.equal(replies.filter(({ status }) => status === 200).length, 1);
      assert.equal((await send(mock, toConfirmation({ code }), later(4))).fault, 'ERROR_DUPLICATE_REQUEST');
      const again = await restart();
      assert.equal((await send(again, toLookUp({ code }))).fault, 'ERROR_DUPLICATE_REQUEST');
    }));

  it('§9.3 keeps the codes of two clients apart', () =>
    withMock(
      async (mock) => {
        const body = toLookUp({ code: 'test-code' });
        const other = { user: 'test-second', secret: 'test-second-secret' };
        assert.equal((await send(mock, body)).status, 200);
        const headers = toHeaders(mock.digestUrl, String(Date.now()), other);
        assert.equal((await send(mock, body, headers)).status, 200);
      },
      { moreAccounts: [{ user: 'test-second', secret: 'test-second-secret' }] },
    ));

  it('§9.4 tells an officer that is malformed, unknown, expired or without a code apart', () =>
    withMock(async (mock) => {
      const ask = async (officer: string) => (await send(mock, toLookUp({ officer }))).fault;
      assert.equal(await ask('99908500001'), 'ERROR_OFFICER_INVALID');
      assert.equal(await ask(''), 'ERROR_OFFICER_INVALID');
      assert.equal(await ask('999085999999'), 'ERROR_OFFICER_UNKNOWN');
      assert.equal(await ask('999085000011'), 'ERROR_OFFICER_EXPIRED');
      const confirmed = await send(mock, toConfirmation({ officer: '999085000011' }));
      assert.equal(confirmed.fault, 'ERROR_OFFICER_EXPIRED');
    }));

  it('§9.5 returns the five mapping errors, and a closed unit', () =>
    withMock(async (mock) => {
      const ask = async (asked: Parameters<typeof toLookUp>[0]) => (await send(mock, toLookUp(asked))).fault;
      assert.equal(await ask({ unitCode: '' }), 'ERROR_NO_MADVC');
      assert.equal(await ask({ unitCode: 'TEST-UNKNOWN' }), 'ERROR_MAPPING_DVC');
      assert.equal(await ask({ unitCode: 'TEST-ALONE' }), 'ERROR_NO_GOV_AGENCY');
      assert.equal(await ask({ unitCode: 'TEST-CLOSED' }), 'ERROR_DVC_CLOSED');
      assert.equal(await ask({ officer: '999085000012' }), 'ERROR_NO_STAFF_EMAIL');
      assert.equal(await ask({ officer: '999085000013' }), 'ERROR_MAPPING_STAFF');
    }));

  it('§9.5 renames a code where configured', () =>
    withMock(async (mock) => assert.equal((await send(mock, toLookUp({ unitCode: '' }))).fault, 'ERROR_17'), {
      refusalCodes: { noServiceCode: 'ERROR_17' },
    }));

  it('§9.6 takes the configured service numbers only', () =>
    withMock(
      async (mock) => {
        assert.equal((await send(mock, toLookUp({ service: '033' }))).fault, 'ERROR_SERVICE_NUMBER');
        assert.equal((await send(mock, toConfirmation({ service: '033' }))).fault, 'ERROR_SERVICE_NUMBER');
        assert.equal((await send(mock, toConfirmation({ service: '003' }))).status, 200);
      },
      { serviceNumbers: { confirm: '003' } },
    ));

  it('§9.6 confirms by yes and no alone', () =>
    withMock(async (mock) => {
      const yes = await send(mock, toConfirmation());
      const no = await send(mock, toConfirmation({ name: 'TRẦN VĂN KHÁC' }));
      const unknown = await send(mock, toConfirmation({ number: '999190999999' }));
      assert.match(yes.text, /<KetQuaXacThucResponse [^>]*><TonTai>true<\/TonTai><\/KetQuaXacThucResponse>/);
      assert.equal(no.text, yes.text.replace('true', 'false'));
      assert.equal(unknown.text, no.text);
      assert.ok(!yes.text.includes(woman.number));
    }));
});
