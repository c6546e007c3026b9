// Checks time stamps of heads offline, against the key of the log and the certificates of the authority, and says in plain
// words what was checked.
import type { X509Certificate } from 'node:crypto';
import type { Command } from 'commander';
import { toMessage } from '../database/start-error.ts';
import { parseVerifierKey } from '../evidence/note.ts';
import { parseCertificates } from '../evidence/time-stamps/certificates.ts';
import { isStampedHead, type StampedHead, verifyStampedHead } from '../evidence/time-stamps/stamped-head.ts';
import { readText } from './read-text.ts';
import { findLogKey, findWitnesses, type LogKey, type SandboxOption } from './sandbox-option.ts';
import { tellWitnesses } from './witness-lines.ts';

/** The options of `lgsp verify` that are about time stamps. */
export interface TimeStampOptions extends SandboxOption {
  readonly timeStamp?: string;
  readonly authority?: readonly string[];
  readonly logKey?: string;
  readonly witness?: readonly string[];
}

/** Adds them. */
export const addTimeStampOptions = (verify: Command): Command =>
  verify
    .option('--time-stamp <file>', 'an answer of /log/time-stamps, or one of its list; needs --authority')
    .option('--authority <file...>', 'certificates of the time stamp authority that are trusted, PEM');

/** The stamped heads of a text: an answer of /log/time-stamps, or one of its list. @throws Error when it is neither */
export function parseStamps(text: string): readonly StampedHead[] {
  const value: unknown = JSON.parse(text);
  const isList = typeof value === 'object' && value !== null && 'timeStamps' in value;
  const stamps: unknown = isList ? value.timeStamps : [value];
  if (!Array.isArray(stamps) || stamps.length === 0 || !stamps.every(isStampedHead))
    throw new Error('it has no members checkpoint and token');
  return stamps;
}

/** The certificates that `--authority` names. @throws Error in one sentence when one cannot be read */
export const readAuthorities = ({ authority = [] }: TimeStampOptions): readonly X509Certificate[] =>
  authority.flatMap((one) => parseCertificates(readText(one)));

const toSpan = (ms: number | undefined): string => (ms === undefined ? 'not stated' : `${ms} ms`);

/** Checks every stamp of a text and says so. @returns true when all hold */
export function explainTimeStamps(
  text: string,
  { key, origin }: LogKey,
  authorities: readonly X509Certificate[],
  show: (line: string) => void,
  witnesses: readonly string[] = [],
): boolean {
  try {
    const verifier = parseVerifierKey(key);
    const stamps = parseStamps(text);
    show(`  key: ${key} (from ${origin})`);
    for (const one of stamps) {
      const { checkpoint, stamp } = verifyStampedHead(one, verifier, authorities);
      show(`  checked: the head of ${checkpoint.size} leaves is signed by ${checkpoint.origin}`);
      show(
        `  checked: it existed at ${stamp.time.toISOString()} (may be off by: ${toSpan(stamp.accuracyMs)})`,
      );
      for (const line of tellWitnesses(one.checkpoint, witnesses, 'the head')) show(`  ${line}`);
      show(`  checked: stamped by ${stamp.authority}, serial ${stamp.serial}, policy ${stamp.policy}`);
    }
  } catch (error) {
    show(`NOT VALID: ${toMessage(error)}`);
    return false;
  }
  show('  not checked: whether the authority has revoked its certificate since');
  show('VALID');
  return true;
}

/** Does what the options ask. @throws Error in one sentence when a file cannot be read */
export function verifyTimeStampFile(
  file: string,
  options: TimeStampOptions,
  show: (line: string) => void,
): boolean {
  const authorities = readAuthorities(options);
  if (authorities.length === 0) throw new Error('--time-stamp needs --authority');
  return explainTimeStamps(readText(file), findLogKey(options), authorities, show, findWitnesses(options));
}
