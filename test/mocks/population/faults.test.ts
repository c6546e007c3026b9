// The fault switch of the mock, mode by mode.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, it } from 'mocha';
import type { PopulationMock } from '../../../mocks/population/mock.ts';
import {
  control,
  controlKey,
  type Fields,
  readJournal,
  send,
  toHeaders,
  toLookUp,
  withMock,
} from './client.ts';

/** Runs with the switch set. */
function withFault(fault: Readonly<Record<string, unknown>>, run: (mock: PopulationMock) => Promise<void>) {
  return withMock(async (mock) => {
    await control(mock.faultUrl, 'PUT', fault);
    await run(mock);
  });
}

/** The code and words of the error that a call over TLS ends with, or the status of its answer. */
function callTls(mock: PopulationMock, ca?: string): Promise<string> {
  const { url } = mock.tls ?? { url: '' };
  const options = {
    method: 'POST',
    headers: toHeaders(url, String(Date.now())),
    agent: false,
    ...(ca && { ca }),
  };
  return new Promise((resolve) => {
    const sent = request(url, options, (answer) => {
      answer.resume().on('end', () => resolve(String(answer.statusCode)));
    });
    sent
      .on('error', (error) => resolve('code' in error ? `${error.code} ${error.message}` : error.name))
      .end(toLookUp());
  });
}

