// lgsp verify: what a person gives it (a receipt, the folder of an export, two checkpoints), verified offline and said in plain
// words. No network, no database.
import { statSync } from 'node:fs';
import { toMessage, toSystemCode } from '../database/start-error.ts';
import { verifyConsistency } from '../evidence/verify-consistency.ts';
import { readText } from './read-text.ts';
import { explainReceipt } from './receipt.ts';
import { findLogKey, findWitnesses, type LogKey, type SandboxOption } from './sandbox-option.ts';
import { UsageError } from './usage-error.ts';
import { verifyFolder } from './verify-folder.ts';

/** Options of the command. */
export interface VerifyOptions extends SandboxOption {
  readonly logKey?: string;
  /** File of a key chain (`/log/keys`). */
  readonly keyChain?: string;
  /** Files of heads that were kept, to be compared with an export. */
  readonly head?: readonly string[];
  /** Verifier keys of witnesses. */
  readonly witness?: readonly string[];
  /** File of the answer of GET /log/consistency: the two files are checkpoints. */
  readonly proof?: string;
  readonly deep?: true;
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

/** What an export's folder is held against. */
export interface FolderTrust {
  readonly deep: boolean;
  /** Notes of heads that were kept. */
  readonly heads?: readonly string[];
  /** Verifier keys of witnesses. */
  readonly witnesses?: readonly string[];
}

/**
 * Verifies an export's folder and says so.
 * @returns true when it holds
 * @throws Error in one sentence when it cannot be read
 */
export function explainFolder(
  folder: string,
  key: LogKey,
  { deep, heads = [], witnesses = [] }: FolderTrust,
  { show: say, progress }: Speaking,
): Promise<boolean> {
  const beganAt = performance.now();
  const onProgress = (done: number, of: number): void => {
    const perSecond = Math.round((done * 1_000) / (performance.now() - beganAt));
    progress?.(`${done} of ${of} leaves, ${perSecond} a second`);
  };
  return judge(
    async () => {
      const { checked, notChecked } = await verifyFolder(folder, {
        logKey: key.key,
        deep,
        heads,
        witnesses,
        onProgress,
      });
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
  proof: string,
  key: LogKey,
  say: (line: string) => void,
): Promise<boolean> {
  const [one, other, ...more] = files;
  if (one === undefined || other === undefined || more.length > 0)
    throw new UsageError('--proof goes with the files of two checkpoints');
  return judge(
    () =>
      verifyConsistency([readText(one), readText(other)], parseProof(proof), key.key).map(
        (line) => `checked: ${line}`,
      ),
    key,
    say,
  );
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
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
  if (options.proof !== undefined) return explainCheckpoints(paths, options.proof, findLogKey(options), say);
  const heads = (options.head ?? []).map(readText);
  let isValid = true;
  for (const path of paths) {
    if (paths.length > 1) say(path);
    const isFine = isFolder(path)
      ? await explainFolder(
          path,
          findLogKey(options),
          { deep: options.deep === true, heads, witnesses: findWitnesses(options) },
          speaking,
        )
      : explainReceipt(readText(path), findLogKey(options), say, {
          witnesses: findWitnesses(options),
          chain: readChain(options),
        });
    isValid &&= isFine;
  }
  return isValid;
}
