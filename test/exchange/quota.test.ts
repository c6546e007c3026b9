// The daily quota: by unit and grant, added up over processes, new every day, kept when the database is away.
import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import { createPool } from '../../src/database/pool.ts';
import { createRate } from '../../src/exchange/admit.ts';
import { createQuota, type Quota } from '../../src/exchange/quota.ts';
import type { Grant } from '../../src/registry/types.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const toGrant = (id: string, perDay: number, perMinute = 60): Grant => ({
  id,
  systemId: 'mot-cua',
  operations: ['population.v1/lookUpCitizen'],
  purpose: 'giai-quyet-tthc',
  legalBasis: 'thử nghiệm',
  fields: undefined,
  caseRule: 'required',
  leastAssurance: 1,
  addresses: [],
  hours: undefined,
  environment: 'sandbox',
  quota: { perMinute, perDay },
  reach: 'unit',
  grantor: 'thử nghiệm',
  isSenderBound: false,
  state: 'active',
  from: new Date(0),
  to: undefined,
});
const now = new Date();

describe('The quota of a grant', () => {
  let database: FreshDatabase;
  let pool: Pool;
  const open: Quota[] = [];

  before(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 4, applicationName: 'quota test' });
  });
  afterEach(async () => {
    for (const quota of open.splice(0)) await quota.stop();
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  async function openQuota(onError: (error: unknown) => void = assert.ifError): Promise<Quota> {
    const quota = await createQuota(pool, onError);
    open.push(quota);
    return quota;
  }
  /** How many of `tries` calls are let through. */
  function count(quota: Quota, grant: Grant, tries: number, { unit = 'cq-00', at = now } = {}): number {
    for (let n = 0; n < tries; n += 1)
      try {
        quota.use(grant, unit, at);
      } catch {
        return n;
      }
    return tries;
  }
  const stop = async (quota: Quota): Promise<void> => {
    open.splice(open.indexOf(quota), 1);
    await quota.stop();
  };

  it('is counted for each unit and grant apart, to the number', async () => {
    const quota = await openQuota();
    assert.equal(count(quota, toGrant('g-1', 5), 10), 5);
    assert.equal(count(quota, toGrant('g-1', 5), 10, { unit: 'cq-01' }), 5);
    assert.equal(count(quota, toGrant('g-2', 3), 10), 3);
  });

  it('is refused with the time to the next day in the province', async () => {
    const quota = await openQuota();
    const at = new Date('2026-11-23T16:59:30.000Z');
    assert.throws(() => quota.use(toGrant('g-3', 0), 'cq-00', at), {
      code: 'quota-exceeded',
      status: 429,
      more: { retryAfterS: 30 },
    });
  });

  it('begins anew with the day of Asia/Ho_Chi_Minh, not of UTC', async () => {
    const quota = await openQuota();
    const grant = toGrant('g-4', 2);
    assert.equal(count(quota, grant, 5, { at: new Date('2026-11-23T16:59:59.999Z') }), 2);
    assert.equal(count(quota, grant, 5, { at: new Date('2026-11-23T17:00:00.000Z') }), 2);
  });

  it('adds up over two processes on one database', async () => {
    const grant = toGrant('g-5', 10);
    const [one, other] = [await openQuota(), await openQuota()];
    assert.equal(count(one, grant, 6), 6);
    await stop(one);
    assert.equal(count(other, grant, 1), 1, 'not known yet');
    await stop(other);
    assert.equal(count(await openQuota(), grant, 10), 3, '6 and 1 of 10 were used');
  });

  it('is learnt from the other process within what a second admits', async () => {
    const grant = toGrant('g-6', 4);
    const [one, other] = [await openQuota(), await openQuota()];
    assert.equal(count(one, grant, 4), 4);
    await stop(one);
    assert.equal(count(other, grant, 1), 1);
    const end = performance.now() + 3_000;
    while (count(other, grant, 1) === 1 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal(count(other, grant, 1), 0);
  });

  it('is not forgotten when it cannot be added up for a while', async () => {
    const errors: unknown[] = [];
    const role = new URL(database.hubUrl).username;
    const owner = createPool(database.ownerUrl, { max: 1, applicationName: 'quota test owner' });
    const grant = toGrant('g-7', 5);
    const quota = await openQuota((error) => errors.push(error));
    assert.equal(count(quota, grant, 3), 3);
    await owner.query(`REVOKE INSERT ON quota_use FROM ${role}`);
    await quota.stop();
    assert.equal(errors.length, 1);
    await owner.query(`GRANT INSERT ON quota_use TO ${role}`);
    await owner.end();
    await stop(quota);
    assert.equal(count(await openQuota(), grant, 5), 2);
  });
});

describe('The rate of a grant', () => {
  it('is counted a minute for each unit, and refused with the time to wait', async () => {
    const rate = createRate();
    const grant = toGrant('g-8', 1, 3);
    for (let n = 0; n < 3; n += 1) await rate.use(grant, 'cq-00');
    await assert.rejects(rate.use(grant, 'cq-00'), { code: 'rate-exceeded', more: { retryAfterS: 60 } });
    await rate.use(grant, 'cq-01');
    await rate.use(toGrant('g-9', 1, 3), 'cq-00');
  });
});
