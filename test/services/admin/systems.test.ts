// Systems and single tokens in the administration service: register, change, suspend, and what becomes of tokens.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { callUntil, lookUp } from '../../support/calls.ts';
import { createClient, startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';

const system = { id: 'mot-cua-moi', name: 'Một cửa thử mới', unitId: 'cq-00' };

describe('Administration of systems', () => {
  let hub: TestHub;
  let admin: Administration;
  const setState = (id: string, state: string, more = {}) =>
    admin.act('PUT', `/systems/${id}/state`, { state, reason: 'thử' }, more);

  before(async () => {
    hub = await startTestHub('admin-systems');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  it('registers a system, active, whose tokens count from now', async () => {
    const made = await admin.act('POST', '/systems', system);
    assert.equal(made.status, 201);
    assert.deepEqual([made.body.state, made.body.revision], ['active', 1]);
    assert.ok(Math.abs(Date.parse(made.body.tokensValidFrom) - Date.now()) < 5_000);
    assert.deepEqual((await admin.read('/systems/mot-cua-moi')).body, made.body);
  });

  it('refuses a system that is there, and one of no unit, with the place', async () => {
    assert.equal((await admin.act('POST', '/systems', system)).body.code, 'already-exists');
    const stray = await admin.act('POST', '/systems', { ...system, id: 'khac', unitId: 'khong-co' });
    assert.equal(stray.body.errors[0].where, '/body/unitId');
  });

  it('lists by unit, state and name, and changes name and contact', async () => {
    const ids = async (query: string) =>
      (await admin.read(`/systems?${query}`)).body.items.map(({ id }: { id: string }) => id);
    assert.deepEqual(await ids('q=mot+cua+thu+moi'), ['mot-cua-moi']);
    assert.ok((await ids('unit=cq-00')).includes('mot-cua-moi'));
    assert.deepEqual(await ids('state=revoked'), []);
    const change = { revision: 1, reason: 'đổi', name: 'Một cửa mới hơn', contact: 'x@lgsp.example' };
    const { body } = await admin.act('PATCH', '/systems/mot-cua-moi', change);
    assert.deepEqual([body.name, body.contact, body.revision], ['Một cửa mới hơn', 'x@lgsp.example', 2]);
    const late = await admin.act('PATCH', '/systems/mot-cua-moi', change);
    assert.equal(late.body.code, 'revision-conflict');
  });

  it('refuses the tokens of a suspended system at once, and those from before for ever', async () => {
    assert.equal((await hub.call(lookUp())).status, 200);
    assert.equal((await setState('mot-cua', 'suspended')).status, 200);
    await callUntil(hub, lookUp(), 'system-inactive');
    await assert.rejects(createClient(hub.url, hub.province).token({}), /invalid_client/);
    await pause(1_000);
    assert.equal((await setState('mot-cua', 'active')).status, 200);
    await callUntil(hub, lookUp(), 'token-revoked');
    assert.equal((await createClient(hub.url, hub.province).call(lookUp())).status, 200);
  });

  it('ends all tokens of a system without suspending it', async () => {
    const client = createClient(hub.url, hub.province);
    assert.equal((await client.call(lookUp())).status, 200);
    const ended = await admin.act('POST', '/systems/mot-cua/token-revocation', { reason: 'lộ mã' });
    assert.equal(ended.body.state, 'active');
    await callUntil(client, lookUp(), 'token-revoked');
    await pause(1_000);
    assert.equal((await createClient(hub.url, hub.province).call(lookUp())).status, 200);
  });

  it('revokes one token by itself or by its jti, keeps nothing else of it, and forgets it in the end', async () => {
    const client = createClient(hub.url, hub.province);
    const { token } = await client.token({});
    const { jti } = decodeJwt(token);
    const revoked = await admin.act('POST', '/token-revocations', { token, reason: 'lộ' });
    assert.equal(revoked.status, 201);
    assert.equal(revoked.body.jti, jti);
    await callUntil(client, lookUp(), 'token-revoked');
    assert.equal((await createClient(hub.url, hub.province).call(lookUp())).status, 200);
    const { rows } = await hub.owner.query(
      'SELECT c::text AS text FROM administration_change c WHERE target = $1',
      [jti],
    );
    assert.equal(rows.length, 1);
    assert.ok(!rows[0].text.includes(token.split('.')[2]));
    await hub.owner.query("UPDATE revoked_token SET forget_at = now() - interval '1 second'");
    const other = await admin.act('POST', '/token-revocations', { jti: 'khac', reason: 'lộ' });
    assert.equal(other.status, 201);
    const { body } = await admin.read('/token-revocations');
    assert.deepEqual(body.items, [other.body]);
  });

  it('keeps a revocation for the longest life of a token, whatever expiry the token sent in claims', async () => {
    const { token } = await hub.token({ system: 'quan-tri' });
    const [header, payload = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const falsified = JSON.stringify({ ...claims, jti: 'gia-mao', exp: Math.floor(Date.now() / 1000) + 1 });
    const sent = [header, Buffer.from(falsified).toString('base64url'), signature].join('.');
    const { body } = await admin.act('POST', '/token-revocations', { token: sent, reason: 'lộ' });
    assert.ok(Date.parse(body.forgetAt) > Date.now() + 600_000);
  });

  it('refuses what is no token, or two ways of naming one', async () => {
    const places = async (body: object) =>
      (await admin.act('POST', '/token-revocations', { reason: 'lộ', ...body })).body.errors[0].where;
    assert.equal(await places({ token: 'a.b.c' }), '/body/token');
    assert.equal(await places({ token: 'a.b.c', jti: 'x' }), '/body');
    assert.equal(await places({}), '/body');
  });

  it('lets nobody suspend the system that they call with; another administrator may', async () => {
    assert.equal((await setState('quan-tri', 'suspended')).body.code, 'own-ground');
    assert.equal((await setState('quan-tri', 'suspended', { as: 'phe-duyet' })).status, 200);
    await callUntil(hub, { system: 'quan-tri', path: '/admin/v1/systems' }, 'system-inactive');
    assert.equal((await setState('quan-tri', 'active', { as: 'phe-duyet' })).status, 200);
  });

  it('of two administrators who suspend each other at the same moment only one succeeds', async () => {
    await pause(1_000);
    const fresh = createClient(hub.url, hub.province);
    const two = createAdministration({ ...hub, ...fresh });
    // Both have their tokens before either is suspended.
    for (const as of ['quan-tri', 'phe-duyet'] as const) await two.read('/systems', { as });
    const both = await Promise.all([
      two.act('PUT', '/systems/phe-duyet/state', { state: 'suspended', reason: 'thử' }),
      two.act('PUT', '/systems/quan-tri/state', { state: 'suspended', reason: 'thử' }, { as: 'phe-duyet' }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403]);
    const { rows } = await hub.owner.query("SELECT id FROM system WHERE state = 'suspended'");
    assert.equal(rows.length, 1);
  });
});
