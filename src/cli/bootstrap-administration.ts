// Makes the first two administrators of a hub, or the one who is missing, from a file, with the rights of the database's owner.
import { statSync } from 'node:fs';
import { createPool } from '../database/pool.ts';
import { StartError } from '../database/start-error.ts';
import { checkKeys } from '../key-check.ts';
import { openKeys } from '../keys.ts';
import { Problem } from '../problem.ts';
import {
  bootstrapAdministration,
  type FirstAdministration,
  type FirstAdministrator,
} from '../services/admin/bootstrap.ts';
import { readText } from './read-text.ts';

type Members = Readonly<Record<string, unknown>>;

const registryId = /^[a-z0-9][a-z0-9-]{1,62}$/;
/** The ids of its mandate and grants are made of the system's. */
const systemId = /^[a-z0-9][a-z0-9-]{1,50}$/;
const officerId = /^(?!(\d{9}|\d{12})$)[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/;
const words = /^\S.*$/s;
const kinds = ['commune', 'ward', 'special-zone', 'provincial'] as const;

function toObject(value: unknown, place: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${place} must be an object`);
  return { ...value };
}

/** A text; what it is instead is not repeated. */
function toText(members: Members, name: string, place: string, form: RegExp): string {
  const value = members[name];
  if (typeof value !== 'string' || !form.test(value))
    throw new Error(`${place}.${name} is missing or malformed`);
  return value;
}

function parseKey(members: Members, place: string): FirstAdministrator['key'] {
  const validTo = toText(members, 'validTo', place, words);
  if ('certificate' in members) return { certificate: toText(members, 'certificate', place, words), validTo };
  const jwk = toObject(members['jwk'], `${place}.jwk`);
  const kty = toText(jwk, 'kty', `${place}.jwk`, /^(EC|RSA|OKP)$/);
  // What else it holds is checked where every key is checked.
  return { jwk: { ...jwk, kty } as NonNullable<FirstAdministrator['key']['jwk']>, validTo };
}

function parseAdministrator(value: unknown, place: string): FirstAdministrator {
  const members = toObject(value, place);
  const part = (name: string) => toObject(members[name], `${place}.${name}`);
  const [unit, system, officer] = [part('unit'), part('system'), part('officer')];
  const kind = kinds.find((one) => one === unit['kind']);
  if (!kind) throw new Error(`${place}.unit.kind must be ${kinds.join(', ')}`);
  return {
    unit: {
      id: toText(unit, 'id', `${place}.unit`, registryId),
      name: toText(unit, 'name', `${place}.unit`, words),
      kind,
    },
    system: {
      id: toText(system, 'id', `${place}.system`, systemId),
      name: toText(system, 'name', `${place}.system`, words),
    },
    officer: {
      id: toText(officer, 'id', `${place}.officer`, officerId),
      personalNumber: toText(officer, 'personalNumber', `${place}.officer`, /^\d{12}$/),
    },
    key: parseKey(part('key'), `${place}.key`),
  };
}

/** @throws Error in one sentence, without a value of the file */
export function parseFirstAdministration(text: string): FirstAdministration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the file must hold JSON');
  }
  const members = toObject(json, 'the file');
  const list = members['administrators'];
  if (!Array.isArray(list) || (list.length !== 1 && list.length !== 2))
    throw new Error('administrators must be a list of one or two');
  const legalBasis = toText(members, 'legalBasis', 'the file', words);
  const first = parseAdministrator(list[0], 'administrators[0]');
  return {
    legalBasis,
    administrators: list.length === 1 ? [first] : [first, parseAdministrator(list[1], 'administrators[1]')],
  };
}

function readVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set, as for the hub`);
  return value;
}

/** It holds personal numbers. */
function checkPrivate(file: string): void {
  if (statSync(file).mode & 0o077) throw new Error(`other accounts may read ${file}; chmod 600 it first`);
}

/**
 * Makes the administrators that are missing of the hub whose database and keys the environment names.
 * @returns how many
 * @throws Error in one sentence; nothing was changed then
 */
export async function bootstrap(file: string): Promise<number> {
  const asked = parseFirstAdministration(readText(file));
  checkPrivate(file);
  const owner = createPool(readVariable('DATABASE_OWNER_URL'), { max: 1, applicationName: 'lgsp bootstrap' });
  try {
    const { rows } = await owner.query<{ environment: string }>('SELECT environment FROM hub');
    const keys = openKeys(readVariable('KEY_DIR'), rows[0]?.environment ?? '');
    await checkKeys(owner, keys);
    await bootstrapAdministration(owner, keys.field, asked);
    return asked.administrators.length;
  } catch (error) {
    throw toSentence(error);
  } finally {
    await owner.end();
  }
}

function toSentence(error: unknown): unknown {
  if (error instanceof Problem) {
    const places = error.more.errors?.map(({ where, en }) => `${where} ${en}`).join('; ');
    return new Error(`the database refuses: ${error.code}${places ? `: ${places}` : ''}`, { cause: error });
  }
  if (error instanceof Error && 'code' in error && error.code === '42P01')
    return new StartError('the database has no tables of the hub yet: start the hub once', error);
  return error;
}
