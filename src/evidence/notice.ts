// Entries that tell of the log itself, recorded in the transaction that does what they tell of.
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type MonthKeys, seal, toEntry } from './entry.ts';
import type { EntryTime, Notice } from './leaf.ts';
import type { PrivateFacts } from './types.ts';

/** What happened, for everybody to read; who did it and why is sealed. */
export interface NoticeDraft {
  readonly notice: Notice;
  readonly about: Readonly<Record<string, string | number>>;
  readonly private: PrivateFacts;
}

/** A notice that was recorded. */
export interface RecordedNotice {
  readonly exchangeId: string;
  readonly leafHash: Buffer;
}

const nobody = {
  ...{ systemId: null, owningUnit: null, actingUnit: null },
  ...{ service: null, operation: null, grantId: null },
};

// Needs of the database only what adding an entry needs, so that roles which may do little else can record what they do.
const statement = `WITH written AS (
  INSERT INTO entry (exchange_id, kind, text, leaf_hash) VALUES ($1, 'notice', $2, $3) RETURNING id
), with_private AS (
  INSERT INTO entry_private (exchange_id, entry_id, salt, text) SELECT $1, id, $4, $5 FROM written
)
INSERT INTO entry_pending (entry_id, exchange_id) SELECT id, $1 FROM written`;

/** Records a notice; durable with the caller's transaction. */
export async function recordNotice(
  client: pg.ClientBase,
  { notice, about, private: sealedFacts }: NoticeDraft,
  time: EntryTime,
  keys: MonthKeys,
): Promise<RecordedNotice> {
  const facts = { exchangeId: uuidv7({ msecs: time.at.getTime() }), ...nobody };
  const entry = toEntry('notice', facts, time, { notice, about }, seal(sealedFacts, keys, time.at));
  const { leaf, sealed } = entry;
  await client.query(statement, [facts.exchangeId, leaf.text, leaf.hash, sealed.salt, sealed.text]);
  return { exchangeId: facts.exchangeId, leafHash: entry.leaf.hash };
}
