// The virus scanner as the hub sees it: any daemon that speaks clamd's protocol. Source: clamd(8). It keeps nothing.
import { setMaxListeners } from 'node:events';
import type { SourceError } from '../adapter.ts';
import { ask, askAbout, StreamTooLong, sourceName, toError } from './connection.ts';
import type { ScannerSettings } from './settings.ts';

export { parseScannerSettings, type ScannerSettings } from './settings.ts';
export { sourceName };

/** What a scan came to. `too-large`: it was not looked at, or not all of it, because of the scanner's limits. */
export interface ScanResult {
  readonly outcome: 'clean' | 'infected' | 'too-large';
  /** What was found, in the scanner's words. */
  readonly name?: string;
  /** Of the scanner and its signatures, at most 200 characters. */
  readonly version: string;
}

/** The virus scanner. */
export interface Scanner {
  /**
   * Scans content as it is read; `open` is called once, and only when the scanner answers. What it gives is read to the
   * end or destroyed.
   * @throws SourceError `unreachable` nothing of the content was sent; `timeout`; `unavailable` the scanner failed or broke
   *   off; `unreadable`. Or what reading the content throws.
   */
  scan(open: () => AsyncIterable<Buffer>, signal: AbortSignal): Promise<ScanResult>;
  /** Whether it answers. @throws SourceError when it does not */
  ping(signal: AbortSignal): Promise<void>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

const printable = /^[\x20-\x7e]{1,200}$/;
const found = /^stream: ([\x21-\x7e]{1,200}) FOUND$/;
/** clamd's limits on what it unpacks and reads, told only with `AlertExceedsMax`. Source: clamd.conf(5) */
const limitName = /^Heuristics\.Limits\.Exceeded/;
const tooLong = 'INSTREAM size limit exceeded. ERROR';
/** Where `EnableVersionCommand` is off. */
const versionUntold = 'COMMAND UNAVAILABLE';

const toUnreadable = (): SourceError => toError('unreadable', 'the answer is none of the protocol');

/** @throws SourceError */
function toVersion(reply: string): string {
  const text = reply.trim();
  if (text === versionUntold) return 'not told';
  if (text.endsWith(' ERROR')) throw toError('unavailable', 'the scanner answers with an error');
  if (!printable.test(text) || text === 'UNKNOWN COMMAND') throw toUnreadable();
  return text;
}

/** @throws SourceError */
function toResult(reply: string, version: string): ScanResult {
  const text = reply.trim();
  if (text === 'stream: OK') return { outcome: 'clean', version };
  if (text === tooLong) return { outcome: 'too-large', version };
  const [, name] = found.exec(text) ?? [];
  if (name !== undefined) return { outcome: limitName.test(name) ? 'too-large' : 'infected', name, version };
  throw text.endsWith('ERROR') ? toError('unavailable', 'the scanner answers with an error') : toUnreadable();
}

const versionMs = 10_000;

/** Makes the adapter; nothing is connected before the first scan. */
export function createScanner(settings: ScannerSettings): Scanner {
  const closing = new AbortController();
  // One for each scan under way.
  setMaxListeners(0, closing.signal);
  /** Ends with the caller's signal or with the adapter. */
  async function during<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = new AbortController();
    const stop = (): void => either.abort(signal.aborted ? signal.reason : closing.signal.reason);
    for (const one of [signal, closing.signal]) one.addEventListener('abort', stop);
    if (signal.aborted || closing.signal.aborted) stop();
    try {
      return await work(either.signal);
    } finally {
      for (const one of [signal, closing.signal]) one.removeEventListener('abort', stop);
    }
  }
  let known: { readonly version: string; readonly untilMs: number } | undefined;
  /** Asked again after a while: signatures change, but not from one scan to the next. */
  async function readVersion(signal: AbortSignal): Promise<string> {
    if (known && performance.now() < known.untilMs) return known.version;
    const version = toVersion(await ask(settings, 'VERSION', signal));
    known = { version, untilMs: performance.now() + versionMs };
    return version;
  }
  return {
    scan: (open, outer) =>
      during(outer, async (signal) => {
        const version = await readVersion(signal);
        try {
          return toResult(await askAbout(settings, open, signal), version);
        } catch (error) {
          if (error instanceof StreamTooLong) return { outcome: 'too-large', version };
          throw error;
        }
      }),
    ping: (outer) =>
      during(outer, async (signal) => {
        if ((await ask(settings, 'PING', signal)).trim() !== 'PONG') throw toUnreadable();
      }),
    async close() {
      closing.abort(new Error('the adapter is closed'));
    },
  };
}
