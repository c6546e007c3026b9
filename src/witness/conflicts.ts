// Heads that a log's own key signed and that contradict what the witness cosigned: kept through a loss of power, so that the
// witness's people can hand them to others. It decides nothing.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpointText } from '../evidence/checkpoint.ts';
import { parseNote } from '../evidence/note.ts';
import type { TreeHead } from '../evidence/tree.ts';
import { writeDurable } from './durable-file.ts';

/** A head as the log signed it; without `note` it was cosigned before notes were kept. */
export interface SeenHead extends TreeHead {
  /** The signed note as it was submitted. */
  readonly note?: string;
}

/**
 * What contradicts. `two-heads`: the log's key signed two heads of one size, which proves to anyone that it told two histories.
 * `no-proof`: it signed a newer head that came with no proof that it extends the cosigned one; it may yet, and whoever holds
 * both can ask the log for one.
 */
export interface Conflict {
  readonly kind: 'two-heads' | 'no-proof';
  readonly origin: string;
  /** ISO 8601, by the witness's clock. */
  readonly at: string;
  /** The head that the witness cosigned; `root` is base64. */
  readonly cosigned: { readonly size: number; readonly root: string; readonly note?: string };
  /** The signed note that contradicts it. */
  readonly offered: string;
}

/** Most files of each kind of a log. */
const mostKept = 16;
const namePattern = /^conflict-[0-9a-f]{32}\.json$/;

const isText = (value: unknown): boolean => typeof value === 'string';
const toMembers = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

function isConflict(value: unknown): value is Conflict {
  const members = toMembers(value);
  const cosigned = toMembers(members.get('cosigned'));
  return (
    ['two-heads', 'no-proof'].some((kind) => kind === members.get('kind')) &&
    ['origin', 'at', 'offered'].every((name) => isText(members.get(name))) &&
    isText(cosigned.get('root')) &&
    isText(cosigned.get('note') ?? '') &&
    Number.isSafeInteger(cosigned.get('size'))
  );
}

function readConflict(file: string): Conflict {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isConflict(value)) throw new Error(`${file} is no conflict as a witness keeps it`);
  return value;
}

/** What is kept in a witness's folder, the oldest first. @throws Error when a file of it is spoilt */
export const listConflicts = (folder: string): readonly Conflict[] =>
  readdirSync(folder)
    .filter((name) => namePattern.test(name))
    .map((name) => readConflict(join(folder, name)))
    .sort((one, other) => (one.at < other.at ? -1 : 1));

const headOf = (note: string): TreeHead => parseCheckpointText(parseNote(note).text);
const toFile = (folder: string, { kind, origin, offered }: Conflict): string => {
  const { text } = parseNote(offered);
  const name = createHash('sha256').update(`${kind}\n${origin}\n${text}`).digest('hex').slice(0, 32);
  return join(folder, `conflict-${name}.json`);
};

/** Conflict in plain words. */
export function describeConflict({ kind, origin, cosigned, offered }: Conflict): string {
  const { size } = headOf(offered);
  return kind === 'two-heads'
    ? `the key of ${origin} signed two histories: another head of ${size} leaves than the one that was cosigned; both together prove it to anyone`
    : `the key of ${origin} signed a head of ${size} leaves without a proof that it extends the cosigned one of ${cosigned.size}: ask the log for /log/consistency?from=${cosigned.size}&to=${size}`;
}

/** What is kept of a witness's logs. */
export interface ConflictBook {
  readonly all: readonly Conflict[];
  /**
   * Keeps a signed head that contradicts `cosigned`, once; durable when it returns. Of each kind and log at most 16: heads of one
   * size stay, of unproved ones the oldest gives way.
   * @throws Error of the system
   */
  keep(kind: Conflict['kind'], origin: string, cosigned: SeenHead, offered: string): void;
  /** Compares a head that is cosigned now with unproved ones of its size: the same is no conflict, another is proof. */
  settle(origin: string, head: SeenHead): void;
}

/** Opens it. @param onConflict told of each that is new */
export function openConflicts(
  folder: string,
  now: () => Date,
  onConflict: (conflict: Conflict) => void,
): ConflictBook {
  let all = listConflicts(folder);

  function forget(conflict: Conflict): void {
    rmSync(toFile(folder, conflict), { force: true });
    all = all.filter((one) => one !== conflict);
  }

  function keep(kind: Conflict['kind'], origin: string, cosigned: SeenHead, offered: string): void {
    const { size, root, note } = cosigned;
    const head = { size, root: root.toString('base64'), ...(note !== undefined && { note }) };
    const conflict: Conflict = { kind, origin, at: now().toISOString(), cosigned: head, offered };
    const file = toFile(folder, conflict);
    if (all.some((one) => toFile(folder, one) === file)) return;
    const others = all.filter((one) => one.kind === kind && one.origin === origin);
    const [oldest] = others;
    if (others.length >= mostKept && kind === 'two-heads') return;
    writeDurable(file, `${JSON.stringify(conflict, null, 2)}\n`);
    if (others.length >= mostKept && oldest) forget(oldest);
    all = [...all, conflict];
    onConflict(conflict);
  }

  return {
    get all() {
      return all;
    },
    keep,
    settle(origin, head) {
      for (const one of all.filter((each) => each.kind === 'no-proof' && each.origin === origin)) {
        const { size, root } = headOf(one.offered);
        if (size !== head.size) continue;
        if (!root.equals(head.root)) keep('two-heads', origin, head, one.offered);
        forget(one);
      }
    },
  };
}
