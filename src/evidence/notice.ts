// Entries that tell of the log itself, recorded in the transaction that does what they tell of.
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type MonthKeys, seal, toEntry } from './entry.ts';
import type { EntryTime, Notice } from './leaf.ts';
import { recordBatch } from './record-batch.ts';
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

/** Records a notice; durable with the caller's transaction. */
export async function recordNotice(
  client: pg.ClientBase,
  { notice, about, private: sealedFacts }: NoticeDraft,
  time: EntryTime,
  keys: MonthKeys,
): Promise<RecordedNotice> {
  const facts = { exchangeId: uuidv7({ msecs: time.at.getTime() }), ...nobody };
  const entry = toEntry('notice', facts, time, { notice, about }, seal(sealedFacts, keys, time.at));
  const [outcome] = await recordBatch(client, [{ entry }], facts.exchangeId);
  if (outcome !== 'written') throw new Error(`the notice ${notice} was not recorded: ${outcome}`);
  return { exchangeId: facts.exchangeId, leafHash: entry.leaf.hash };
}
