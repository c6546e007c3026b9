// Four eyes and keys that are over: a key that ended or was revoked counts as long as a token of it may pass.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { openSystemKey } from '../../../src/sandbox/seed-key.ts';
import { overlapS } from '../../../src/signin/token-schedule.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Act, type Actor, createAct, makeAdministrator, newGrant, onceKnown } from './rights.ts';
import { createAdministration } from './support.ts';

/** Systems with a key of their own, for which the asker also brought in one that is over: how, and for how long. */
const rows = [
  { id: 'vua-het', over: 'valid_to', agoS: overlapS - 30, code: 'proposal-own' },
  { id: 'vua-thu-hoi', over: 'revoked_at', agoS: overlapS - 30, code: 'proposal-own' },
  { id: 'het-lau', over: 'valid_to', agoS: overlapS + 1, code: undefined },
  { id: 'thu-hoi-lau', over: 'revoked_at', agoS: overlapS + 1, code: undefined },
] as const;

describe('Four eyes, of a system for which the asker brought in a key that is over', () => {
  let hub: TestHub;
  let act: Act;
  let asker: Actor;
  let officer = '';
  const ask = async (by: Actor) => (await onceKnown(() => act(by, 'POST', '/grants', newGrant()))).body.id;
  const approve = async (by: Actor, id: string) => {
    const path = `/proposals/${id}/approval`;
    return (await onceKnown(() => act(by, 'POST', path, { reason: 'thử' }))).body.code;
  };

  before(async () => {
    hub = await startTestHub('admin-past-keys');
    const { officerOf } = createAdministration(hub);
    asker = { system: 'quan-tri', officer: officerOf('quan-tri') };
    officer = officerOf('phe-duyet');
    const [first] = hub.province.systems;
    const unitId = hub.province.systems.find(({ clientId }) => clientId === 'phe-duyet')?.unitId ?? '';
    const made = [];
    for (const { id, over, agoS } of rows) {
      made.push(await makeAdministrator(hub, { id, unitId }));
      const { kid, publicJwk } = openSystemKey(dirname(first?.privateKeyFile ?? ''), `khoa-cu-${id}`);
      await hub.owner.query(
        `INSERT INTO system_key (kid, system_id, jwk, valid_from, registered_by_system, registered_by_officer, ${over})
           VALUES ($1, $2, $3, '2025-07-01', $4, $5, now() - $6 * interval '1 second')`,
        [kid, id, publicJwk, asker.system, asker.officer, agoS],
      );
    }
    act = createAct(hub, made);
  });
  after(() => hub.stop());

  for (const { id, over, agoS, code } of rows) {
    it(`${code ?? 'approves'}: it decides, ${over} ${agoS} s ago`, async () => {
      assert.equal(await approve({ system: id, officer }, await ask(asker)), code);
    });
    it(`${code ?? 'approves'}: it asked, ${over} ${agoS} s before`, async () => {
      assert.equal(await approve(asker, await ask({ system: id, officer })), code);
    });
  }
});
