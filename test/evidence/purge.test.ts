// What is purged and what is kept is exactly what the classes, the holds and the clock say; the tree never changes, and
// the log itself tells of every leaf that lost its sealed part.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { withTransaction } from '../../src/database/pool.ts';
import { parseCheckpointText } from '../../src/evidence/checkpoint.ts';
import { parseLeafText } from '../../src/evidence/leaf.ts';
import { addMonths, toMonth, toMonthStart } from '../../src/evidence/month.ts';
import { openNote, parseVerifierKey } from '../../src/evidence/note.ts';
import { purgeDue } from '../../src/evidence/purge.ts';
import { type PlacedLeaf, toPurge, toPurgeFinder } from '../../src/evidence/purged.ts';
import { createEvidenceReader } from '../../src/evidence/read.ts';
import { findClass, readClasses } from '../../src/evidence/retention-class.ts';
import { hashLeaf, rootOf } from '../../src/evidence/tree.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { verifyPurge } from '../../src/evidence/verify-purge.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  type InventedExchange,
  indexAll,
  monthKeys,
  numberAll,
  openOwner,
  writeExchange,
} from './retention-support.ts';
import { logVerifierKey } from './support.ts';

const firstMonth = '2026-01';
const toTime = (month: number, day: number): Date =>
  new Date(toMonthStart(addMonths(firstMonth, month)).getTime() + day * 86_400_000);

/** A hold as its row has it; what is left out takes everything. */
interface InventedHold {
  readonly unit?: string;
  readonly officer?: string;
  readonly caseCode?: string;
  readonly service?: string;
  readonly from?: Date;
  readonly isOver: boolean;
}

type Shape = Pick<InventedExchange, 'service' | 'operation' | 'kinds'>;
const toShape = ([service, operation, kinds]: readonly [
  string | null,
  string | null,
  InventedExchange['kinds'],
]): Shape => ({ service, operation, kinds });
const shapes = fc.constantFrom<Shape[]>(
  ...(
    [
      ['population.v1', 'lookUpCitizen', ['opened', 'closed']],
      ['documents.v1', 'sendDocument', ['step', 'step', 'step']],
      ['evidence.v1', 'getExchange', ['opened', 'closed']],
      ['payment.v1', 'createDemand', ['opened', 'unknown', 'resolved']],
      ['population.v1', 'lookUpCitizen', ['refused']],
      [null, null, ['refusals']],
      [null, null, ['notice']],
      ['unknown.v1', 'anything', ['opened', 'closed']],
    ] as const
  ).map(toShape),
);
const exchanges = fc
  .record({
    shape: shapes,
    month: fc.nat(11),
    /** Months from one entry to the next. */
    gap: fc.constantFrom(0, 0, 0, 1, 2),
    unit: fc.constantFrom('xa-01', 'xa-02'),
    officer: fc.constantFrom('cb-1', 'cb-2'),
    caseCode: fc.constantFrom('H99.1', 'H99.2'),
  })
  .map(({ shape, month, gap, ...more }): InventedExchange => {
    const times = shape.kinds.map((_, place) => toTime(month + place * gap, 27 + place));
    return { ...shape, times, ...more, person: { number: '999000000001' } };
  });
const holds = fc.record(
  {
    unit: fc.constantFrom('xa-01', 'xa-02'),
    officer: fc.constantFrom('cb-1', 'cb-2'),
    caseCode: fc.constant('H99.1'),
    service: fc.constantFrom('population.v1', 'documents.v1'),
    from: fc.nat(12).map((month) => toTime(month, 5)),
    isOver: fc.boolean(),
  },
  { requiredKeys: ['isOver'] },
);
const worlds = fc.record({
  exchanges: fc.array(exchanges, { minLength: 1, maxLength: 15 }),
  holds: fc.array(holds, { maxLength: 2 }),
  months: fc.array(fc.integer({ min: 3, max: 9 }), { minLength: 8, maxLength: 8 }),
  now: fc.record({ month: fc.integer({ min: 3, max: 22 }), day: fc.nat(27) }),
});

