// The other faces of the mock: the REST facade and X-Road.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { DocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { centre, list, outside, toDocument, toHash, toReply, withMock } from './client.ts';

const own = '000.00.01.H99';
const keys = { 'X-SystemId': centre.systemId, 'X-SecretKey': centre.secret };

async function logIn(mock: DocumentAxisMock): Promise<Record<string, string>> {
  const body = JSON.stringify({ systemId: centre.systemId, secretKey: centre.secret });
  const { json } = await toReply(await fetch(`${mock.restUrl}/auth/login`, { method: 'POST', body }));
  const { token } = json['data'] as { token: string };
  return { ...keys, Authorization: `Bearer ${token}` };
}

function toForm(message: string): FormData {
  const form = new FormData();
  form.set('edocFile', new Blob([message]), 'a.edxml');
  form.set('messageType', 'edoc');
  return form;
}

describe('the document axis mock: other faces', () => {
  it('mock 8.7: REST sends, lists, fetches and acknowledges with a token', () =>
    withMock(async (mock) => {
      const headers = await logIn(mock);
      const message = toDocument(own, ['H99.03', 'G99.01'], '1', 'A'.repeat(400_000));
      const sent = await toReply(
        await fetch(`${mock.restUrl}/sendEdoc`, { method: 'POST', headers, body: toForm(message) }),
      );
      assert.deepEqual(
        [sent.json['success'], (sent.json['data'] as { errorCode: string }).errorCode],
        [true, '0'],
      );
      const ask = async () =>
        (
          await toReply(
            await fetch(`${mock.restUrl}/syncReceivedEdocList?messageType=edoc&fromDate=2020/01/01`, {
              headers,
            }),
          )
        ).rows;
      const [item] = await ask();
      const got = await toReply(await fetch(`${mock.restUrl}/getEdoc?docId=${item?.['docId']}`, { headers }));
      const text = Buffer.from(String(got.json['data']), 'base64').toString();
      assert.equal(
        toHash(text.replace(/<edXML:TraceHeader><edXML:OrganId>001.*?<\/edXML:TraceHeader>/, '')),
        toHash(message),
      );
      const body = JSON.stringify({ docId: item?.['docId'], status: 'done' });
      await fetch(`${mock.restUrl}/updateStatus`, { method: 'POST', headers, body });
      assert.deepEqual(await ask(), []);
      assert.equal((await list(mock, outside)).length, 1);
    }));

  it('mock 8.7: REST refuses in plain text what has no token, a foreign one or a wrong key', () =>
    withMock(async (mock) => {
      const headers = await logIn(mock);
      const ask = async (more: Record<string, string>) =>
        (await toReply(await fetch(`${mock.restUrl}/getAgenciesList`, { headers: more }))).text;
      assert.equal(await ask(keys), 'Unauthorized');
      assert.equal(await ask({ ...headers, 'X-SecretKey': 'wrong' }), 'Unauthorized');
      assert.equal(
        await ask({ ...headers, 'X-SystemId': outside.systemId, 'X-SecretKey': outside.secret }),
        'Unauthorized',
      );
      assert.match(await ask(headers), /^\{"success":true/);
      const wrong = await fetch(`${mock.restUrl}/auth/login`, {
        method: 'POST',
        body: '{"systemId":"00.99.W00","secretKey":"x"}',
      });
      assert.deepEqual([wrong.status, await wrong.text()], [401, 'Unauthorized']);
    }));

  it('mock 8.7: a token of REST is over after its time', () =>
    withMock(
      async (mock) => {
        const headers = await logIn(mock);
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.equal((await fetch(`${mock.restUrl}/getAgenciesList`, { headers })).status, 401);
      },
      { tokenMs: 1 },
    ));

  it('mock 8.7: REST has a second shape of answers', () =>
    withMock(
      async (mock) => {
        const headers = await logIn(mock);
        const form = toForm(toDocument(own, ['H77.99']));
        const { json } = await toReply(
          await fetch(`${mock.restUrl}/sendEdoc`, { method: 'POST', headers, body: form }),
        );
        assert.deepEqual([json['status'], json['ErrorCode']], ['FAIL', '18']);
      },
      { restShape: 'status' },
    ));

  it('mock 8.7: REST refuses a body that is no multipart, and one that breaks off', () =>
    withMock(async (mock) => {
      const headers = await logIn(mock);
      const plain = await toReply(
        await fetch(`${mock.restUrl}/sendEdoc`, { method: 'POST', headers, body: 'x' }),
      );
      assert.equal((plain.json['data'] as { errorCode: string }).errorCode, '10');
      const type = 'multipart/form-data; boundary=b';
      const body = '--b\r\nContent-Disposition: form-data; name="edocFile"\r\n\r\nabc';
      await assert.rejects(
        fetch(`${mock.restUrl}/sendEdoc`, {
          method: 'POST',
          headers: { ...headers, 'content-type': type },
          body,
        }),
      );
    }));

  it('mock 8.7: X-Road takes a document for one receiver with 201', () =>
    withMock(async (mock) => {
      const form = new FormData();
      form.set('file', new Blob([toDocument(own, ['G99.01', 'G99.02'])]), 'a.edxml');
      const url = `${mock.xRoadUrl}/CS/GOV/G99/AXIS/lienthongvanban/document/edocs/new`;
      const post = (client: string) =>
        fetch(url, {
          method: 'POST',
          headers: { 'X-Road-Client': client, from: own, to: 'G99.02' },
          body: form,
        });
      assert.equal((await post('CS/GOV/H99/HUB')).status, 201);
      assert.equal((await post('CS/GOV/OTHER/HUB')).status, 401);
      assert.deepEqual(
        (await list(mock, outside)).map(({ to }) => to),
        ['G99.02'],
      );
    }));

  it('mock 8.7: a face that is not configured is not there', () =>
    withMock(
      async (mock) => {
        assert.equal((await fetch(`${mock.restUrl}/getAgenciesList`)).status, 404);
      },
      { faces: ['adapter'] },
    ));
});
