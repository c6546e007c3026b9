// The environment, read once; all mistakes in one message. Each name is explained in docs/operating.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBlock } from './addresses.ts';
import { readWatch } from './config-watch.ts';
import { StartError } from './database/start-error.ts';
import type { TraceSettings } from './operation/tracing.ts';
import { rootFolder } from './root.ts';

/** Which kind of hub this is; part of issuer, audience, log origin and database. */
export type Environment = 'sandbox' | 'test' | 'production';

/** What is too large for a variable. */
export interface Settings {
  /** Settings of each source by its name. */
  readonly sources: Readonly<Record<string, unknown>>;
  /** Limits of each service by its id, over its own defaults. */
  readonly limits: Readonly<Record<string, unknown>>;
  /** How each national system that calls us is known, by the name of its source; nobody else may. */
  readonly callers: Readonly<Record<string, unknown>>;
}

/** The configuration of one hub process. */
export interface Config {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  /** How callers reach the hub, without a slash at the end; issuer of its tokens. */
  readonly publicUrl: string;
  /** Addresses and blocks of the proxies whose headers about callers are believed. */
  readonly trustedProxies: readonly string[];
  /** Lower-case name of the header in which they hand on a caller's certificate. */
  readonly certificateHeader: string;
  /** Undefined in the sandbox: the embedded database is started. */
  readonly databaseUrl: string | undefined;
  readonly databaseOwnerUrl: string | undefined;
  /** How large the database may become; undefined: not known. */
  readonly databaseBytes: number | undefined;
  readonly keyFolder: string;
  /** Folder of the encrypted blobs; shared, where several machines serve. */
  readonly blobFolder: string;
  /** Folder of the hub's own log files; undefined: standard output. */
  readonly logFolder: string | undefined;
  /** Name of the exchange log, the first line of its checkpoints. */
  readonly logOrigin: string;
  /** Loopback port of the metrics; 0: one that the system chooses, undefined: none. */
  readonly metricsPort: number | undefined;
  /** `synchronised`: the machine must not say that its clock runs unsynchronised. */
  readonly clockCheck: 'database' | 'synchronised';
  /** Where OpenTelemetry's spans go; undefined: nowhere, and nothing of it is loaded. */
  readonly traces: TraceSettings | undefined;
  /** What `SETTINGS_FILE` holds. */
  readonly settings: Settings;
}

type Env = Readonly<Record<string, string | undefined>>;

const loopbackHosts = ['127.0.0.1', '::1', 'localhost'];

function readEnvironment(env: Env, mistakes: string[]): Environment {
  const name = env['LGSP_ENVIRONMENT'] ?? 'sandbox';
  if (name === 'sandbox' || name === 'test' || name === 'production') return name;
  mistakes.push(`LGSP_ENVIRONMENT must be sandbox, test or production, not ${JSON.stringify(name)}`);
  return 'production';
}

function readPort(env: Env, mistakes: string[]): number {
  const text = env['PORT'] ?? '8080';
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  mistakes.push(`PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}`);
  return 0;
}

function readPublicUrl(env: Env, environment: Environment, fallback: string, mistakes: string[]): string {
  const text = env['PUBLIC_URL'];
  if (text === undefined) {
    if (environment !== 'sandbox')
      mistakes.push('PUBLIC_URL is missing: the address by which callers reach the hub');
    return fallback;
  }
  const address = text.replace(/\/$/, '');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const schemes = environment === 'production' ? ['https:'] : ['https:', 'http:'];
  // The very text is the issuer of tokens and is compared to the letter: it must be in its one canonical form.
  if (url?.origin !== address || !schemes.includes(url.protocol))
    mistakes.push(
      'PUBLIC_URL must be scheme and host in lower case, with a port only where it is not the usual one, and no path; https in production',
    );
  return address;
}

function readTrustedProxies(env: Env, mistakes: string[]): readonly string[] {
  const blocks = (env['TRUSTED_PROXIES'] ?? '').split(/[\s,]+/).filter((block) => block !== '');
  for (const block of blocks)
    if (!isBlock(block))
      mistakes.push(
        `TRUSTED_PROXIES must list addresses or blocks such as 10.0.0.0/24, not ${JSON.stringify(block)}`,
      );
    else if (/\/0+$/.test(block)) mistakes.push('TRUSTED_PROXIES must not trust every address');
  return blocks;
}

function readCertificateHeader(env: Env, mistakes: string[]): string {
  const name = env['CLIENT_CERT_HEADER'] ?? 'client-cert';
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name))
    mistakes.push('CLIENT_CERT_HEADER must be the name of a header, such as client-cert');
  return name.toLowerCase();
}

