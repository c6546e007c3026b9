// clamd's protocol from the daemon's side. Source: clamd(8), COMMANDS
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eicar, type Settings, type Signature } from './config.ts';
import type { Fault, Faults } from './faults.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** What a connection is served with. */
export interface Parts {
  readonly settings: Settings;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Aborts when the mock stops. */
  readonly signal: AbortSignal;
}

/** Reads a connection by numbers of bytes; undefined at its end. */
type Take = (bytes: number) => Promise<Buffer | undefined>;

/** @returns how to take bytes, and how to take a line that ends with a NUL byte or a line feed */
function createTaker(socket: Socket) {
  const incoming: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await incoming.next();
    if (done === true) return false;
    held = Buffer.concat([held, value]);
    return true;
  };
  const cut = (bytes: number): Buffer => {
    const part = held.subarray(0, bytes);
    held = held.subarray(bytes);
    return part;
  };
  const take: Take = async (bytes) => {
    while (held.length < bytes) if (!(await more())) return undefined;
    return cut(bytes);
  };
  const takeCommand = async (): Promise<string | undefined> => {
    for (;;) {
      const end = held.findIndex((byte) => byte === 0 || byte === 10);
      if (end >= 0) return cut(end + 1).toString('latin1', 0, end);
      if (held.length > 1_024 || !(await more())) return undefined;
    }
  };
  return { take, takeCommand };
}

/** Looks for signatures in bytes that come part by part. */
function createSearch(signatures: readonly Signature[]) {
  const wanted = signatures.map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
  const longest = Math.max(...wanted.map(({ bytes }) => bytes.length));
  let tail = Buffer.alloc(0);
  let found: string | undefined;
  return {
    add(part: Buffer): void {
      const seen = Buffer.concat([tail, part]);
      found ??= wanted.find(({ bytes }) => seen.includes(bytes))?.name;
      tail = seen.subarray(Math.max(0, seen.length - longest + 1));
    },
    found: () => found,
  };
}

type Scanned = Required<Pick<JournalEntry, 'bytes' | 'sha256' | 'largestChunk'>> & {
  /** Undefined: the stream broke off. */
  readonly answer: string | undefined;
};

/** @param isCut whether to stop in the middle of the first chunk */
async function scanStream(take: Take, settings: Settings, isCut: boolean): Promise<Scanned> {
  const hash = createHash('sha256');
  const search = createSearch([eicar, ...settings.signatures]);
  let bytes = 0;
  let largestChunk = 0;
  const finish = (answer: string | undefined): Scanned => ({
    ...{ bytes, largestChunk, answer },
    sha256: hash.digest('hex'),
  });
  for (;;) {
    const length = (await take(4))?.readUInt32BE();
    if (length === undefined) return finish(undefined);
    if (length === 0) break;
    if (bytes + length > settings.streamMaxBytes) return finish('INSTREAM size limit exceeded. ERROR');
    const part = await take(isCut ? Math.ceil(length / 2) : length);
    if (part === undefined) return finish(undefined);
    bytes += part.length;
    largestChunk = Math.max(largestChunk, length);
    hash.update(part);
    search.add(part);
    if (isCut) return finish(undefined);
  }
  const name = search.found();
  return finish(name === undefined ? 'stream: OK' : `stream: ${name} FOUND`);
}

const toWord = (answer: string): string => answer.split(' ').at(-1) ?? '';

async function carryOut(command: string, take: Take, fault: Fault, { settings }: Parts) {
  if (command === 'PING') return { answer: 'PONG' };
  if (command === 'VERSION') return { answer: settings.version };
  if (command !== 'INSTREAM') return { answer: 'UNKNOWN COMMAND' };
  const scanned = await scanStream(take, settings, fault.mode === 'cut');
  return fault.mode === 'error' && scanned.answer !== undefined
    ? { ...scanned, answer: 'INSTREAM: the scan failed. ERROR' }
    : scanned;
}

/** Serves the one command of a connection. It must begin with `z` or `n`; the answer ends as the command did. */
export async function serveCommand(socket: Socket, parts: Parts): Promise<void> {
  const fault = parts.faults.take();
  if (fault.mode === 'away') {
    socket.resetAndDestroy();
    return;
  }
  const { take, takeCommand } = createTaker(socket);
  const line = await takeCommand();
  if (line === undefined) return void socket.destroy();
  const command = line.slice(1);
  const done = await carryOut(command, take, fault, parts);
  const { answer, ...scanned } = done;
  const known = ['PING', 'VERSION', 'INSTREAM'].includes(command) ? command : 'other';
  await parts.journal.append({
    at: new Date().toISOString(),
    command: known,
    ...scanned,
    ...(answer !== undefined && { answer: toWord(answer) }),
    ...(fault.mode !== 'none' && { fault: fault.mode }),
  });
  if (fault.mode === 'slow') await pause(fault.slowMs, undefined, { signal: parts.signal });
  if (answer === undefined) return void socket.destroy();
  const end = line.startsWith('n') ? '\n' : '\0';
  socket.end(fault.mode === 'garbage' ? Buffer.from('fffe00ff', 'hex') : `${answer}${end}`);
}