describe('Purging', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  before(async () => {
    database = await freshDatabase();
    owner = openOwner(database);
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  async function clear(): Promise<void> {
    await owner.query(
      ['entry', 'entry_private', 'entry_pending', 'open_exchange', 'leaf', 'tile', 'checkpoint', 'exchange']
        .concat(
          'exchange_subject',
          'exchange_code',
          'exchange_figure',
          'entry_hold',
          'purge_batch',
          'purged_month',
        )
        .map((table) => `DELETE FROM ${table}`)
        .join(';'),
    );
    await owner.query("UPDATE tree_head SET size = 0, root = sha256(''); UPDATE search_head SET size = 0");
  }

  const inClient = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withTransaction(owner, work);

  async function placeHold(hold: InventedHold, now: Date): Promise<void> {
    const until = new Date(now.getTime() + (hold.isOver ? -1 : 86_400_000));
    await owner.query(
      `INSERT INTO entry_hold (id, decision, reason, unit_id, officer_id, case_code, service, from_at, until, placed_at,
         placed_by_system, placed_by_officer)
       VALUES (gen_random_uuid(), '1/QĐ', 'thử', $1, $2, $3, $4, $5, $6, $6, 'kiem-toan', 'cb-9')`,
      [hold.unit, hold.officer, hold.caseCode, hold.service, hold.from, until],
    );
  }

  /** Ids of the exchanges that have a sealed part. */
  async function readSealed(): Promise<Set<string>> {
    const { rows } = await owner.query<{ id: string }>(
      'SELECT DISTINCT e.exchange_id AS id FROM entry e JOIN entry_private p ON p.entry_id = e.id',
    );
    return new Set(rows.map(({ id }) => id));
  }

  async function readLeaves(): Promise<readonly (PlacedLeaf & { text: string; sealed: boolean })[]> {
    const { rows } = await owner.query<{ index: bigint; text: string; sealed: boolean }>(
      `SELECT l.leaf_index AS index, e.text, p.entry_id IS NOT NULL AS sealed
       FROM leaf l JOIN entry e ON e.id = l.entry_id LEFT JOIN entry_private p ON p.entry_id = e.id ORDER BY 1`,
    );
    return rows.map(({ index, text, sealed }) => ({
      index: Number(index),
      leaf: parseLeafText(text),
      text,
      sealed,
    }));
  }

  const isHeld = (one: InventedExchange, hold: InventedHold): boolean => {
    const isOfFilter = [hold.unit, hold.officer, hold.caseCode, hold.service, hold.from].some(Boolean);
    return (
      isOfFilter &&
      !hold.isOver &&
      [undefined, one.unit].includes(hold.unit) &&
      [undefined, one.officer].includes(hold.officer) &&
      [undefined, one.caseCode].includes(hold.caseCode) &&
      [undefined, one.service].includes(hold.service) &&
      one.times.some((time) => hold.from === undefined || time >= hold.from)
    );
  };

  it('takes exactly what the table says, and a hold wins; leaves and root stay, and notices name every leaf', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        await clear();
        const now = toTime(world.now.month, world.now.day);
        const holding = world.holds.filter(({ isOver: _, ...filters }) => Object.keys(filters).length > 0);
        await owner.query('UPDATE retention_class SET least_months = 3, months = ($1::smallint[])[rank]', [
          world.months,
        ]);
        const ids = await inClient(async (client) => {
          const written: string[] = [];
          for (const one of world.exchanges) written.push(await writeExchange(client, one));
          return written;
        });
        for (const hold of holding) await placeHold(hold, now);
        await numberAll(database.ownerUrl);
        await indexAll(owner);
        const before = await readLeaves();

        await purgeDue({ pool: owner, keys: monthKeys, now: () => now, batchExchanges: 4 });

        const classes = await readClasses(owner);
        const kept = ids.filter((_, place) => {
          const one = world.exchanges[place];
          assert.ok(one);
          const [kind = ''] = one.kinds;
          const months = findClass(classes, { ...one, kind })?.months ?? 0;
          const isTimeOver = one.times.every((time) => addMonths(toMonth(time), months) < toMonth(now));
          return !isTimeOver || holding.some((hold) => isHeld(one, hold));
        });
        const sealed = await readSealed();
        assert.deepEqual(
          ids.filter((id) => sealed.has(id)),
          kept,
        );
        const named = await owner.query<{ id: string }>(
          'SELECT DISTINCT exchange_id AS id FROM exchange_subject',
        );
        assert.deepEqual(named.rows.map(({ id }) => id).sort(), [...kept].sort());
        const facts = await owner.query<{ id: string }>(
          `SELECT exchange_id AS id FROM exchange
           WHERE num_nonnulls(officer_id, purpose, case_code, result, file_number, unit_codes) > 0 OR cardinality(sources) > 1
           UNION SELECT exchange_id FROM exchange_code`,
        );
        assert.deepEqual(facts.rows.map(({ id }) => id).sort(), [...kept].sort());

        await numberAll(database.ownerUrl);
        const leaves = await readLeaves();
        assert.deepEqual(
          leaves.slice(0, before.length).map(({ text }) => text),
          before.map(({ text }) => text),
        );
        const { rows } = await owner.query<{ note: string }>(
          'SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1',
        );
        const checkpoint = parseCheckpointText(
          openNote(rows[0]?.note ?? '', parseVerifierKey(logVerifierKey)),
        );
        assert.ok(checkpoint.root.equals(rootOf(leaves.map(({ text }) => hashLeaf(Buffer.from(text))))));
        const find = toPurgeFinder(leaves);
        for (const { index, sealed: isThere } of leaves) assert.equal(find(index) === undefined, isThere);
        for (const purge of leaves.flatMap((leaf) => toPurge(leaf) ?? []))
          for (const { first } of purge.runs)
            assert.equal(find(first), purge.notice, 'each leaf is named by one notice');

        await purgeDue({ pool: owner, keys: monthKeys, now: () => now, batchExchanges: 4 });
        const again = await owner.query('SELECT FROM entry_pending');
        assert.equal(again.rowCount, 0, 'a second run finds nothing');
      }),
      { numRuns: 8 },
    );
  });

  it('leaves a receipt that still verifies and says by which entry the rest was purged; what is held goes when the hold ends', async () => {
    await clear();
    await owner.query('UPDATE retention_class SET least_months = 3, months = 3');
    const one: InventedExchange = {
      ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] },
      times: [toTime(0, 1), toTime(0, 1)],
      officer: 'cb-1',
    };
    const [id, held] = await inClient(async (client) => [
      await writeExchange(client, one),
      await writeExchange(client, { ...one, officer: 'cb-2' }),
    ]);
    await numberAll(database.ownerUrl);
    const now = toTime(4, 0);
    await placeHold({ officer: 'cb-2', isOver: false }, now);
    await purgeDue({ pool: owner, keys: monthKeys, now: () => now });
    await numberAll(database.ownerUrl);

    const reader = createEvidenceReader(owner);
    async function receiptOf(exchangeId: string) {
      const signal = AbortSignal.timeout(1_000);
      const answer = await reader.receiptOf(exchangeId, { waitMs: 0, signal });
      return typeof answer === 'object' ? answer.receipt : assert.fail(answer);
    }
    const receipt = await receiptOf(id ?? '');
    assert.equal(receipt.private, undefined);
    assert.equal(receipt.purgedBy?.leafIndex, 4);
    const verdict = verifyReceipt(receipt, logVerifierKey);
    assert.ok(verdict.ok);
    assert.match(verdict.checked.join('\n'), /purged, as the hub says, by leaf 4/);

    const notice = await receiptOf(receipt.purgedBy?.exchangeId ?? '');
    const verify = (one: unknown) => verifyReceipt(one, logVerifierKey);
    const [said] = verifyPurge(receipt, notice, verify);
    assert.equal(said, 'the private part was purged: entry 4 says so (class personal-data, month 2026-01)');

    const [still] = await reader.entriesOf(held ?? '');
    assert.ok(still?.private && still.purgedBy === undefined);
    await purgeDue({ pool: owner, keys: monthKeys, now: () => new Date(now.getTime() + 2 * 86_400_000) });
    const [gone] = await reader.entriesOf(held ?? '');
    assert.equal(gone?.private, undefined);
    assert.ok(gone?.purgedBy);
  });
});
