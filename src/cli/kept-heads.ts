// Opens the files of heads that were kept: signed notes, or what /log/time-stamps answered. Says who dated them.
import type { X509Certificate } from 'node:crypto';
import { type KeptHead, openKeptHead } from '../evidence/kept-head.ts';
import { parseVerifierKey } from '../evidence/note.ts';
import { verifyStampedHead } from '../evidence/time-stamps/stamped-head.ts';
import { parseStamps } from './time-stamp.ts';

/** Whose words count. */
export interface HeadTrust {
  readonly logKey: string;
  /** Verifier keys of witnesses. */
  readonly witnesses: readonly string[];
  /** Certificates of time stamp authorities. */
  readonly authorities: readonly X509Certificate[];
}

/** The heads of a file's text. @throws Error that says what does not hold */
export function openKeptHeads(
  text: string,
  { logKey, witnesses, authorities }: HeadTrust,
): readonly KeptHead[] {
  if (!text.trimStart().startsWith('{')) return [openKeptHead(text, logKey, witnesses)];
  if (authorities.length === 0)
    throw new Error('a head with a time stamp needs the certificates of the authority (--authority)');
  return parseStamps(text).map((stamped) => {
    const { stamp } = verifyStampedHead(stamped, parseVerifierKey(logKey), authorities);
    const head = openKeptHead(stamped.checkpoint, logKey, witnesses);
    const date = { size: head.size, atMs: stamp.time.getTime(), by: stamp.authority };
    return { ...head, dates: [...head.dates, date] };
  });
}
