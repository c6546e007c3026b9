// Every way in which the source fails, against the mock: a typed error each, and one message sent at most.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { SourceError } from '../../../adapters/adapter.ts';
import type { FaultMode } from '../../../mocks/population/faults.ts';
import { type Bench, officers, openBench, toClaim, toContext, unitCodes, woman } from './support.ts';

describe('population adapter: answers of the mock', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.setFault({ mode: 'none' }));
  after(() => bench.close());

  async function failure(
    mode: FaultMode,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<SourceError> {
    await bench.setFault({ mode, ...more });
    const error: unknown = await bench.adapter.lookUp(woman, toContext()).catch((cause: unknown) => cause);
    assert.ok(error instanceof SourceError, inspect(error));
    return error;
  }

  it('§10.8 finds the citizen with the fields that the source gave', async () => {
    const { value, trace } = await bench.adapter.lookUp(woman, toContext());
    assert.ok(value.outcome === 'found');
    const { personalNumber, fullName, birthDate, sex, maritalStatus } = value.citizen;
    assert.deepEqual({ personalNumber, fullName, birthDate }, woman);
    assert.deepEqual([sex, maritalStatus], ['female', 'married']);
    assert.match(value.citizen.father?.personalNumber ?? '', /^999/);
    assert.ok(trace.answer && trace.answer.bytes > 0);
  });

  for (const notFoundShape of ['empty', 'nullName'])
    it(`§10.8 says not found to the shape ${notFoundShape}`, async () => {
      await bench.setFault({ mode: 'none', notFoundShape });
      const claim = { ...woman, personalNumber: '999190999999' };
      assert.deepEqual((await bench.adapter.lookUp(claim, toContext())).value, { outcome: 'notFound' });
    });

  for (const confirmationShape of ['response', 'result', 'resultText'])
    it(`§10.7 confirms with yes or no in the shape ${confirmationShape}`, async () => {
      await bench.setFault({ mode: 'none', confirmationShape });
      const yes = await bench.adapter.confirm(woman, toContext());
      const no = await bench.adapter.confirm({ ...woman, fullName: 'Y Khác' }, toContext());
      assert.deepEqual([yes.value.outcome, no.value.outcome], ['confirmed', 'notConfirmed']);
    });

  const cases = [
    ...['whole-name', 'single-word-name', 'apostrophe-name', 'nfd-name', 'nfd-whole-name', 'birth-year-only'],
    ...['foreign-nationality', 'deceased', 'old-number-only', 'both-numbers', 'unknown-codes', 'unknown-sex'],
    ...['old-province-060', 'old-province-067', 'old-province-068', 'address-with-district'],
    ...['old-commune-without-district', 'split-commune', 'with-representative', 'with-household'],
  ];
  for (const label of cases)
    it(`§10.9 finds a person of the case ${label}`, async () => {
      const [person] = await bench.people(label);
      assert.ok(person);
      const { value } = await bench.adapter.lookUp(toClaim(person), toContext());
      assert.ok(value.outcome === 'found');
      assert.equal(value.citizen.fullName, person.fullName.normalize('NFC'));
    });

  const refusals = [
    [{ unitCode: unitCodes.unknown }, 'service-code-unmapped', 'hub'],
    [{ unitCode: unitCodes.withoutAgency }, 'agency-missing', 'hub'],
    [{ officerNumber: async () => officers.withoutEmail }, 'officer-account-missing', 'caller'],
    [{ officerNumber: async () => officers.otherUnit }, 'officer-unmapped', 'caller'],
    [{ officerNumber: async () => officers.unknown }, 'officer-unknown', 'caller'],
    [{ officerNumber: async () => officers.expired }, 'officer-expired', 'caller'],
  ] as const;
  for (const [more, code, party] of refusals)
    it(`§10.6 turns the source's refusal into ${code}, for the ${party} to act on`, async () => {
      await assert.rejects(bench.adapter.lookUp(woman, toContext(more)), { kind: 'refused', code, party });
    });

  it('§10.6 tells a wrong secret and a wrong clock apart', async () => {
    const route = { kind: 'direct', user: 'lamdong-test', secret: 'wrong-secret' };
    const stranger = bench.open({ route });
    await assert.rejects(stranger.lookUp(woman, toContext()), { code: 'credentials', party: 'hub' });
    assert.equal((await failure('none', { clockSkewMs: 3_600_000 })).code, 'clock');
  });

  const faults: readonly (readonly [FaultMode, string, Readonly<Record<string, unknown>>?])[] = [
    ['hang', 'timeout'],
    ['slow', 'timeout', { slowMs: 20_000 }],
    ['timeoutBefore', 'timeout'],
    ['timeoutAfter', 'timeout'],
    ['cutConnection', 'timeout'],
    ['soapFault', 'unavailable'],
    ['html', 'unavailable', { htmlStatus: 502 }],
    ['html', 'unreadable', { htmlStatus: 200 }],
    ['maintenance', 'unavailable'],
    ['emptyBody', 'unreadable'],
    ['truncated', 'unreadable'],
    ['malformed', 'unreadable'],
    ['wrongEncoding', 'unreadable'],
    ['entity', 'unreadable'],
    ['oversized', 'unreadable'],
    ['duplicated', 'unreadable'],
    ['twoPeople', 'unreadable'],
  ];
  for (const [mode, kind, more] of faults)
    it(`§10.14 calls ${mode} ${JSON.stringify(more ?? {})} ${kind}`, async () => {
      const error = await failure(mode, more);
      assert.equal(error.kind, kind, error.message);
      assert.equal(error.source, 'population');
      assert.ok(error.code);
      assert.match(error.trace?.request.sha256 ?? '', /^[0-9a-f]{64}$/);
    });

  it('§10.14 calls a TLS handshake that fails unreachable: nothing was sent', async () => {
    const { url = '', certificate = '' } = bench.mock.tls ?? {};
    await bench.setFault({ mode: 'tlsFailure' });
    const secure = bench.open({ url, ca: certificate });
    await assert.rejects(secure.lookUp(woman, toContext()), { kind: 'unreachable' });
  });

  it('§10.14 calls a source that is away unreachable: nothing was sent', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    const away = bench.open({ url: `http://127.0.0.1:${port}/population` });
    await assert.rejects(away.lookUp(woman, toContext()), { kind: 'unreachable', code: 'econnrefused' });
  });

  it('§10.12 gives the entry the digests of what was sent and of what came back, when it failed too', async () => {
    const { trace } = await failure('duplicated');
    assert.match(trace?.request.sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.match(trace?.answer?.sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.equal((await failure('hang')).trace?.answer, undefined);
  });

  it('§10.2 sends a message that failed no second time', async () => {
    await bench.setFault({ mode: 'timeoutAfter', holdMs: 50 });
    const context = toContext();
    await assert.rejects(bench.adapter.lookUp(woman, context), { kind: 'timeout' });
    assert.equal((await bench.journal(context.exchangeId)).length, 1);
  });

  it("§10.13 gives up at the caller's deadline, before its own time-out", async () => {
    await bench.setFault({ mode: 'hang' });
    const signal = AbortSignal.timeout(60);
    const started = performance.now();
    await assert.rejects(bench.adapter.lookUp(woman, toContext({ signal })), { kind: 'timeout' });
    assert.ok(performance.now() - started < 300);
    const past = toContext({ signal: AbortSignal.abort() });
    await assert.rejects(bench.adapter.lookUp(woman, past), { kind: 'unreachable', code: 'deadline' });
    assert.deepEqual(await bench.journal(past.exchangeId), []);
  });

  it('§10.13 has no more calls at the source than connections; who waits too long was never sent', async () => {
    await bench.setFault({ mode: 'hang', times: 1 });
    const narrow = bench.open({ limits: { callMs: 200, connections: 1 } });
    const first = assert.rejects(narrow.lookUp(woman, toContext()), { kind: 'timeout' });
    const waiting = toContext({ signal: AbortSignal.timeout(100) });
    await assert.rejects(narrow.lookUp(woman, waiting), { kind: 'unreachable' });
    await first;
    assert.deepEqual(await bench.journal(waiting.exchangeId), []);
  });

  it('§10.16 keeps numbers, names and secrets out of every error', async () => {
    for (const mode of ['soapFault', 'html', 'truncated', 'duplicated', 'hang', 'cutConnection'] as const) {
      const shown = inspect(await failure(mode), { depth: 20, showHidden: true, getters: true });
      assert.doesNotMatch(shown.replaceAll(/\b[0-9a-f-]{36,64}\b/g, ''), /\d{9}/);
      assert.doesNotMatch(shown, /nghiệm|test-secret|Basic /i);
    }
  });

  it('§10.11 asks the source again for the same person: it holds no result', async () => {
    const contexts = [toContext(), toContext()];
    for (const context of contexts) {
      await bench.adapter.lookUp(woman, context);
      assert.equal((await bench.journal(context.exchangeId)).length, 1);
    }
  });
});
