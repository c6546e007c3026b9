// One document system at the hub: a token for each unit, a proof for each call, and every call repeated until it is
// answered. Where several hubs serve one address, each attempt goes to the next of them.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { toSigner } from '../../src/cli/proof.ts';
import { parsePrivateKey, requestToken } from '../../src/cli/token.ts';

/** A call of one unit. */
export interface HubCall {
  readonly method: 'GET' | 'POST';
  /** Without the query. */
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** An answer, whole. */
export interface HubAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  /** Of the attempt that was answered. */
  readonly ms: number;
}

/** Where the hub is and who calls. */
export interface SessionOptions {
  /** The hub's public address: issuer of tokens, target of proofs. */
  readonly publicUrl: string;
  /** Where calls go. */
  readonly targets: readonly string[];
  readonly clientId: string;
  readonly privateKeyFile: string;
  readonly connections: number;
  /** How long a call is repeated. */
  readonly patienceMs: number;
}

/** What was counted. */
export interface SessionCounts {
  calls: number;
  /** Attempts after the first. */
  resent: number;
  bytesOut: number;
  bytesIn: number;
}

/** The document system. */
export interface HubSession {
  readonly counts: SessionCounts;
  /** Obtains what a unit needs to call. */
  enter(unitId: string): Promise<void>;
  /** @throws Error when it is refused, or not answered in the time of patience */
  call(unitId: string, call: HubCall): Promise<HubAnswer>;
  /** Sends half of a body and breaks off. */
  cut(unitId: string, call: HubCall): Promise<void>;
  close(): Promise<void>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Proofs of one key. Source: RFC 9449 §4.2 */
function createProver(key: KeyObject): (method: string, url: string, ath: string) => string {
  const { alg, jwk } = toSigner(key);
  const head = encode({ typ: 'dpop+jwt', alg, jwk });
  return (htm, htu, ath) => {
    const signed = `${head}.${encode({ htm, htu, ath, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) })}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
}

interface Token {
  readonly text: string;
  readonly ath: string;
  readonly untilMs: number;
}

/** What can pass: broken lines, waits, a token that ran out while the call was on its way. */
const passing = new Set([401, 408, 425, 429, 500, 502, 503, 504]);
const firstPauseMs = 100;
const longestPauseMs = 2_000;
const tokenReserveMs = 60_000;
const silenceMs = 60_000;

async function readAll({ body }: Dispatcher.ResponseData): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Opens a session; nothing is connected before the first call. */
export function openSession(options: SessionOptions): HubSession {
  const { publicUrl, targets, clientId, patienceMs } = options;
  const clientKey = parsePrivateKey(readFileSync(options.privateKeyFile, 'utf8'));
  const dpopKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const prove = createProver(dpopKey);
  const limits = {
    connections: options.connections,
    bodyTimeout: silenceMs,
    headersTimeout: silenceMs,
  } as const;
  const pools = targets.map((target) => new Pool(target, limits));
  const tokens = new Map<string, Promise<Token>>();
  const counts: SessionCounts = { calls: 0, resent: 0, bytesOut: 0, bytesIn: 0 };
  let turn = 0;
  let isClosed = false;

  async function obtain(unitId: string): Promise<Token> {
    const { accessToken, expiresInS } = await requestToken({
      tokenUrl: `${publicUrl}/oauth/token`,
      ...{ issuer: publicUrl, clientId, key: clientKey, unitId, dpopKey },
    });
    return {
      text: accessToken,
      ath: createHash('sha256').update(accessToken).digest('base64url'),
      untilMs: Date.now() + expiresInS * 1_000 - tokenReserveMs,
    };
  }

  async function token(unitId: string): Promise<Token> {
    const known = await tokens.get(unitId)?.catch(() => undefined);
    if (known && known.untilMs > Date.now()) return known;
    const obtained = obtain(unitId);
    tokens.set(unitId, obtained);
    return obtained;
  }

  async function toRequest(unitId: string, { method, path, query = '', headers }: HubCall) {
    const { text, ath } = await token(unitId);
    return {
      method,
      path: `${path}${query}`,
      headers: {
        ...headers,
        authorization: `DPoP ${text}`,
        dpop: prove(method, `${publicUrl}${path}`, ath),
      },
    };
  }

  function nextPool(): Pool {
    const pool = pools[turn++ % pools.length];
    if (!pool) throw new Error('a session without a target');
    return pool;
  }

  async function attempt(unitId: string, call: HubCall): Promise<HubAnswer & { retryAfterMs: number }> {
    const request = await toRequest(unitId, call);
    const beganMs = performance.now();
    const response = await nextPool().request({ ...request, ...(call.body && { body: call.body }) });
    const bytes = await readAll(response);
    counts.bytesOut += call.body?.length ?? 0;
    counts.bytesIn += bytes.length;
    const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1_000;
    return { status: response.statusCode, bytes, ms: performance.now() - beganMs, retryAfterMs };
  }

  return {
    counts,
    async enter(unitId) {
      await token(unitId);
    },
    async call(unitId, call) {
      const endMs = performance.now() + patienceMs;
      let pauseMs = firstPauseMs;
      counts.calls += 1;
      for (;;) {
        const answer = await attempt(unitId, call).catch((error: unknown) => ({ error }));
        if (!('error' in answer) && !passing.has(answer.status)) {
          if (answer.status < 300) return answer;
          throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.bytes}`);
        }
        const what = 'error' in answer ? String(answer.error) : `${answer.status} ${answer.bytes}`;
        if (isClosed || performance.now() > endMs)
          throw new Error(`${call.method} ${call.path}: at last ${what}`);
        if (!('error' in answer) && answer.status === 401) tokens.delete(unitId);
        await pause('error' in answer ? pauseMs : Math.max(pauseMs, Math.min(answer.retryAfterMs, 5_000)));
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        counts.resent += 1;
      }
    },
    async cut(unitId, call) {
      const body = call.body ?? Buffer.alloc(0);
      const request = await toRequest(unitId, call);
      const headers = { ...request.headers, 'content-length': String(body.length) };
      const half = async function* (): AsyncGenerator<Buffer> {
        yield body.subarray(0, Math.ceil(body.length / 2));
        throw new Error('broken off');
      };
      await nextPool()
        .request({ ...request, headers, body: Readable.from(half()) })
        .then(({ body: answer }) => answer.dump())
        .catch(() => undefined);
      counts.resent += 1;
    },
    async close() {
      isClosed = true;
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
