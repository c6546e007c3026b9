// The HTTP edge: what stands outside the request path, what health says, and requests that are no good HTTP.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import request from 'supertest';
import { toOutsidePlaces } from '../src/app.ts';
import { makeProof } from '../src/cli/proof.ts';
import { parseCheckpointText } from '../src/evidence/checkpoint.ts';
import { openNote, parseVerifierKey } from '../src/evidence/note.ts';
import { isConsistent } from '../src/evidence/tree.ts';
import { type ProblemCode, problemCodes } from '../src/problem-codes.ts';
import { tokenPaths } from '../src/signin/provider.ts';
import { lookUp } from './support/calls.ts';
import { until } from './support/embedded.ts';
import { cutDatabase } from './support/outage.ts';
import { converse, type RawConversation, toStatuses } from './support/raw-http.ts';
import { startTestHub, type TestHub } from './support/sandbox-hub.ts';

const never = (): never => {
  throw new Error('the list is only read');
};
/** The places of app.ts, of which nothing is asked. */
const places = toOutsidePlaces({
  serve: never,
  publicUrl: '',
  toPeer: never,
  authorization: { paths: [], handler: never },
  reader: { checkpoint: never, consistency: never, leafOf: never },
  readStamps: never,
  toLogKey: () => '',
  keyChain: { list: async () => [], chain: async () => ({ origin: '', keys: [] }) },
  ...{ readiness: never, isReadOnly: never, isStopping: never },
  reference: { list: never, contract: never, file: never },
  onError: never,
}).map(({ path }) => path);

