// The request path as a connected system sees it, and what it leaves in the log.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createPeople } from '../../mocks/population/people.ts';
import { toFullName } from '../../mocks/population/person.ts';
import { verifyReceipt } from '../../src/evidence/verify.ts';
import { caseHeaders, citizen, confirm, lookUp } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';

describe('A look-up through the nine steps', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('path');
  });
  after(() => hub.stop());

  it('gives the citizen with the granted fields only', async () => {
    const { status, body, headers } = await hub.call(lookUp());
    assert.equal(status, 200);
    assert.equal(body.outcome, 'found');
    assert.equal(body.citizen.fullName, citizen.fullName);
    assert.equal(body.citizen.birthDate, '1990-02-15');
    assert.deepEqual(
      Object.keys(body.citizen).filter((name) =>
        ['father', 'mother', 'spouse', 'householdHead', 'religion'].includes(name),
      ),
      [],
    );
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  it('§10.10 gives relatives under a purpose whose grant lists them', async () => {
    const { body } = await hub.call(lookUp({ headers: { purpose: 'ho-tich' } }));
    assert.equal(body.citizen.father.fullName.split(' ')[0], 'Nguyễn');
    assert.ok(body.citizen.spouse.personalNumber.startsWith('999'));
    assert.equal(body.citizen.religion, undefined);
  });

  it('passes on the note by which the source says that a citizen has died', async () => {
    const [dead] = createPeople(1, 5_000).all.filter(({ cases }) => cases.includes('deceased'));
    const [year, month, day] = (/^(....)(..)(..)$/.exec(dead?.birth.date ?? '') ?? []).slice(1);
    const body = {
      personalNumber: dead?.number,
      fullName: dead && toFullName(dead.name),
      birthDate: `${year}-${month}-${day}`,
    };
    const answer = await hub.call(lookUp({ body }));
    assert.equal(answer.body.citizen.sourceNote, 'Công dân đã chết');
  });

  it('writes opened, then closed, naming system, units, grant and outcome', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const [opened, closed, ...more] = await hub.entries(exchangeId);
    assert.deepEqual(more, []);
    assert.equal(opened?.kind, 'opened');
    assert.equal(closed?.kind, 'closed');
    const { system, actingUnit, service, operation, grant, outcome, status } = closed?.leaf ?? {};
    assert.deepEqual(
      { system, actingUnit, service, operation, grant, outcome, status },
      {
        system: 'mot-cua',
        actingUnit: 'cq-00',
        service: 'population.v1',
        operation: 'lookUpCitizen',
        grant: 'q-mot-cua-tthc',
        outcome: 'answered',
        status: 200,
      },
    );
    assert.equal(typeof closed?.leaf['earlier'], 'string');
  });

  it('seals officer, purpose, case, the person as a keyed hash, and the digests of what passed', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const [, closed] = await hub.entries(exchangeId);
    const sealed = closed?.sealed ?? {};
    assert.equal(sealed['officer'], 'cb-0001');
    assert.equal(sealed['purpose'], 'giai-quyet-tthc');
    assert.equal(sealed['case'], caseHeaders['case-code']);
    assert.equal(sealed['result'], 'found');
    const sent = Buffer.from(JSON.stringify(citizen));
    assert.deepEqual(sealed['request'], {
      sha256: createHash('sha256').update(sent).digest('hex'),
      bytes: sent.length,
    });
    assert.deepEqual(sealed['unitCode'], { used: 'TEST-DVC-H99', unit: 'cq-00' });
    assert.doesNotMatch(JSON.stringify(sealed), /999190000002|Nghiệm/);
  });

  it('sends the exchange id as the request code, so that both sides can be matched', async () => {
    const { exchangeId } = await hub.call(lookUp());
    assert.equal((await hub.journal()).filter((line) => line.requestCode === exchangeId).length, 1);
  });

  it('answers an unknown number, a wrong name and a wrong birth date alike', async () => {
    const bodies = [
      { ...citizen, personalNumber: '999190999999' },
      { ...citizen, fullName: 'Nguyễn Thị Khác' },
      { ...citizen, birthDate: '1990-02-16' },
    ];
    for (const body of bodies) {
      const answer = await hub.call(lookUp({ body }));
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, { outcome: 'notConfirmed' });
    }
  });

  it('is notConfirmed when the source returns a record of another name', async () => {
    await hub.fault({ ignoreName: true });
    const { body } = await hub.call(lookUp({ body: { ...citizen, fullName: 'Nguyễn Thị Khác' } }));
    await hub.fault({});
    assert.deepEqual(body, { outcome: 'notConfirmed' });
  });

  it('confirms an identity with yes or no and nothing else', async () => {
    assert.deepEqual((await hub.call(confirm())).body, { outcome: 'confirmed' });
    const other = { personalNumber: citizen.personalNumber, fullName: 'Nguyễn Thị Khác' };
    assert.deepEqual((await hub.call(confirm({ body: other }))).body, { outcome: 'notConfirmed' });
  });

  it('asks the source again for the same person: nothing is cached', async () => {
    const before = (await hub.journal()).length;
    await hub.call(lookUp());
    await hub.call(lookUp());
    assert.equal((await hub.journal()).length, before + 2);
  });

  it('gives a receipt that verifies offline, and fails when a byte is changed', async () => {
    const { exchangeId } = await hub.call(lookUp());
    const { status, body } = await hub.call({ path: `/evidence/v1/exchanges/${exchangeId}/receipt` });
    assert.equal(status, 200);
    assert.equal(verifyReceipt(body, hub.logKey).ok, true);
    const changed = { ...body, entry: body.entry.replace('cq-00', 'cq-01') };
    assert.equal(verifyReceipt(changed, hub.logKey).ok, false);
  });
});
