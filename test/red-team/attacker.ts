// What an attacker does who has root, the database as its owner, the log's private key and the hub's own code.
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { toCanonical } from '../../src/evidence/canonical.ts';
import { toCheckpointText } from '../../src/evidence/checkpoint.ts';
import { seal, toEntry } from '../../src/evidence/entry.ts';
import { type PublicPart, parseLeafText } from '../../src/evidence/leaf.ts';
import { signNote } from '../../src/evidence/note.ts';
import { recordBatch } from '../../src/evidence/record-batch.ts';
import { hashLeaf, type TreeHead } from '../../src/evidence/tree.ts';
import type { ExchangeFacts, PrivateFacts } from '../../src/evidence/types.ts';
import { numberAll } from '../evidence/retention-support.ts';
import { keys, logKey, origin, someFacts } from '../evidence/support.ts';
import type { Scene } from './scene.ts';

/** An entry as it lies in the tables. */
export interface Told {
  readonly exchangeId: string;
  readonly kind: string;
  readonly step: number;
  readonly text: string;
  readonly unit: string | null;
  readonly system: string | null;
  readonly service: string | null;
  readonly operation: string | null;
  readonly problem: string | null;
  readonly salt: Buffer | null;
  readonly sealed: string | null;
}

/** The history as it is told, in the order of the tree. */
export async function readTold({ owner }: Scene): Promise<readonly Told[]> {
  const { rows } = await owner.query<Told>(
    `SELECT e.exchange_id AS "exchangeId", e.kind, e.step_no AS step, e.text, e.acting_unit AS unit, e.system_id AS system,
       e.service, e.operation, e.problem, p.salt, p.text AS sealed
     FROM leaf l JOIN entry e ON e.exchange_id = l.exchange_id AND e.id = l.entry_id
     LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id ORDER BY l.leaf_index`,
  );
  return rows;
}

const wipe = `DELETE FROM cosignature; DELETE FROM checkpoint; DELETE FROM leaf; DELETE FROM tile;
  DELETE FROM entry_pending; DELETE FROM entry_private; DELETE FROM entry;
  UPDATE tree_head SET size = 0, root = sha256('')`;
const insert = `WITH written AS (
    INSERT INTO entry (exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id, exchange_id
  ), pending AS (INSERT INTO entry_pending (entry_id, exchange_id) SELECT id, exchange_id FROM written)
  INSERT INTO entry_private (exchange_id, entry_id, salt, text)
    SELECT exchange_id, id, $11::bytea, $12::text FROM written WHERE $11::bytea IS NOT NULL`;

/** Tells the whole history anew: other entries, another tree, another head under the log's own key. */
export async function retell(
  scene: Scene,
  change: (told: readonly Told[]) => readonly Told[],
): Promise<void> {
  const history = change(await readTold(scene));
  await scene.owner.query(wipe);
  for (const { exchangeId, kind, step, text, unit, system, service, operation, problem, ...more } of history)
    await scene.owner.query(insert, [
      ...[exchangeId, kind, step, text, hashLeaf(Buffer.from(text)), unit, system, service, operation],
      ...[problem, more.salt, more.sealed],
    ]);
  await numberAll(scene.database.ownerUrl);
}

/** The entry with other words in its public part. */
export const reword = (told: Told, change: Partial<PublicPart>): Told => ({
  ...told,
  text: toCanonical({ ...parseLeafText(told.text), ...change }),
});

/** Takes an exchange that waits for its numbers out of the database. */
export async function takeAway({ owner }: Scene, exchangeId: string): Promise<void> {
  for (const table of ['entry_pending', 'entry_private', 'entry'])
    await owner.query(`DELETE FROM ${table} WHERE exchange_id = $1`, [exchangeId]);
}

/** Records a refusal or an answer that never was, through the hub's own statement. @param at the time that it names */
export async function invent(
  { owner }: Scene,
  sealed: PrivateFacts,
  { at = new Date(), ...more }: Partial<ExchangeFacts> & { readonly at?: Date } = {},
): Promise<string> {
  const exchangeId = uuidv7({ msecs: at.getTime(), random: randomBytes(16) });
  const facts = someFacts({ exchangeId, ...more });
  const part = { outcome: 'answered', status: 200 } as const;
  const entry = toEntry('resolved', facts, { at, databaseAt: at }, part, seal(sealed, keys, at));
  const client = await owner.connect();
  await recordBatch(client, [{ entry }], exchangeId);
  client.release();
  return exchangeId;
}

/** A head of the attacker's choice, signed by the log. */
export const signHead = (head: TreeHead): string =>
  signNote(toCheckpointText({ origin, ...head }), origin, logKey);
