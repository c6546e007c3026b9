// Looks for the leaf of a ticket in a full copy of the log: the folder of an archive. Offline; the copy is believed only when
// its leaves make the root of a head that the log signed.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toMessage } from '../database/start-error.ts';
import { toUtf8 } from '../evidence/bytes.ts';
import type { Checkpoint } from '../evidence/checkpoint.ts';
import { emptyRoot, hashLeaf, hashNode } from '../evidence/tree.ts';
import { openHeadByKeys, type TrustedKey } from '../evidence/verify-keys.ts';
import { readText } from './read-text.ts';
import type { LogKey } from './sandbox-option.ts';
import { checkNotRetired, openTicket, showKept, showOmitted, showWitnesses, undecided } from './ticket.ts';
import { findTicketKeys, keysOfLog } from './ticket-keys.ts';

/** Roots of complete subtrees, the widest first, as leaves come one by one. Source: RFC 9162 §2.1.2. */
function createRoot() {
  const peaks: { readonly leaves: number; readonly hash: Buffer }[] = [];
  return {
    add(leafHash: Buffer): void {
      let peak = { leaves: 1, hash: leafHash };
      for (let last = peaks.at(-1); last?.leaves === peak.leaves; last = peaks.at(-1)) {
        peak = { leaves: peak.leaves * 2, hash: hashNode(last.hash, peak.hash) };
        peaks.pop();
      }
      peaks.push(peak);
    },
    root: (): Buffer =>
      peaks
        .map(({ hash }) => hash)
        .reduceRight(
          (right: Buffer | undefined, left) => (right ? hashNode(left, right) : left),
          undefined,
        ) ?? emptyRoot,
  };
}

/** The leaf's text in a line of `entries.ndjson`: no member of a leaf is called `private`. */
function toLeafText(line: string): string {
  const start = line.indexOf('"leaf":{');
  const end = line.indexOf('},"private":', start);
  if (start < 0 || end < 0) throw undecided('a line of entries.ndjson shows no leaf');
  return line.slice(start + '"leaf":'.length, end + 1);
}

interface Copy {
  readonly size: number;
  readonly root: Buffer;
  /** Database time of its last leaf. */
  readonly lastAt: string;
  /** Index of the leaf that was looked for. */
  readonly found: number | undefined;
}

async function readCopy(file: string, wanted: string): Promise<Copy> {
  const tree = createRoot();
  let size = 0;
  let found: number | undefined;
  let last = '';
  for await (const line of createInterface({ input: createReadStream(file) })) {
    last = toLeafText(line);
    const hash = hashLeaf(toUtf8(last));
    tree.add(hash);
    if (hash.toString('base64') === wanted) found ??= size;
    size += 1;
  }
  const [, lastAt = ''] = /"databaseAt":"([^"]+)"/.exec(last) ?? [];
  return { size, root: tree.root(), lastAt, found };
}

function readHead(
  folder: string,
  keys: readonly TrustedKey[],
): { readonly checkpoint: Checkpoint; readonly note: string } {
  try {
    const note = String(Object(JSON.parse(readText(join(folder, 'manifest.json')))).checkpoint);
    return { checkpoint: openHeadByKeys(note, keys), note };
  } catch (error) {
    throw undecided(`the manifest holds no head that the log signed: ${toMessage(error)}`, error);
  }
}

/**
 * Says whether an archive keeps the promise of a ticket.
 * @param folder of an archive: an export in NDJSON that leaves no leaf out
 * @param chain text of a key chain, which leads from the key to those that followed it
 * @param witnesses verifier keys of those whose word on its head is looked for
 * @returns true when the leaf is in it; false when it is not, or the ticket is not valid
 * @throws Error "not decided: …" when it is no full copy, or it ends before the ticket
 */
export async function askArchiveAboutTicket(
  text: string,
  logKey: LogKey,
  folder: string,
  show: (line: string) => void,
  {
    chain,
    witnesses = [],
  }: { readonly chain?: string | undefined; readonly witnesses?: readonly string[] } = {},
): Promise<boolean> {
  const found = await findTicketKeys(logKey, chain, undefined, show);
  const opened = found && openTicket(text, logKey, found, show);
  if (!opened) return false;
  const { ticket } = opened;
  const { checkpoint, note } = readHead(folder, keysOfLog(found, ticket.log));
  const copy = await readCopy(join(folder, 'entries.ndjson'), ticket.leaf);
  if (copy.size !== checkpoint.size || !copy.root.equals(checkpoint.root))
    throw undecided(
      'the folder is no full copy of the log: its leaves do not make the root of its signed head',
    );
  show(`  checked: the ${copy.size} leaves of the copy make the root of the head that ${ticket.log} signed`);
  showWitnesses(note, witnesses, show);
  if (copy.found !== undefined) {
    showKept(copy.found, copy.size, show);
    return true;
  }
  if (!(copy.lastAt > ticket.at))
    throw undecided(`the copy ends at ${copy.lastAt}, before the ticket; a later one is needed`);
  checkNotRetired(opened);
  showOmitted(
    ticket,
    { size: copy.size, signedAt: `at or after ${copy.lastAt}, the time of its last leaf`, note },
    show,
  );
  return false;
}
