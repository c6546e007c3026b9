// Every rule of unusual access with what it flags and the nearest that it does not; who is on duty; cases that show later.
import assert from 'node:assert/strict';
import type pg from 'pg';
import { withTransaction } from '../../../src/database/pool.ts';
import { parseAuditRules } from '../../../src/services/evidence/audit-rules.ts';
import { findUnusual } from '../../../src/services/evidence/unusual.ts';
import {
  type InventedExchange,
  indexAll,
  numberAll,
  openOwner,
  writeExchange,
} from '../../evidence/retention-support.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';

const rules = parseAuditRules({
  ...{
    officerPersons: 3,
    outsideHours: 2,
    dutyDays: 3,
    dutyLookUps: 4,
    burst: 3,
    misses: 2,
    casesUnknown: 1,
  },
  caseGraceDays: 2,
});
/** A Monday, and the Saturday after it. */
const [monday, saturday] = ['2026-03-02', '2026-03-07'];
const dayMs = 86_400_000;

describe('Unusual access', () => {
  let database: FreshDatabase;
  let owner: pg.Pool;
  const ids = new Map<string, string[]>();

  /** Look-ups of an officer at times of a day, `hh:mm:ss` or days before it. */
  async function act(
    client: pg.ClientBase,
    officer: string,
    times: readonly string[],
    more: (place: number) => Partial<InventedExchange> = () => ({}),
    day = monday,
  ): Promise<void> {
    for (const [place, time] of times.entries()) {
      const [back, clock] = time.startsWith('-')
        ? [Number(time.split(' ')[0]), time.split(' ')[1]]
        : [0, time];
      const at = new Date(new Date(`${day}T${clock}+07:00`).getTime() + back * dayMs);
      const id = await writeExchange(client, {
        ...{ service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] },
        ...{ times: [at, at], officer, result: 'found', person: { number: '999000000001' }, ...more(place) },
      });
      ids.set(officer, [id, ...(ids.get(officer) ?? [])]);
    }
  }

  const hours = ['08:00:00', '09:00:00', '10:00:00', '14:00:00', '15:00:00'] as const;
  const person = (place: number) => ({ person: { number: `99900000010${place}` } });
  const someCase = (prefix: string) => (place: number) => ({ caseCode: `${prefix}${place}` });

  before(async () => {
    database = await freshDatabase();
    owner = openOwner(database);
    await withTransaction(owner, async (client) => {
      await act(client, 'persons-4', hours.slice(0, 4), person);
      await act(client, 'persons-3', hours.slice(0, 3), person);
      await act(client, 'persons-3-again', hours.slice(0, 4), (place) => person(place % 3));
      await act(client, 'refused', hours, (place) => ({ ...person(place), kinds: ['refused'] }));
      await act(client, 'late', ['05:59:59', '19:00:00', '23:59:59']);
      await act(client, 'not-late', ['06:00:00', '18:59:59', '12:00:00']);
      await act(client, 'late-twice', ['05:59:59', '19:00:00']);
      await act(client, 'weekend', hours.slice(0, 3), undefined, saturday);
      const evenings = ['20:00:00', '20:30:00', '21:00:00', '21:30:00', '22:00:00'];
      const shifts = ['-1 20:00:00', '-9 20:00:00', '-28 20:00:00'];
      await act(client, 'duty-4', [...shifts, ...evenings.slice(1)]);
      await act(client, 'duty-5', [...shifts, ...evenings]);
      await act(client, 'duty-too-long-ago', [...shifts.slice(0, 2), '-29 20:00:00', ...evenings.slice(1)]);
      await act(client, 'burst', ['09:00:00', '09:01:00', '09:02:00', '09:05:00', '11:00:00']);
      await act(client, 'no-burst', ['09:00:00', '09:01:00', '09:02:00', '09:05:01', '11:00:00']);
      await act(client, 'misses-3', hours.slice(0, 3), () => ({ result: 'notConfirmed' }));
      await act(client, 'misses-2', hours.slice(0, 3), (place) => ({
        result: place ? 'notConfirmed' : 'found',
      }));
      await act(client, 'cases-2', hours.slice(0, 2), someCase('khong-co-'));
      await act(client, 'cases-1', hours.slice(0, 1), someCase('khong-co-mot-'));
      await act(client, 'dossier-later', hours.slice(0, 2), someCase('sau-'));
      await act(client, 'named-elsewhere', hours.slice(0, 2), someCase('noi-khac-'));
      await act(client, 'named-long-ago', hours.slice(0, 2), someCase('lau-roi-'));
      const paid = { service: 'payment.v1', operation: 'createDemand', result: 'created' };
      await act(client, 'clerk', ['-20 09:00:00', '-20 09:10:00'], (n) => ({
        ...paid,
        ...someCase('noi-khac-')(n),
      }));
      await act(client, 'clerk', ['-40 09:00:00', '-40 09:10:00'], (n) => ({
        ...paid,
        ...someCase('lau-roi-')(n),
      }));
    });
    await numberAll(database.ownerUrl);
    await indexAll(owner);
  });
  after(async () => {
    await owner.end();
    await database.drop();
  });

  /** As an auditor asks so many days after the day. */
  const ask = (day: string, daysAfter: number) =>
    findUnusual(
      { pool: owner, rules, now: () => new Date(Date.parse(`${day}T00:00:00+07:00`) + daysAfter * dayMs) },
      day,
    );
  /** Officers by a rule. */
  async function flagged(rule: string, day = monday, daysAfter = 1): Promise<readonly string[]> {
    const { items } = await ask(day, daysAfter);
    return items
      .filter((one) => one.rule === rule)
      .map(({ officer }) => officer)
      .sort();
  }

  it('flags an officer who asks about more persons than so many, not who asks about the same ones again', async () => {
    assert.deepEqual(await flagged('many-persons'), ['persons-4']);
  });

  it('flags look-ups outside hours from the last second of the night to the first of the evening, and at the weekend', async () => {
    assert.deepEqual(await flagged('outside-hours', saturday), ['weekend']);
    const found = await flagged('outside-hours');
    assert.ok(found.includes('late') && !found.includes('not-late') && !found.includes('late-twice'));
  });

  it('holds who has been on duty on three of the 28 days before to a threshold of its own', async () => {
    assert.deepEqual(await flagged('outside-hours'), ['duty-5', 'duty-too-long-ago', 'late']);
    const { items } = await ask(monday, 1);
    const thresholds = items
      .filter(({ rule }) => rule === 'outside-hours')
      .map((one) => [one.officer, one.threshold]);
    assert.deepEqual(Object.fromEntries(thresholds), { 'duty-5': 4, 'duty-too-long-ago': 2, late: 2 });
  });

  it('flags a burst within five minutes to the second, and names its exchanges only, the newest first', async () => {
    assert.deepEqual(await flagged('burst'), ['burst']);
    const { items } = await ask(monday, 1);
    assert.deepEqual(items.find(({ rule }) => rule === 'burst')?.exchangeIds, ids.get('burst')?.slice(1));
  });

  it('says that it is not all when a rule has more findings than are shown', async () => {
    assert.equal((await ask(monday, 1)).isComplete, true);
    const day = '2026-03-10';
    await owner.query(
      `INSERT INTO exchange (exchange_id, first_leaf, last_leaf, at, newest_at, kind, standing, service, officer_id)
       SELECT overlay(first_exchange_id(at)::text PLACING lpad((n * 10 + look)::text, 12, '0') FROM 25)::uuid, 0, 0, at, at,
         'closed', 'answered', 'population.v1', 'cb-' || n
       FROM generate_series(1, 201) n, generate_series(1, 3) look, (SELECT $1::timestamptz AS at) t`,
      [`${day}T05:00:00+07:00`],
    );
    const { isComplete, items } = await ask(day, 1);
    assert.deepEqual([isComplete, items.length], [false, 200]);
  });

  it('flags more misses than so many', async () => {
    assert.deepEqual(await flagged('many-misses'), ['misses-3']);
  });

  it('judges cases only when their grace is over, and says from which day on', async () => {
    const early = await ask(monday, 2.9);
    assert.equal(early.casesJudgedFrom, '2026-03-05');
    assert.ok(!early.items.some(({ rule }) => rule === 'case-unknown'));
    assert.ok((await flagged('case-unknown', monday, 3)).includes('cases-2'));
  });

  it('flags cases that no dossier has and no other service named, not one whose dossier is made later', async () => {
    assert.ok((await flagged('case-unknown', monday, 3)).includes('dossier-later'));
    for (const code of ['sau-0', 'sau-1'])
      await owner.query("INSERT INTO portal_dossier (code, unit_id, last_no) VALUES ($1, 'xa-01', 1)", [
        code,
      ]);
    assert.deepEqual(await flagged('case-unknown', monday, 3), ['cases-2', 'named-long-ago']);
  });
});
