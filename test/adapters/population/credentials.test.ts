// Accounts of units at the population database: which one a call uses, and the test of one.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPopulationAdapter, parsePopulationSettings } from '../../../adapters/population/index.ts';
import { toOfficerMark } from '../../../adapters/population/routes.ts';
import {
  type Bench,
  closedAccount,
  officers,
  openBench,
  toContext,
  unitAccount,
  unitCodes,
  woman,
} from './support.ts';

describe('population adapter: accounts of units', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  it('asks by the account that the context gives, else by that of its settings', async () => {
    for (const [credential, user] of [
      [unitAccount, 'xa-01-lgsp'],
      [undefined, 'lamdong-test'],
    ] as const) {
      const context = toContext({ credential: async () => credential });
      assert.equal((await bench.adapter.lookUp(woman, context)).value.outcome, 'found');
      assert.equal((await bench.journal(context.exchangeId))[0]?.user, user);
    }
  });

  it('sends nothing when the account that is registered may not be used', async () => {
    const context = toContext({ credential: () => Promise.reject(new Error('expired')) });
    await assert.rejects(bench.adapter.lookUp(woman, context), /expired/);
    assert.deepEqual(await bench.journal(context.exchangeId), []);
  });

  it('is told by the source that an account is closed or its secret wrong: refused, for the hub', async () => {
    for (const credential of [closedAccount, { ...unitAccount, secret: 'another secret' }]) {
      const context = toContext({ credential: async () => credential });
      await assert.rejects(bench.adapter.lookUp(woman, context), {
        kind: 'refused',
        code: 'credentials',
        party: 'hub',
      });
    }
  });

  it('tests an account by one confirmation of the officer under a name that nobody has', async () => {
    const context = toContext({ caseCode: undefined, purpose: '', unitCode: undefined });
    const trace = await bench.adapter.testCredential(unitAccount, context);
    assert.equal(trace.requestCode, context.exchangeId);
    const [line, ...others] = await bench.journal(context.exchangeId);
    assert.deepEqual(
      [line?.operation, line?.user, line?.outcome, others],
      ['confirm', 'xa-01-lgsp', 'notConfirmed', []],
    );
  });

  it('passes no account that the source refuses, and none where it gives no answer that can be read', async () => {
    const test = (credential: typeof unitAccount) => bench.adapter.testCredential(credential, toContext());
    await assert.rejects(test(closedAccount), { kind: 'refused', code: 'credentials' });
    await bench.setFault({ mode: 'maintenance', times: 1 });
    await assert.rejects(test(unitAccount), { kind: 'unavailable' });
    await bench.setFault({ mode: 'malformed', times: 1 });
    await assert.rejects(test(unitAccount), { kind: 'unreadable' });
    const context = toContext({ officerNumber: async () => officers.unknown });
    await assert.rejects(bench.adapter.testCredential(unitAccount, context), { code: 'officer-unknown' });
  });
});

describe('population adapter: accounts of units at the LGSP token route', () => {
  const seen: string[] = [];
  const server = createServer((message, response) => {
    const shown = String(message.headers['lgspaccesstoken']);
    const { AccessKey } = JSON.parse(Buffer.from(shown, 'base64').toString());
    seen.push(`${message.url} ${AccessKey}`);
    message.resume();
    if (message.url === '/token') response.end(`{"access_token":"token-of-${AccessKey}"}`);
    else
      response.writeHead(message.headers.authorization === `Bearer token-of-${AccessKey}` ? 503 : 401).end();
  });
  before((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  after((done) => {
    server.close(done);
  });

  it('takes the place of the pair of keys, each with a token of its own; a test asks for a new one', async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { accessKey: 'province', secretKey: 'test-secret', appName: 'A' };
    const officer = toOfficerMark('test-secret', officers.good);
    const officerKeys = [{ unitCode: unitCodes.good, officer, keyName: 'n', keyPass: 'p' }];
    const route = { ...keys, kind: 'lgspToken', partnerCode: 'P', partnerCodeCus: 'P.1', officerKeys };
    const settings = { url: `${origin}/call`, route: { ...route, tokenUrl: `${origin}/token` } };
    const adapter = createPopulationAdapter(parsePopulationSettings(settings));
    const unavailable = { kind: 'unavailable', code: 'http-503' };
    const credential = { account: 'unit', secret: 'unit-secret' };
    try {
      for (const given of [undefined, credential, undefined, credential])
        await assert.rejects(
          adapter.lookUp(woman, toContext({ credential: async () => given })),
          unavailable,
        );
      await assert.rejects(adapter.testCredential(credential, toContext()), unavailable);
    } finally {
      await adapter.close();
    }
    const calls = ['/call province', '/call unit'];
    assert.deepEqual(seen, [
      ...['/token province', '/call province', '/token unit', '/call unit'],
      ...[...calls, '/token unit', '/call unit'],
    ]);
  });
});