/** A secret that stands in our own files is a default credential. */
const knownSecrets = /test-secret|sandbox-secret/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readSettings(env: Env, environment: Environment, mistakes: string[]): Settings {
  const none: Settings = { sources: {}, limits: {}, callers: {} };
  const file = env['SETTINGS_FILE'];
  if (file === undefined) {
    if (environment !== 'sandbox')
      mistakes.push('SETTINGS_FILE is missing: the settings of the national systems');
    return none;
  }
  try {
    const text = readFileSync(file, 'utf8');
    if (environment !== 'sandbox' && knownSecrets.test(text))
      mistakes.push('SETTINGS_FILE holds a credential of the sandbox; this hub refuses default credentials');
    if (environment === 'production' && /"http:\/\//.test(text))
      mistakes.push('SETTINGS_FILE holds an http address; in production sources are reached over https only');
    const parsed: unknown = JSON.parse(text);
    const { sources = {}, limits = {}, callers = {}, ...more } = isObject(parsed) ? parsed : {};
    const isKnown = isObject(parsed) && Object.keys(more).length === 0;
    if (isKnown && isObject(sources) && isObject(limits) && isObject(callers))
      return { sources, limits, callers };
    mistakes.push('SETTINGS_FILE must hold one JSON object with the members sources, limits and callers');
  } catch (error) {
    mistakes.push(
      `SETTINGS_FILE cannot be read: ${error instanceof SyntaxError ? 'it is no JSON' : String(error)}`,
    );
  }
  return none;
}

function checkPlaces(config: Config, mistakes: string[]): void {
  if (config.environment === 'sandbox' && !loopbackHosts.includes(config.host))
    mistakes.push('LISTEN_HOST must be a loopback address in the sandbox');
  if ((config.databaseUrl === undefined) !== (config.databaseOwnerUrl === undefined))
    mistakes.push('DATABASE_URL and DATABASE_OWNER_URL go together: one is missing');
  if (config.environment !== 'sandbox' && config.databaseUrl === undefined)
    mistakes.push('DATABASE_URL and DATABASE_OWNER_URL are missing');
  for (const url of [config.databaseUrl, config.databaseOwnerUrl])
    if (
      config.environment !== 'sandbox' &&
      url !== undefined &&
      /:(postgres|password|test-secret)@/.test(url)
    )
      mistakes.push('a database address holds a default password; this hub refuses default credentials');
}

/**
 * Reads the settings of this process.
 * @throws StartError naming every mistake
 */
export function readConfig(given: Env): Config {
  // A variable set to nothing, as service files and containers do, is not set.
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const mistakes: string[] = [];
  const environment = readEnvironment(env, mistakes);
  const host = env['LISTEN_HOST'] ?? '127.0.0.1';
  const port = readPort(env, mistakes);
  const varFolder = env['VAR_DIR'] ?? join(rootFolder, 'var');
  if (environment !== 'sandbox' && env['KEY_DIR'] === undefined)
    mistakes.push("KEY_DIR is missing: the folder of the hub's keys");
  if (environment !== 'sandbox' && env['BLOB_DIR'] === undefined)
    mistakes.push('BLOB_DIR is missing: the folder of documents, encrypted; the same for every process');
  if (environment !== 'sandbox' && env['LOG_ORIGIN'] === undefined)
    mistakes.push('LOG_ORIGIN is missing: the name of the exchange log');
  if (/[\s+]/u.test(env['LOG_ORIGIN'] ?? ''))
    mistakes.push('LOG_ORIGIN must have no spaces and no plus signs');
  const config: Config = {
    environment,
    host,
    port,
    publicUrl: readPublicUrl(env, environment, `http://${host === '::1' ? '[::1]' : host}:${port}`, mistakes),
    trustedProxies: readTrustedProxies(env, mistakes),
    certificateHeader: readCertificateHeader(env, mistakes),
    databaseUrl: env['DATABASE_URL'],
    databaseOwnerUrl: env['DATABASE_OWNER_URL'],
    keyFolder: env['KEY_DIR'] ?? join(varFolder, 'sandbox', 'keys'),
    blobFolder: env['BLOB_DIR'] ?? join(varFolder, 'sandbox', 'blobs'),
    logFolder: env['LOG_DIR'] ?? (environment === 'sandbox' ? join(varFolder, 'log') : undefined),
    logOrigin: `${env['LOG_ORIGIN'] ?? 'lgsp.lam-dong.invalid'}/${environment}`,
    ...readWatch(env, environment, mistakes),
    settings: readSettings(env, environment, mistakes),
  };
  checkPlaces(config, mistakes);
  if (mistakes.length > 0) throw new StartError(mistakes.join('; '));
  return config;
}
