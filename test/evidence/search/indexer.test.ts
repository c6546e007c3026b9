// Rows to search by: whatever the entries and however they are cut into runs, the rows are what the entries say.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { pino } from 'pino';
import { createPool } from '../../../src/database/pool.ts';
import type { Entry } from '../../../src/evidence/entry.ts';
import { indexLeaves, startIndexer } from '../../../src/evidence/search/indexer.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { until } from '../support.ts';
import { type Said, toEntries, toExpectedFigures, toExpectedRow, writeEntries } from './written-log.ts';

const word = fc.constantFrom('a', 'b', 'H99.01', 'cb-0001');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const trace = fc.record({
  source: fc.constantFrom('population', 'portal'),
  requestCode: fc.constant('r'),
  request: fc.constant({ sha256: 'c'.repeat(64), bytes: 1 }),
});
const sealed = fc.record({
  officerId: maybe(word),
  purpose: maybe(word),
  caseCode: maybe(word),
  // What jsonb would refuse to take.
  result: maybe(fc.constantFrom('found', '\u0000', '\ud800', '\\u0000')),
  fileNumber: maybe(word),
  from: maybe(word),
  to: maybe(word),
  unitCode: maybe(word.map((used) => ({ used, unit: 'xa-thu-nghiem' }))),
  acceptedBy: maybe(fc.constant('01234567-89ab-7def-8123-456789abcdef')),
  sources: maybe(fc.array(trace, { maxLength: 3 })),
  subjects: maybe(
    fc.array(
      fc.record({ role: word, kind: fc.constant('personal-number'), number: fc.constant('999000000001') }),
      {
        maxLength: 2,
      },
    ),
  ),
});
const ended = fc.constantFrom(
  { outcome: 'answered', status: 200 } as const,
  { outcome: 'problem', status: 503, problem: 'source-timeout' } as const,
);
const call: fc.Arbitrary<readonly Omit<Said, 'exchange'>[]> = fc
  .tuple(sealed, sealed, ended, fc.boolean())
  .map(([opened, closed, part, isOpen]) => [
    { kind: 'opened' as const, part: {}, private: opened },
    ...(isOpen ? [] : [{ kind: 'closed' as const, part, private: closed }]),
  ]);
const delivery: fc.Arbitrary<readonly Omit<Said, 'exchange'>[]> = fc.array(
  fc
    .tuple(fc.constantFrom('accepted', 'sending', 'failed', 'taken', 'replayed', 'dead'), sealed)
    .map(([step, facts]) => ({ kind: 'step' as const, part: { step }, private: facts })),
  { minLength: 1, maxLength: 5 },
);
const refusals = sealed.map((facts) => [
  {
    kind: 'refusals' as const,
    part: { outcome: 'problem' as const, status: 401, problem: 'token-missing', count: 7 },
    private: facts,
  },
]);
const notice = fc.constant([{ kind: 'notice' as const, part: { notice: 'held' as const }, private: {} }]);
/** Exchanges of every kind, their entries mixed among each other. */
const log: fc.Arbitrary<readonly Said[]> = fc
  .array(fc.oneof(call, delivery, refusals, notice), { minLength: 1, maxLength: 12 })
  .chain((exchanges) => {
    const all = exchanges.flatMap((entries, exchange) => entries.map((entry) => ({ ...entry, exchange })));
    const order = fc.shuffledSubarray(
      all.map(({ exchange }) => exchange),
      { minLength: all.length },
    );
    return order.map((numbers) => {
      const queues = exchanges.map((entries, exchange) => entries.map((entry) => ({ ...entry, exchange })));
      return numbers.flatMap((exchange) => queues[exchange]?.shift() ?? []);
    });
  });