describe('The edge', () => {
  let hub: TestHub;
  let slow: RawConversation;
  before(async () => {
    hub = await startTestHub('app');
    slow = converse(hub.url, `${await toHead()}content-length: 100\r\n\r\n{"personal`);
  });
  after(async () => {
    slow.socket.destroy();
    await hub.stop();
  });

  const get = (path: string, headers: Record<string, string> = {}) => request(hub.url).get(path).set(headers);
  const getJson = async (path: string) => JSON.parse((await get(path, { accept: 'application/json' })).text);
  /** The head of an ordinary look-up without its last headers. */
  async function toHead(more = ''): Promise<string> {
    const { token, key } = await hub.token({});
    const { path, headers = {} } = lookUp();
    const dpop = await makeProof({ key, method: 'POST', url: `${hub.url}${path}`, accessToken: token });
    const lines = { host: 'x', ...headers, dpop, 'content-type': 'application/json' };
    const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${path} HTTP/1.1\r\nauthorization: DPoP ${token}\r\n${text.join('')}${more}`;
  }

  describe('outside the request path', () => {
    it('has the places of the design and no other', () => {
      const ofReference = '/reference /reference/ /reference/:name /reference/files/:name';
      assert.equal(
        places.join(' '),
        `/health/live /health/ready /problems /problems/:code ${ofReference} /log/checkpoint /log/consistency /log/proof /log/time-stamps /log/key /log/keys`,
      );
    });

    it('says nothing of what it is made of, and lets nothing be sniffed or kept', async () => {
      const paths = [...places.filter((path) => !path.includes(':')), '/problems/not-found', '/nowhere'];
      for (const path of paths) {
        const { headers } = await get(path);
        assert.deepEqual(
          [headers['x-powered-by'], headers['server'], headers['etag']],
          [undefined, undefined, undefined],
        );
        assert.equal(headers['x-content-type-options'], 'nosniff', path);
        assert.equal(headers['cache-control'], 'no-store', path);
      }
    });

    it('sends everything else through the request path, where it is counted', async () => {
      const paths = [
        '/',
        '/metrics',
        '/health',
        '/health/live/',
        '/HEALTH/live',
        '/log',
        '/oauth/authorize',
        '/console',
        '/problems/%zz',
        '/problems/%ff999190000002',
      ];
      for (const path of paths) {
        const answer = await get(path);
        const { code } = JSON.parse(answer.text);
        assert.ok(['not-found', 'path-invalid'].includes(code), `${path} ${code}`);
        assert.doesNotMatch(answer.text, /node_modules|999190000002/);
      }
      for (const path of ['/health/live', '/problems', '/log/key'])
        await request(hub.url).post(path).expect(404);
    });

    it('has the authorisation server at its addresses, whose documents name the public address only', async () => {
      for (const path of [...tokenPaths.metadata, tokenPaths.keys]) {
        const { text } = await get(path, { host: 'evil.example', 'x-forwarded-host': 'evil.example' });
        assert.doesNotMatch(text, /evil/);
        assert.doesNotMatch(text, /"d":/);
      }
      const { issuer, token_endpoint: endpoint } = await getJson(tokenPaths.metadata[0]);
      assert.deepEqual([issuer, endpoint], [hub.url, `${hub.url}/oauth/token`]);
    });

    it('explains every problem code in both languages, as a page and as JSON', async () => {
      const { problems } = await getJson('/problems');
      assert.deepEqual(
        problems.map((problem: { code: string }) => problem.code),
        Object.keys(problemCodes),
      );
      const { text: list } = await get('/problems', { accept: 'text/html' });
      for (const { code, vi, en, act } of problems) {
        assert.ok(vi.title && vi.action && en.title && en.action && act.vi && act.en);
        assert.ok(list.includes(`/problems/${code}`));
      }
      for (const code of ['source-timeout', 'evidence-unavailable'] satisfies ProblemCode[]) {
        const page = await get(`/problems/${code}`, { accept: 'text/html' });
        assert.match(page.headers['content-type'] ?? '', /^text\/html; charset=utf-8/);
        const { text } = page;
        assert.ok(text.includes(problemCodes[code].vi.title) && text.includes('lang="en"'));
        assert.equal((await getJson(`/problems/${code}`)).en.title, problemCodes[code].en.title);
      }
      for (const code of ['nothing', 'constructor', '__proto__'])
        assert.equal((await get(`/problems/${code}`)).status, 404, code);
    });

    it('gives checkpoints that the key signs, each consistent with the one before', async () => {
      const key = parseVerifierKey((await get('/log/key')).text.trim());
      const read = async () => parseCheckpointText(openNote((await get('/log/checkpoint')).text, key));
      await hub.call(lookUp());
      await until(async () => (await read()).size > 0);
      const older = await read();
      await hub.call(lookUp());
      await until(async () => (await read()).size > older.size);
      const newer = await read();
      const { proof } = await getJson(`/log/consistency?from=${older.size}&to=${newer.size}`);
      const hashes = proof.map((hash: string) => Buffer.from(hash, 'base64'));
      assert.ok(isConsistent(older, newer, hashes));
      assert.ok(!isConsistent({ ...older, root: newer.root }, newer, hashes));
    });

    for (const query of [
      '',
      '?from=0&to=1',
      '?from=2&to=1',
      '?from=1&to=999999',
      '?from=1&from=1&to=1',
      '?from=-1&to=1',
      '?from=x&to=1',
    ])
      it(`answers 400 to /log/consistency${query}`, async () => {
        const answer = await get(`/log/consistency${query}`);
        assert.deepEqual([answer.status, JSON.parse(answer.text).code], [400, 'request-invalid']);
      });
  });

  describe('health', () => {
    it('is live and ready with everything in reach', async () => {
      assert.deepEqual(await getJson('/health/live'), { status: 'live' });
      assert.deepEqual(await getJson('/health/ready'), {
        status: 'ready',
        record: true,
        rights: true,
        sign: true,
        ...{ clock: true, tokens: true, anchor: true },
        ...{ stopping: false, timeStamps: 'off', witnesses: {} },
        sources: { 'payment-platform': 'closed', population: 'closed', portal: 'closed' },
      });
    });

    it('tells the truth while the database is away, and when it is back', async () => {
      const restore = await cutDatabase(hub.database);
      try {
        const answer = await hub.call(lookUp());
        assert.deepEqual([answer.status, answer.body.code], [503, 'evidence-unavailable']);
        await until(async () => {
          const { record, rights } = await getJson('/health/ready');
          return !record && !rights;
        });
        assert.equal((await get('/health/ready')).status, 503);
        assert.equal((await get('/health/live')).status, 200);
        await get('/log/checkpoint').expect(503);
      } finally {
        await restore();
      }
      await until(async () => (await get('/health/ready')).status === 200);
      assert.equal((await hub.call(lookUp())).body.outcome, 'found');
    });
  });

  describe('against HTTP that is no good', () => {
    it('changes nothing by the header Host or its relatives: proofs are for the public address', async () => {
      const evil = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-for': '203.0.113.9',
      };
      const { body } = await hub.call(lookUp({ headers: { ...evil, purpose: 'to-mo' } }));
      assert.equal(body.type, `${hub.url}/problems/purpose-not-granted`);
      const { token, key } = await hub.token({});
      const url = `http://evil.example${lookUp().path}`;
      const dpop = await makeProof({ key, method: 'POST', url, accessToken: token });
      assert.equal((await hub.call(lookUp({ headers: { ...evil, dpop } }))).body.code, 'proof-invalid');
    });

    const smuggled = [
      ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n\r\nhello!'],
      ['a length that is no number', 'content-length: 5x\r\n\r\nhello'],
      ['a length below zero', 'content-length: -1\r\n\r\n'],
      ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['a chunk size that is no number', 'transfer-encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n'],
      ['a coding after chunked', 'transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
      ['a folded header', 'x-a: 1\r\n  folded\r\n\r\n'],
      ['a space before the colon', 'x-a : 1\r\n\r\n'],
      ['no Host', '\r\n', 'POST /health/live HTTP/1.1\r\n'],
    ] as const;
    for (const [title, tail, head = 'POST /health/live HTTP/1.1\r\nhost: x\r\n'] of smuggled)
      it(`closes the connection at ${title}, and answers nothing after it`, async () => {
        const said = await converse(
          hub.url,
          `${head}${tail}GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n`,
        ).end();
        assert.deepEqual(toStatuses(said), [400]);
      });

    it('answers 431 to headers of 100 KB', async () => {
      const said = await converse(
        hub.url,
        `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(100_000)}\r\n\r\n`,
      ).end();
      assert.deepEqual(toStatuses(said), [431]);
    });

    it('answers pipelined requests in their order', async () => {
      const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
      const last = 'GET /log/key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
      const said = await converse(hub.url, request('/health/live') + request('/nowhere') + last).end();
      assert.deepEqual(toStatuses(said), [200, 404, 200]);
      assert.ok(said.includes(hub.logKey));
    });

    it('answers 413 to chunks that go on and on, and reads no more', async () => {
      const conversation = converse(hub.url, `${await toHead()}transfer-encoding: chunked\r\n\r\n`);
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      for (let n = 0; n < 64; n += 1) conversation.socket.write(chunk);
      const said = await conversation.end();
      assert.deepEqual(toStatuses(said), [413]);
      assert.match(said, /connection: close/i);
      assert.match(said, /"code":"body-too-large"/);
    });

    it('answers a caller without a token at once, whatever it goes on sending', async () => {
      const head =
        'POST /population/v1/citizen-lookups HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n';
      const started = performance.now();
      assert.deepEqual(toStatuses(await converse(hub.url, head).end(1_000)), [401]);
      assert.ok(performance.now() - started < 900);
    });

    it('serves 200 callers at once', async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => hub.call(lookUp())));
      assert.deepEqual(
        [...new Set(answers.map(({ status, body }) => `${status} ${body.outcome}`))],
        ['200 found'],
      );
      assert.equal(new Set(answers.map(({ exchangeId }) => exchangeId)).size, 200);
    });

    it('gives up a body that does not come within 15 s, and answers 400', async () => {
      const said = await slow.end(17_000);
      assert.deepEqual(toStatuses(said), [400]);
      assert.match(said, /"code":"body-unreadable"/);
    });
  });

  describe('when it stops', () => {
    it('finishes the calls under way, and does not wait for connections that are kept alive after them', async () => {
      slow.socket.destroy();
      await hub.fault({ latencyMs: 500 });
      const underWay = hub.call(lookUp());
      await pause(200);
      const began = performance.now();
      await hub.stopHub();
      assert.ok(performance.now() - began < 5_000);
      assert.equal((await underWay).status, 200);
    });
  });
});
