// One connection to the scanner for one command, as clamd closes it after its answer. Nothing is held in memory but the
// chunk under way. Source: clamd(8), COMMANDS
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SourceError, type SourceErrorKind } from '../adapter.ts';
import type { ScannerSettings } from './settings.ts';

/** The source's name in settings, errors and meters. */
export const sourceName = 'virus-scanner';

/** Longest answer that is read. */
const replyBytes = 4_096;

/** An error of this source. */
export const toError = (kind: SourceErrorKind, message: string, cause?: unknown): SourceError =>
  new SourceError(kind, sourceName, message, { cause });

/** @throws SourceError unreachable */
export function openConnection(
  { address, connectMs }: ScannerSettings,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect('path' in address ? { path: address.path } : address);
    const fail = (cause: unknown): void => {
      settle();
      socket.destroy();
      reject(toError('unreachable', 'the scanner cannot be reached', cause));
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.off('error', fail).off('connect', succeed);
      // Until somebody listens, what comes of it may not end the process.
      socket.on('error', () => undefined);
    };
    const stop = (): void => fail(signal.reason);
    const succeed = (): void => {
      settle();
      resolve(socket);
    };
    const timer = setTimeout(fail, connectMs, new Error(`no connection in ${connectMs} ms`));
    socket.once('error', fail).once('connect', succeed);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
}

/**
 * The answer up to its NUL byte, or to the end of the connection.
 * @throws SourceError timeout after `timeoutMs` of silence or an abort, unreadable when it is too long, `onSilence` when
 *   the connection ends without one
 */
function readReply(
  socket: Socket,
  { timeoutMs }: ScannerSettings,
  signal: AbortSignal,
  onSilence: SourceErrorKind,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    let isSettled = false;
    const settle = (error?: SourceError): void => {
      if (isSettled) return;
      isSettled = true;
      signal.removeEventListener('abort', stop);
      socket.destroy();
      if (error) reject(error);
      else resolve(read.toString('latin1'));
    };
    const stop = (): void => settle(toError('timeout', 'the scan was given up', signal.reason));
    const end = (cause?: unknown): void =>
      read.length > 0
        ? settle()
        : settle(toError(onSilence, 'the scanner closed the connection without an answer', cause));
    socket.on('data', (bytes: Buffer) => {
      const nul = bytes.indexOf(0);
      read = Buffer.concat([read, nul < 0 ? bytes : bytes.subarray(0, nul)]);
      if (read.length > replyBytes) settle(toError('unreadable', 'the answer has no end'));
      else if (nul >= 0) settle();
    });
    socket.setTimeout(timeoutMs, () => settle(toError('timeout', `nothing moved in ${timeoutMs} ms`)));
    socket.once('error', end).once('end', end).once('close', end);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
}

/** Sends a command without content and reads the answer. @throws SourceError */
export async function ask(settings: ScannerSettings, command: string, signal: AbortSignal): Promise<string> {
  const socket = await openConnection(settings, signal);
  const reply = readReply(socket, settings, signal, 'unreachable');
  socket.write(`z${command}\0`);
  return reply;
}

/** More was read than the scanner takes. */
export class StreamTooLong extends Error {}

/** Length in network byte order, then the bytes; a length of zero ends the stream, so nothing empty is sent before. */
async function* toChunks(
  content: AsyncIterable<Buffer>,
  { chunkBytes, streamMaxBytes = Number.POSITIVE_INFINITY }: ScannerSettings,
): AsyncGenerator<Buffer> {
  yield Buffer.from('zINSTREAM\0');
  let sent = 0;
  for await (const bytes of content)
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      const part = bytes.subarray(from, from + chunkBytes);
      sent += part.length;
      if (sent > streamMaxBytes) throw new StreamTooLong();
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      yield Buffer.concat([length, part]);
    }
  yield Buffer.alloc(4);
}

/**
 * Streams content to the scanner and reads the answer, which may come before the end and then stops the stream.
 * @param open called when the connection stands; what it gives is destroyed in the end
 * @throws SourceError, StreamTooLong, or what reading the content throws
 */
export async function askAbout(
  settings: ScannerSettings,
  open: () => AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<string> {
  const socket = await openConnection(settings, signal);
  const sending = new AbortController();
  let isOver = false;
  let broken: { readonly cause: unknown } | undefined;
  const content = open();
  const reply = readReply(socket, settings, signal, 'unavailable').finally(() => {
    isOver = true;
    sending.abort();
    if (content instanceof Readable) content.destroy();
  });
  async function* watched(): AsyncGenerator<Buffer> {
    try {
      yield* toChunks(content, settings);
    } catch (cause) {
      if (!isOver) broken = { cause };
      throw cause;
    }
  }
  // It fails with the connection, which the answer tells of, or with the content, and then the connection ends.
  pipeline(watched, socket, { end: false, signal: sending.signal }).catch(() => socket.destroy());
  try {
    return await reply;
  } catch (error) {
    if (broken) throw broken.cause;
    throw error;
  }
}
