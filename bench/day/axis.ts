// The axis as the agencies outside call it: header-signed requests of their own system, each repeated until the axis says
// that it was done. Shares nothing with the hub's adapter. Source: document-axis.md §3
import { createHmac, hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

/** Where the axis is and who calls. */
export interface AxisOptions {
  readonly url: string;
  readonly systemId: string;
  readonly secret: string;
  readonly connections: number;
  readonly patienceMs: number;
}

/** An item of the queue of all agencies outside. */
export interface AxisItem {
  readonly docId: string;
  readonly to: string;
}

/** The axis. Every call is repeated; what was taken twice is for the hub to tell apart. */
export interface Axis {
  list(): Promise<readonly AxisItem[]>;
  fetch(docId: string): Promise<Buffer>;
  finish(docId: string): Promise<void>;
  sendStatus(from: string, to: string, message: Buffer): Promise<void>;
  close(): Promise<void>;
  readonly counts: { calls: number; resent: number };
}

const prefix = 'XroadVnpt-';
const zoneMs = 7 * 3_600_000;

/** `ddMMyyyy'T'HHmmss+SSSS`, local time. §3.1 */
function toStamp(ms: number): string {
  const [day = '', time = ''] = new Date(ms + zoneMs).toISOString().split('T');
  const [year, month, date] = day.split('-');
  return `${date}${month}${year}T${time.slice(0, 8).replaceAll(':', '')}+0${time.slice(9, 12)}`;
}

type Parameters = Readonly<Record<string, string>>;

function toHeaders({ systemId, secret }: AxisOptions, parameters: Parameters): Record<string, string> {
  const all = { systemid: systemId, timestamp: toStamp(Date.now()), ...parameters };
  const named = Object.fromEntries(Object.entries(all).map(([name, text]) => [`${prefix}${name}`, text]));
  const signed = JSON.stringify(named);
  return {
    ...named,
    [`${prefix}sign-header-key`]: Object.keys(all).join(';'),
    [`${prefix}sign-header`]: signed,
    [`${prefix}hash-header`]: createHmac('sha256', secret).update(signed).digest('hex'),
  };
}

interface Envelope {
  readonly status?: string;
  readonly ErrorCode?: string;
  readonly data?: unknown;
}

interface ListEnvelope {
  readonly data: readonly AxisItem[];
}

const longestPauseMs = 1_000;
const silenceMs = 20_000;

/** Opens the axis; nothing is connected before the first call. */
export function openAxis(options: AxisOptions): Axis {
  const { origin, pathname } = new URL(options.url);
  const pool = new Pool(origin, {
    connections: options.connections,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  const counts = { calls: 0, resent: 0 };
  let isClosed = false;

  async function attempt(operation: string, parameters: Parameters, body?: Buffer): Promise<Buffer> {
    const isGet = operation === 'downloadEdoc';
    const { statusCode, headers, ...response } = await pool.request({
      method: isGet ? 'GET' : 'POST',
      path: `${pathname}/${operation}`,
      headers: toHeaders(options, parameters),
      ...(!isGet && { body: body ?? Buffer.from('{}') }),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    if (statusCode !== 200) throw new Error(`${operation}: ${statusCode}`);
    if (!String(headers['content-type']).includes('json')) return bytes;
    const said: Envelope = JSON.parse(bytes.toString());
    if (said.status !== 'OK') throw new Error(`${operation}: FAIL ${said.ErrorCode}`);
    return bytes;
  }

  async function call(operation: string, parameters: Parameters, body?: Buffer): Promise<Buffer> {
    const endMs = performance.now() + options.patienceMs;
    counts.calls += 1;
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await attempt(operation, parameters, body);
      } catch (error) {
        if (isClosed || performance.now() > endMs) throw error;
      }
      counts.resent += 1;
      await pause(pauseMs);
    }
  }

  return {
    counts,
    async list() {
      const bytes = await call('getReceivedEdocList', { servicetype: 'eDoc', messagetype: 'edoc' });
      const { data }: ListEnvelope = JSON.parse(bytes.toString());
      return data;
    },
    fetch: (docId) => call('downloadEdoc', { docId }),
    async finish(docId) {
      await call('updateStatus', { docid: docId, status: 'done' });
    },
    async sendStatus(from, to, message) {
      await call(
        'sendEdoc',
        {
          ...{ from, servicetype: 'eDoc', messagetype: 'status', to: JSON.stringify([to]) },
          'hash-file': hash('sha256', message, 'hex'),
        },
        Buffer.concat([message, Buffer.from('\r\n')]),
      );
    },
    async close() {
      isClosed = true;
      await pool.destroy();
    },
  };
}
