// The configuration of the virus scanner: where a daemon that speaks clamd's protocol listens, and what holds while it
// is away.
import { Reader } from '../reader.ts';

/** Everything that the adapter must be told. */
export interface ScannerSettings {
  /** A TCP port of a host, or the path of a Unix socket. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly connectMs: number;
  /** Longest silence of a connection: a chunk that is not taken, an answer that does not come. */
  readonly timeoutMs: number;
  /** Most bytes of one chunk. */
  readonly chunkBytes: number;
  /** The scanner's StreamMaxLength: what is longer is not sent. Undefined: the scanner says so itself. */
  readonly streamMaxBytes: number | undefined;
  /** While the scanner cannot be reached: `hold` keeps documents back, `pass` lets them through unscanned. */
  readonly whenAway: 'hold' | 'pass';
}

const hostName = /^[\w.:-]{1,253}$/;
const absolutePath = /^\/[^\0]{1,105}$/;

function parseAddress(reader: Reader, mistakes: string[]): ScannerSettings['address'] {
  const path = reader.optional('socket', absolutePath);
  const host = reader.optional('host', hostName);
  const port = reader.whole('port', 1, 65_535, 3310);
  if ((path === undefined) === (host === undefined))
    mistakes.push('virus-scanner has either host and port, or socket');
  return path === undefined ? { host: host ?? '', port } : { path };
}

/** Checks a configuration and fills in its defaults. @throws Error with all mistakes in one message */
export function parseScannerSettings(json: unknown): ScannerSettings {
  const mistakes: string[] = [];
  const reader = new Reader(json, 'virus-scanner', mistakes);
  const settings: ScannerSettings = {
    address: parseAddress(reader, mistakes),
    connectMs: reader.whole('connectMs', 100, 60_000, 3_000),
    timeoutMs: reader.whole('timeoutMs', 100, 600_000, 120_000),
    chunkBytes: reader.whole('chunkBytes', 1, 16_777_216, 65_536),
    streamMaxBytes: reader.names().includes('streamMaxBytes')
      ? reader.whole('streamMaxBytes', 1, 4_294_967_295, 1)
      : undefined,
    whenAway: reader.choice('whenAway', ['hold', 'pass'], 'hold'),
  };
  reader.end();
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return settings;
}
