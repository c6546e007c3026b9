// The part of the environment that says how the hub is watched: metrics, clock, traces, room for the database.
import type { Config, Environment } from './config.ts';

type Env = Readonly<Record<string, string | undefined>>;

const usualMetricsPort = 9464;

/** In the sandbox the system chooses a free port, so that several can run; elsewhere it is a known one. */
function readMetricsPort(env: Env, environment: Environment, mistakes: string[]): number | undefined {
  const text = env['METRICS_PORT'];
  if (text === undefined) return environment === 'sandbox' ? 0 : usualMetricsPort;
  if (text === '0') return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  mistakes.push(`METRICS_PORT must be a number from 1 to 65535, or 0 for none, not ${JSON.stringify(text)}`);
  return undefined;
}

function readClockCheck(env: Env, environment: Environment, mistakes: string[]): Config['clockCheck'] {
  const text = env['CLOCK_CHECK'] ?? (environment === 'sandbox' ? 'database' : 'synchronised');
  if (text === 'database' || text === 'synchronised') return text;
  mistakes.push(`CLOCK_CHECK must be database or synchronised, not ${JSON.stringify(text)}`);
  return 'database';
}

/** Source: OpenTelemetry specification, "Environment Variable Specification" and "OTLP Exporter Configuration". */
function readTraces(env: Env, mistakes: string[]): Config['traces'] {
  const exporter = env['OTEL_TRACES_EXPORTER'];
  const ownAddress = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const address = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isAsked = exporter === 'otlp' || ownAddress !== undefined || address !== undefined;
  if (!isAsked || exporter === 'none' || env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  if (exporter !== undefined && exporter !== 'otlp')
    mistakes.push(`OTEL_TRACES_EXPORTER must be otlp or none, not ${JSON.stringify(exporter)}`);
  const url = ownAddress ?? `${(address ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    mistakes.push(
      'OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be http addresses',
    );
  return { url, serviceName: env['OTEL_SERVICE_NAME'] ?? 'lgsp', share: readShare(env, mistakes) };
}

function readShare(env: Env, mistakes: string[]): number {
  const sampler = env['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on';
  const share = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? 1);
  if (sampler === 'parentbased_always_on') return 1;
  if (sampler === 'parentbased_traceidratio' && share >= 0 && share <= 1) return share;
  mistakes.push(
    'OTEL_TRACES_SAMPLER must be parentbased_always_on, or parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG from 0 to 1',
  );
  return 1;
}

/** Below this it is a mistake: a database with nothing in it is larger. */
const leastDatabaseBytes = 100_000_000;

function readDatabaseBytes(env: Env, mistakes: string[]): number | undefined {
  const text = env['DATABASE_BYTES'];
  if (text === undefined) return undefined;
  const bytes = Number(text);
  if (/^\d{1,15}$/.test(text) && bytes >= leastDatabaseBytes) return bytes;
  mistakes.push(
    `DATABASE_BYTES must be a number of bytes from ${leastDatabaseBytes}, not ${JSON.stringify(text)}`,
  );
  return undefined;
}

/** How this process is watched. */
export const readWatch = (
  env: Env,
  environment: Environment,
  mistakes: string[],
): Pick<Config, 'metricsPort' | 'clockCheck' | 'traces' | 'databaseBytes'> => ({
  metricsPort: readMetricsPort(env, environment, mistakes),
  clockCheck: readClockCheck(env, environment, mistakes),
  traces: readTraces(env, mistakes),
  databaseBytes: readDatabaseBytes(env, mistakes),
});
