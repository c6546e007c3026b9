// Invented exchanges of chosen months, written as the log writes them, numbered, and looked up as auditors look them up.
import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createPool } from '../../src/database/pool.ts';
import { seal, toEntry } from '../../src/evidence/entry.ts';
import { recordBatch } from '../../src/evidence/record-batch.ts';
import { indexLeaves } from '../../src/evidence/search/indexer.ts';
import { startSequencer } from '../../src/evidence/sequencer.ts';
import { recordSteps } from '../../src/evidence/steps.ts';
import type { EntryKind, PrivateFacts } from '../../src/evidence/types.ts';
import type { FreshDatabase } from '../support/database.ts';
import { logKey, origin } from './support.ts';

/** An exchange of a test: its entries one after the other. */
export interface InventedExchange {
  readonly service: string | null;
  readonly operation: string | null;
  readonly kinds: readonly EntryKind[];
  /** When each of the entries was made; the first one made the exchange. */
  readonly times: readonly Date[];
  readonly unit?: string;
  readonly system?: string;
  readonly officer?: string;
  readonly caseCode?: string;
  /** Whom it is about, and as what; the number is invented. */
  readonly person?: { readonly number: string; readonly role?: string };
  readonly purpose?: string;
  readonly result?: string;
  readonly grant?: string;
}

/** Keys that differ by month. */
export const monthKeys = {
  month: (at: Date): Buffer =>
    createHash('sha256')
      .update(`test-secret ${at.toISOString().slice(0, 7)}`)
      .digest(),
};

const toPrivate = (one: InventedExchange): PrivateFacts => ({
  officerId: one.officer,
  purpose: one.purpose ?? 'giai-quyet-tthc',
  caseCode: one.caseCode,
  result: one.result,
  fileNumber: '12/HS',
  unitCode: { used: 'X1', unit: 'xa-01' },
  subjects: one.person && [
    { role: one.person.role ?? 'subject', kind: 'personal-number', number: one.person.number },
  ],
});

/** Writes an exchange; the sequencer numbers it later. @returns its id */
export async function writeExchange(
  client: pg.ClientBase,
  one: InventedExchange,
  keys = monthKeys,
): Promise<string> {
  const [first = new Date()] = one.times;
  const exchangeId = uuidv7({ msecs: first.getTime(), random: randomBytes(16) });
  const facts = {
    ...{
      exchangeId,
      systemId: one.system ?? 'mot-cua',
      owningUnit: 'cq-00',
      actingUnit: one.unit ?? 'xa-01',
    },
    ...{ service: one.service, operation: one.operation, grantId: one.grant ?? 'q-1' },
  };
  for (const [place, kind] of one.kinds.entries()) {
    const at = one.times[place] ?? first;
    const time = { at, databaseAt: at };
    const sealed = seal(toPrivate(one), keys, at);
    if (kind === 'step') {
      const entry = toEntry(kind, facts, time, { step: 'delivered' }, sealed);
      await recordSteps(client, [{ entry, stepNo: place + 1 }]);
    } else {
      const part = kind === 'closed' ? ({ outcome: 'answered', status: 200 } as const) : {};
      const entry = toEntry(kind === 'closed' ? 'resolved' : kind, facts, time, part, sealed);
      await recordBatch(client, [{ entry }], exchangeId);
    }
  }
  return exchangeId;
}

/** Numbers and signs what is there. @param name of the log */
export async function numberAll(ownerUrl: string, name = origin): Promise<void> {
  const logger = pino({ level: 'silent' });
  const sequencer = await startSequencer({
    sequencerUrl: ownerUrl,
    key: logKey,
    origin: name,
    logger,
    intervalMs: 60_000,
  });
  await sequencer.stop();
}

/** Fills the tables of search with what is numbered. */
export async function indexAll(owner: pg.Pool): Promise<void> {
  while ((await indexLeaves(owner, 4_096)) > 0);
}

/** The owner's pool of a database, and how to end it. */
export const openOwner = ({ ownerUrl }: FreshDatabase): pg.Pool =>
  createPool(ownerUrl, { max: 3, applicationName: 'test-owner' });
