// Who signed the heads of a log in a backup: the keys follow each other by the log's own entries, as in a working hub
// (src/evidence/log-keys.ts), from its first key on. Knows one log at a time.
import type { KeyObject } from 'node:crypto';
import { openNote, parseNote, parseVerifierKey, toVerifierKey, type VerifierKey } from '../evidence/note.ts';
import { BrokenBackup } from './manifest.ts';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The notice that a leaf is, when it is one of `names`; undefined for other leaves. */
export function readNotice(
  text: string,
  ...names: readonly string[]
): { readonly notice: string; readonly about: Members } | undefined {
  // Nearly no leaf is one, and to parse a leaf costs more than to hash it.
  if (!names.some((name) => text.includes(`"notice":"${name}"`))) return undefined;
  const leaf: unknown = JSON.parse(text);
  if (!isObject(leaf) || leaf['kind'] !== 'notice' || !isObject(leaf['about'])) return undefined;
  const { notice, about } = leaf;
  return typeof notice === 'string' && names.includes(notice) ? { notice, about } : undefined;
}

/** A key without the name of a log, so that keys of several logs can be compared. */
export const toBareKey = (key: KeyObject): string => toVerifierKey('key', key);

/** The keys of one log, as its entries and heads stream by. */
export interface LogSigners {
  /** Takes the text of the next leaf. */
  see(text: string): void;
  /**
   * Takes the next head, of all leaves that were seen.
   * @returns the text that was signed
   * @throws BrokenBackup when a key that signs at this size did not, or its signature fails
   */
  open(note: string): string;
  /** Bare keys that are to be believed: all that signed, those from before a theft left out. */
  readonly believed: ReadonlySet<string>;
  /** Bare keys that sign the next head. */
  readonly last: ReadonlySet<string>;
  /** Bare key that the log began with; undefined while no head was signed by it. */
  readonly first: string | undefined;
  /** Heads from before the first key, which was put in place of one that was lost. */
  readonly unsigned: number;
}

interface Change {
  readonly key: VerifierKey;
  readonly what: 'added' | 'stolen' | 'retired';
}

function toChange(text: string): Change | undefined {
  const { notice, about } = readNotice(text, 'key-added', 'key-retired') ?? {};
  if (typeof about?.['key'] !== 'string') return undefined;
  const key = parseVerifierKey(about['key']);
  if (notice === 'key-retired') return { key, what: 'retired' };
  return { key, what: about['stolen'] === undefined ? 'added' : 'stolen' };
}

function openBy(note: string, key: VerifierKey): string {
  try {
    return openNote(note, key);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : '';
    const bare = `${key.name}+${key.id.toString('hex')}`;
    throw new BrokenBackup(`a head that ${bare} is to sign is not signed by it: ${said}`, { cause });
  }
}

/** Follows the keys of a log. @param first its first key, in the name of the log */
export function followSigners(first: VerifierKey): LogSigners {
  const signing = new Map([[toBareKey(first.key), first]]);
  let believed = new Set<string>();
  /** Notices since the last head: they count for the heads after the next one. */
  let changes: Change[] = [];
  let isBegun = false;
  let unsigned = 0;

  function take(): void {
    for (const { key, what } of changes) {
      const bare = toBareKey(key.key);
      if (what === 'retired') signing.delete(bare);
      else signing.set(bare, key);
      if (what === 'stolen') believed = new Set();
      if (what !== 'retired') believed.add(bare);
    }
    changes = [];
  }

  return {
    see(text) {
      const change = toChange(text);
      // An entry that was numbered again after a restore may tell of keys of the log before.
      if (change?.key.name === first.name) changes.push(change);
    },
    open(note) {
      const opened = parseNote(note);
      if (!isBegun && opened.signaturesOf(first).length === 0) {
        unsigned += 1;
        changes = [];
        return opened.text;
      }
      if (!isBegun) believed.add(toBareKey(first.key));
      isBegun = true;
      for (const key of signing.values()) openBy(note, key);
      take();
      return opened.text;
    },
    get believed() {
      return believed;
    },
    get last() {
      return new Set(signing.keys());
    },
    get first() {
      return isBegun ? toBareKey(first.key) : undefined;
    },
    get unsigned() {
      return unsigned;
    },
  };
}