describe('The index of search', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  before(async () => {
    database = await freshDatabase();
    owner = createPool(database.ownerUrl, { max: 2, applicationName: 'test-indexer' });
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  // Emptying a small table by TRUNCATE takes longer.
  const empty = (...tables: readonly string[]): string =>
    tables.map((name) => `DELETE FROM ${name};`).join('\n');
  const forgetting = `${empty('exchange', 'exchange_code', 'exchange_subject', 'exchange_figure')}
    UPDATE search_head SET size = 0;`;
  const clear = () =>
    owner.query(`${forgetting} ${empty('entry', 'entry_private', 'leaf')} UPDATE tree_head SET size = 0`);
  async function indexAll(limit: number): Promise<void> {
    while ((await indexLeaves(owner, limit)) > 0);
  }
  const readRows = async (): Promise<unknown[]> => {
    const { rows } = await owner.query('SELECT to_jsonb(x) AS row FROM exchange x ORDER BY exchange_id');
    return rows.map(({ row }) => ({
      ...row,
      at: new Date(row.at).toISOString(),
      newest_at: new Date(row.newest_at).toISOString(),
    }));
  };
  const readTexts = async (sql: string): Promise<string[]> =>
    (await owner.query<{ text: string }>(sql)).rows.map(({ text }) => text).sort();
  const readFigures = () =>
    readTexts(`SELECT concat_ws('|', day, system_id, acting_unit, service, operation, source, outcome, problem,
      exchanges) AS text FROM exchange_figure WHERE exchanges <> 0`);
  const readCodes = () => readTexts(`SELECT code || ' ' || exchange_id AS text FROM exchange_code`);
  const readSubjects = () =>
    readTexts(`SELECT concat_ws(' ', exchange_id, hash, role, kind) AS text FROM exchange_subject`);

  function toExpected(entries: readonly Entry[]) {
    const places = new Map<string, number[]>();
    for (const [leaf, { facts }] of entries.entries())
      places.set(facts.exchangeId, [...(places.get(facts.exchangeId) ?? []), leaf]);
    const rows = [...places.values()].map((leaves) =>
      toExpectedRow(
        leaves.flatMap((leaf) => entries[leaf] ?? []),
        leaves,
      ),
    );
    return rows.sort((a, b) => (a.exchange_id < b.exchange_id ? -1 : 1));
  }

  it('has what the entries say, however the leaves are cut into runs', async () => {
    const shown = (text: unknown): unknown =>
      typeof text === 'string' ? text.replace(/^(\0|\ud800)$/, '�').replace('\\u0000', '\\ufffd') : text;
    await fc.assert(
      fc.asyncProperty(log, fc.integer({ min: 1, max: 9 }), async (said, limit) => {
        await clear();
        const entries = toEntries(said);
        await writeEntries(owner, entries);
        await indexAll(limit);
        const expected = toExpected(entries);
        assert.deepEqual(
          await readRows(),
          expected.map((row) => ({ ...row, result: shown(row.result) })),
        );
        assert.deepEqual(await readFigures(), toExpectedFigures(expected));
        const codes = expected.flatMap((row) =>
          (row.unit_codes ?? []).map((code) => `${code} ${row.exchange_id}`),
        );
        assert.deepEqual(await readCodes(), codes.sort());
        const subjects = entries.flatMap(({ facts, sealed: { text } }) =>
          (JSON.parse(text).subjects ?? []).map((one: Record<string, string>) =>
            [facts.exchangeId, one['hash'], one['role'], one['kind']].join(' '),
          ),
        );
        assert.deepEqual(await readSubjects(), [...new Set(subjects)].sort());
      }),
      { numRuns: 40 },
    );
  });

  it('comes out the same when it is made anew from nothing', async () => {
    const [said] = fc.sample(log, { numRuns: 1, seed: 7 });
    await clear();
    await writeEntries(owner, toEntries(said ?? []));
    await indexAll(2);
    const read = async () => [await readRows(), await readFigures(), await readCodes(), await readSubjects()];
    const before = await read();
    await owner.query(forgetting);
    await indexAll(1_000);
    assert.deepEqual(await read(), before);
  });

  it('is written by one at a time, whoever runs, and goes on where another stopped', async () => {
    await clear();
    const one = { kind: 'opened', part: {}, private: {} } as const;
    const options = {
      ownerUrl: database.ownerUrl,
      logger: pino({ level: 'silent' }),
      intervalMs: 5,
      batchLeaves: 7,
    };
    const count = async (sql: string) => Number((await owner.query<{ n: bigint }>(sql)).rows[0]?.n);
    for (const total of [200, 400]) {
      const indexers = [startIndexer(options), startIndexer(options), startIndexer(options)];
      await writeEntries(
        owner,
        toEntries(Array.from({ length: 200 }, (_, exchange) => ({ ...one, exchange }))),
      );
      await until(async () => (await count('SELECT size AS n FROM search_head')) === total);
      await Promise.all(indexers.map((indexer) => indexer.stop()));
      assert.equal(await count('SELECT sum(exchanges)::bigint AS n FROM exchange_figure'), total);
      assert.equal(await count('SELECT count(*) AS n FROM exchange'), total);
    }
  });
});
