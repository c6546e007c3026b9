// A head of the log that somebody kept, and who else dated it. Pure: no network, no database, no file.
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import type { DatedHead } from './dating.ts';
import { openNote, parseVerifierKey } from './note.ts';
import { checkWitnesses, type Witnessed } from './verify.ts';

/** A kept head; `dates` are of witnesses and authorities that were named. */
export interface KeptHead extends Checkpoint {
  readonly dates: readonly DatedHead[];
}

/** The dates that witnesses gave a head. */
export const toDates = (size: number, witnessed: readonly Witnessed[]): readonly DatedHead[] =>
  witnessed.flatMap(({ name, at }) => (at ? [{ size, atMs: at.getTime(), by: name }] : []));

/**
 * Opens a kept head.
 * @param witnesses verifier keys of those whose cosignatures count
 * @throws Error when the log's key did not sign it, it is of another log, or a cosignature of one of them fails
 */
export function openKeptHead(note: string, logKey: string, witnesses: readonly string[] = []): KeptHead {
  const key = parseVerifierKey(logKey);
  const head = parseCheckpointText(openNote(note, key));
  if (head.origin !== key.name) throw new Error(`the kept head is of another log: ${head.origin}`);
  return { ...head, dates: toDates(head.size, checkWitnesses(note, witnesses, [])) };
}
