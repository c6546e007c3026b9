// Rotates the key of the log from inside the log: makes the next one and records, under the key until now, that it comes.
// The switch is left to the processes that run. An administrator's act, on the machine that holds KEY_DIR.
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createLogKey, logKeyNames, openKeys, readPrivateKey } from '../keys.ts';
import type { MonthKeys } from './entry.ts';
import type { EntryTime } from './leaf.ts';
import { type LogKeyState, readLogKeys } from './log-keys.ts';
import { parseVerifierKey, toVerifierKey } from './note.ts';
import { recordNotice } from './notice.ts';
import { retireKey } from './retire-log-key.ts';

/** A rotation that is asked for. */
export interface LogRotationOrder {
  /** The database as its owner. */
  readonly ownerUrl: string;
  /** KEY_DIR of the hub. */
  readonly folder: string;
  /** How long the key until now signs beside the next one, in seconds. */
  readonly overlapS: number;
  /** The key until now is in wrong hands: it signs nothing beside the next one. */
  readonly isStolen: boolean;
  /** Why, in the words of who does it; sealed. */
  readonly reason?: string | undefined;
}

/** A rotation that is under way. */
export interface LogRotation {
  /** Verifier keys of the next key and of the one until now. */
  readonly key: string;
  readonly after: string;
  /** From when only the next one signs. */
  readonly aloneFrom: Date;
  /** Exchange of the notice. */
  readonly exchangeId: string;
}

type Names = ReadonlyMap<string, string>;

/** Verifier keys by the names of their files. */
function readFolder(folder: string, environment: string, origin: string): Names {
  return new Map(
    logKeyNames.flatMap((name) => {
      const key = readPrivateKey(folder, environment, name);
      return key ? [[name, toVerifierKey(origin, key)] as const] : [];
    }),
  );
}

/** The newest key lies in log.json, the one before in log-previous.json; at no moment is there no log.json. */
function settle(folder: string, names: Names, newest: string): void {
  if (names.get('log-next') !== newest) return;
  const [current = '', next = '', previous = ''] = logKeyNames.map((name) => join(folder, `${name}.json`));
  rmSync(previous, { force: true });
  linkSync(current, previous);
  renameSync(next, current);
}

function checkOrder(keys: readonly LogKeyState[], { overlapS, isStolen }: LogRotationOrder): void {
  if (!Number.isSafeInteger(overlapS) || overlapS < 0 || overlapS > 366 * 86_400)
    throw new Error('the overlap must be a whole number of seconds, at most 366 days');
  const active = keys.filter(({ state }) => state !== 'retired');
  if (active.length > 1 && !isStolen)
    throw new Error(
      `a rotation is under way: ${active.at(-1)?.key} signs alone from ${active.at(-1)?.aloneFrom?.toISOString()} on, once an entry says so`,
    );
  if (active.length > 2) throw new Error('three keys are in use already; wait until an entry retires one');
}

/** The next key's file: one that an interrupted rotation left is taken, one that was stolen with the others is not. */
function makeNext(
  folder: string,
  environment: string,
  origin: string,
  known: readonly string[],
  isStolen: boolean,
): string {
  const left = readFolder(folder, environment, origin).get('log-next');
  if (left !== undefined && (isStolen || known.includes(left))) rmSync(join(folder, 'log-next.json'));
  createLogKey(folder, environment, 'log-next');
  const key = readFolder(folder, environment, origin).get('log-next');
  if (key === undefined) throw new Error(`the next key could not be written into ${folder}`);
  return key;
}

async function record(
  client: pg.Client,
  keys: readonly LogKeyState[],
  key: string,
  order: LogRotationOrder,
  months: MonthKeys,
): Promise<LogRotation> {
  const { overlapS, isStolen, reason } = order;
  const after = keys.at(-1)?.key ?? '';
  const found = await client.query<{ at: Date; alone: Date }>(
    "SELECT clock_timestamp() AS at, clock_timestamp() + $1 * interval '1 second' AS alone",
    [isStolen ? 0 : overlapS],
  );
  const [{ at, alone } = { at: new Date(), alone: new Date() }] = found.rows;
  const time: EntryTime = { at: new Date(), databaseAt: at };
  const about = { key, after, overlapS: isStolen ? 0 : overlapS, ...(isStolen && { stolen: 1 }) };
  const draft = { notice: 'key-added', about, private: { reason } } as const;
  const { exchangeId } = await recordNotice(client, draft, time, months);
  await client.query('INSERT INTO log_key (key, added_in, alone_from) VALUES ($1, $2, $3)', [
    key,
    exchangeId,
    alone,
  ]);
  if (isStolen)
    for (const old of keys.filter(({ retiredIn }) => retiredIn === undefined))
      await retireKey(client, old.key, key, time, months);
  return { key, after, aloneFrom: alone, exchangeId };
}

async function rotate(client: pg.Client, order: LogRotationOrder): Promise<LogRotation> {
  const { folder, isStolen } = order;
  // Two rotations at once: the second sees what the first did.
  await client.query('LOCK TABLE log_key IN EXCLUSIVE MODE');
  const hub = await client.query<{ environment: string }>('SELECT environment FROM hub');
  const last = await client.query<{ key: string }>('SELECT key FROM log_key ORDER BY number DESC LIMIT 1');
  const environment = hub.rows[0]?.environment;
  const newest = last.rows[0]?.key;
  if (environment === undefined || newest === undefined)
    throw new Error('no hub has started on this database yet; its first key is noted then');
  const origin = parseVerifierKey(newest).name;
  const keys = await readLogKeys(client, origin);
  checkOrder(keys, order);
  const names = readFolder(folder, environment, origin);
  const lacking = keys.find(({ key, state }) => state !== 'retired' && ![...names.values()].includes(key));
  if (lacking)
    throw new Error(
      `${folder} does not hold the key ${lacking.key} that signs now; it is not the KEY_DIR of this database's hub`,
    );
  settle(folder, names, newest);
  const known = keys.map(({ key }) => key);
  const next = makeNext(folder, environment, origin, known, isStolen);
  return record(client, keys, next, order, openKeys(folder, environment));
}

/**
 * Makes the next key and records its coming. Once the entry is below a signed head, all processes sign with it too.
 * @throws Error in one sentence when a rotation is under way, the folder is another hub's, or the database does not answer
 */
export async function rotateLogKey(order: LogRotationOrder): Promise<LogRotation> {
  if (!existsSync(join(order.folder, 'log.json'))) throw new Error(`there is no log.json in ${order.folder}`);
  const client = new pg.Client({ connectionString: order.ownerUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('BEGIN');
    const rotation = await rotate(client, order);
    await client.query('COMMIT');
    return rotation;
  } finally {
    await client.end();
  }
}
