// The folder of a witness (0700): its key, its configuration and what it remembers. Nothing of a hub is in it, and nothing of
// it is in a hub.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cosign } from '../evidence/cosignature.ts';
import { parseVerifierKey, toVerifierKey } from '../evidence/note.ts';
import type { KnownLog, Witness } from './add-checkpoint.ts';
import { type Conflict, openConflicts } from './conflicts.ts';
import { writeDurable } from './durable-file.ts';
import { createRecord, openRecord } from './log-record.ts';

/** What `config.json` holds. */
export interface WitnessConfig {
  /** Name of the witness and of its key, best an address without its scheme, e.g. `nhan-chung.example.vn`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly logs: readonly { readonly origin: string; readonly keys: readonly string[] }[];
}

const configName = 'config.json';
const keyName = 'key.pem';
const maxLogs = 100;
const maxKeys = 20;

const toConfigText = (config: WitnessConfig): string => `${JSON.stringify(config, null, 2)}\n`;

const isText = (value: unknown): value is string => typeof value === 'string';

function isLog(value: unknown): value is WitnessConfig['logs'][number] {
  if (typeof value !== 'object' || value === null || !('origin' in value) || !('keys' in value)) return false;
  const { origin, keys } = value;
  return (
    isText(origin) && Array.isArray(keys) && keys.length > 0 && keys.length <= maxKeys && keys.every(isText)
  );
}

function isConfig(value: unknown): value is WitnessConfig {
  if (typeof value !== 'object' || value === null) return false;
  const { name, host, port, logs } = { name: 0, host: 0, port: -1, logs: 0, ...value };
  return (
    [name, host].every(isText) &&
    Number.isInteger(port) &&
    port >= 0 &&
    port <= 65_535 &&
    Array.isArray(logs) &&
    logs.length <= maxLogs &&
    logs.every(isLog)
  );
}

/** @throws Error in one sentence when there is no witness in the folder, or others may look into it */
export function readWitnessConfig(folder: string): WitnessConfig {
  const file = join(folder, configName);
  if (!existsSync(file))
    throw new Error(`there is no witness in ${folder}; make one with: lgsp witness init`);
  if (statSync(folder).mode & 0o077)
    throw new Error(`other accounts may look into ${folder}; chmod 700 it first`);
  const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isConfig(config)) throw new Error(`${file} must hold name, host, port and logs (origin and keys)`);
  for (const { keys } of config.logs) for (const key of keys) parseVerifierKey(key);
  return config;
}

const readKey = (folder: string): KeyObject => createPrivateKey(readFileSync(join(folder, keyName)));

/** The verifier key of the witness, type 0x04. */
export const toWitnessKey = (folder: string): string =>
  toVerifierKey(readWitnessConfig(folder).name, readKey(folder), 'cosignature');

/**
 * Makes a witness: key, configuration, no log yet.
 * @returns its verifier key
 * @throws Error in one sentence when there is one, or the name is none
 */
export function createWitness(folder: string, config: Omit<WitnessConfig, 'logs'>): string {
  if (existsSync(join(folder, configName))) throw new Error(`there is a witness in ${folder} already`);
  const { privateKey } = generateKeyPairSync('ed25519');
  const verifierKey = toVerifierKey(config.name, privateKey, 'cosignature');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(join(folder, keyName)))
    throw new Error(`${join(folder, keyName)} is there without its ${configName}`);
  writeDurable(join(folder, keyName), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  // Last: with it the witness is there.
  writeDurable(join(folder, configName), toConfigText({ ...config, logs: [] }));
  return verifierKey;
}

/**
 * Lets the witness know a log, or another key of a log that it knows; it is read at its next start.
 * @param logKey verifier key of the log
 * @param origin first line of its checkpoints; default: the name of the key
 * @throws Error in one sentence
 */
export function addLog(folder: string, logKey: string, origin = parseVerifierKey(logKey).name): void {
  const config = readWitnessConfig(folder);
  parseVerifierKey(logKey);
  const known = config.logs.find((log) => log.origin === origin);
  if (known?.keys.includes(logKey)) return;
  if (known ? known.keys.length >= maxKeys : config.logs.length >= maxLogs)
    throw new Error(
      `a witness knows at most ${maxLogs} logs with ${maxKeys} keys each; take old keys out of its ${configName}`,
    );
  // First: a log without its record is not served.
  if (!known) createRecord(folder, origin);
  const others = config.logs.filter((log) => log !== known);
  const logs = [...others, { origin, keys: [...(known?.keys ?? []), logKey] }];
  writeDurable(join(folder, configName), toConfigText({ ...config, logs }));
}

/**
 * Opens the witness of a folder; only one process may at a time.
 * @param now its clock
 * @param onConflict told of each signed head that contradicts what it cosigned
 * @throws Error in one sentence, also when what it remembers of a log is lost
 */
export function openWitness(
  folder: string,
  now: () => Date = () => new Date(),
  onConflict: (conflict: Conflict) => void = () => {},
): Witness {
  const { name, logs } = readWitnessConfig(folder);
  const key = readKey(folder);
  const known = new Map<string, KnownLog>(
    logs.map(({ origin, keys }) => [
      origin,
      { origin, keys: keys.map((text) => parseVerifierKey(text)), record: openRecord(folder, origin) },
    ]),
  );
  return {
    findLog: (origin) => known.get(origin),
    conflicts: openConflicts(folder, now, onConflict),
    sign: (text) => cosign(text, name, key, now()),
  };
}
