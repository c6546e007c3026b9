// Which sandbox a command means, and what its file says.
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { toMessage } from '../database/start-error.ts';
import { parseWitnessKey } from '../evidence/cosignature.ts';
import { parseVerifierKey } from '../evidence/note.ts';
import { toSandboxFolders } from '../sandbox/folders.ts';
import { readSandboxFile, type SandboxFile } from '../sandbox/sandbox-file.ts';

/** The option that names a sandbox. */
export interface SandboxOption {
  /** Its sandbox.json; default: below VAR_DIR, or `var` of this checkout. */
  readonly sandbox?: string;
}

/** The file that the option names. */
export const toSandboxFile = ({ sandbox }: SandboxOption): string =>
  sandbox ?? toSandboxFolders(process.env['VAR_DIR']).file;

/** @throws Error in one sentence when the sandbox was never started */
export const openSandboxFile = (option: SandboxOption): SandboxFile => readSandboxFile(toSandboxFile(option));

/** The verifier key of a log and where it is from. */
export interface LogKey {
  readonly key: string;
  readonly origin: string;
}

function checkKey(key: string): string {
  try {
    parseVerifierKey(key);
    return key;
  } catch (error) {
    throw new Error(`--log-key must be a verifier key, <name>+<hash>+<key>: ${toMessage(error)}`);
  }
}

/**
 * The key given, or the sandbox's; a hub named by --hub has no default one.
 * @throws Error in one sentence
 */
export function findLogKey(option: SandboxOption & { logKey?: string; hub?: string }): LogKey {
  if (option.logKey !== undefined) return { key: checkKey(option.logKey), origin: '--log-key' };
  if (option.hub !== undefined)
    throw new Error('--hub needs --log-key, the key of its log as its operator made it public');
  const file = toSandboxFile(option);
  if (option.sandbox === undefined && !existsSync(file))
    throw new Error(`there is no sandbox at ${file} whose log key could be used; give --log-key`);
  return { key: readSandboxFile(file).logKey, origin: relative(process.cwd(), file) };
}

/**
 * The keys of witnesses given, or the sandbox's where its log key is used too.
 * @throws Error in one sentence
 */
export function findWitnesses(
  option: SandboxOption & { witness?: readonly string[]; logKey?: string },
): readonly string[] {
  const { witness = [], logKey } = option;
  for (const key of witness)
    try {
      parseWitnessKey(key);
    } catch (error) {
      throw new Error(`--witness must be a witness's key, <name>+<hash>+<key>: ${toMessage(error)}`);
    }
  if (witness.length > 0 || logKey !== undefined) return witness;
  return openSandboxFile(option).witnesses ?? [];
}
