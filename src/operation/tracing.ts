// OpenTelemetry, off unless the standard variables ask for it; its packages are loaded only then. One span an exchange,
// one for each step that takes time, one for the source. The caller's traceparent is taken; none is given to a source.
import { setTimeout as pause } from 'node:timers/promises';
import type { Attributes, Context, Tracer as OtelTracer, Span } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { AnyStage } from '../exchange/facts.ts';
import { noTrace, type StepName, type Trace } from '../exchange/observe.ts';
import type { Released } from '../exchange/record.ts';
import type { Tracer } from './meters.ts';

/** Where spans go. */
export interface TraceSettings {
  /** Of the collector, e.g. `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** `OTEL_SERVICE_NAME`. */
  readonly serviceName: string;
  /** Share of exchanges that are traced when the caller has not decided; 0 to 1. */
  readonly share: number;
}

/** A tracer and the way to send what waits. */
export interface RunningTracer extends Tracer {
  /** Sends what waits, for at most 3 s. */
  stop(): Promise<unknown>;
}

/** Traces nothing and loads nothing. */
export const noTracer: RunningTracer = {
  begin: () => noTrace,
  end: () => undefined,
  stop: async () => undefined,
};

const stopMs = 3_000;

/** What of the OpenTelemetry API is used here. */
type Api = typeof import('@opentelemetry/api');

/** Steps are one after the other or one inside the other, so the innermost that is open is the parent of the next. */
function createTrace(api: Api, tracer: OtelTracer, root: Context): Trace {
  let current = root;
  return {
    async step<T>(name: StepName, work: () => Promise<T>): Promise<T> {
      const kind = name === 'source' ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL;
      const outer = current;
      const child = tracer.startSpan(name, { kind }, outer);
      current = api.trace.setSpan(outer, child);
      try {
        return await work();
      } catch (error) {
        // What an error says may repeat a value, so only that there was one is told.
        child.setStatus({ code: api.SpanStatusCode.ERROR });
        throw error;
      } finally {
        current = outer;
        child.end();
      }
    },
  };
}

/** Nothing of unit, officer, case, person, header or address; the exchange id leads to the log. */
function toAttributes({ operation, exchangeId, call }: AnyStage, { reply, problem }: Released): Attributes {
  return {
    'lgsp.exchange_id': exchangeId,
    'lgsp.outcome': problem?.code ?? 'answered',
    'http.response.status_code': reply.status,
    ...(problem && { 'lgsp.responsible': problem.responsible }),
    ...(operation && {
      'lgsp.operation': operation.name,
      'http.request.method': call.method,
      'http.route': operation.path,
      ...(operation.source !== undefined && { 'lgsp.source': operation.source }),
    }),
  };
}

/** An exporter whose failures are told, once until it succeeds again. */
function toToldExporter(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failed = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error && !failed)
          logger.warn({ err: result.error }, 'spans could not be sent; they are lost');
        failed = result.error !== undefined;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** Loads OpenTelemetry and starts to send. Without settings nothing is loaded. */
export async function startTracer(
  settings: TraceSettings | undefined,
  logger: Logger,
): Promise<RunningTracer> {
  if (settings === undefined) return noTracer;
  const [api, core, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.serviceName }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.share) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: toToldExporter(new OTLPTraceExporter({ url: settings.url }), logger),
        scheduledDelayMillis: 1_000,
      }),
    ],
  });
  const tracer = provider.getTracer('lgsp');
  const spans = new WeakMap<Trace, Span>();
  return {
    begin({ headers }) {
      const parent = core.parseTraceParent(headers['traceparent'] ?? '');
      const above = parent
        ? api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, isRemote: true })
        : api.ROOT_CONTEXT;
      const span = tracer.startSpan('exchange', { kind: api.SpanKind.SERVER }, above);
      const trace = createTrace(api, tracer, api.trace.setSpan(above, span));
      spans.set(trace, span);
      return trace;
    },
    end(trace, stage, released) {
      const span = spans.get(trace);
      if (!span) return;
      if (stage.operation) span.updateName(`${stage.operation.method} ${stage.operation.path}`);
      span.setAttributes(toAttributes(stage, released));
      if (released.reply.status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    },
    // A collector that does not answer keeps nobody from ending.
    stop: () =>
      Promise.race([provider.shutdown().catch(() => undefined), pause(stopMs, undefined, { ref: false })]),
  };
}
