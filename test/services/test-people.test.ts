// docs/test-people.md names people that are there, with what a look-up of each gives.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from '../../src/root.ts';
import { citizen, lookUp } from '../support/calls.ts';
import { startTestHub, type TestHub } from '../support/sandbox-hub.ts';
import { casesOfMock, peopleCases, peopleOf, toTestPeopleDocument } from '../support/test-people.ts';

const file = join(rootFolder, 'docs', 'test-people.md');

describe('The test people', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub('test-people');
  });
  after(() => hub.stop());

  const ask = (personalNumber: string, fullName: string, birthDate: string) =>
    hub.call(lookUp({ body: { personalNumber, fullName, birthDate }, headers: { purpose: 'ho-tich' } }));

  it('stand in the document as the mock makes them', () => {
    if (process.env['WRITE_DOCS']) writeFileSync(file, toTestPeopleDocument());
    assert.equal(readFileSync(file, 'utf8'), toTestPeopleDocument());
  });

  it('are of every case that the mock has', () => {
    assert.deepEqual([...casesOfMock()].sort(), peopleCases.map(({ name }) => name).sort());
  });

  for (const { name, holds } of peopleCases)
    it(`of the case ${name} are found, and are what the document says`, async () => {
      for (const person of peopleOf(name)) {
        const { body } = await ask(person.number, person.fullName, person.birthDate);
        assert.equal(body.outcome, 'found', JSON.stringify(body));
        assert.ok(holds(body.citizen, person));
        if (person.oldNumber !== undefined)
          assert.equal(
            (await ask(person.oldNumber, person.fullName, person.birthDate)).body.outcome,
            'found',
          );
      }
    });

  it('are not confirmed in the ways that the document names', async () => {
    const { personalNumber, fullName, birthDate } = citizen;
    for (const [number, name, date] of [
      ['999199999999', fullName, birthDate],
      [personalNumber, 'Nguyen Thi Thu Nghiem', birthDate],
      [personalNumber, fullName, '1990-02-16'],
    ] as const)
      assert.deepEqual((await ask(number, name, date)).body, { outcome: 'notConfirmed' });
  });
});
