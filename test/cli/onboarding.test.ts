// A newly connected unit from nothing to its first look-up, by commands only. The commune takes over the population code
// and an officer's number of another, since the mock knows no others.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { caseHeaders, citizen } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { type AdminCommands, createAdminCommands } from './administration.ts';
import { lgsp } from './command.ts';

const start = '2026-01-01T00:00:00Z';
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('A newly connected unit', () => {
  let hub: TestHub;
  let admin: AdminCommands;
  let folder = '';
  const write = (name: string, content: unknown): string => {
    const file = join(folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  /** Proposed by one administrator, approved by the other. */
  const decide = async (words: readonly string[]) => {
    const { id } = await admin.do(words);
    const own = await admin.run(['proposals', 'approve', id, '--reason', 'thử']);
    assert.match(own.error ?? '', /^proposal-own /);
    const approved = await admin.do(['proposals', 'approve', id, '--reason', 'đã xem'], 'phe-duyet');
    assert.equal(approved.state, 'approved');
  };
  before(async () => {
    hub = await startTestHub('onboarding');
    admin = createAdminCommands(hub);
    folder = mkdtempSync(join(tmpdir(), 'lgsp-onboarding-'));
  });
  after(async () => {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes from nothing to its first look-up by commands only', async () => {
    const { items } = await admin.do(['units', 'list', '--kind', 'commune', '--limit', '1']);
    const [{ id: former, revision, codes }] = items;
    const code = codes.find(({ scheme }: { scheme: string }) => scheme === 'population')?.code;
    const left = write('left.json', { revision, reason: 'sáp nhập', codes: [] });
    await admin.do(['units', 'change', former, '--file', left]);
    const unit = { id: 'xa-ket-noi', name: 'Xã Kết Nối', kind: 'commune', validFrom: start };
    const codesOfUnit = [{ scheme: 'population', code, validFrom: start }];
    await admin.do(['units', 'create', '--file', write('unit.json', { ...unit, codes: codesOfUnit })]);

    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyFile = write('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const jwk = write('key.jwk', publicKey.export({ format: 'jwk' }));
    await admin.do(['systems', 'create', '--id', 'mot-cua-xa', '--name', 'Một cửa xã', '--unit-id', unit.id]);
    await admin.do(['keys', 'register', 'mot-cua-xa', '--jwk', jwk, '--valid-to', inDays(300)]);

    const right = { systemId: 'mot-cua-xa', validFrom: inDays(-1), validTo: inDays(300) };
    const mandate = {
      ...right,
      id: 'uq-xa',
      unitId: unit.id,
      operations: ['population.v1/*'],
      document: 'QĐ 1',
    };
    await decide(['mandates', 'propose', '--file', write('mandate.json', mandate)]);
    const grant = {
      ...right,
      ...{ id: 'q-xa', operations: ['population.v1/lookUpCitizen'], purpose: caseHeaders.purpose },
      ...{ legalBasis: 'Thử nghiệm', grantor: 'TT-999/2025', fields: ['fullName', 'birthDate'] },
      ...{
        caseRule: 'required',
        leastAssurance: 1,
        senderBound: true,
        environment: 'sandbox',
        reach: 'unit',
      },
      ...{ quota: { perMinute: 60, perDay: 1000 } },
    };
    await decide(['grants', 'propose', '--file', write('grant.json', grant)]);
    const number = hub.province.mockOfficers[0]?.number ?? '';
    const officer = ['--id', 'cb-xa-1', '--unit-id', unit.id, '--valid-from', start];
    const words = ['admin', 'officers', 'create', ...officer, ...admin.who()];
    const registered = await lgsp(words, {}, `${number}\n`);
    assert.deepEqual([registered.code, registered.out.includes(number)], [0, false], registered.err);

    // The registry reaches every process within a second.
    await setTimeout(1_000);
    const url = `${hub.url}/population/v1/citizen-lookups`;
    const system = ['--hub', hub.url, '--system', 'mot-cua-xa', '--key', keyFile, '--unit', unit.id];
    const { code: ended, out, err } = await lgsp(['headers', 'POST', url, ...system]);
    assert.equal(ended, 0, err);
    const bound = out
      .trim()
      .split('\n')
      .map((line) => line.split(': ', 2));
    const headers = Object.fromEntries(bound);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, ...caseHeaders, officer: 'cb-xa-1', 'content-type': 'application/json' },
      body: JSON.stringify(citizen),
    });
    const found: ReturnType<typeof JSON.parse> = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(found));
    assert.equal(found.citizen?.fullName ?? found.fullName, citizen.fullName);
    const { items: history } = await admin.do(['changes', 'list', '--target', 'q-xa']);
    assert.equal(history[0].operation, 'admin.v1/approveProposal');
  }).timeout(60_000);
});
