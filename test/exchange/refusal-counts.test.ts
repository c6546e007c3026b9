// Refusals beyond the limit, of callers unknown and of a database that is away: counted, bounded, written later.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type pg from 'pg';
import type { EvidenceLog } from '../../src/evidence/types.ts';
import type { AnyStage } from '../../src/exchange/facts.ts';
import { noTrace } from '../../src/exchange/observe.ts';
import { createRefusals, type Refusals } from '../../src/exchange/refusals.ts';
import { Problem } from '../../src/problem.ts';
import type { System } from '../../src/registry/types.ts';
import { connect, dropWhenQuiet, startLog } from '../evidence/support.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { query, until } from '../support/embedded.ts';
import { forbidEntries } from '../support/outage.ts';

const system: System = {
  id: 'mot-cua',
  name: 'Một cửa (thử nghiệm)',
  unitId: 'cq-16',
  state: 'active',
  tokensValidFrom: new Date(0),
  keys: [],
};
/** Statements of the log that the database is at. */
const underWay = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'lgsp-evidence' AND state <> 'idle'`;
const at = new Date('2026-11-23T08:00:00.000Z');

const toStage = (remoteAddress: string, more: Partial<AnyStage> = {}): AnyStage => ({
  call: {
    method: 'GET',
    target: '/',
    headers: {},
    remoteAddress,
    certificate: () => undefined,
    body: async () => Buffer.alloc(0),
    content: () => Readable.from([]),
  },
  exchangeId: randomUUID(),
  at,
  startedMs: 0,
  trace: noTrace,
  ...more,
});
const known = (more: Partial<AnyStage> = {}): AnyStage => toStage('192.0.2.7', { system, ...more });

describe('Refusals', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let log: EvidenceLog;
  let refusals: Refusals;
  let errors: unknown[];

  beforeEach(async () => {
    database = await freshDatabase();
    owner = await connect(database.ownerUrl);
    log = await startLog(database.hubUrl, { recordTimeoutMs: 1_000 });
    errors = [];
    refusals = createRefusals(log, (error) => errors.push(error));
  });
  afterEach(async () => {
    await refusals.stop();
    await log.stop();
    await dropWhenQuiet(database, owner);
  });

  /** The leaves of a kind with what they seal. */
  async function leaves(kind: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { rows } = await owner.query<{ text: string; sealed: string }>(
      `SELECT e.text, p.text AS sealed FROM entry e JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
       WHERE kind = $1 ORDER BY e.id`,
      [kind],
    );
    return rows.map(({ text, sealed }) => ({ ...JSON.parse(text), ...JSON.parse(sealed) }));
  }

  it('of one system and reason are written singly sixty times a minute; the rest are one count', async () => {
    const problem = new Problem('purpose-not-granted');
    const noted = await Promise.all(Array.from({ length: 75 }, () => refusals.note(known(), problem)));
    assert.equal(noted.filter((isRecorded) => isRecorded).length, 60);
    assert.ok(await refusals.note(known(), new Problem('grant-expired')), 'another reason counts apart');
    const other = known({ system: { ...system, id: 'van-ban' } });
    assert.ok(await refusals.note(other, problem), 'another system counts apart');
    await refusals.stop();
    assert.equal((await leaves('refused')).length, 62);
    const [counted, ...more] = await leaves('refusals');
    assert.deepEqual(more, []);
    const { system: id, problem: code, status, count, network } = counted ?? {};
    assert.deepEqual(
      { id, code, status, count, network },
      { id: 'mot-cua', code: 'purpose-not-granted', status: 403, count: 15, network: '192.0.2.0/24' },
    );
  });

  it('of callers unknown are one count for each reason and network, from the first to the last', async () => {
    const stages = ['192.0.2.1', '192.0.2.200', '2001:db8:7::1', '::ffff:192.0.2.9'].map((address, n) =>
      toStage(address, { at: new Date(at.getTime() + n * 1_000) }),
    );
    for (const stage of stages) assert.equal(await refusals.note(stage, new Problem('token-missing')), false);
    await refusals.stop();
    assert.deepEqual(
      (await leaves('refusals')).map(({ network, count, from, to }) => [network, count, from, to]),
      [
        ['192.0.2.0/24', 3, '2026-11-23T08:00:00.000Z', '2026-11-23T08:00:03.000Z'],
        ['2001:db8:7::/48', 1, '2026-11-23T08:00:02.000Z', '2026-11-23T08:00:02.000Z'],
      ],
    );
  });

  it('that shed load are counted, never waited for', async () => {
    for (const code of ['rate-exceeded', 'quota-exceeded', 'source-busy', 'registry-stale'] as const)
      assert.equal(await refusals.note(known(), new Problem(code)), false);
    assert.deepEqual(await leaves('refused'), []);
  });

  it('outlast a database that is away: counted without waiting, then written with what was counted before', async () => {
    const giveBack = await forbidEntries(database, owner);
    const problem = new Problem('purpose-not-granted');
    assert.equal(await refusals.note(known(), problem), false);
    assert.equal(errors.length, 1, 'the first finds out');
    const started = performance.now();
    for (let n = 0; n < 20; n += 1) assert.equal(await refusals.note(known(), problem), false);
    assert.ok(performance.now() - started < 150, 'the others do not wait');
    await refusals.stop();
    assert.equal(errors.length, 2);
    assert.equal(await refusals.note(known({ at: new Date(at.getTime() - 1_000) }), problem), false);
    await giveBack();
    await refusals.stop();
    const [counted, ...more] = await leaves('refusals');
    assert.deepEqual(more, []);
    assert.deepEqual([counted?.['count'], counted?.['from']], [22, '2026-11-23T07:59:59.000Z']);
  });

  it('are bounded in kinds, however many networks knock and however long the database is away', async () => {
    const giveBack = await forbidEntries(database, owner);
    const knock = async (second: number): Promise<void> => {
      for (let n = 0; n < 2_500; n += 1) {
        const stage = toStage(`10.${second * 10 + (n >> 8)}.${n & 255}.1`);
        await refusals.note(stage, new Problem('token-invalid'));
      }
    };
    await knock(0);
    await refusals.stop();
    await knock(2);
    await refusals.stop();
    assert.equal(errors.length, 2, 'one word for each failed round');
    // What is under way when the database takes entries again would be counted twice: its outcome is not known.
    await until(async () => (await query(database.hubUrl, underWay)).length === 0);
    await giveBack();
    await refusals.stop();
    const counted = await leaves('refusals');
    assert.equal(counted.length, 2_001);
    assert.equal(counted.find(({ network }) => network === 'other')?.['count'], 3_000);
  });
});