describe('the population mock: faults', () => {
  it('§9.12 hangs: no answer, nothing carried out', () =>
    withFault({ mode: 'hang' }, async (mock) => {
      await assert.rejects(send(mock, toLookUp(), undefined, AbortSignal.timeout(100)), {
        name: 'TimeoutError',
      });
      const { entries } = await readJournal(mock);
      assert.deepEqual(
        entries.map(({ outcome, used }) => ({ outcome, used })),
        [{ outcome: 'notProcessed', used: false }],
      );
    }));

  it('§9.12 is slow: 20 s unless told otherwise', () =>
    withMock(async (mock) => {
      const shown = await control(mock.faultUrl, 'PUT', { mode: 'slow' });
      assert.ok(JSON.stringify(shown).includes('"slowMs":20000'));
      await control(mock.faultUrl, 'PUT', { mode: 'slow', slowMs: 150 });
      const before = performance.now();
      assert.equal((await send(mock, toLookUp())).status, 200);
      assert.ok(performance.now() - before >= 145);
    }));

  it('§9.12 answers a SOAP fault of the server', () =>
    withFault({ mode: 'soapFault' }, async (mock) => {
      const { status, fault, text } = await send(mock, toLookUp());
      assert.deepEqual([status, fault], [500, 'ERROR_INTERNAL']);
      assert.match(text, /<faultcode>soap:Server</);
    }));

  it('§9.12 answers an HTML page, with any status', () =>
    withFault({ mode: 'html', htmlStatus: 200 }, async (mock) => {
      const { status, type, text } = await send(mock, toLookUp());
      assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
      assert.match(text, /^<!DOCTYPE html>/);
    }));

  it('§9.12 fails the TLS handshake, and is not trusted without its certificate', () =>
    withMock(
      async (mock) => {
        const ca = mock.tls?.certificate;
        assert.equal(await callTls(mock, ca), '200');
        assert.match(await callTls(mock), /^DEPTH_ZERO_SELF_SIGNED_CERT/);
        await control(mock.faultUrl, 'PUT', { mode: 'tlsFailure', times: 1 });
        assert.match(await callTls(mock, ca), /^EPROTO .*handshake failure/s);
        assert.equal(await callTls(mock, ca), '200');
        assert.equal((await readJournal(mock)).count, 2);
      },
      { tlsPort: 0 },
    ));

  it('§9.12 resets the connection on the plain face in place of TLS', () =>
    withFault({ mode: 'tlsFailure' }, async (mock) => {
      await assert.rejects(send(mock, toLookUp()));
      assert.equal((await readJournal(mock)).count, 0);
    }));

  it('§9.12 answers an empty body', () =>
    withFault({ mode: 'emptyBody' }, async (mock) => {
      const { status, text } = await send(mock, toLookUp());
      assert.deepEqual([status, text], [200, '']);
    }));

  it('§9.12 truncates the XML, or the connection', () =>
    withFault({ mode: 'truncated' }, async (mock) => {
      const { status, text } = await send(mock, toLookUp());
      assert.equal(status, 200);
      assert.ok(text.includes('<CongDan>') && !text.includes('</soap:Envelope>'));
      await control(mock.faultUrl, 'PUT', { mode: 'cutConnection' });
      await assert.rejects(send(mock, toLookUp()));
    }));

  it('§9.12 answers the CongDan twice, or a second one', () =>
    withFault({ mode: 'duplicated' }, async (mock) => {
      const numbers = async () =>
        [...(await send(mock, toLookUp())).text.matchAll(/<CongDan><SoDinhDanh>(\d+)</g)].map(
          ([, number]) => number,
        );
      assert.deepEqual(await numbers(), ['999190000002', '999190000002']);
      await control(mock.faultUrl, 'PUT', { mode: 'twoPeople' });
      assert.deepEqual(await numbers(), ['999190000002', '999085000001']);
    }));

  it('answers malformed XML, wrong bytes, an entity, too much', () =>
    withFault({ mode: 'malformed' }, async (mock) => {
      const text = async (mode: string) => {
        await control(mock.faultUrl, 'PUT', { mode });
        return (await send(mock, toLookUp())).text;
      };
      assert.match(await text('malformed'), /<\/soap:Bodi>/);
      assert.match(await text('wrongEncoding'), /\ufffd/);
      assert.match(await text('entity'), /<!ENTITY x SYSTEM/);
      assert.ok((await text('oversized')).length > 8_388_608);
    }));

  it('is under maintenance: 503 with Retry-After, also for a window of time', () =>
    withFault({ mode: 'maintenance', to: '2099-01-01T00:00:00+07:00' }, async (mock) => {
      assert.equal((await send(mock, toLookUp())).status, 503);
      await control(mock.faultUrl, 'PUT', { mode: 'maintenance', to: '2020-01-01T00:00:00+07:00' });
      assert.equal((await send(mock, toLookUp())).status, 200);
    }));

  it('times out before processing: the same request code is good again', () =>
    withFault({ mode: 'timeoutBefore', holdMs: 20, times: 1 }, async (mock) => {
      const body = toLookUp({ code: 'test-before' });
      await assert.rejects(send(mock, body));
      assert.equal((await send(mock, body)).status, 200);
    }));

  it('times out after processing: the request code is used', () =>
    withFault({ mode: 'timeoutAfter', holdMs: 20, times: 1 }, async (mock) => {
      const [body, now] = [toLookUp({ code: 'test-after' }), Date.now()];
      await assert.rejects(send(mock, body));
      const again = await send(mock, body, toHeaders(mock.digestUrl, String(now + 5_000)));
      assert.equal(again.fault, 'ERROR_DUPLICATE_REQUEST');
      assert.equal((await readJournal(mock)).entries[0]?.outcome, 'found');
    }));

  it('skews its clock', () =>
    withFault({ clockSkewMs: 600_000 }, async (mock) => {
      assert.equal((await send(mock, toLookUp())).fault, 'ERROR_TIMESTAMP');
    }));

  it('fails the same requests of a row each time, by its seed', () =>
    withMock(async (mock) => {
      const row = async () => {
        await control(mock.faultUrl, 'PUT', { errorRate: 0.5, latencyMs: 1 });
        const outcomes: Fields[number][0][] = [];
        for (let turn = 0; turn < 20; turn += 1) outcomes.push((await send(mock, toLookUp())).fault ?? '-');
        return outcomes;
      };
      const first = await row();
      assert.deepEqual(await row(), first);
      assert.deepEqual([...new Set(first)].sort(), ['-', 'ERROR_INTERNAL']);
    }));

  it('lasts as many requests as told, shows itself and is cleared', () =>
    withFault({ mode: 'soapFault', times: 2 }, async (mock) => {
      const statuses = [];
      for (let turn = 0; turn < 3; turn += 1) statuses.push((await send(mock, toLookUp())).status);
      assert.deepEqual(statuses, [500, 500, 200]);
      assert.ok(JSON.stringify(await control(mock.faultUrl)).includes('"remaining":0'));
      assert.ok(JSON.stringify(await control(mock.faultUrl, 'DELETE')).includes('"fault":null'));
    }));

  it('refuses a switch that it does not know, and knows no address without the key', () =>
    withMock(async (mock) => {
      const answer = await control(mock.faultUrl, 'PUT', { mode: 'nonsense', latency: 3 });
      assert.match(JSON.stringify(answer), /fault\.mode must be one of.*fault\.latency is not known/);
      for (const url of [mock.faultUrl, mock.journalUrl, mock.peopleUrl])
        for (const wrong of [url.replace(`/${controlKey}`, ''), url.replace(controlKey, `${controlKey}x`)])
          assert.equal((await fetch(wrong)).status, 404);
    }));
});
