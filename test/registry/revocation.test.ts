// Two processes of one hub, of which the second hears no notification: what an administrator takes away at the first is
// refused at the second within a second; cut off from the database, it refuses personal data, effects and tokens.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parsePrivateKey, requestToken } from '../../src/cli/token.ts';
import { type Administration, createAdministration } from '../services/admin/support.ts';
import { callUntil, lookUp } from '../support/calls.ts';
import { type HubProcess, startHubProcess } from '../support/hub-process.ts';
import {
  createClient,
  freePort,
  type Ground,
  layGround,
  type TestAnswer,
  type TestCall,
} from '../support/sandbox-hub.ts';
import { type Line, openLine } from './proxy.ts';

const limitMs = 1_000;
const staleMs = 5_000;
const startMs = 60_000;

describe('A revocation with two hub processes and lost notifications', function () {
  this.timeout(startMs);
  let ground: Ground;
  let lines: readonly Line[] = [];
  const processes: HubProcess[] = [];
  let there: ReturnType<typeof createClient>;
  let admin: Administration;
  let otherUrl = '';
  let url = '';

  before(async () => {
    ground = await layGround('revocation');
    const [port, otherPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    otherUrl = `http://127.0.0.1:${otherPort}`;
    const { hubUrl, ownerUrl } = ground.database;
    const [hubLine, ownerLine] = await Promise.all([openLine(hubUrl, true), openLine(ownerUrl, true)]);
    lines = [hubLine, ownerLine];
    processes.push(await startHubProcess(ground.environment(port)));
    processes.push(
      await startHubProcess({
        ...ground.environment(otherPort),
        PUBLIC_URL: url,
        DATABASE_URL: hubLine.url,
        DATABASE_OWNER_URL: ownerLine.url,
        // The owner does their work, over the line that is cut.
        ...{ DATABASE_SEQUENCER_URL: '', DATABASE_RETENTION_URL: '', DATABASE_REGISTRY_URL: '' },
      }),
    );
    there = createClient(url, ground.province, otherUrl);
    admin = createAdministration({ province: ground.province, ...createClient(url, ground.province) });
  });
  after(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    for (const line of lines) line.close();
    await ground.close();
  });

  /** The call passes at the other process, then no more: every call begun a second after the change was answered. */
  const isRefusedThere = async (call: TestCall, code: string, change: () => Promise<TestAnswer>) => {
    await callUntil(there, call, undefined);
    const made = await change();
    assert.ok([200, 201].includes(made.status), made.body.code);
    const answered = performance.now();
    for (;;) {
      const begun = performance.now() - answered;
      const { body } = await there.call(call);
      if (body.code === code) return;
      assert.ok(begun <= limitMs, `${Math.round(begun)} ms later still ${body.code ?? 'answered'}`);
    }
  };
  const state = (path: string, to: string) => admin.act('PUT', `${path}/state`, { state: to, reason: 'thử' });
  const unitCall = (unit: string) => {
    const officer = ground.province.officers.find((one) => one.unitId === unit)?.id;
    return lookUp({ unit, headers: { officer } });
  };
  const readUnits: TestCall = { system: 'kiem-toan', path: '/admin/v1/units?limit=1' };

  it('a token', async () => {
    const call = unitCall('cq-01');
    const { token } = await there.token({ unit: 'cq-01' });
    await isRefusedThere(call, 'token-revoked', () =>
      admin.act('POST', '/token-revocations', { token, reason: 'lộ' }),
    );
  });

  it('a mandate', () =>
    isRefusedThere(unitCall('cq-02'), 'mandate-missing', () =>
      state('/mandates/uq-mot-cua-cq-02', 'revoked'),
    ));

  it('a grant', () =>
    isRefusedThere(lookUp({ headers: { purpose: 'ho-tich' } }), 'purpose-not-granted', () =>
      state('/grants/q-mot-cua-ho-tich', 'revoked'),
    ));

  it('an officer', () =>
    isRefusedThere(lookUp({ headers: { officer: 'cb-0002' } }), 'officer-unknown', () =>
      state('/officers/cb-0002', 'revoked'),
    ));

  it('a unit', () =>
    isRefusedThere(unitCall('cq-03'), 'unit-inactive', () => state('/units/cq-03', 'suspended')));

  it('a source, and a service', async () => {
    await isRefusedThere(lookUp(), 'source-off', () => state('/sources/population', 'off'));
    await state('/sources/population', 'active');
    await isRefusedThere(lookUp(), 'service-off', () => state('/services/population.v1', 'off'));
    await state('/services/population.v1', 'active');
  });

  it('a system', async () => {
    await isRefusedThere(readUnits, 'system-inactive', () => state('/systems/kiem-toan', 'suspended'));
    await state('/systems/kiem-toan', 'active');
    await callUntil(there, readUnits, 'token-revoked');
  });

  it('a key, whose tokens end with it', async () => {
    // A token of the second in which the system was suspended would be dated before.
    await pause(1_000);
    there = createClient(url, ground.province, otherUrl);
    const { body } = await admin.read('/systems/kiem-toan/keys');
    await isRefusedThere(readUnits, 'token-revoked', () =>
      admin.act('POST', `/systems/kiem-toan/keys/${body.items[0].kid}/revocation`, { reason: 'lộ khóa' }),
    );
  });

  it('and not one notification was heard there', () => {
    assert.ok((lines[0]?.lost() ?? 0) > 0);
  });

  it('cut off from the database for 5 s it refuses personal data and effects, and gives no tokens', async () => {
    const administrator = createAdministration({ province: ground.province, ...there });
    assert.equal((await there.call(lookUp())).status, 200);
    assert.equal((await administrator.read('/units?limit=1')).status, 200);
    for (const line of lines) line.hang();
    await pause(staleMs);
    const unit = { id: 'xa-x', name: 'Xã', kind: 'commune', validFrom: '2026-01-01T00:00:00Z' };
    for (const answer of await Promise.all([there.call(lookUp()), administrator.act('POST', '/units', unit)]))
      assert.deepEqual([answer.status, answer.body.code], [503, 'registry-stale']);
    const file = ground.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.privateKeyFile ?? '';
    const asked = requestToken({
      tokenUrl: `${otherUrl}/oauth/token`,
      issuer: url,
      clientId: 'mot-cua',
      key: parsePrivateKey(readFileSync(file, 'utf8')),
      unitId: 'cq-00',
      timeoutMs: 30_000,
    });
    await assert.rejects(asked, /status 503/);
  });
});
