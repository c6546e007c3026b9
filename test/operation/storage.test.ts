// The forecast of the disk, by a table of cases; and what is measured of a real database.
import assert from 'node:assert/strict';
import { pino } from 'pino';
import { createPool } from '../../src/database/pool.ts';
import { readStorage, toForecast } from '../../src/operation/storage.ts';
import { createMonths } from '../../src/schedule/months.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

describe('The forecast of the disk', () => {
  const today = { day: '2026-11-26', bytes: 10_000 };
  const cases = [
    ['knows nothing on the first day', [], 1_000, undefined, undefined],
    ['counts the growth of one day', [['2026-11-25', 9_000]], 10_000, 1_000, '2026-12-06'],
    [
      'takes the oldest day of the last 28',
      [
        ['2026-11-20', 9_990],
        ['2026-10-29', 7_200],
      ],
      1_000,
      100,
      '2026-12-06',
    ],
    [
      'leaves out what is older, the same day and what is to come',
      [
        ['2026-10-28', 1],
        ['2026-11-26', 1],
        ['2026-11-27', 1],
      ],
      1_000,
      undefined,
      undefined,
    ],
    ['goes over the end of a year', [['2026-11-16', 9_000]], 10_000, 100, '2027-03-06'],
    ['is full today when nothing is left', [['2026-11-16', 9_000]], 0, 100, '2026-11-26'],
    ['is full today when less than a day is left', [['2026-11-16', 9_000]], 99, 100, '2026-11-26'],
    ['names no day without growth', [['2026-11-16', 10_000]], 1_000, 0, undefined],
    ['names no day when it shrinks', [['2026-11-16', 11_000]], 1_000, -100, undefined],
    ['names no day beyond a century', [['2026-11-16', 9_990]], 40_000, 1, undefined],
    ['names no day where the room is not known', [['2026-11-16', 9_000]], undefined, 100, undefined],
  ] as const;
  for (const [title, days, freeBytes, bytesPerDay, fullOn] of cases)
    it(title, () => {
      const before = days.map(([day, bytes]) => ({ day, bytes }));
      assert.deepEqual(toForecast(before, today, freeBytes), { bytesPerDay, fullOn });
    });
});

describe('The size of the database', () => {
  let database: FreshDatabase;
  before(async () => {
    database = await freshDatabase();
  });
  after(() => database.drop());

  it('is measured by month and table, with the room that is configured and the growth that was written down', async () => {
    const [owner, hub] = [database.ownerUrl, database.hubUrl].map((url) =>
      createPool(url, { max: 1, applicationName: 'test' }),
    );
    assert.ok(owner && hub);
    await createMonths(owner, pino({ level: 'silent' })).run('2000-01-01');
    await owner.query('UPDATE storage_day SET day = current_date - 2, bytes = bytes - 2000000');
    const storage = await readStorage(hub, { databaseBytes: 1_000_000_000 });
    assert.equal(storage.bytes + (storage.freeBytes ?? 0), 1_000_000_000);
    assert.ok(storage.bytesPerDay !== undefined && storage.bytesPerDay > 0);
    assert.match(storage.fullOn ?? '', /^\d{4}-\d\d-\d\d$/);
    assert.ok(storage.months.length >= 5 && storage.months.at(-1)?.month === 'other');
    assert.ok(storage.months.every(({ entry, entryPrivate }) => entry > 0 && entryPrivate > 0));
    assert.ok(storage.tables.length === 10 && storage.tables.every(({ bytes }) => bytes > 0));
    await owner.end();
    await hub.end();
  });
});
