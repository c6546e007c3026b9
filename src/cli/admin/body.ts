// The body of a call: a JSON file, over it the options, and secrets from a file or standard input, never an argument,
// since arguments stand in the list of processes and in the shell's history.
import { readFileSync } from 'node:fs';
import { toMembers } from '../../contracts/contract.ts';
import { readText } from '../read-text.ts';
import { UsageError } from '../usage-error.ts';
import type { BodyShape, Field } from './contract-operations.ts';
import { checkPublic, toJwk } from './public-key-file.ts';
import type { Verb } from './verbs.ts';

/** Members that only a file or standard input may hold. */
export const secretMembers: ReadonlySet<string> = new Set(['personalNumber', 'secret', 'token']);
/** Members that are files by nature, and whether they hold JSON. */
export const fileMembers: ReadonlyMap<string, boolean> = new Map([
  ['jwk', true],
  ['jwks', true],
  ['certificate', false],
]);

/** Options of commander by their camel-case name. */
export type OptionValues = Readonly<Record<string, unknown>>;

const standardInput = '-';

/** A file, or standard input for `-`. */
function readInput(file: string): string {
  if (file !== standardInput) return readText(file);
  try {
    return readFileSync(process.stdin.fd, 'utf8');
  } catch {
    throw new UsageError('standard input cannot be read');
  }
}

/** JSON, or for a key PEM. */
function readJson(file: string, isKey = false): unknown {
  const text = readInput(file);
  if (isKey && text.trimStart().startsWith('-----BEGIN')) return toJwk(text, file);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} holds no JSON`);
    throw error;
  }
}

/** @throws UsageError */
export function toValue({ name, kind, choices }: Field, text: string): unknown {
  if (choices.length > 0 && !choices.includes(text))
    throw new UsageError(`--${toFlag(name)} must be one of ${choices.join(', ')}`);
  if (kind === 'text') return text;
  if (kind === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (kind === 'boolean' && ['true', 'false'].includes(text)) return text === 'true';
  throw new UsageError(
    `--${toFlag(name)} must be ${kind === 'integer' ? 'a whole number' : 'true or false'}`,
  );
}

/** `validFrom` as `valid-from`. */
export const toFlag = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * The body of a command's call, or undefined for one without.
 * @throws UsageError | Error in one sentence
 */
export function readBody({ operation, preset }: Verb, options: OptionValues): unknown {
  if (!operation.body) return undefined;
  const file = options['file'];
  const body: Record<string, unknown> = typeof file === 'string' ? { ...toMembers(readJson(file)) } : {};
  for (const field of operation.body.fields) {
    const given = options[field.name];
    const from = options[`${field.name}File`];
    const isMissing = field.isRequired && body[field.name] === undefined && file !== standardInput;
    if (secretMembers.has(field.name)) {
      if (typeof from === 'string' || isMissing)
        body[field.name] = readInput(typeof from === 'string' ? from : standardInput).trim();
    } else if (typeof given === 'string' && !fileMembers.has(field.name))
      body[field.name] = toValue(field, given);
  }
  for (const [name, isJson] of fileMembers) {
    const from = options[name];
    if (typeof from === 'string') body[name] = isJson ? readJson(from, name === 'jwk') : readInput(from);
  }
  checkPublic(body);
  return checkComplete({ ...body, ...preset }, operation.body);
}

/** @throws UsageError naming what is needed and was not given */
function checkComplete(body: OptionValues, { required, fields }: BodyShape): OptionValues {
  const missing = required.filter((name) => body[name] === undefined);
  if (missing.length === 0) return body;
  const isOption = (name: string): boolean => fields.some((field) => field.name === name);
  const words = missing.map((name) => (isOption(name) ? `--${toFlag(name)}` : `${name} (in --file)`));
  throw new UsageError(`needed, and not given: ${words.join(', ')}; nothing was sent`);
}
