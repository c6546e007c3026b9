// The hub's log: JSON lines, never bodies, names or personal numbers. The evidence is the database, never this log.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';

/** What is said of an error: no message of a database, which may repeat a value. */
function toErrorLine(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isDatabase = error.constructor.name === 'DatabaseError';
  return {
    type: error.name,
    ...(code !== undefined && { code }),
    message: isDatabase ? 'the database refused' : error.message,
    stack: isDatabase ? undefined : error.stack,
    ...(error.cause !== undefined && { cause: toErrorLine(error.cause) }),
  };
}

/** Nothing that looks like a personal number (9 or 12 digits) leaves, whatever a line holds. */
const withoutNumbers = (line: string): string =>
  line.replace(/(?<![\w.-])(\d{12}|\d{9})(?![\w.-])/g, '[number]');

/** Lines wait for each other up to this size, or this long. */
const linesBytes = 8_192;
const linesMs = 250;

/** A logger and the way to write what it still holds. */
export interface HubLogger {
  readonly logger: Logger;
  /** Writes what waits; to be called last. */
  flush(): void;
}

/** @param folder where `hub.log` is appended to; undefined: standard output */
export function createLogger(folder: string | undefined, level = 'info'): HubLogger {
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const destination = pino.destination({
    dest: folder === undefined ? 1 : join(folder, 'hub.log'),
    sync: false,
    // Many lines a write: one write for each line costs more than all the rest of the line.
    minLength: linesBytes,
    periodicFlush: linesMs,
    append: true,
    mode: 0o600,
  });
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: toErrorLine },
      hooks: { streamWrite: withoutNumbers },
    },
    destination,
  );
  return {
    logger,
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Not open yet: nothing was written.
      }
    },
  };
}
