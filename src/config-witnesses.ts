// The section `witnesses` of SETTINGS_FILE: who is asked to cosign the log's heads.
import { toMessage } from './database/start-error.ts';
import { parseWitnessKey } from './evidence/cosignature.ts';

/** One witness. */
export interface WitnessSettings {
  /** What it is called in health, metrics and logs. */
  readonly name: string;
  /** The address before `/add-checkpoint`, without a slash at the end. */
  readonly url: string;
  /** Its verifier key, `<name>+<hash>+<0x04 and key>`. */
  readonly key: string;
}

const mostWitnesses = 16;
const nameForm = /^[a-z0-9][a-z0-9.-]{0,62}$/;

function parseOne(value: unknown, place: string, mistakes: string[]): WitnessSettings | undefined {
  const members = typeof value === 'object' && value !== null ? { ...value } : {};
  const { name, url, key, ...more } = { name: undefined, url: undefined, key: undefined, ...members };
  const before = mistakes.length;
  if (typeof name !== 'string' || !nameForm.test(name))
    mistakes.push(`${place}.name must be lower-case letters, digits, dots and hyphens`);
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:\/\/[^?#]+$/.test(url))
    mistakes.push(`${place}.url must be an http address`);
  if (Object.keys(more).length > 0) mistakes.push(`${place} has only name, url and key`);
  try {
    parseWitnessKey(String(key));
  } catch (error) {
    mistakes.push(`${place}.key: ${toMessage(error)}`);
  }
  if (mistakes.length > before) return undefined;
  return { name: String(name), url: String(url).replace(/\/$/, ''), key: String(key) };
}

/** Reads the section; what is wrong is added to `mistakes`. */
export function readWitnesses(value: unknown, mistakes: string[]): readonly WitnessSettings[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > mostWitnesses) {
    mistakes.push(`SETTINGS_FILE › witnesses must be a list of at most ${mostWitnesses}`);
    return [];
  }
  const read = value.flatMap(
    (one: unknown, n) => parseOne(one, `SETTINGS_FILE › witnesses[${n}]`, mistakes) ?? [],
  );
  for (const part of ['name', 'key'] as const)
    if (new Set(read.map((witness) => witness[part])).size < read.length)
      mistakes.push(`SETTINGS_FILE › witnesses: each has a ${part} of its own`);
  return read;
}
