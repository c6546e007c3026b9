// A log filled quickly with invented entries, numbered and signed, for tests of what reads much of it.
import type pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { seal, toEntry } from '../../../src/evidence/entry.ts';
import { recordBatch } from '../../../src/evidence/record-batch.ts';
import { startSequencer } from '../../../src/evidence/sequencer.ts';
import { keys, logKey, origin, someFacts, somePrivate } from '../../evidence/support.ts';

const batch = 200;
const processId = '00000000-0000-4000-8000-000000000001';

function someRefusal(n: number) {
  const facts = someFacts({ exchangeId: uuidv7(), actingUnit: n % 3 === 0 ? 'xa-thu-nghiem' : 'xa-khac' });
  const at = new Date();
  const part = { outcome: 'problem', status: 403, problem: 'grant-missing', count: 1 } as const;
  return { entry: toEntry('refused', facts, { at, databaseAt: at }, part, seal(somePrivate, keys, at)) };
}

/** Records refusals, numbers and signs them. */
export async function fillLog(owner: pg.Client, ownerUrl: string, entries: number): Promise<void> {
  for (let done = 0; done < entries; done += batch) {
    const wanted = Math.min(batch, entries - done);
    await recordBatch(
      owner,
      Array.from({ length: wanted }, (_, n) => someRefusal(done + n)),
      processId,
    );
  }
  const logger = pino({ level: 'silent' });
  const sequencer = await startSequencer({ sequencerUrl: ownerUrl, key: logKey, origin, logger });
  await sequencer.stop();
}
