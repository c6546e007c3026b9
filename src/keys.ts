// The hub's own keys, one file each in KEY_DIR (0600, folder 0700). Each file names its environment and is refused in
// another. docs/keys.md says who can use each key and what to do on loss or theft.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { StartError, toSystemCode } from './database/start-error.ts';

/** The keys of one hub. */
export interface Keys {
  /** Ed25519, signs checkpoints: the first of a log, and after a rotation the one of `log.json`. */
  readonly log: KeyObject;
  /** Ed25519 each, as they lie there now. Which ones sign, the database says (src/evidence/log-keys.ts). */
  logKeys(): readonly KeyObject[];
  /** ES256 (P-256) each, as they lie there now: for access tokens. Which one signs, the database says. */
  tokenKeys(): readonly KeyObject[];
  /** 32 bytes, AES-256-GCM for fields at rest. */
  readonly field: Buffer;
  /** 32 bytes, seals new blobs at rest. */
  readonly blob: Buffer;
  /** 32 bytes each: sealed blobs before the rotations, and still open them. */
  readonly earlierBlobs: readonly Buffer[];
  /** 32 bytes for the UTC month of `at`: HMAC-SHA-256 of what an exchange is about. Made at first use. */
  month(at: Date): Buffer;
}

type KeyKind = 'log' | 'token' | 'field' | 'blob' | `month-${string}`;

/** Files of token keys without their ending, the one that a folder always has first. */
export const tokenKeyNames = ['token', 'token-next', 'token-previous'] as const;

/** Files of log keys without their ending, the one that a folder always has first. */
export const logKeyNames = ['log', 'log-next', 'log-previous'] as const;

const isMissing = (error: unknown): boolean => toSystemCode(error) === 'ENOENT';

function makeKey(kind: KeyKind): string {
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  if (kind === 'log') return generateKeyPairSync('ed25519').privateKey.export(pem).toString();
  if (kind === 'token')
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString();
  return randomBytes(32).toString('base64');
}

/** Writes a new key file whole or not at all; of two processes that try, the first wins and both read its key. */
function writeKeyFile(folder: string, environment: string, kind: KeyKind, name: string = kind): void {
  const temporary = join(folder, `.${name}-${randomUUID()}`);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, JSON.stringify({ environment, kind, key: makeKey(kind) }));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(temporary, join(folder, `${name}.json`));
  } catch (error) {
    if (toSystemCode(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** Undefined for what is no JSON: the parser's own message would repeat the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readKeyFile(folder: string, environment: string, kind: string): string {
  const stored = parseJson(readFileSync(join(folder, `${kind}.json`), 'utf8'));
  if (typeof stored !== 'object' || stored === null || !('key' in stored) || typeof stored.key !== 'string')
    throw new StartError(`${join(folder, `${kind}.json`)} is not a key file`);
  if (!('environment' in stored) || stored.environment !== environment)
    throw new StartError(
      `${join(folder, `${kind}.json`)} is a key of another environment; this hub runs as ${environment}`,
    );
  return stored.key;
}

/** Makes a token key in the file of that name, unless there is one. */
export function createTokenKey(
  folder: string,
  environment: string,
  name: (typeof tokenKeyNames)[number],
): void {
  writeKeyFile(folder, environment, 'token', name);
}

/** Makes a log key in the file of that name, unless there is one. */
export function createLogKey(folder: string, environment: string, name: (typeof logKeyNames)[number]): void {
  writeKeyFile(folder, environment, 'log', name);
}

/**
 * The private key in the file of that name; undefined when there is no such file.
 * @throws StartError when it is no key file or of another environment
 */
export function readPrivateKey(folder: string, environment: string, name: string): KeyObject | undefined {
  try {
    return createPrivateKey(readKeyFile(folder, environment, name));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the log, token, field and blob keys that are missing; keys that exist are left as they are. */
export function createKeys(folder: string, environment: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const kind of ['log', 'token', 'field', 'blob'] as const) {
    try {
      readKeyFile(folder, environment, kind);
    } catch (error) {
      if (!isMissing(error)) throw error;
      writeKeyFile(folder, environment, kind);
    }
  }
}

/** The keys of the files `blob-<when>.json`, in the order of their names. */
function readEarlierBlobs(folder: string, environment: string): readonly Buffer[] {
  const names = readdirSync(folder).filter((name) => /^blob-[a-z0-9-]{1,40}\.json$/.test(name));
  return names
    .sort()
    .map((name) => Buffer.from(readKeyFile(folder, environment, name.slice(0, -'.json'.length)), 'base64'));
}

/** Opens the keys of `folder`. @throws StartError when a key is missing or of another environment */
export function openKeys(folder: string, environment: string): Keys {
  const read = (kind: KeyKind): string => {
    try {
      return readKeyFile(folder, environment, kind);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new StartError(
        `no key ${join(folder, `${kind}.json`)}; make the keys with: npx lgsp keys create --folder ${folder} --environment ${environment}`,
      );
    }
  };
  const months = new Map<string, Buffer>();
  // There is always one: a folder without it was never made for a hub.
  read('token');
  return {
    log: createPrivateKey(read('log')),
    logKeys: () => logKeyNames.flatMap((name) => readPrivateKey(folder, environment, name) ?? []),
    tokenKeys: () => tokenKeyNames.flatMap((name) => readPrivateKey(folder, environment, name) ?? []),
    field: Buffer.from(read('field'), 'base64'),
    blob: Buffer.from(read('blob'), 'base64'),
    earlierBlobs: readEarlierBlobs(folder, environment),
    month(at) {
      const kind: KeyKind = `month-${at.toISOString().slice(0, 7)}`;
      let key = months.get(kind);
      if (!key) {
        try {
          key = Buffer.from(readKeyFile(folder, environment, kind), 'base64');
        } catch (error) {
          if (!isMissing(error)) throw error;
          writeKeyFile(folder, environment, kind);
          key = Buffer.from(readKeyFile(folder, environment, kind), 'base64');
        }
        months.set(kind, key);
      }
      return key;
    },
  };
}
