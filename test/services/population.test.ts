// The population service on real PostgreSQL and the mock: whose record is given, and when nobody's is.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { SourceContext } from '../../adapters/adapter.ts';
import { createPool } from '../../src/database/pool.ts';
import type { Problem } from '../../src/problem.ts';
import type { Unit } from '../../src/registry/types.ts';
import { createPopulationService, type PopulationLimits } from '../../src/services/population/index.ts';
import type { Caller } from '../../src/services/service.ts';
import { type Bench, openBench, toClaim, toContext, woman } from '../adapters/population/support.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

type Service = ReturnType<typeof createPopulationService>;

const keys = { month: (at: Date) => Buffer.alloc(32, at.toISOString().slice(0, 7)) };
const unit: Unit = {
  id: 'xa-thu',
  name: 'Xã Thử',
  kind: 'commune',
  parentId: undefined,
  state: 'active',
  codes: [],
  from: new Date(0),
  to: undefined,
};
const system = {
  id: 'mot-cua',
  name: 'Một cửa',
  unitId: unit.id,
  state: 'active',
  tokensValidFrom: new Date(0),
  keys: [],
} as const;
const grant: Caller['grant'] = {
  id: 'grant-1',
  systemId: system.id,
  operations: ['population.v1/lookUpCitizen'],
  purpose: 'birth-registration',
  legalBasis: 'NĐ 118/2025',
  fields: undefined,
  caseRule: 'required',
  leastAssurance: 1,
  addresses: [],
  hours: undefined,
  environment: 'sandbox',
  quota: { perMinute: 1_000, perDay: 1_000 },
  reach: 'unit',
  grantor: 'TEST-1',
  isSenderBound: false,
  state: 'active',
  from: new Date(0),
  to: undefined,
};
/** 2025-11-23 14:15:30 in Asia/Ho_Chi_Minh. */
const afternoon = Date.parse('2025-11-23T07:15:30Z');

