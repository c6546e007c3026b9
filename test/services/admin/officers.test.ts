// Officers, services, sources and the history of changes in the administration service.
import assert from 'node:assert/strict';
import { openKeys } from '../../../src/keys.ts';
import { openNumber } from '../../../src/registry/officer-number.ts';
import { callUntil, caseHeaders, lookUp } from '../../support/calls.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';

const number = '999085900777';
const officer = {
  id: 'cb-moi',
  unitId: 'cq-00',
  personalNumber: number,
  validFrom: '2026-01-01T00:00:00+07:00',
};

describe('Administration of officers, services and sources', () => {
  let hub: TestHub;
  let admin: Administration;
  const put = (path: string, state: string, more = {}) =>
    admin.act('PUT', `${path}/state`, { state, reason: 'thử' }, more);

  before(async () => {
    hub = await startTestHub('admin-officers');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  it('registers an officer; the number is sealed and never given back', async () => {
    const made = await admin.act('POST', '/officers', officer);
    assert.equal(made.status, 201);
    const { rows } = await hub.owner.query('SELECT sealed_number FROM officer WHERE id = $1', ['cb-moi']);
    const { field } = openKeys(hub.keyFolder, 'sandbox');
    assert.equal(openNumber(field, 'cb-moi', rows[0].sealed_number), number);
    const history = await hub.owner.query('SELECT c::text AS text FROM administration_change c');
    const seen = JSON.stringify([made.body, (await admin.read('/officers/cb-moi')).body, history.rows]);
    assert.ok(!seen.includes(number));
    const [opened] = await hub.entries(made.exchangeId);
    assert.ok(JSON.stringify(opened?.sealed).includes('personal-number'));
    assert.ok(!JSON.stringify(opened).includes(number));
  });

  it('refuses a second one of the id, a period that ends before it begins, and a bearer token', async () => {
    assert.equal((await admin.act('POST', '/officers', officer)).body.code, 'already-exists');
    const wrong = { ...officer, id: 'cb-sai', validTo: '2025-01-01T00:00:00+07:00' };
    assert.equal((await admin.act('POST', '/officers', wrong)).body.errors[0].where, '/body/validTo');
    const stray = await admin.act('POST', '/officers', { ...officer, id: 'cb-sai', unitId: 'khong-co' });
    assert.equal(stray.body.errors[0].where, '/body/unitId');
    const bearer = await hub.call({
      system: 'quan-tri',
      bound: false,
      method: 'POST',
      path: '/admin/v1/officers',
      body: officer,
      headers: { officer: admin.officerOf('quan-tri'), purpose: 'quan-tri', 'idempotency-key': 'x' },
    });
    assert.equal(bearer.body.code, 'token-not-bound');
  });

  it('lists by unit and state, and changes number and end, but not the unit', async () => {
    const ids = async (query: string) =>
      (await admin.read(`/officers?${query}`)).body.items.map(({ id }: { id: string }) => id);
    assert.ok((await ids('unit=cq-00&state=active&limit=200')).includes('cb-moi'));
    const change = {
      revision: 1,
      reason: 'sửa',
      personalNumber: '999085900778',
      validTo: '2027-01-01T00:00:00Z',
    };
    const { body } = await admin.act('PATCH', '/officers/cb-moi', change);
    assert.deepEqual([body.revision, body.validTo], [2, '2027-01-01T00:00:00.000Z']);
    const moved = await admin.act('PATCH', '/officers/cb-moi', { revision: 2, reason: 'x', unitId: 'cq-01' });
    assert.equal(moved.body.code, 'request-invalid');
  });

  it('knows a suspended officer no more, until resumed; revoked is for good', async () => {
    const call = lookUp({ headers: { ...caseHeaders, officer: 'cb-0001' } });
    assert.equal((await hub.call(call)).status, 200);
    assert.equal((await put('/officers/cb-0001', 'suspended')).status, 200);
    await callUntil(hub, call, 'officer-unknown');
    await put('/officers/cb-0001', 'active');
    await callUntil(hub, call, undefined);
    assert.equal((await put('/officers/cb-moi', 'revoked')).body.state, 'revoked');
    assert.equal((await put('/officers/cb-moi', 'active')).body.code, 'revoked-for-good');
  });

  it('lets nobody take away the officer, unit or rights that they act with', async () => {
    const own = admin.officerOf('quan-tri');
    const unit = (await admin.read('/systems/quan-tri')).body.unitId;
    assert.equal((await put(`/officers/${own}`, 'suspended')).body.code, 'own-ground');
    assert.equal((await put(`/units/${unit}`, 'suspended')).body.code, 'own-ground');
    assert.equal((await put('/grants/q-quan-tri-ghi', 'suspended')).body.code, 'own-ground');
    assert.equal((await put(`/mandates/uq-quan-tri-${unit}`, 'revoked')).body.code, 'own-ground');
    const { revision } = (await admin.read(`/units/${unit}`)).body;
    const end = { revision, reason: 'x', validTo: '2027-01-01T00:00:00Z' };
    assert.equal((await admin.act('PATCH', `/units/${unit}`, end)).body.code, 'own-ground');
  });

  it('registers a service and says whether this hub has its contract', async () => {
    const made = await admin.act('POST', '/services', {
      id: 'ho-so.v1',
      name: 'Hồ sơ',
      providerUnitId: 'cq-00',
    });
    assert.equal(made.status, 201);
    assert.equal(made.body.published, false);
    const { items } = (await admin.read('/services?state=active')).body;
    const others = items.filter((one: { published: boolean }) => !one.published);
    assert.deepEqual(
      others.map(({ id }: { id: string }) => id),
      ['ho-so.v1'],
    );
    const change = { revision: 1, reason: 'đổi', providerUnitId: null };
    const changed = await admin.act('PATCH', '/services/ho-so.v1', change);
    assert.deepEqual([changed.body.providerUnitId, changed.body.revision], [undefined, 2]);
    const two = { id: 'hai.v1', name: 'Hai', providerUnitId: 'cq-00', providerSource: 'population' };
    assert.equal((await admin.act('POST', '/services', two)).body.code, 'request-invalid');
  });

  it('switches a service off at once and on again, but never administration', async () => {
    assert.equal((await put('/services/population.v1', 'off')).body.state, 'off');
    await callUntil(hub, lookUp(), 'service-off');
    assert.equal((await put('/services/population.v1', 'off')).body.code, 'state-unchanged');
    await put('/services/population.v1', 'active');
    await callUntil(hub, lookUp(), undefined);
    assert.equal((await put('/services/admin.v1', 'off')).body.code, 'own-ground');
    assert.equal((await put('/services/admin.v1', 'revoked')).body.code, 'own-ground');
    assert.equal((await put('/services/diagnosis.v1', 'revoked')).body.state, 'revoked');
    assert.equal((await put('/services/diagnosis.v1', 'active')).body.code, 'revoked-for-good');
  });

  it('switches a source off at once and on again, and knows only those that the hub speaks to', async () => {
    assert.deepEqual(
      (await admin.read('/sources')).body.items,
      ['payment-platform', 'population', 'portal'].map((source) => ({ source, state: 'active' })),
    );
    assert.equal((await put('/sources/population', 'active')).body.code, 'state-unchanged');
    assert.equal((await put('/sources/population', 'off')).body.reason, 'thử');
    await callUntil(hub, lookUp(), 'source-off');
    await put('/sources/population', 'active');
    await callUntil(hub, lookUp(), undefined);
    assert.equal((await put('/sources/khong-co', 'off')).body.code, 'record-not-found');
  });

  it('tells the history, newest first, by target, kind and time, with before and after', async () => {
    const read = async (query: string) => (await admin.read(`/changes?${query}`)).body.items;
    const [back, off] = await read('target=population&kind=source');
    assert.equal(off.before.state, 'active');
    assert.equal(off.after.state, 'off');
    assert.ok(back.at > off.at);
    assert.deepEqual([off.operation, off.systemId], ['admin.v1/setSourceState', 'quan-tri']);
    assert.deepEqual(await read(`target=population&from=${back.at}&to=${back.at}`), []);
    assert.equal((await read(`target=population&from=${off.at}&limit=1`)).length, 1);
    const first = (await admin.read('/changes?limit=2')).body;
    const second = (await admin.read(`/changes?limit=2&cursor=${first.next}`)).body;
    const times = [...first.items, ...second.items].map(({ at }) => at);
    assert.deepEqual(times, [...times].sort().reverse());
    const cursor = Buffer.from(JSON.stringify(['-number', 'x', 'x'])).toString('base64url');
    assert.equal((await admin.read(`/changes?cursor=${cursor}`)).status, 400);
    assert.equal((await admin.read('/changes', { as: 'kiem-toan' })).status, 200);
  });
});
