// Which key an export is verified with: the one that is given, one that a key chain leads to from it, or the same key in the
// name of another log of the hub, from before or after a restore.
import { join } from 'node:path';
import { parseCheckpointText } from '../evidence/checkpoint.ts';
import { exportFiles } from '../evidence/export-format.ts';
import { parseManifest } from '../evidence/manifest.ts';
import { parseNote, parseVerifierKey, renameKey, toVerifierKey } from '../evidence/note.ts';
import { toBase, toLogNumber } from '../evidence/origin.ts';
import { readText } from './read-text.ts';
import { explainKeyChain } from './receipt.ts';
import type { LogKey } from './sandbox-option.ts';

/** The signed head of an export; undefined when it has none that can be read, which its verification says. */
function readHead(folder: string) {
  try {
    const { checkpoint } = parseManifest(readText(join(folder, exportFiles.manifest)));
    const note = parseNote(checkpoint);
    return { note, ...parseCheckpointText(note.text) };
  } catch {
    return undefined;
  }
}

/**
 * Finds the key of an export.
 * @param chain text of a key chain (`/log/keys`)
 * @returns undefined when the chain does not hold, or leads to no key that signed it, which is said
 */
export function findFolderKey(
  folder: string,
  logKey: LogKey,
  chain: string | undefined,
  show: (line: string) => void,
): LogKey | undefined {
  const head = readHead(folder);
  if (!head) return logKey;
  const signed = (key: string): boolean => head.note.signaturesOf(parseVerifierKey(key)).length > 0;
  if (chain !== undefined) {
    const keys = explainKeyChain(chain, logKey, show);
    if (!keys) return undefined;
    const able = keys.filter(({ until }) => until === undefined || head.size <= until);
    const key = able.findLast((one) => signed(one.key))?.key;
    if (key === undefined) show('NOT VALID: the key chain leads to no key that signed its checkpoint');
    return key === undefined ? undefined : { key, origin: `${logKey.origin} by the key chain` };
  }
  const known = parseVerifierKey(logKey.key);
  if (head.origin === known.name || toLogNumber(toBase(known.name), head.origin) === undefined) return logKey;
  show('  the export is of another log of this hub, from before or after a restore: the key is the same');
  return { ...logKey, key: toVerifierKey(head.origin, renameKey(known, head.origin).key) };
}
