// OpenTelemetry: a real receiver of OTLP over HTTP gets the spans of a real look-up; without the variables nothing is
// loaded and nothing is sent.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { promisify } from 'node:util';
import { readConfig } from '../../src/config.ts';
import { rootFolder } from '../../src/root.ts';
import { lookUp } from '../support/calls.ts';
import { until } from '../support/embedded.ts';
import { freePort, startTestHub, type TestHub } from '../support/sandbox-hub.ts';

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: number };
  }[];
}

/** A receiver and what it got. */
async function startReceiver(): Promise<{
  url: string;
  spans: SentSpan[];
  text: () => string;
  server: Server;
}> {
  const spans: SentSpan[] = [];
  let text = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      text += body;
      if (request.url === '/v1/traces' && request.method === 'POST')
        for (const { scopeSpans } of JSON.parse(body).resourceSpans)
          for (const scope of scopeSpans) spans.push(...scope.spans);
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}`, spans, text: () => text, server };
}

describe('Traces', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let hub: TestHub;
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const callerSpan = '00f067aa0ba902b7';

  before(async () => {
    receiver = await startReceiver();
    hub = await startTestHub('tracing', { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  });
  after(async () => {
    await hub.stop();
    receiver.server.close();
  });

  /** Calls and waits for the span of that exchange. */
  const trace = async (
    call: Parameters<TestHub['call']>[0],
  ): Promise<{ span: SentSpan; children: readonly SentSpan[] }> => {
    const { exchangeId } = await hub.call(call);
    const isOfCall = ({ attributes }: SentSpan): boolean =>
      attributes.some(({ key, value }) => key === 'lgsp.exchange_id' && value.stringValue === exchangeId);
    await until(async () => receiver.spans.some(isOfCall));
    const span = receiver.spans.find(isOfCall) ?? assert.fail();
    return { span, children: receiver.spans.filter((one) => one.traceId === span.traceId && one !== span) };
  };

  it('hold one span for a look-up and one for each step, the source within the dispatch', async () => {
    const { span, children } = await trace(lookUp());
    assert.deepEqual([span.name, span.kind], ['POST /population/v1/citizen-lookups', 2]);
    assert.deepEqual(children.map(({ name }) => name).sort(), [
      'admit',
      'check answer',
      'check request',
      'dispatch',
      'open',
      'record',
      'source',
    ]);
    const dispatch = children.find(({ name }) => name === 'dispatch') ?? assert.fail();
    for (const child of children)
      assert.equal(child.parentSpanId, child.name === 'source' ? dispatch.spanId : span.spanId, child.name);
    const attributes = Object.fromEntries(
      span.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
    );
    assert.deepEqual(
      [attributes['lgsp.operation'], attributes['lgsp.outcome'], attributes['http.response.status_code']],
      ['population.v1/lookUpCitizen', 'answered', 200],
    );
  });

  it('continue the trace of the caller, which no source is told of', async () => {
    const { span } = await trace(lookUp({ headers: { traceparent: `00-${traceId}-${callerSpan}-01` } }));
    assert.deepEqual([span.traceId, span.parentSpanId], [traceId, callerSpan]);
    assert.doesNotMatch(JSON.stringify(await hub.journal()), new RegExp(traceId));
  });

  it('begin anew where the caller sends no trace that can be read', async () => {
    const { span } = await trace(lookUp({ headers: { traceparent: '999190000002' } }));
    assert.equal(span.parentSpanId, undefined);
  });

  it('tell of refusals and failures by their code, and never whom they are about', async () => {
    await hub.fault({ mode: 'maintenance', times: 1 });
    const { span } = await trace(lookUp());
    const refused = await trace(lookUp({ headers: { purpose: 'to-mo' } }));
    const outcomes = [span, refused.span].map(
      ({ attributes }) => attributes.find(({ key }) => key === 'lgsp.outcome')?.value.stringValue,
    );
    assert.deepEqual(outcomes, ['source-unavailable', 'purpose-not-granted']);
    assert.doesNotMatch(receiver.text(), /999190000002|Nguy|cb-0001|mot-cua|cq-00|H99\.10|DPoP|Bearer/);
  });

  it('are not asked for without the variables, or when those say no', () => {
    const read = (more: Record<string, string>) => readConfig({ ...hub.environment(1), ...more }).traces;
    assert.equal(read({}), undefined);
    assert.equal(
      read({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }),
      undefined,
    );
    assert.equal(read({ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }), undefined);
    assert.equal(read({ OTEL_TRACES_EXPORTER: 'otlp' })?.url, 'http://localhost:4318/v1/traces');
  });

  it('load nothing of OpenTelemetry while they are off', async () => {
    const script = `
      import { createRequire } from 'node:module';
      const { startTracer } = await import('./src/operation/tracing.ts');
      await import('./src/hub.ts');
      const { cache } = createRequire(import.meta.url);
      const count = () => Object.keys(cache).filter((file) => /opentelemetry.(sdk|core|resources|exporter|otlp)/.test(file)).length;
      await startTracer(undefined);
      const off = count();
      await startTracer({ url: 'http://127.0.0.1:1', serviceName: 'x', share: 1 });
      console.log(JSON.stringify([off, count() > 10]));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { cwd: rootFolder },
    );
    assert.deepEqual(JSON.parse(stdout), [0, true]);
  });
});