describe('population service', () => {
  let bench: Bench;
  let database: FreshDatabase;
  let pool: Pool;
  let now = afternoon;
  before(async () => {
    bench = await openBench();
  });
  beforeEach(async () => {
    now = afternoon;
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 8, applicationName: 'test' });
  });
  afterEach(async () => {
    await bench.setFault({ mode: 'none' });
    await pool.end();
    await database.drop();
  });
  after(() => bench.close());

  const open = (limits: Partial<PopulationLimits> = {}): Service =>
    createPopulationService({ adapter: bench.adapter, pool, keys, limits, now: () => now });

  function toRequest<Body>(body: Body, officerId = 'officer-1', more: Partial<SourceContext> = {}) {
    const exchangeId = randomUUID();
    const { signal } = toContext();
    const sourceContext = (scheme: string): SourceContext =>
      toContext({ exchangeId, signal, ...(scheme === 'population' ? {} : { unitCode: undefined }), ...more });
    const caller: Caller = {
      system,
      actingUnit: unit,
      grant,
      officerId,
      purpose: grant.purpose,
      caseCode: 'H99.01-251123-0001',
    };
    const askSource = <T>(scheme: string, ask: (context: SourceContext) => Promise<T>): Promise<T> =>
      ask(sourceContext(scheme));
    const nothing = { headers: {}, content: undefined } as const;
    return { exchangeId, caller, params: {}, query: {}, body, ...nothing, askSource, signal };
  }
  /** As the request path does: the limits, then the call. */
  async function lookUp(service: Service, body: typeof woman, officerId?: string) {
    const request = toRequest(body, officerId);
    await service.lookUpCitizen.check?.(request);
    return service.lookUpCitizen.handle(request);
  }
  const stranger = (n: number): typeof woman => ({
    ...woman,
    personalNumber: `99919099${String(n).padStart(4, '0')}`,
  });
  const counts = async (holder: string) =>
    (await pool.query('SELECT persons, misses FROM population_use WHERE holder = $1', [holder])).rows[0];

  it('gives the record of a person who agrees, with what the entry needs', async () => {
    const answer = await lookUp(open(), woman);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.outcome, 'found');
    assert.equal(answer.body.citizen?.fullName, woman.fullName);
    assert.equal(answer.result, 'found');
    assert.ok(answer.sources?.[0]?.answer);
  });

  it('names whom a request is about, by the kind of the number', () => {
    const { lookUpCitizen, confirmIdentity } = open();
    const number = woman.personalNumber;
    assert.deepEqual(lookUpCitizen.subjects?.(toRequest(woman)), [
      { role: 'subject', kind: 'personal-number', number },
    ]);
    const old = toRequest({ ...woman, personalNumber: '999000002' });
    assert.equal(confirmIdentity.subjects?.(old)[0]?.kind, 'old-identity-number');
  });

  it('§10.8 answers an unknown number, another name and another birth date alike, to the byte', async () => {
    const service = open();
    await bench.setFault({ mode: 'none', ignoreName: true });
    const answers = [
      await lookUp(service, stranger(1)),
      await lookUp(service, { ...woman, fullName: 'Nguyễn Thị Thứ Nghiệm' }),
      await lookUp(service, { ...woman, birthDate: '1990-02-16' }),
      await lookUp(service, { ...woman, birthDate: '1991' }),
    ];
    for (const { sources, ...answer } of answers) {
      assert.deepEqual(answer, { status: 200, body: { outcome: 'notConfirmed' }, result: 'notConfirmed' });
      assert.deepEqual(Object.keys(sources?.[0] ?? {}), ['source', 'requestCode', 'request']);
    }
  });

  const agreeing = [
    ['decomposed', { fullName: woman.fullName.normalize('NFD') }],
    ['upper case with doubled spaces', { fullName: ' NGUYỄN  THỊ THỬ NGHIỆM ' }],
    ['the year alone', { birthDate: '1990' }],
    ['the old number', { personalNumber: '999000002' }],
  ] as const;
  for (const [what, more] of agreeing)
    it(`§10.3 finds a person claimed in ${what}`, async () => {
      await bench.setFault({ mode: 'none', ignoreName: true });
      assert.equal((await lookUp(open(), { ...woman, ...more })).body.outcome, 'found');
    });

  it('§10.9 finds a person of whom the source has the year alone by a whole date', async () => {
    const [person] = await bench.people('birth-year-only');
    assert.ok(person);
    const claim = { ...toClaim(person), birthDate: `${person.birthDate}-07-15` };
    assert.equal((await lookUp(open(), claim)).body.outcome, 'found');
  });

  it('§10.7 confirms with yes or no', async () => {
    const { confirmIdentity } = open();
    const yes = await confirmIdentity.handle(toRequest(woman));
    const no = await confirmIdentity.handle(toRequest({ ...woman, fullName: 'Y Khác' }));
    assert.deepEqual([yes.body.outcome, no.body.outcome], ['confirmed', 'notConfirmed']);
    // What a source says beside its no would tell why.
    assert.deepEqual(Object.keys(no.sources?.[0] ?? {}), ['source', 'requestCode', 'request']);
    assert.deepEqual(await counts('officer:officer-1'), { persons: 1, misses: 1 });
  });

  it('§10.15 writes nothing but counts: no number, no name, no record', async () => {
    await lookUp(open(), woman);
    const rows = await pool.query(
      'SELECT u::text AS row FROM population_use u UNION ALL SELECT p::text FROM population_person p',
    );
    assert.equal(rows.rowCount, 4);
    for (const { row } of rows.rows) assert.doesNotMatch(row, /999190000002|Nghiệm/i);
  });

  it('counts a person once a day for the officer and for the unit', async () => {
    const service = open();
    await lookUp(service, woman);
    await lookUp(service, woman);
    await lookUp(service, woman, 'officer-2');
    assert.deepEqual(await counts('officer:officer-1'), { persons: 1, misses: 0 });
    assert.deepEqual(await counts('unit:xa-thu'), { persons: 1, misses: 0 });
  });

  it('refuses one person too many until midnight, but not a person asked about before', async () => {
    const service = open({ officerPersons: 1 });
    await lookUp(service, woman);
    await assert.rejects(lookUp(service, stranger(1)), (problem: Problem) => {
      assert.equal(problem.code, 'persons-limit-reached');
      assert.equal(problem.more.retryAfterS, 9 * 3_600 + 44 * 60 + 30);
      return true;
    });
    assert.equal((await lookUp(service, woman)).body.outcome, 'found');
    assert.equal((await lookUp(service, stranger(1), 'officer-2')).body.outcome, 'notConfirmed');
    now += 10 * 3_600_000;
    assert.equal((await lookUp(service, stranger(1))).body.outcome, 'notConfirmed');
  });

  it('refuses a unit whose officers together reach its limit', async () => {
    const service = open({ unitMisses: 2 });
    await lookUp(service, stranger(1), 'officer-1');
    await lookUp(service, stranger(2), 'officer-2');
    await assert.rejects(lookUp(service, woman, 'officer-3'), { code: 'mismatch-limit-reached' });
  });

  it('holds the limit of failures among concurrent calls of two processes', async () => {
    const other = createPool(database.hubUrl, { max: 8, applicationName: 'other' });
    const services = [pool, other].map((each) =>
      createPopulationService({
        adapter: bench.adapter,
        pool: each,
        keys,
        limits: { officerMisses: 5 },
        now: () => now,
      }),
    );
    const calls = services.flatMap((service) =>
      Array.from({ length: 12 }, (_, n) => service.lookUpCitizen.handle(toRequest(stranger(n)))),
    );
    const ended = await Promise.allSettled(calls);
    const refused = ended.filter((each) => each.status === 'rejected');
    // While others of this process are under way it may be a matter of seconds; afterwards it is the day's limit.
    for (const { reason } of refused) assert.match(reason.code, /^(rate-exceeded|mismatch-limit-reached)$/);
    assert.equal(ended.length - refused.length, 5);
    assert.deepEqual((await counts('officer:officer-1')).misses, 5);
    for (const service of services)
      await assert.rejects(service.lookUpCitizen.handle(toRequest(stranger(20))), {
        code: 'mismatch-limit-reached',
      });
    await other.end();
  });

  it('holds the limit of persons among concurrent calls', async () => {
    const service = open({ unitPersons: 4 });
    const calls = Array.from({ length: 12 }, (_, n) =>
      service.lookUpCitizen.handle(toRequest(stranger(n % 6), `officer-${n}`)),
    );
    const ended = await Promise.allSettled(calls);
    for (const each of ended)
      if (each.status === 'rejected') assert.equal(each.reason.code, 'persons-limit-reached');
    assert.equal((await counts('unit:xa-thu')).persons, 4);
  });

  it('counts a failure from before the source is asked, so that a crash leaves it', async () => {
    await bench.setFault({ mode: 'slow', slowMs: 300 });
    const running = open().lookUpCitizen.handle(toRequest(woman));
    while (!(await counts('officer:officer-1'))) await new Promise((wait) => setTimeout(wait, 10));
    assert.equal((await counts('officer:officer-1')).misses, 1);
    await running;
    assert.equal((await counts('officer:officer-1')).misses, 0);
  });

  it('§10.14 hands on the error of a source that fails, and counts no failure for it', async () => {
    await bench.setFault({ mode: 'truncated' });
    await assert.rejects(lookUp(open(), woman), { name: 'SourceError', kind: 'unreadable' });
    assert.deepEqual(await counts('officer:officer-1'), { persons: 1, misses: 0 });
  });

  it('§10.5 refuses a unit that the source has no code for', async () => {
    const request = toRequest(woman, 'officer-1', { unitCode: undefined });
    await assert.rejects(open().lookUpCitizen.handle(request), { kind: 'unmapped' });
  });

  it('asks nobody while the counts cannot be kept', async () => {
    const { lookUpCitizen } = open();
    await database.drop();
    const request = toRequest(woman);
    await assert.rejects(async () => lookUpCitizen.check?.(request), { code: 'evidence-unavailable' });
    await assert.rejects(lookUpCitizen.handle(request), { code: 'evidence-unavailable' });
    assert.deepEqual(await bench.journal(request.exchangeId), []);
  });

  it('uses one key for a whole local day over the turn of a UTC month, and another the next month', async () => {
    const service = open();
    now = Date.parse('2025-11-30T17:30:00Z');
    await lookUp(service, woman);
    now = Date.parse('2025-12-01T07:30:00Z');
    await lookUp(service, woman);
    assert.deepEqual(await counts('officer:officer-1'), { persons: 1, misses: 0 });
  });

  it('deletes counts when two days have passed', async () => {
    await lookUp(open(), woman);
    now += 2 * 86_400_000;
    const later = open();
    await later.lookUpCitizen.check?.(toRequest(woman));
    assert.equal(await counts('officer:officer-1'), undefined);
    assert.equal((await pool.query('SELECT FROM population_person')).rowCount, 0);
  });
});
