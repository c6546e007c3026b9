// The long way round, by operations alone: an administrator makes a system, registers its key, has its rights approved,
// and then tries to approve with it what they ask for.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { openSystemKey, type SeedKey } from '../../../src/sandbox/seed-key.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { type Act, type Actor, createAct, inDays, newGrant, newMandate, onceKnown } from './rights.ts';

const reason = 'thử';
const id = 'he-moi';

describe('A system that an administrator made', () => {
  let hub: TestHub;
  let act: Act;
  let key: SeedKey;
  let asker: Actor;
  let approver: Actor;
  let own: Actor;
  const approve = (by: Actor, proposal: string) =>
    onceKnown(() => act(by, 'POST', `/proposals/${proposal}/approval`, { reason }));
  /** Asks for a right and has it approved. */
  const give = async (path: string, right: unknown) => {
    const { body } = await act(asker, 'POST', path, right);
    assert.equal((await approve(approver, body.id)).status, 200, JSON.stringify(body));
  };
  const register = (system: string, { kid: _, ...jwk }: SeedKey['publicJwk']) =>
    act(asker, 'POST', `/systems/${system}/keys`, { jwk, validTo: inDays(90) });

  before(async () => {
    hub = await startTestHub('admin-own-system');
    const actorOf = (system: string, place: number): Actor => {
      const unit = hub.province.systems.find(({ clientId }) => clientId === system)?.unitId;
      const officers = hub.province.officers.filter((one) => one.unitId === unit && one.case === 'ordinary');
      return { system, officer: officers[place]?.id ?? '' };
    };
    asker = actorOf('quan-tri', 0);
    approver = actorOf('phe-duyet', 0);
    own = { system: id, officer: actorOf('phe-duyet', 1).officer };
    const file = hub.province.systems[0]?.privateKeyFile ?? '';
    key = openSystemKey(dirname(file), id);
    const unitId = hub.province.systems.find(({ clientId }) => clientId === 'phe-duyet')?.unitId ?? '';
    act = createAct(hub, [{ clientId: id, unitId, actingUnits: [unitId], privateKeyFile: key.file }]);
    await act(asker, 'POST', '/systems', { id, name: 'Hệ mới', unitId });
    assert.equal((await register(id, key.publicJwk)).status, 201);
    await give('/mandates', newMandate(unitId, { systemId: id, operations: ['admin.v1/*'] }));
    const operations = ['admin.v1/approveProposal', 'admin.v1/proposeGrant'];
    await give('/grants', newGrant({ systemId: id, operations, purpose: 'quan-tri', reach: 'province' }));
  });
  after(() => hub.stop());

  it('does not approve what its maker asks for', async () => {
    const { body } = await act(asker, 'POST', '/grants', newGrant());
    assert.equal((await approve(own, body.id)).body.code, 'proposal-own');
    assert.equal((await approve(approver, body.id)).status, 200);
  });

  it('is not approved by its maker', async () => {
    const { body } = await onceKnown(() => act(own, 'POST', '/grants', newGrant()));
    assert.equal((await approve(asker, body.id)).body.code, 'proposal-own');
    assert.equal((await approve(approver, body.id)).status, 200);
  });

  it('takes another key only by a proposal, and so does the system of the approver', async () => {
    const other = openSystemKey(dirname(key.file), 'khoa-khac').publicJwk;
    const onOwn = await register(id, other);
    assert.deepEqual([onOwn.status, onOwn.body.kind], [202, 'key']);
    assert.equal((await approve(own, onOwn.body.id)).body.code, 'proposal-own');
    const third = openSystemKey(dirname(key.file), 'khoa-nua').publicJwk;
    const onApprover = await register('phe-duyet', third);
    assert.deepEqual([onApprover.status, onApprover.body.kind], [202, 'key']);
    assert.equal((await approve(asker, onApprover.body.id)).body.code, 'proposal-own');
  });

  it('leaves an approver who agreed to the asker’s key for its own system without a say until that key is gone', async () => {
    const foreign = openSystemKey(dirname(key.file), 'khoa-gia').publicJwk;
    const { body } = await register('phe-duyet', foreign);
    assert.equal(body.code, undefined, JSON.stringify(body));
    assert.equal((await approve(approver, body.id)).status, 200);
    const asked = await act(asker, 'POST', '/grants', newGrant());
    assert.equal((await approve(approver, asked.body.id)).body.code, 'proposal-own');
    const revoke = await act(approver, 'POST', `/systems/phe-duyet/keys/${foreign['kid']}/revocation`, {
      reason,
    });
    assert.equal(revoke.status, 200, JSON.stringify(revoke.body));
  });
});
