// What a witness remembers of a log: the newest head that it put its name to. One file a log; a file that is missing or
// not readable is never taken for "nothing yet".
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHash } from '../evidence/bytes.ts';
import { emptyRoot } from '../evidence/tree.ts';
import type { SeenHead } from './conflicts.ts';
import { writeDurable } from './durable-file.ts';

/** The record of one log. */
export interface LogRecord {
  /** The newest head that was cosigned, as the log signed it; of size 0 before the first. */
  readonly head: SeenHead;
  /** Takes a newer head; durable when it returns. @throws Error of the system, then the old one stands */
  take(head: SeenHead): void;
}

const toFile = (folder: string, origin: string): string =>
  join(folder, `log-${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.json`);

const toText = (origin: string, { size, root, note }: SeenHead): string =>
  `${JSON.stringify({ origin, size, root: root.toString('base64'), note }, null, 2)}\n`;

/** Begins the record of a log that was never cosigned. @throws Error when there is one */
export function createRecord(folder: string, origin: string): void {
  const file = toFile(folder, origin);
  if (existsSync(file)) throw new Error(`${file} is there already: the record of ${origin}`);
  writeDurable(file, toText(origin, { size: 0, root: emptyRoot }));
}

function parseRecord(text: string, origin: string): SeenHead {
  const stored: unknown = JSON.parse(text);
  if (typeof stored !== 'object' || stored === null) throw new Error('it is no object');
  const none = { origin: undefined, size: undefined, root: undefined, note: undefined };
  const { origin: of, size, root, note }: Record<keyof typeof none, unknown> = { ...none, ...stored };
  if (of !== origin) throw new Error('it is of another log');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new Error('it has no size');
  if (typeof root !== 'string') throw new Error('it has no root');
  return { size, root: parseHash(root), ...(typeof note === 'string' && { note }) };
}

/** @throws Error in one sentence when the record is missing or spoilt: nothing may be cosigned then */
export function openRecord(folder: string, origin: string): LogRecord {
  const file = toFile(folder, origin);
  let head: SeenHead;
  try {
    head = parseRecord(readFileSync(file, 'utf8'), origin);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${file}, which says what was cosigned of ${origin}, cannot be read: ${why}. A witness that lost it must not go on under its key`,
      { cause },
    );
  }
  return {
    get head() {
      return head;
    },
    take(next) {
      writeDurable(file, toText(origin, next));
      head = next;
    },
  };
}
