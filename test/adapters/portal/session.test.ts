// Sessions, accounts and the fixed keys of a call, against the mock over loopback.
import assert from 'node:assert/strict';
import { SourceError } from '../../../adapters/adapter.ts';
import { isPassing, toAfterMs } from '../../../adapters/portal/index.ts';
import { type Bench, nextCode, openBench, toCall, toPush } from './support.ts';

const second = { username: 'xa-01-test', password: 'second-password' };

describe('portal adapter: sessions', () => {
  let bench: Bench;
  before(async () => {
    const accounts = [{ username: 'lamdong-test', password: 'test-password' }, second];
    bench = await openBench({ accounts, dstcodeOn: 'every', sessionMs: 60_000 });
  });
  after(() => bench.close());
  beforeEach(() => bench.mark());

  it('11.1 concurrent calls share one log-in', async () => {
    const portal = bench.open({});
    await Promise.all(Array.from({ length: 8 }, () => portal.lookUp(nextCode(), toCall())));
    const calls = await bench.calls();
    assert.equal(calls.filter((call) => call.startsWith('login')).length, 1);
    assert.equal(calls.length, 9);
  });

  it('11.1 an ended session: one log-in for all that met it, and each call is repeated once', async () => {
    const portal = bench.open({});
    await portal.lookUp(nextCode(), toCall());
    await bench.setFault({ mode: 'sessionExpired', count: 1 });
    await bench.mark();
    const asked = await Promise.all(Array.from({ length: 4 }, () => portal.lookUp(nextCode(), toCall())));
    assert.ok(asked.every(({ value }) => !value.isKnown));
    const calls = await bench.calls();
    assert.equal(calls.filter((call) => call.startsWith('login')).length, 1);
    assert.equal(calls.filter((call) => call === 'TraCuuHoSo 0').length, 4);
  });

  it('11.1 a push that met an ended session is stored once', async () => {
    await bench.setFault({ mode: 'sessionExpired', services: ['DongBoHoSoMC'], count: 1 });
    const push = toPush();
    const { value, traces } = await bench.portal.push([push], toCall());
    assert.deepEqual(value, [{ kind: 'done', did: 'created' }]);
    assert.equal((await bench.held(push.code))['creates'], 1);
    assert.ok(traces.length >= 3);
  });

  it('11.1 a second ended session in a row is an error that can pass, not a loop', async () => {
    await bench.setFault({ mode: 'sessionExpired', services: ['TraCuuHoSo'] });
    await assert.rejects(bench.portal.lookUp(nextCode(), toCall()), (error: unknown) => {
      assert.ok(isPassing(error));
      return true;
    });
    assert.equal((await bench.calls()).filter((call) => call.startsWith('TraCuuHoSo')).length, 2);
    await bench.setFault();
  });

  it('11.1 a wrong password is told to the operators, and not tried again for a while', async () => {
    const portal = bench.open({ password: 'wrong', loginPauseMs: 30_000 });
    for (let turn = 0; turn < 5; turn += 1)
      await assert.rejects(portal.push([toPush()], toCall()), (error: unknown) => {
        assert.ok(error instanceof SourceError);
        assert.deepEqual([error.kind, error.code, error.party], ['refused', 'credentials', 'hub']);
        assert.ok(isPassing(error) && (toAfterMs(error) ?? 0) > 20_000);
        assert.doesNotMatch(String(error), /wrong|mật khẩu/);
        return true;
      });
    assert.deepEqual(await bench.calls(), ['login -1']);
  });

  it('11.1 a registered account has a session of its own; its test logs in and keeps nothing', async () => {
    const portal = bench.open({ password: 'wrong' });
    const credential = { account: second.username, secret: second.password };
    await portal.lookUp(nextCode(), toCall({ credential: async () => credential }));
    const context = {
      ...{ exchangeId: 'e', unitCode: undefined, purpose: '', caseCode: undefined },
      officerNumber: () => Promise.reject(new Error('not asked for')),
      credential: async () => undefined,
      signal: AbortSignal.timeout(5_000),
    };
    const trace = await portal.testCredential(credential, context);
    assert.deepEqual([trace.source, trace.requestCode], ['portal', 'e']);
    const bad = { ...credential, secret: 'other' };
    for (const turn of [1, 2])
      await assert.rejects(portal.testCredential(bad, context), { code: 'credentials' }, String(turn));
    assert.deepEqual(await bench.calls(), ['login 0', 'TraCuuHoSo 0', 'login 0', 'login -1', 'login -1']);
  });

  it('11.2 dstcode goes with every call, madonvi is the unit as it is, else the province', async () => {
    const [push, other] = [toPush(), toPush()];
    await bench.portal.push([push], toCall({ unitCode: '000.00.01.H99' }));
    await bench.portal.push([other], toCall({ unitCode: undefined }));
    assert.deepEqual((await bench.held(push.code))['units'], ['000.00.01.H99']);
    assert.deepEqual((await bench.held(other.code))['units'], ['H99']);
    const wrong = bench.open({ dstcode: 'another' });
    await assert.rejects(wrong.lookUp(nextCode(), toCall()), { code: 'credentials' });
  });
});
