// Grants of the administration service: proposed, approved, in force within a second, narrowed at once.
import assert from 'node:assert/strict';
import { callUntil, confirm } from '../../support/calls.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { inDays, newGrant } from './rights.ts';
import { type Administration, createAdministration } from './support.ts';

const reason = 'thử';

describe('Administration of grants', () => {
  let hub: TestHub;
  let admin: Administration;
  const approve = (id: string) =>
    admin.act('POST', `/proposals/${id}/approval`, { reason }, { as: 'phe-duyet' });
  const propose = (more: Readonly<Record<string, unknown>> = {}) =>
    admin.act('POST', '/grants', newGrant(more));
  /** A grant in force. */
  const grant = async (more: Readonly<Record<string, unknown>> = {}) => {
    const { body } = await propose(more);
    const approved = await approve(body.id);
    assert.equal(approved.status, 200, JSON.stringify(approved.body));
    return (await admin.read(`/grants/${body.target}`)).body;
  };
  const setState = (id: string, state: string) => admin.act('PUT', `/grants/${id}/state`, { state, reason });

  before(async () => {
    hub = await startTestHub('admin-grants');
    admin = createAdministration(hub);
  });
  after(() => hub.stop());

  it('is nothing until it is approved, then holds every part that was asked for', async () => {
    const asked = newGrant();
    const proposed = await admin.act('POST', '/grants', asked);
    assert.equal(proposed.status, 202);
    assert.equal(proposed.body.id, proposed.exchangeId);
    assert.equal((await admin.read(`/grants/${asked.id}`)).body.code, 'record-not-found');
    const approved = await approve(proposed.body.id);
    assert.equal(approved.body.state, 'approved');
    const { body } = await admin.read(`/grants/${asked.id}`);
    const { reason: _, addresses: __, validTo, ...rest } = asked;
    assert.deepEqual({ ...body, ...rest }, body);
    assert.deepEqual(body.addresses, ['127.0.0.0/8', '::1/128']);
    assert.deepEqual([body.validTo, body.state, body.revision], [validTo, 'active', 1]);
  });

  it('records both exchanges, and the history names the proposal', async () => {
    const proposed = await propose();
    const approved = await approve(proposed.body.id);
    const result = async (id: string) => (await hub.entries(id)).at(-1)?.sealed['result'];
    assert.equal(await result(proposed.exchangeId), `proposeGrant proposal ${proposed.body.id}`);
    assert.equal(await result(approved.exchangeId), `approveProposal grant ${proposed.body.target}`);
    const { rows } = await hub.owner.query(
      'SELECT operation, before, after FROM administration_change WHERE proposal_id = $1 ORDER BY number',
      [proposed.body.id],
    );
    assert.deepEqual(
      rows.map(({ operation }) => operation),
      ['admin.v1/proposeGrant', 'admin.v1/approveProposal'],
    );
    assert.equal(rows[1].before, null);
    assert.equal(rows[1].after.id, proposed.body.target);
  });

  it('goes live within a second, is suspended and revoked within one, and comes back by approval only', async () => {
    const call = confirm({ headers: { purpose: 'di-vao-song' } });
    assert.equal((await hub.call(call)).body.code, 'purpose-not-granted');
    const { id } = await grant({ purpose: 'di-vao-song', quota: { perMinute: 1000, perDay: 100_000 } });
    await callUntil(hub, call, undefined);
    assert.equal((await setState(id, 'suspended')).status, 200);
    await callUntil(hub, call, 'grant-suspended');
    const resumed = await setState(id, 'active');
    assert.equal(resumed.status, 202);
    assert.equal(resumed.body.act, 'resume');
    assert.equal((await hub.call(call)).body.code, 'grant-suspended');
    await approve(resumed.body.id);
    await callUntil(hub, call, undefined);
    assert.equal((await setState(id, 'revoked')).body.state, 'revoked');
    await callUntil(hub, call, 'purpose-not-granted');
    assert.equal((await setState(id, 'active')).body.code, 'revoked-for-good');
  });

  it('a changed quota goes live with the approval', async () => {
    const call = confirm({ headers: { purpose: 'han-muc' } });
    const { id } = await grant({ purpose: 'han-muc', quota: { perMinute: 1000, perDay: 100_000 } });
    await callUntil(hub, call, undefined);
    const change = { revision: 1, reason, quota: { perMinute: 1, perDay: 1 } };
    const proposed = await admin.act('PATCH', `/grants/${id}`, change);
    assert.equal(proposed.status, 202);
    await approve(proposed.body.id);
    await callUntil(hub, call, 'rate-exceeded');
  });

  it('changes what is sent, empties by null, leaves the rest', async () => {
    const made = await grant();
    const change = { revision: 1, reason, hours: null, legalBasis: 'Căn cứ mới', validTo: inDays(200) };
    const proposed = await admin.act('PATCH', `/grants/${made.id}`, change);
    assert.equal(proposed.body.content.hours, undefined);
    assert.equal((await approve(proposed.body.id)).status, 200);
    const { hours: _, ...kept } = made;
    const after = (await admin.read(`/grants/${made.id}`)).body;
    const { legalBasis, validTo } = change;
    assert.deepEqual(after, { ...kept, legalBasis, validTo, revision: 2 });
  });

  it('refuses a change of another revision, and one of a revoked grant', async () => {
    const { id } = await grant();
    const patch = (revision: number) =>
      admin.act('PATCH', `/grants/${id}`, { revision, reason, reach: 'unit' });
    assert.equal((await patch(2)).body.code, 'revision-conflict');
    await setState(id, 'revoked');
    assert.equal((await patch(2)).body.code, 'revoked-for-good');
  });

  const refused: readonly [string, Readonly<Record<string, unknown>>, string][] = [
    [
      'operations that nobody publishes',
      { operations: ['population.v1/deleteCitizen'] },
      '/body/operations/0',
    ],
    [
      'fields that no answer has',
      { operations: ['population.v1/lookUpCitizen'], fields: ['salary'] },
      '/body/fields/0',
    ],
    ['fields where none can be withheld', { fields: ['fullName'] }, '/body/fields/0'],
    ['a look-up without its fields', { operations: ['population.v1/lookUpCitizen'] }, '/body/fields'],
    [
      'a purpose for an operation that is called without one',
      { operations: ['population.v1/confirmIdentity', 'evidence.v1/getReceipt'] },
      '/body/operations/1',
    ],
    ['personal data without a purpose', { purpose: undefined }, '/body/purpose'],
    ['personal data by bearer tokens', { senderBound: false }, '/body/senderBound'],
    ['the environment of another hub', { environment: 'production' }, '/body/environment'],
    ['an address that is none', { addresses: ['10.0.0.0/33'] }, '/body/addresses/0'],
    ['bits beyond the prefix', { addresses: ['::1', '10.0.0.1/8'] }, '/body/addresses/1'],
    ['more than twelve months', { validTo: inDays(366) }, '/body/validTo'],
    ['an end before its beginning', { validTo: inDays(-2) }, '/body/validTo'],
    ['what is over already', { validFrom: inDays(-9), validTo: inDays(-2) }, '/body/validTo'],
    ['a beginning long past', { validFrom: inDays(-40) }, '/body/validFrom'],
    ['a day that no calendar has', { validTo: '2027-02-30T00:00:00Z' }, '/body/validTo'],
    ['a system that does not exist', { systemId: 'khong-co' }, '/body/systemId'],
    ['hours that end before they begin', { hours: { from: 9, to: 9 } }, '/body/hours'],
  ];
  for (const [what, more, where] of refused)
    it(`tells the proposer, not the approver: ${what}`, async () => {
      const { status, body } = await propose(more);
      assert.equal(status, 400, JSON.stringify(body));
      assert.deepEqual(body.errors[0].where, where);
      const { body: pending } = await admin.read('/proposals?state=pending');
      assert.deepEqual(pending.items, []);
    });

  it('takes twelve months to the day, by the calendar of the province', async () => {
    const validFrom = `${inDays(3).slice(0, 10)}T00:00:00+07:00`;
    const year = Number(validFrom.slice(0, 4)) + 1;
    const { status } = await propose({ validFrom, validTo: `${year}${validFrom.slice(4)}` });
    assert.equal(status, 202);
  });

  it('is proposed once at a time, and never under the id of another', async () => {
    const asked = newGrant();
    assert.equal((await admin.act('POST', '/grants', asked)).status, 202);
    const again = await admin.act('POST', '/grants', { ...asked, reach: 'province' });
    assert.equal(again.body.code, 'proposal-pending');
    const { id } = await grant();
    const { body } = await propose({ id });
    assert.deepEqual([body.code, body.errors[0].where], ['already-exists', '/body/id']);
  });

  it('lists by system, operation, purpose, end and state', async () => {
    const { id } = await grant({ purpose: 'liet-ke', validTo: inDays(30) });
    const find = async (query: string) =>
      (await admin.read(`/grants?${query}`)).body.items.map((one: { id: string }) => one.id);
    assert.deepEqual(await find('purpose=liet-ke'), [id]);
    assert.deepEqual(await find('purpose=liet-ke&operation=population.v1/lookUpCitizen'), []);
    assert.deepEqual(await find(`purpose=liet-ke&endsBefore=${inDays(31)}`), [id]);
    assert.deepEqual(await find(`purpose=liet-ke&endsBefore=${inDays(29)}`), []);
    assert.deepEqual(await find('purpose=liet-ke&state=revoked'), []);
    const byEnd = (await admin.read('/grants?system=mot-cua&sort=-validTo')).body.items;
    const ends = byEnd.map(({ validTo }: { validTo: string }) => validTo);
    assert.deepEqual(ends, [...ends].sort().reverse());
  });
});
