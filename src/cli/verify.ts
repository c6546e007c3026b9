// lgsp verify: what a person gives it (a receipt, the folder of an export, two checkpoints), verified offline and said in plain
// words. No network, no database.
import { statSync } from 'node:fs';
import { toMessage, toSystemCode } from '../database/start-error.ts';
import { verifyConsistency } from '../evidence/verify-consistency.ts';
import { findFolderKey } from './folder-key.ts';
import { readText } from './read-text.ts';
import { explainReceipt } from './receipt.ts';
import { findLogKey, findWitnesses, type LogKey, type SandboxOption } from './sandbox-option.ts';
import { readAuthorities } from './time-stamp.ts';
import { UsageError } from './usage-error.ts';
import { type FolderOptions, verifyFolder } from './verify-folder.ts';
import { tellWitnesses } from './witness-lines.ts';

/** Options of the command. */
export interface VerifyOptions extends SandboxOption {
  readonly logKey?: string;
  /** File of a key chain (`/log/keys`). */
  readonly keyChain?: string;
  /** Files of heads that were kept, to be compared with an export. */
  readonly head?: readonly string[];
  /** Verifier keys of witnesses: for receipts, exports, archives, checkpoints and heads that were kept. */
  readonly witness?: readonly string[];
  /** File of the answer of GET /log/consistency: the two files are checkpoints. */
  readonly proof?: string;
  readonly deep?: true;
  /** Files of certificates of time stamp authorities, for heads with their stamps. */
  readonly authority?: readonly string[];
  /** File of the receipt of the entry that purged a receipt's private part. */
  readonly purge?: string;
}

/** The text of the key chain that the options name. */
export const readChain = ({ keyChain }: Pick<VerifyOptions, 'keyChain'>): string | undefined =>
  keyChain === undefined ? undefined : readText(keyChain);

/** Where the command speaks: its findings, and how far it is. */
export interface Speaking {
  readonly show: (line: string) => void;
  /** Undefined where nobody looks: not a terminal. */
  readonly progress: ((line: string) => void) | undefined;
}

function show(lines: readonly string[], { key, origin }: LogKey, say: (line: string) => void): void {
  say(`  key: ${key} (from ${origin})`);
  for (const line of lines) say(`  ${line}`);
  say('VALID');
}

/** Whether the disk refuses: its codes are words like ENOENT. */
const isOfDisk = (error: unknown): boolean => /^E[A-Z]+$/u.test(toSystemCode(error) ?? '');

/** Runs a verification; what does not fit is said, what cannot be read is thrown. @returns whether it holds */
async function judge(
  verify: () => readonly string[] | Promise<readonly string[]>,
  key: LogKey,
  say: (line: string) => void,
): Promise<boolean> {
  try {
    show(await verify(), key, say);
    return true;
  } catch (error) {
    if (error instanceof UsageError || isOfDisk(error)) throw error;
    say(`NOT VALID: ${toMessage(error)}`);
    return false;
  }
}

/**
 * Verifies an export's folder and says so.
 * @returns true when it holds
 * @throws Error in one sentence when it cannot be read
 */
export function explainFolder(
  folder: string,
  key: LogKey,
  options: Omit<FolderOptions, 'logKey' | 'onProgress'>,
  { show: say, progress }: Speaking,
): Promise<boolean> {
  const beganAt = performance.now();
  const onProgress = (done: number, of: number): void => {
    const perSecond = Math.round((done * 1_000) / (performance.now() - beganAt));
    progress?.(`${done} of ${of} leaves, ${perSecond} a second`);
  };
  return judge(
    async () => {
      const { checked, notChecked } = await verifyFolder(folder, { ...options, logKey: key.key, onProgress });
      return [
        ...checked.map((line) => `checked: ${line}`),
        ...notChecked.map((line) => `NOT checked: ${line}`),
      ];
    },
    key,
    say,
  );
}

function parseProof(file: string): unknown {
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Error('the proof is no JSON');
  }
}

function explainCheckpoints(
  files: readonly string[],
  proof: string | undefined,
  key: LogKey,
  witnesses: readonly string[],
  say: (line: string) => void,
): Promise<boolean> {
  const [one, other, ...more] = files;
  if (one === undefined || other === undefined || more.length > 0)
    throw new UsageError('--proof goes with the files of two checkpoints');
  return judge(
    () => {
      const notes = [readText(one), readText(other)] as const;
      if (proof === undefined && sizeOf(notes[0]) !== sizeOf(notes[1]))
        throw new UsageError(
          `two checkpoints of different sizes need --proof, the answer of GET /log/consistency?from=${Math.min(...notes.map(sizeOf))}&to=${Math.max(...notes.map(sizeOf))}`,
        );
      const answer = proof === undefined ? undefined : parseProof(proof);
      const lines = verifyConsistency(notes, answer, key.key).map((line) => `checked: ${line}`);
      const seen = notes.flatMap((note, at) =>
        tellWitnesses(note, witnesses, `the ${at === 0 ? 'first' : 'second'} checkpoint`),
      );
      return [...lines, ...seen];
    },
    key,
    say,
  );
}

/** Second line of a checkpoint; NaN where it is none. */
const sizeOf = (note: string): number => Number(note.split('\n')[1] ?? Number.NaN);

/** Whether a file holds a signed note, as a head is one, and no JSON. */
function isNote(path: string): boolean {
  const text = readText(path);
  return !text.trimStart().startsWith('{') && text.includes('\n\n\u2014 ');
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function explainByKey(
  folder: string,
  options: VerifyOptions,
  trust: Pick<FolderOptions, 'heads' | 'witnesses' | 'authorities'>,
  speaking: Speaking,
): Promise<boolean> {
  const key = findFolderKey(folder, findLogKey(options), readChain(options), speaking.show);
  return key !== undefined && explainFolder(folder, key, { ...trust, deep: options.deep === true }, speaking);
}

/**
 * Verifies all that is named.
 * @returns true when all of it holds
 * @throws Error in one sentence when something cannot be read, or there is no key
 */
export async function verifyAll(
  paths: readonly string[],
  options: VerifyOptions,
  speaking: Speaking,
): Promise<boolean> {
  const { show: say } = speaking;
  const logKey = findLogKey(options);
  const witnesses = findWitnesses(options);
  const areHeads = paths.length === 2 && paths.every((path) => !isFolder(path) && isNote(path));
  if (options.proof !== undefined || areHeads)
    return explainCheckpoints(paths, options.proof, logKey, witnesses, say);
  const authorities = readAuthorities(options);
  const heads = (options.head ?? []).map(readText);
  let isValid = true;
  for (const path of paths) {
    if (paths.length > 1) say(path);
    const isFine = isFolder(path)
      ? await explainByKey(path, options, { heads, witnesses, authorities }, speaking)
      : explainReceipt(readText(path), logKey, say, {
          witnesses,
          chain: readChain(options),
          purge: options.purge === undefined ? undefined : readText(options.purge),
        });
    isValid &&= isFine;
  }
  return isValid;
}
