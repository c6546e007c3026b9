// Keys in the administration service: the three forms, what is refused, periods, two at once, revocation, four eyes.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { makeCertificate } from '../../../mocks/population/certificate.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Administration, createAdministration } from './support.ts';

const dayMs = 24 * 60 * 60 * 1000;
const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
const toJwk = (key: KeyObject) => key.export({ format: 'jwk' });
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;

describe('Administration of keys', () => {
  let hub: TestHub;
  let admin: Administration;
  let systems = 0;

  /** A system without keys and rights. */
  const freshSystem = async (): Promise<string> => {
    systems += 1;
    const id = `he-thong-${systems}`;
    assert.equal((await admin.act('POST', '/systems', { id, name: 'Thử', unitId: 'cq-00' })).status, 201);
    return `/systems/${id}/keys`;
  };
  const refusal = async (path: string, body: object) => {
    const answer = await admin.act('POST', path, { validTo: inDays(30), ...body });
    return answer.body.errors?.[0] ?? answer.body.code;
  };

  before(async () => {
    hub = await startTestHub('admin-keys');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  it('registers a JWK under its thumbprint, with algorithm and who brought it', async () => {
    const path = await freshSystem();
    const jwk = toJwk(newKey());
    const { status, body } = await admin.act('POST', path, { jwk, validTo: inDays(365) });
    assert.equal(status, 201);
    assert.equal(body.kid, await calculateJwkThumbprint(jwk));
    assert.deepEqual(body.jwk, { ...jwk, kid: body.kid, alg: 'ES256', use: 'sig' });
    assert.equal(body.state, 'active');
    assert.deepEqual((await admin.read(`${path}/${body.kid}`)).body, body);
    const { rows } = await hub.owner.query('SELECT * FROM system_key WHERE kid = $1', [body.kid]);
    assert.equal(rows[0].registered_by_system, 'quan-tri');
    assert.equal(rows[0].registered_by_officer, admin.officerOf('quan-tri'));
    assert.equal((await admin.read(`/systems/mot-cua/keys/${body.kid}`)).status, 404);
  });

  it('takes a JWKS of one Ed25519 key, and a certificate whose fingerprint and period it keeps', async () => {
    const path = await freshSystem();
    const keys = [toJwk(generateKeyPairSync('ed25519').publicKey)];
    const fromSet = await admin.act('POST', path, { jwks: { keys }, validTo: inDays(30) });
    assert.equal(fromSet.body.jwk.alg, 'EdDSA');
    const { certificate } = makeCertificate(Date.now());
    const { raw } = new X509Certificate(certificate);
    const made = await admin.act('POST', path, { certificate, validTo: inDays(30) });
    assert.equal(made.status, 201);
    const sha256 = createHash('sha256').update(raw).digest('base64url');
    assert.equal(made.body.certificateSha256, sha256);
    assert.equal((await admin.read(path)).body.items.length, 2);
    assert.equal(
      (await refusal(await freshSystem(), { certificate, validTo: inDays(700) })).where,
      '/body/validTo',
    );
  });

  it('refuses what is no public key of a kind that the hub takes', async () => {
    const path = await freshSystem();
    const jwk = toJwk(newKey());
    const rsa = (modulusLength: number) => toJwk(generateKeyPairSync('rsa', { modulusLength }).publicKey);
    const where = async (body: object) => (await refusal(path, body)).where;
    assert.equal(await where({}), '/body');
    assert.equal(await where({ jwk, jwks: { keys: [jwk] } }), '/body');
    assert.equal(await where({ jwk: { ...jwk, x: 'AAAA' } }), '/body/jwk');
    assert.equal(await where({ jwk: rsa(1024) }), '/body/jwk');
    assert.equal(await where({ jwk: { ...jwk, alg: 'PS256' } }), '/body/jwk/alg');
    assert.equal(await where({ jwk: { ...jwk, kid: 'cua-toi' } }), '/body/jwk/kid');
    assert.equal(
      await where({ certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
      '/body/certificate',
    );
    const both = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    for (const jwk of [toJwk(both), toJwk(pair)]) {
      const answer = await admin.act('POST', path, { jwk, validTo: inDays(30) });
      assert.equal(answer.body.code, 'request-invalid');
      assert.match(JSON.stringify(answer.body.errors), /is a private key: it is no longer secret/);
      assert.ok(!JSON.stringify(answer.body).includes(jwk.d ?? ''));
    }
    assert.equal((await admin.act('POST', path, { jwk: rsa(2048), validTo: inDays(30) })).status, 201);
  });

  it('asks for an end in the future and at most 24 months away', async () => {
    const path = await freshSystem();
    const jwk = toJwk(newKey());
    assert.equal((await admin.act('POST', path, { jwk })).body.code, 'request-invalid');
    assert.match((await refusal(path, { jwk, validTo: inDays(-1) })).en, /after validFrom/);
    const past = { jwk, validFrom: inDays(-3), validTo: inDays(-1) };
    assert.match((await refusal(path, past)).en, /in the future/);
    assert.match((await refusal(path, { jwk, validTo: inDays(732) })).en, /24 months/);
  });

  it('has at most two keys valid at any moment, also when asked twice at once', async () => {
    const path = await freshSystem();
    const add = (from: number, to: number) =>
      admin.act('POST', path, { jwk: toJwk(newKey()), validFrom: inDays(from), validTo: inDays(to) });
    assert.equal((await add(0, 30)).status, 201);
    const both = await Promise.all([add(0, 60), add(0, 60)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
    assert.equal((await add(29, 90)).body.code, 'two-keys-already');
    assert.equal((await add(31, 90)).body.state, 'future');
    assert.equal((await add(40, 50)).body.code, 'two-keys-already');
  });

  it('is shortened and never prolonged', async () => {
    const path = await freshSystem();
    const { body } = await admin.act('POST', path, { jwk: toJwk(newKey()), validTo: inDays(30) });
    const change = (validTo: string) =>
      admin.act('PATCH', `${path}/${body.kid}`, { validTo, reason: 'thay khóa' });
    assert.equal((await change(inDays(31))).body.errors[0].where, '/body/validTo');
    assert.equal((await change(inDays(-1))).body.errors[0].where, '/body/validTo');
    const end = inDays(10);
    assert.equal((await change(end)).body.validTo, end);
  });

  it('revokes for good: the key never comes back, in whatever spelling or system', async () => {
    const path = await freshSystem();
    const jwk = toJwk(newKey());
    const { body } = await admin.act('POST', path, { jwk, validTo: inDays(30) });
    const revoke = () => admin.act('POST', `${path}/${body.kid}/revocation`, { reason: 'lộ khóa' });
    assert.equal((await revoke()).body.state, 'revoked');
    assert.equal((await revoke()).body.code, 'revoked-for-good');
    const other = await freshSystem();
    assert.match((await refusal(other, { jwk })).en, /registered already/);
    const padded = {
      ...jwk,
      x: Buffer.concat([Buffer.of(0), Buffer.from(jwk.x ?? '', 'base64url')]).toString('base64url'),
    };
    const again = await refusal(other, { jwk: padded });
    assert.ok(['/body', '/body/jwk'].includes(again.where));
  });

  it('lets an administrator shorten their own key only while another outlives it', async () => {
    const { body } = await admin.read('/systems/quan-tri/keys');
    const shorten = (kid: string, days: number) =>
      admin.act('PATCH', `/systems/quan-tri/keys/${kid}`, { validTo: inDays(days), reason: 'thử' });
    const [{ kid }] = body.items;
    assert.equal((await shorten(kid, 20)).body.code, 'own-ground');
    const spare = newKey();
    const asked = await admin.act('POST', '/systems/quan-tri/keys', {
      jwk: toJwk(spare),
      validTo: inDays(30),
    });
    const path = `/proposals/${asked.body.id}/approval`;
    assert.equal((await admin.act('POST', path, { reason: 'đã gặp' }, { as: 'phe-duyet' })).status, 200);
    assert.equal((await shorten(kid, 31)).body.code, 'own-ground');
    assert.equal((await shorten(kid, 20)).status, 200);
    assert.equal((await shorten(asked.body.target, 25)).body.code, 'own-ground');
    await hub.owner.query('UPDATE system_key SET valid_to = now() WHERE kid = $1', [asked.body.target]);
  });

  it('makes a proposal for a system with rights of administration, which another carries out', async () => {
    const jwk = toJwk(newKey());
    const asked = await admin.act('POST', '/systems/phe-duyet/keys', { jwk, validTo: inDays(30) });
    assert.equal(asked.status, 202);
    const { kind, target, content } = asked.body;
    assert.deepEqual([kind, target], ['key', await calculateJwkThumbprint(jwk)]);
    assert.equal((await admin.read(`/systems/phe-duyet/keys/${target}`)).status, 404);
    assert.deepEqual([content.systemId, content.jwk.x], ['phe-duyet', jwk.x]);
    const approve = (as: 'quan-tri' | 'phe-duyet') =>
      admin.act('POST', `/proposals/${asked.body.id}/approval`, { reason: 'đã gặp' }, { as });
    assert.equal((await approve('quan-tri')).body.code, 'proposal-own');
    assert.equal((await approve('phe-duyet')).status, 200);
    const { rows } = await hub.owner.query('SELECT * FROM system_key WHERE kid = $1', [target]);
    assert.equal(rows[0].proposal_id, asked.body.id);
    assert.equal(rows[0].registered_by_system, 'quan-tri');
  });

  it('makes a proposal too while only a pending proposal would give such rights', async () => {
    const path = await freshSystem();
    await hub.owner.query(
      `INSERT INTO proposal (id, kind, act, target, content, requested_by_system, requested_by_officer, expires_at)
         VALUES (gen_random_uuid(), 'grant', 'create', 'q-moi', $1, 'quan-tri', $2, now() + interval '1 day')`,
      [{ systemId: path.split('/')[2], operations: ['admin.v1/createUnit'] }, admin.officerOf('quan-tri')],
    );
    assert.equal((await admin.act('POST', path, { jwk: toJwk(newKey()), validTo: inDays(30) })).status, 202);
  });

  it('leaves an administrator the last key that they call with', async () => {
    const { body } = await admin.read('/systems/quan-tri/keys');
    const active = body.items.find(({ state }: { state: string }) => state === 'active');
    const path = `/systems/quan-tri/keys/${active.kid}/revocation`;
    assert.equal((await admin.act('POST', path, { reason: 'thử' })).body.code, 'own-ground');
    const byOther = await admin.act('POST', path, { reason: 'lộ khóa' }, { as: 'phe-duyet' });
    assert.equal(byOther.body.state, 'revoked');
  });
});
