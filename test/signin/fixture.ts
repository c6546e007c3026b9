// A registry of two systems in memory, the authorisation server behind a real Express app, and ways to ask it wrongly.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { SignJWT } from 'jose';
import type { Pool } from 'pg';
import pino from 'pino';
import { createPool } from '../../src/database/pool.ts';
import type { Mandate, Registry, Snapshot, System } from '../../src/registry/types.ts';
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../../src/signin/authorization-server.ts';
import { freshDatabase } from '../support/database.ts';

export const publicUrl = 'https://hub.test';
export const audience = 'urn:lgsp:test';
export const tokenAddress = `${publicUrl}/oauth/token`;

const always = { from: new Date(0), to: undefined };
export const makeKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const clientKey = makeKey();
export const oldKey = makeKey();
export const edKey = generateKeyPairSync('ed25519').privateKey;
export const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const toKey = (kid: string, key: KeyObject, to?: Date) => ({
  kid,
  jwk: { ...createPublicKey(key).export({ format: 'jwk' }) },
  certificateSha256: undefined,
  from: new Date(0),
  to,
});

export const oneStop: System = {
  id: 'one-stop',
  name: 'One-stop system',
  unitId: 'unit-a',
  state: 'active',
  tokensValidFrom: new Date(0),
  keys: [
    toKey('ec', clientKey),
    toKey('ed', edKey),
    toKey('rsa', rsaKey),
    toKey('old', oldKey, new Date('2026-01-01')),
  ],
};
const single: System = { ...oneStop, id: 'single' };
const suspended: System = { ...oneStop, id: 'suspended', state: 'suspended' };

const mandates: readonly Mandate[] = [
  ['one-stop', 'unit-a'],
  ['one-stop', 'unit-b'],
  ['single', 'unit-a'],
].map(([systemId = '', unitId = '']) => ({
  ...always,
  id: `${systemId}-${unitId}`,
  systemId,
  unitId,
  operations: ['population.v1/*'],
  document: '01/QĐ-TEST',
}));

/** A registry in memory: data, not behaviour; `stale` milliseconds since it was confirmed. */
export function makeRegistry({ version = 1n, staleMs = 0 } = {}): Registry {
  const systems = new Map([oneStop, single, suspended].map((system) => [system.id, system]));
  const current: Snapshot = {
    version,
    isTokenRevoked: () => false,
    isSourceOff: () => false,
    sourceCredential: () => undefined,
    unit: () => undefined,
    units: () => [],
    holders: () => [],
    successors: () => [],
    system: (id) => systems.get(id),
    mandate: (systemId, unitId) =>
      mandates.find((each) => each.systemId === systemId && each.unitId === unitId),
    actingUnits: (systemId) =>
      mandates.filter((each) => each.systemId === systemId).map(({ unitId }) => unitId),
    officer: () => undefined,
    service: () => undefined,
    grants: () => [],
  };
  return { current, confirmedMsAgo: () => staleMs, close: async () => undefined };
}

/** A pool of the hub's own role on a database of its own. */
export async function openPool(): Promise<{ pool: Pool; close: () => Promise<void> }> {
  const { hubUrl, drop } = await freshDatabase('test');
  const pool = createPool(hubUrl, { max: 4, applicationName: 'test' });
  return {
    pool,
    close: async () => {
      await pool.end();
      await drop();
    },
  };
}

/** A running test server. */
export interface Hub {
  readonly url: string;
  readonly server: AuthorizationServer;
  readonly tokenKey: KeyObject;
  readonly logged: string[];
  close(): Promise<void>;
}

/** The server on an ephemeral loopback port, before a body parser as in the hub. */
export async function startHub(
  pool: Pool,
  more: { publicUrl?: 'self'; registry?: Registry; failuresAMinute?: number } = {},
): Promise<Hub> {
  const tokenKey = makeKey();
  const logged: string[] = [];
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const server = await createAuthorizationServer({
    publicUrl: more.publicUrl === 'self' ? url : publicUrl,
    environment: 'test',
    registry: more.registry ?? makeRegistry(),
    keys: { signing: tokenKey },
    pool,
    logger: pino({}, { write: (line: string) => logged.push(line) }),
    failuresAMinute: more.failuresAMinute ?? 1000,
  });
  http.on('request', express().use(server.handler).use(express.json()));
  return {
    url,
    server,
    tokenKey,
    logged,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** Starts a server for one test and closes it whatever happens. */
export async function withHub<T>(
  pool: Pool,
  more: Parameters<typeof startHub>[1],
  use: (hub: Hub) => Promise<T>,
): Promise<T> {
  const hub = await startHub(pool, more);
  try {
    return await use(hub);
  } finally {
    await hub.close();
  }
}

/** An assertion that passes, but for what a test changes. */
export function signAssertion({
  key = clientKey,
  header = {},
  claims = {},
}: {
  key?: KeyObject | Uint8Array;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
} = {}): Promise<string> {
  const iat = typeof claims['iat'] === 'number' ? claims['iat'] : Math.floor(Date.now() / 1000);
  const payload = {
    iss: 'one-stop',
    sub: 'one-stop',
    aud: publicUrl,
    jti: randomUUID(),
    iat,
    exp: iat + 60,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256', kid: 'ec', ...header })
    .sign(key);
}

/** Signs any text as payload and any text as header, so that a test can say what no library would. */
export async function signRaw(header: string, payload: string, key: KeyObject): Promise<string> {
  const signed = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** What the token endpoint answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts a token request. */
export async function ask(
  hub: Pick<Hub, 'url'>,
  assertion: string,
  form: Record<string, string> | [string, string][] = { scope: 'unit:unit-a' },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(form);
  body.set('grant_type', 'client_credentials');
  body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  body.set('client_assertion', assertion);
  const response = await fetch(`${hub.url}/oauth/token`, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
