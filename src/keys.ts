// The hub's own keys, one file each in KEY_DIR (0600, folder 0700). Each file names its environment and is refused in
// another. docs/keys.md says who can use each key and what to do on loss or theft.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
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
  /** The one of them that was made last: a new log begins with it. */
  newestLogKey(): KeyObject;
  /** ES256 (P-256) each, as they lie there now: for access tokens. Which one signs, the database says. */
  tokenKeys(): readonly KeyObject[];
  /** 32 bytes, AES-256-GCM for fields at rest. */
  readonly field: Buffer;
  /** 32 bytes, seals new blobs at rest. */
  readonly blob: Buffer;
  /** 32 bytes each: sealed blobs before the rotations, and still open them. */
  readonly earlierBlobs: readonly Buffer[];
  /** 32 bytes for the UTC month of `at`: HMAC-SHA-256 of what an exchange is about. Made at first use, never again. */
  month(at: Date): Buffer;
  /** The months (`yyyy-MM`) whose key lies there, in their order. */
  months(): readonly string[];
  /** The key of a month; undefined when there is none or it was destroyed. None is made, and none is kept in memory. */
  readMonth(month: string): Buffer | undefined;
  /** Destroys the key of a month for ever: a file that says so takes its place. May be done again. */
  destroyMonth(month: string): void;
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
  writeDurably(temporary, JSON.stringify({ environment, kind, key: makeKey(kind) }));
  try {
    linkSync(temporary, join(folder, `${name}.json`));
  } catch (error) {
    if (toSystemCode(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** What stands in the place of a key that was destroyed, so that none is made there again. */
const destroyed = 'destroyed';

/** Puts a file without a key in the place of a key file, and zeros where the key was. */
function replaceByDestroyed(folder: string, environment: string, kind: KeyKind): void {
  const [temporary, place] = [join(folder, `.${kind}-${randomUUID()}`), join(folder, `${kind}.json`)];
  writeDurably(temporary, JSON.stringify({ environment, kind, key: destroyed }));
  const old = openOld(place);
  renameSync(temporary, place);
  syncFolder(folder);
  if (old === undefined) return;
  try {
    writeSync(old, Buffer.alloc(fstatSync(old).size), 0, undefined, 0);
    fsyncSync(old);
  } finally {
    closeSync(old);
  }
}

const openOld = (place: string): number | undefined => {
  try {
    return openSync(place, 'r+');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
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

/** How many keys of months stay in memory: that of the running month, and the last one around its end. */
const keptMonths = 2;

function openMonthKeys(
  folder: string,
  environment: string,
): Pick<Keys, 'month' | 'months' | 'readMonth' | 'destroyMonth'> {
  const kept = new Map<string, Buffer>();
  const readMonth = (month: string): Buffer | undefined => {
    try {
      const key = readKeyFile(folder, environment, `month-${month}`);
      return key === destroyed ? undefined : Buffer.from(key, 'base64');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const make = (month: string): Buffer => {
    writeKeyFile(folder, environment, `month-${month}`);
    const key = readMonth(month);
    if (!key) throw new Error(`the key of the month ${month} is destroyed; no other is made`);
    return key;
  };
  return {
    readMonth,
    month(at) {
      const month = at.toISOString().slice(0, 7);
      const known = kept.get(month);
      if (known) return known;
      const key = readMonth(month) ?? make(month);
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= keptMonths) kept.delete(oldest);
      kept.set(month, key);
      return key;
    },
    months: () =>
      readdirSync(folder)
        .flatMap((name) => /^month-(\d{4}-\d\d)\.json$/.exec(name)?.[1] ?? [])
        .filter((month) => readMonth(month) !== undefined)
        .sort(),
    destroyMonth(month) {
      kept.delete(month);
      replaceByDestroyed(folder, environment, `month-${month}`);
    },
  };
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
  // There is always one: a folder without it was never made for a hub.
  read('token');
  const log = createPrivateKey(read('log'));
  return {
    log,
    // A rotation makes log-next.json; the next one moves it to log.json before it makes another.
    newestLogKey: () => readPrivateKey(folder, environment, 'log-next') ?? log,
    logKeys: () => logKeyNames.flatMap((name) => readPrivateKey(folder, environment, name) ?? []),
    tokenKeys: () => tokenKeyNames.flatMap((name) => readPrivateKey(folder, environment, name) ?? []),
    field: Buffer.from(read('field'), 'base64'),
    blob: Buffer.from(read('blob'), 'base64'),
    earlierBlobs: readEarlierBlobs(folder, environment),
    ...openMonthKeys(folder, environment),
  };
}
