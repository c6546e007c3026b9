// The metrics of a real hub after traffic of every kind: what is counted, and that nobody is named.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { loadContract } from '../../src/contracts/contract.ts';
import { toNoOutcomes } from '../../src/delivery/meter.ts';
import { sourceOutcomes } from '../../src/exchange/observe.ts';
import { startHub } from '../../src/hub.ts';
import { tokenOutcomes } from '../../src/operation/meters.ts';
import { breakerStates } from '../../src/operation/metrics.ts';
import { problemCodes } from '../../src/problem-codes.ts';
import { rootFolder } from '../../src/root.ts';
import { citizen, confirm, lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { freePort, startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { parseSamples, type Sample, sumOf } from './samples.ts';

const contracts = readdirSync(join(rootFolder, 'openapi'))
  .filter((name) => /\.v\d+\.yaml$/.test(name))
  .map((name) => loadContract(name.replace('.yaml', '')));

/** Every value that a label of ours may have. */
const known: Readonly<Record<string, readonly string[]>> = {
  service: ['none', ...contracts.map(({ service }) => service)],
  operation: ['none', ...contracts.flatMap(({ operations }) => operations.map(({ id }) => id))],
  outcome: [
    ...['answered', ...Object.keys(problemCodes), ...sourceOutcomes, ...tokenOutcomes],
    ...Object.keys(toNoOutcomes()),
  ],
  code: Object.keys(problemCodes),
  source: ['none', 'population', 'payment-platform', 'portal'],
  state: [...breakerStates, 'taken', 'waiting', 'used', 'idle', 'held', 'sending', 'dead'],
  route: ['document-axis', 'portal', 'webhook'],
  pool: ['hub', 'registry', 'retention'],
};

describe('The metrics', () => {
  let hub: TestHub;
  let text: string;
  let samples: readonly Sample[];
  const count = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    sumOf(samples, name, labels);
  const scrape = async (): Promise<string> => (await fetch(hub.metricsUrl)).text();

  before(async () => {
    hub = await startTestHub('metrics');
    for (let n = 0; n < 3; n += 1) await hub.call(lookUp());
    await hub.call(confirm());
    await hub.call(lookUp({ body: { ...citizen, fullName: 'Không Phải Thử' } }));
    await hub.call(lookUp({ headers: { purpose: 'to-mo' } }));
    await hub.call(lookUp({ headers: { officer: '999190000002' } }));
    await hub.call({ path: '/population/v1/999190000002' });
    await hub.fault({ mode: 'maintenance', times: 1 });
    await hub.call(lookUp());
    await fetch(`${hub.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: '999190000002' }),
    });
    await until(async () => sumOf(parseSamples(await scrape()), 'lgsp_entries_pending') === 0);
    text = await scrape();
    samples = parseSamples(text);
  });
  after(() => hub.stop());

  it('count exchanges by operation and outcome, and how long they took', () => {
    const operation = { service: 'population.v1', operation: 'lookUpCitizen' };
    assert.equal(count('lgsp_exchanges_total', { ...operation, outcome: 'answered' }), 4);
    assert.equal(count('lgsp_exchanges_total', { ...operation, outcome: 'source-unavailable' }), 1);
    assert.equal(count('lgsp_exchange_duration_seconds_count', operation), 7);
    assert.equal(count('lgsp_exchange_duration_seconds_bucket', { ...operation, le: '+Inf' }), 7);
    assert.ok(count('lgsp_exchange_duration_seconds_sum', operation) < 7);
    assert.equal(count('lgsp_exchanges_in_flight'), 0);
  });

  it('count what was refused by its code, with what no operation was found for', () => {
    for (const code of ['purpose-not-granted', 'officer-is-personal-number', 'not-found'])
      assert.equal(count('lgsp_refusals_total', { code }), 1, code);
    assert.equal(
      count('lgsp_exchanges_total', { service: 'none', operation: 'none', outcome: 'not-found' }),
      1,
    );
  });

  it('count the calls of a source by what came of them, the time at it, and its breaker', () => {
    const source = 'population';
    assert.equal(count('lgsp_source_calls_total', { source, outcome: 'answered' }), 5);
    assert.equal(count('lgsp_source_calls_total', { source, outcome: 'unavailable' }), 1);
    assert.equal(count('lgsp_source_call_duration_seconds_count', { source }), 6);
    assert.equal(count('lgsp_source_breaker', { source, state: 'closed' }), 1);
    assert.equal(count('lgsp_source_breaker', { source, state: 'open' }), 0);
    assert.equal(count('lgsp_places', { source, state: 'taken' }), 0);
  });

  it('count entries and batches, and say how far the tree is behind', () => {
    assert.ok(count('lgsp_entries_recorded_total') >= 14);
    assert.equal(count('lgsp_record_batch_entries_sum'), count('lgsp_entries_recorded_total'));
    assert.ok(count('lgsp_record_duration_seconds_count') > 0);
    assert.ok(count('lgsp_sign_confirmed_age_seconds') < 2);
    assert.ok(count('lgsp_checkpoint_age_seconds') >= 0);
    assert.ok(count('lgsp_search_behind_leaves') >= 0 && count('lgsp_search_behind_seconds') >= 0);
  });

  it('say how the registry, the clock, the pools and the process are', () => {
    assert.equal(count('lgsp_ready'), 1);
    assert.ok(count('lgsp_registry_confirmed_age_seconds') < 2);
    assert.ok(count('lgsp_registry_version') > 1);
    assert.ok(Math.abs(count('lgsp_clock_off_seconds')) < 1);
    assert.equal(count('lgsp_clock_right'), 1);
    assert.ok(Number.isNaN(count('lgsp_clock_synchronised')));
    assert.ok(count('lgsp_pool_connections', { pool: 'hub', state: 'idle' }) > 0);
    for (const name of [
      'nodejs_eventloop_lag_seconds',
      'nodejs_heap_size_used_bytes',
      'process_cpu_seconds_total',
    ])
      assert.ok(count(name) >= 0, name);
    assert.match(text, /^# TYPE nodejs_gc_duration_seconds histogram$/m);
  });

  it('count tokens issued and refused', () => {
    assert.equal(count('lgsp_tokens_total', { outcome: 'issued' }), 1);
    assert.equal(
      count('lgsp_tokens_total', { outcome: 'invalid_client' }) +
        count('lgsp_tokens_total', { outcome: 'invalid_request' }),
      1,
    );
  });

  it('name nobody: every label value is from a list that was known before', () => {
    const own = samples.filter(({ name }) => name.startsWith('lgsp_'));
    for (const { name, labels } of own)
      for (const [label, value] of Object.entries(labels))
        if (label === 'le') assert.match(value, /^(\+Inf|[\d.]+)$/, name);
        else assert.ok(known[label]?.includes(value), `${name} has ${label}="${value}"`);
    assert.doesNotMatch(text, /999190000002|cb-0001|mot-cua|cq-\d|H99|[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('are at GET /metrics of their own port only, and not on the public one', async () => {
    const base = hub.metricsUrl.replace('/metrics', '');
    assert.match(base, /^http:\/\/127\.0\.0\.1:\d+$/);
    const status = async (url: string, method = 'GET'): Promise<number> =>
      (await fetch(url, { method })).status;
    assert.equal(await status(hub.metricsUrl, 'POST'), 405);
    for (const path of ['/', '/metrics/', '/metrics?x', '/health/live'])
      assert.equal(await status(base + path), 404, path);
    assert.equal(await status(`${hub.url}/metrics`), 404);
  });

  it('keep a hub from starting in one sentence when their port is taken, or are switched off by 0', async () => {
    const taken = new URL(hub.metricsUrl).port;
    const start = async (METRICS_PORT: string) =>
      startHub(readConfig({ ...hub.environment(await freePort()), METRICS_PORT }), hub.database);
    await assert.rejects(start(taken), {
      message: new RegExp(`^the metrics port ${taken} on 127.0.0.1 is in use`),
    });
    const other = await start('0');
    assert.equal(other.metricsUrl, undefined);
    await other.stop();
  });
});
