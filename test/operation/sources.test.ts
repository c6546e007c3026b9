// The state of the sources and of the hub by contract: over all processes, for administrators and auditors only.
import assert from 'node:assert/strict';
import { readConfig } from '../../src/config.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import {
  createClient,
  freePort,
  startTestHub,
  type TestAnswer,
  type TestHub,
} from '../support/sandbox-hub.ts';

describe('The operation service', () => {
  let hub: TestHub;
  let second: Hub;
  /** Calls the second process, whose address is its own and so its tokens too. */
  let callSecond: TestHub['call'];

  before(async () => {
    hub = await startTestHub('operation-service');
    const config = readConfig(hub.environment(await freePort()));
    second = await startHub(
      { ...config, settings: { ...config.settings, sources: hub.sources, limits: {} } },
      hub.database,
    );
    callSecond = createClient(second.url, hub.province).call;
  });
  after(async () => {
    await second.stop();
    await hub.stop();
  });

  const readSource = async (): Promise<TestAnswer['body']> =>
    (await hub.call({ path: '/operation/v1/sources/population', system: 'quan-tri' })).body;
  /** Waits for the reports of both processes. */
  const readCalls = async (calls: number): Promise<TestAnswer['body']> => {
    await until(async () => (await readSource()).windows[0].calls >= calls);
    return readSource();
  };

  it('knows a source before it was ever asked', async () => {
    const { body } = await hub.call({ path: '/operation/v1/sources', system: 'quan-tri' });
    const source = body.sources.find((one: { source: string }) => one.source === 'population');
    assert.ok(body.sources.some((one: { source: string }) => one.source === 'payment-platform'));
    assert.deepEqual(source.services, [{ id: 'population.v1', state: 'active' }]);
    assert.deepEqual([source.switchedOff, source.lastGoodAt], [false, undefined]);
    assert.deepEqual(source.windows[0], { minutes: 5, calls: 0, outcomes: {} });
  });

  it('adds up what all processes saw, with percentiles, the last answer and the last failure', async () => {
    const began = Date.now();
    for (let n = 0; n < 4; n += 1) await hub.call(lookUp());
    await callSecond(lookUp());
    await callSecond(lookUp());
    await hub.fault({ mode: 'maintenance', times: 2 });
    await callSecond(lookUp());
    await hub.call(lookUp());
    const source = await readCalls(8);
    for (const [place, minutes] of [5, 60].entries()) {
      const window = source.windows[place];
      assert.deepEqual(
        [window.minutes, window.calls, window.successRate, window.outcomes],
        [minutes, 8, 0.75, { answered: 6, unavailable: 2 }],
      );
      const { p50, p95, p99 } = window.latencyMs;
      assert.ok(p50 >= 1 && p50 <= p95 && p95 <= p99 && p99 < 5_000);
    }
    assert.deepEqual(
      source.processes.map(({ breaker }: { breaker: string }) => breaker),
      ['closed', 'closed'],
    );
    assert.ok(Date.parse(source.lastGoodAt) >= began - 1_000);
    assert.ok(Date.parse(source.lastFailureAt) >= Date.parse(source.lastGoodAt));
    assert.equal(source.lastFailure, 'unavailable');
  });

  it('tells of a breaker that is open at one process, and counts what that one does not send', async () => {
    await hub.fault({ mode: 'maintenance' });
    for (let n = 0; n < 14; n += 1) await callSecond(lookUp());
    await hub.fault({});
    await until(async () => {
      const { processes, windows } = await readSource();
      const states = processes.map(({ breaker }: { breaker: string }) => breaker);
      return (
        states.filter((state: string) => state !== 'closed').length === 1 &&
        windows[0].outcomes['left-alone'] > 0
      );
    });
  });

  it('forgets nothing of what a stopped process saw, but lists it no longer', async () => {
    const before = (await readSource()).windows[0].calls;
    await second.stop();
    const source = await readSource();
    assert.equal(source.processes.length, 1);
    assert.ok(source.windows[0].calls >= before);
  });

  it('tells of the hub: its processes and their clocks, the newest head, what waits, the registry', async () => {
    const { body } = await hub.call({ path: '/operation/v1/hub', system: 'kiem-toan' });
    assert.equal(body.processes.length, 1);
    const [{ clockOffMs, clockRight, clockSynchronised, leaseUntil, registryVersion }] = body.processes;
    assert.ok(Math.abs(clockOffMs) < 1_000 && clockRight && Date.parse(leaseUntil) > Date.now());
    assert.deepEqual([clockSynchronised, registryVersion], ['unknown', body.registryVersion]);
    assert.ok(body.storage.bytes > 0 && body.storage.months.length >= 4 && body.storage.tables.length === 10);
    assert.ok(body.search.leaves >= 0 && body.search.ageMs >= 0 && !('cosigned' in body));
    assert.ok(body.checkpoint.size > 20 && body.checkpoint.ageMs >= 0 && body.pendingEntries >= 0);
  });

  it('answers 404 for a source that there is not', async () => {
    const answer = await hub.call({ path: '/operation/v1/sources/nothing', system: 'quan-tri' });
    assert.deepEqual([answer.status, answer.body.code], [404, 'source-not-found']);
  });

  for (const path of ['sources', 'sources/population', 'hub'])
    it(`gives ${path} to administrator and auditor, and to no other system`, async () => {
      const ask = (system: string): Promise<TestAnswer> =>
        hub.call({ path: `/operation/v1/${path}`, system });
      for (const system of ['quan-tri', 'kiem-toan']) assert.equal((await ask(system)).status, 200, system);
      for (const system of ['mot-cua', 'van-ban']) assert.equal((await ask(system)).status, 403, system);
      assert.equal((await fetch(`${hub.url}/operation/v1/${path}`)).status, 401);
    });

  it('is itself on record', async () => {
    const answer = await hub.call({ path: '/operation/v1/hub', system: 'quan-tri' });
    const kinds = (await hub.entries(answer.exchangeId)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['opened', 'closed']);
  });

  it('keeps minutes for 48 hours: what is older is deleted by the daily work', async () => {
    const { createPurge } = await import('../../src/schedule/purge.ts');
    const insert = `INSERT INTO source_minute VALUES
      ('old', now() - interval '49 hours', gen_random_uuid(), 'answered', 1, '{1}'),
      ('new', now() - interval '47 hours', gen_random_uuid(), 'answered', 1, '{1}')`;
    await hub.owner.query(insert);
    await createPurge(hub.owner).run('2026-11-26');
    const { rows } = await hub.owner.query("SELECT source FROM source_minute WHERE source IN ('old', 'new')");
    assert.deepEqual(rows, [{ source: 'new' }]);
  });
});
