// After a restore sealed parts of the earlier log are purged as well; the entry that says so stands in the new log and names the
// old one, so that it explains no leaf of its own log.
import assert from 'node:assert/strict';
import type pg from 'pg';
import { beginNextLog } from '../../src/backup/next-log.ts';
import { explainReceipt } from '../../src/cli/receipt.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { addMonths, toMonthStart } from '../../src/evidence/month.ts';
import { openLogName, toOrigin } from '../../src/evidence/origin.ts';
import { purgeDue } from '../../src/evidence/purge.ts';
import { type PlacedLeaf, toPurgeFinder } from '../../src/evidence/purged.ts';
import { createEvidenceReader } from '../../src/evidence/read.ts';
import type { Receipt } from '../../src/evidence/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  type InventedExchange,
  monthKeys,
  numberAll,
  openOwner,
  writeExchange,
} from './retention-support.ts';
import { logVerifierKey, origin } from './support.ts';

const begun = new Date('2026-01-05T08:00:00.000Z');
const second = toOrigin(origin, 2);
const one: InventedExchange = {
  ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] },
  times: [begun, begun],
  officer: 'cb-1',
};

describe('Purging after a restore', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  let earlier: string;
  let later: string;
  before(async () => {
    database = await freshDatabase();
    owner = openOwner(database);
    await owner.query('UPDATE retention_class SET least_months = 3, months = 3');
    const old = await openLogName(owner, origin);
    const write = (): Promise<string> => withTransaction(owner, (client) => writeExchange(client, one));
    await write();
    earlier = await write();
    await numberAll(database.ownerUrl);
    const now = toMonthStart(addMonths('2026-01', 4));
    const time = { at: now, databaseAt: now };
    const next = { old, number: 2, known: [], backupAt: begun.toISOString(), time, reason: 'thử' };
    await withTransaction(owner, (client) => beginNextLog(client, { ...next, officerId: undefined }));
    later = await write();
    await numberAll(database.ownerUrl, second);
    await purgeDue({ pool: owner, keys: monthKeys, now: () => now });
    await numberAll(database.ownerUrl, second);
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  async function receiptOf(exchangeId: string): Promise<Receipt> {
    const reader = createEvidenceReader(owner);
    const answer = await reader.receiptOf(exchangeId, { waitMs: 0, signal: AbortSignal.timeout(1_000) });
    return typeof answer === 'object' ? answer.receipt : assert.fail(answer);
  }
  function say(receipt: Receipt, purge: Receipt): string {
    const lines: string[] = [];
    const trust = { key: logVerifierKey, origin: 'a test' };
    explainReceipt(JSON.stringify(receipt), trust, (line) => lines.push(line), {
      purge: JSON.stringify(purge),
    });
    return lines.join('\n');
  }
  const noticeOf = ({ purgedBy }: Receipt): Promise<Receipt> => receiptOf(purgedBy?.exchangeId ?? '');

  it('leaves no sealed part of either log', async () => {
    const { rows } = await owner.query('SELECT FROM entry_private WHERE exchange_id = ANY ($1)', [
      [earlier, later],
    ]);
    assert.equal(rows.length, 0);
  });

  it('is proved of both: each receipt by an entry of the new log, told apart by the log that it names', async () => {
    const [old, young] = [await receiptOf(earlier), await receiptOf(later)];
    const [ofOld, ofYoung] = [await noticeOf(old), await noticeOf(young)];
    assert.equal(JSON.parse(ofOld.entry).about.log, origin);
    assert.equal(JSON.parse(ofYoung.entry).about.log, undefined);
    for (const [receipt, notice] of [
      [old, ofOld],
      [young, ofYoung],
    ] as const)
      assert.match(
        say(receipt, notice),
        /checked: the private part was purged: entry \d+ says so[\s\S]*\nVALID$/,
      );
  });

  it('is no word on leaves of the log in which the entry stands', async () => {
    const ofOld = await noticeOf(await receiptOf(earlier));
    const young = { ...(await receiptOf(later)), purgedBy: { exchangeId: JSON.parse(ofOld.entry).exchange } };
    const { rows } = await owner.query<{ index: number; text: string }>(
      `SELECT l.leaf_index::integer AS index, e.text FROM leaf l JOIN entry e ON e.id = l.entry_id ORDER BY 1`,
    );
    const leaves = rows.map(({ index, text }): PlacedLeaf => ({ index, leaf: JSON.parse(text) }));
    const find = toPurgeFinder(leaves);
    const named = leaves.filter(({ index }) => find(index) !== undefined);
    assert.deepEqual(
      named.map(({ leaf }) => leaf.exchange),
      [later, later],
    );
    assert.match(
      say(young, ofOld),
      /NOT VALID: entry \d+ speaks of leaves of log.test.example\/sandbox, not of/,
    );
  });
});
