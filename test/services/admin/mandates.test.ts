// Mandates of the administration service: confirmed by the person who approves, narrowed at once.
import assert from 'node:assert/strict';
import { callUntil } from '../../support/calls.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { inDays, newMandate } from './rights.ts';
import { type Administration, createAdministration } from './support.ts';

const reason = 'thử';

describe('Administration of mandates', () => {
  let hub: TestHub;
  let admin: Administration;
  let unit: string;
  const approve = (id: string) =>
    admin.act('POST', `/proposals/${id}/approval`, { reason }, { as: 'phe-duyet' });
  const propose = (more: Readonly<Record<string, unknown>> = {}) =>
    admin.act('POST', '/mandates', newMandate(unit, more));
  const setState = (id: string, state: string) =>
    admin.act('PUT', `/mandates/${id}/state`, { state, reason });

  /** The token endpoint asks for patience while the registry is being read. */
  const tokenSoon = async () => {
    const end = performance.now() + 1_000;
    for (;;)
      try {
        return await hub.token({ system: 'van-ban', unit });
      } catch (error) {
        if (performance.now() > end) throw error;
      }
  };

  before(async () => {
    hub = await startTestHub('admin-mandates');
    admin = createAdministration(hub);
    const unitsOf = (id: string) =>
      hub.province.systems.find(({ clientId }) => clientId === id)?.actingUnits ?? [];
    unit = unitsOf('mot-cua').find((id) => !unitsOf('van-ban').includes(id)) ?? '';
  });
  after(() => hub.stop());

  it('is confirmed at the time of the approval, and in force within a second', async () => {
    const call = {
      system: 'van-ban',
      unit,
      path: '/evidence/v1/exchanges/00000000-0000-0000-0000-000000000000',
    };
    const { body } = await propose({ id: 'uq-thu' });
    assert.equal(body.content.confirmedAt, undefined);
    assert.equal((await admin.read('/mandates/uq-thu')).status, 404);
    await assert.rejects(hub.token({ system: 'van-ban', unit, bound: false }));
    const approved = await approve(body.id);
    const made = (await admin.read('/mandates/uq-thu')).body;
    assert.equal(made.confirmedAt, approved.body.decided.at);
    await tokenSoon();
    await callUntil(hub, call, 'exchange-not-found');
  });

  it('is suspended at once, resumed by approval, revoked for good', async () => {
    const call = {
      system: 'van-ban',
      unit,
      path: '/evidence/v1/exchanges/00000000-0000-0000-0000-000000000000',
    };
    const suspended = await setState('uq-thu', 'suspended');
    assert.deepEqual([suspended.status, suspended.body.state], [200, 'suspended']);
    await callUntil(hub, call, 'mandate-missing');
    const resumed = await setState('uq-thu', 'active');
    assert.deepEqual([resumed.status, resumed.body.act], [202, 'resume']);
    await approve(resumed.body.id);
    await callUntil(hub, call, 'exchange-not-found');
    assert.equal((await setState('uq-thu', 'revoked')).status, 200);
    await callUntil(hub, call, 'mandate-missing');
    assert.equal((await setState('uq-thu', 'active')).body.code, 'revoked-for-good');
  });

  it('changes operations, document and end by approval, confirmed anew', async () => {
    const { body } = await propose({ id: 'uq-sua', validTo: inDays(100) });
    await approve(body.id);
    const before = (await admin.read('/mandates/uq-sua')).body;
    const change = { revision: 1, reason, operations: ['evidence.v1/getReceipt'], validTo: null };
    const proposed = await admin.act('PATCH', '/mandates/uq-sua', change);
    assert.equal((await approve(proposed.body.id)).status, 200);
    const after = (await admin.read('/mandates/uq-sua')).body;
    assert.deepEqual([after.operations, after.validTo, after.revision], [change.operations, undefined, 2]);
    assert.ok(after.confirmedAt > before.confirmedAt);
  });

  const refused: readonly [string, Readonly<Record<string, unknown>>, string][] = [
    ['a service that nobody publishes', { operations: ['weather.v1/*'] }, '/body/operations/0'],
    [
      'an operation that nobody publishes',
      { operations: ['evidence.v1/*', 'evidence.v1/x'] },
      '/body/operations/1',
    ],
    ['a unit that does not exist', { unitId: 'khong-co' }, '/body/unitId'],
    ['a system that does not exist', { systemId: 'khong-co' }, '/body/systemId'],
    ['an end before its beginning', { validTo: inDays(-2) }, '/body/validTo'],
    ['a beginning long past', { validFrom: inDays(-40) }, '/body/validFrom'],
  ];
  for (const [what, more, where] of refused)
    it(`tells the proposer: ${what}`, async () => {
      const { status, body } = await propose(more);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal(body.errors[0].where, where);
    });

  it('refuses a second mandate for the same system, unit and time', async () => {
    const { body } = await propose();
    assert.deepEqual([body.code, body.errors[0].where], ['period-overlaps', '/body/validFrom']);
    assert.match(body.errors[0].en, /^overlaps with the mandate uq-/);
  });

  it('lists by system, unit and state', async () => {
    const find = async (query: string) =>
      (await admin.read(`/mandates?${query}`)).body.items.map((one: { id: string }) => one.id);
    assert.deepEqual(await find(`system=van-ban&unit=${unit}&sort=-id`), ['uq-thu', 'uq-sua']);
    assert.deepEqual(await find(`system=van-ban&unit=${unit}&state=revoked`), ['uq-thu']);
  });
});
