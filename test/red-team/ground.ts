// An honest log and what people outside keep of it, put back for each attack: the ground of the red team. What records,
// numbers, signs, cosigns and purges here is what does it in a hub.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { findObstacles } from '../../src/evidence/anchor/obstacles.ts';
import { purgeDue } from '../../src/evidence/purge.ts';
import type { ListedCall } from '../../src/evidence/reconcile.ts';
import { createTicketSigner } from '../../src/evidence/ticket.ts';
import type { ExchangeFacts, PrivateFacts } from '../../src/evidence/types.ts';
import { numberAll, openOwner, writeExchange } from '../evidence/retention-support.ts';
import { answered, keys, logKey, origin, someFacts, startLog } from '../evidence/support.ts';
import { asRetention, type FreshDatabase, freshDatabase } from '../support/database.ts';
import { makeWitness, witnessName } from '../witness/support.ts';
import { openScene, type Scene } from './scene.ts';

/** What is left of an exchange outside the hub. */
export interface Remembered {
  readonly exchangeId: string;
  /** In the hands of the system that called. */
  readonly ticket: string;
  /** On the list that the source keeps. */
  readonly call: ListedCall;
}

/** What an attack cannot reach. */
export interface Kept {
  /** Head that someone took from `/log/checkpoint` and kept, with the witness's cosignature; the anchor file holds it too. */
  readonly note: string;
  readonly anchorFile: string;
  readonly exchanges: readonly Remembered[];
  readonly witnessKey: string;
}

/** A time of which there is a copy of everything: `early`, before the last exchanges were; `now`, when all was kept. */
export type Time = 'early' | 'now';

/** The ground, which every attack finds as it was. */
export interface Ground {
  readonly kept: Kept;
  readonly folder: string;
  readonly database: FreshDatabase;
  close(): Promise<void>;
}

/** The source that exchanges asked. */
export const source = 'population';
const signTicket = createTicketSigner(origin, () => logKey);
const digest = { sha256: 'd'.repeat(64), bytes: 700 };

/** What an exchange seals that asked the source. */
export const askedSource = (requestCode: string): PrivateFacts => ({
  result: 'found',
  sources: [{ source, requestCode, request: digest, answer: digest }],
});

/** Records exchanges as a hub does; they wait for their numbers. */
export async function recordExchanges(
  hubUrl: string,
  count: number,
  more: Partial<ExchangeFacts> = {},
): Promise<readonly Remembered[]> {
  const log = await startLog(hubUrl);
  const made: Remembered[] = [];
  for (let n = 0; n < count; n += 1) {
    const exchangeId = uuidv7();
    const opened = await log.open({ facts: someFacts({ exchangeId, ...more }), private: {} });
    const call = { at: new Date().toISOString(), call: `no-${exchangeId}`, code: exchangeId };
    const closed = await log.close(opened, { ...answered, private: askedSource(exchangeId) });
    made.push({ exchangeId, ticket: signTicket(closed), call });
    // The next one is of a later millisecond: what an archive says of a ticket rests on a leaf after it.
    await pause(2);
  }
  await log.stop();
  return made;
}

/** Purges what is due, as the daily work does; the notice waits for its number. */
export const purge = (database: FreshDatabase): Promise<void> =>
  asRetention(database, (pool) => purgeDue({ pool, keys, now: () => new Date() }));

/** Records a refusal of an old month. */
async function recordOld(owner: pg.Pool, month: string): Promise<void> {
  const client = await owner.connect();
  const times = [new Date(`${month}-03T08:00:00.000Z`)];
  const refused = { service: 'population.v1', operation: 'lookUpCitizen', kinds: ['refused'] as const };
  await writeExchange(client, { ...refused, times }, keys);
  client.release();
}

/** Two old exchanges, the first of which is purged; the time of the second is over too. */
async function recordOldOnes(database: FreshDatabase): Promise<void> {
  const owner = openOwner(database);
  await owner.query('UPDATE retention_class SET least_months = 3, months = 3');
  await recordOld(owner, '2025-02');
  await numberAll(database.ownerUrl);
  await purge(database);
  await recordOld(owner, '2025-03');
  await owner.end();
}

const logTables = [
  ...['entry', 'entry_private', 'entry_pending', 'open_exchange', 'leaf', 'tile', 'tree_head', 'checkpoint'],
  ...[
    'cosignature',
    'witness',
    'purge_batch',
    'purged_month',
    'accepted_head',
    'log_export',
    'log_export_part',
  ],
];

/** Copies the tables of the log. */
async function copyLog(owner: pg.Pool, time: Time): Promise<void> {
  const copies = logTables.map((table) => `CREATE TABLE ${time}.${table} AS TABLE public.${table};`);
  await owner.query(`CREATE SCHEMA ${time}; ${copies.join('\n')}`);
}

/** Puts the tables of the log back as they were: what whoever restores an old copy does. */
export async function putBack(owner: pg.Pool, time: Time): Promise<void> {
  const empty = logTables.toReversed().map((table) => `DELETE FROM public.${table};`);
  const fill = logTables.map((table) => `INSERT INTO public.${table} SELECT * FROM ${time}.${table};`);
  await owner.query(`BEGIN; ${empty.join('\n')} ${fill.join('\n')} COMMIT`);
}

const witnessFolderOf = (folder: string, time: Time): string => join(folder, `witness-${time}`);

/** A hub of one day that did nothing wrong, with a witness that saw two of its heads. */
export async function layGround(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-red-team-'));
  const database = await freshDatabase();
  const { folder: witnessFolder, key: witnessKey } = makeWitness();
  const anchorFile = join(folder, 'anchor');
  const nothing = { note: '', anchorFile, exchanges: [], witnessKey };
  /** Numbers and signs what waits, has the head cosigned, and copies all. @returns the head with its cosignature */
  async function endTime(time: Time): Promise<string> {
    await numberAll(database.ownerUrl);
    const scene = await openScene({ database, witnessFolder, folder, kept: nothing });
    const obstacles = await findObstacles(scene.places);
    const note = await scene.reader.checkpoint();
    await copyLog(scene.owner, time);
    await scene.close();
    cpSync(witnessFolder, witnessFolderOf(folder, time), { recursive: true });
    if (obstacles.length > 0 || note === undefined) throw new Error(`${witnessName} did not cosign`);
    return note;
  }
  const first = await recordExchanges(database.hubUrl, 3);
  await endTime('early');
  await recordOldOnes(database);
  const second = await recordExchanges(database.hubUrl, 4);
  const note = await endTime('now');
  writeFileSync(anchorFile, note);
  rmSync(witnessFolder, { recursive: true });
  return {
    ...{ folder, database },
    kept: { note, anchorFile, exchanges: [...first, ...second], witnessKey },
    async close() {
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Opens the ground as it was. @param witnessTime what the witness remembers; it is out of an attacker's reach */
export async function openGround(
  { kept, folder, database }: Ground,
  witnessTime: Time = 'now',
): Promise<Scene> {
  const place = mkdtempSync(join(folder, 'scene-'));
  const witnessFolder = join(place, 'witness');
  cpSync(witnessFolderOf(folder, witnessTime), witnessFolder, { recursive: true });
  const scene = await openScene({ database, witnessFolder, folder: place, kept });
  await putBack(scene.owner, 'now');
  return scene;
}
