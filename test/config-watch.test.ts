// The settings by which a hub is watched: metrics port, clock check, traces.
import assert from 'node:assert/strict';
import type { Environment } from '../src/config.ts';
import { readWatch } from '../src/config-watch.ts';

describe('The settings of watching', () => {
  const read = (env: Record<string, string>, environment: Environment = 'production') => {
    const mistakes: string[] = [];
    return { ...readWatch(env, environment, mistakes), mistakes };
  };

  it('give the metrics a free port in the sandbox and a known one elsewhere, and none for 0', () => {
    assert.equal(read({}, 'sandbox').metricsPort, 0);
    for (const environment of ['test', 'production'] as const)
      assert.equal(read({}, environment).metricsPort, 9464);
    assert.equal(read({ METRICS_PORT: '9500' }, 'sandbox').metricsPort, 9500);
    for (const environment of ['sandbox', 'production'] as const)
      assert.equal(read({ METRICS_PORT: '0' }, environment).metricsPort, undefined);
  });

  it('ask the machine about its clock outside the sandbox', () => {
    assert.equal(read({}, 'sandbox').clockCheck, 'database');
    assert.equal(read({}).clockCheck, 'synchronised');
    assert.equal(read({ CLOCK_CHECK: 'database' }).clockCheck, 'database');
  });

  it('send spans only when they are asked for', () => {
    const address = 'http://collector.example:4318/';
    assert.equal(read({}).traces, undefined);
    assert.equal(
      read({ OTEL_EXPORTER_OTLP_ENDPOINT: address, OTEL_TRACES_EXPORTER: 'none' }).traces,
      undefined,
    );
    assert.equal(read({ OTEL_EXPORTER_OTLP_ENDPOINT: address, OTEL_SDK_DISABLED: 'TRUE' }).traces, undefined);
    assert.deepEqual(read({ OTEL_EXPORTER_OTLP_ENDPOINT: address }).traces, {
      url: 'http://collector.example:4318/v1/traces',
      serviceName: 'lgsp',
      share: 1,
    });
    const more = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://one.example/here',
      OTEL_SERVICE_NAME: 'truc',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    };
    assert.deepEqual(read(more).traces, { url: 'https://one.example/here', serviceName: 'truc', share: 0.1 });
    assert.equal(read({ OTEL_TRACES_EXPORTER: 'otlp' }).traces?.url, 'http://localhost:4318/v1/traces');
  });

  it('take the room for the database as it is given', () => {
    assert.equal(read({}).databaseBytes, undefined);
    assert.equal(read({ DATABASE_BYTES: '500000000000' }).databaseBytes, 500_000_000_000);
  });

  const mistaken = [
    ['METRICS_PORT', 'x'],
    ['METRICS_PORT', '65536'],
    ['METRICS_PORT', '-1'],
    ['CLOCK_CHECK', 'ntp'],
    ['DATABASE_BYTES', '500GB'],
    ['DATABASE_BYTES', '1'],
    ['OTEL_TRACES_EXPORTER', 'otlp,console'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_TRACES_SAMPLER', 'always_off'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ] as const;
  for (const [name, value] of mistaken)
    it(`refuse ${name}=${value} by its name`, () => {
      const sampler = name.endsWith('ARG') ? { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' } : {};
      const on = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318', ...sampler };
      const { mistakes } = read({ ...on, [name]: value });
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0] ?? '', new RegExp(`^OTEL_|^${name}`));
    });
});
