// The journal of the mock and the people it holds.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { createPeople } from '../../../mocks/population/people.ts';
import { toFullName } from '../../../mocks/population/person.ts';
import {
  control,
  listPeople,
  lookUp,
  readJournal,
  send,
  toConfirmation,
  toLookUp,
  withMock,
} from './client.ts';

describe('the population mock: journal and people', () => {
  it('§9.13 writes down what it received, and how it ended', () =>
    withMock(async (mock) => {
      const code = randomUUID();
      const body = toLookUp({ code });
      await send(mock, body);
      await send(mock, toConfirmation({ name: 'TRẦN VĂN KHÁC' }));
      await send(mock, toLookUp({ unitCode: 'TEST-UNKNOWN' }));
      await send(mock, 'hello');
      const { count, entries } = await readJournal(mock);
      assert.equal(count, 4);
      assert.deepEqual(
        entries.map(({ seq, operation, outcome }) => [seq, operation, outcome]),
        [
          [1, 'lookUp', 'found'],
          [2, 'confirm', 'notConfirmed'],
          [3, 'lookUp', 'ERROR_MAPPING_DVC'],
          [4, undefined, 'ERROR_XML'],
        ],
      );
      const [first] = entries;
      assert.equal(first?.requestCode, code);
      assert.equal(first.unitCode, 'TEST-DVC');
      assert.equal(first.sha256, createHash('sha256').update(body).digest('hex'));
      assert.equal(first.bytes, Buffer.byteLength(body));
    }));

  it('§9.13 counts persons by a keyed hash and holds no number and no name', () =>
    withMock(async (mock, _restart, journalFile) => {
      await Promise.all([send(mock, toLookUp()), send(mock, toLookUp()), send(mock, toConfirmation())]);
      await send(mock, toLookUp({ number: '999190999999', unitCode: '999190000002' }));
      await send(mock, toLookUp({ code: '999190000002' }));
      const { entries } = await readJournal(mock);
      assert.equal(new Set(entries.flatMap(({ person }) => person ?? [])).size, 2);
      const text = await readFile(journalFile, 'utf8');
      assert.doesNotMatch(text, /999190|999085|NGUYỄN|THỬ/i);
      assert.equal((await stat(journalFile)).mode & 0o777, 0o600);
    }));

  it('§9.13 holds at least 5,000 people, all invented, the same for the same seed', () => {
    const { all } = createPeople(1, 5_000);
    assert.ok(all.length >= 5_000);
    const numbers = all.flatMap(({ number, oldNumber }) =>
      [number, oldNumber].filter((n) => n !== undefined),
    );
    for (const number of numbers) assert.match(number, /^999(\d{6}|\d{9})$/);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.deepEqual(createPeople(1, 5_000).all, all);
    assert.notDeepEqual(createPeople(2, 5_000).all, all);
    const relatives = all.flatMap(({ father, mother, spouse, head }) => [father, mother, spouse, head]);
    for (const relative of relatives) assert.match(relative?.number ?? '999', /^999/);
  });

  it('§9.13 builds identifiers by century, sex and year, and keeps the documented people', () => {
    const { all, find } = createPeople(7, 5_000);
    const odd = new Set(['unknown-sex', 'unknown-codes']);
    for (const { number, birth, sex, cases } of all) {
      if (number === undefined || cases.some((name) => odd.has(name))) continue;
      const century = (birth.year >= '2000' ? 2 : 0) + (sex === '1' ? 0 : 1);
      assert.equal(number.slice(3, 6), `${century}${birth.year.slice(2)}`);
    }
    const woman = find('999190000002');
    assert.ok(woman?.father && woman.mother && woman.spouse && woman.head);
    assert.equal(toFullName(woman.name), 'Nguyễn Thị Thử Nghiệm');
    assert.equal(find('999085000001')?.birth.year, '1985');
    assert.equal(find('999305000003')?.sex, '2');
  });

  it('pages through the journal', () =>
    withMock(async (mock) => {
      for (let turn = 0; turn < 5; turn += 1) await send(mock, toLookUp());
      const page = await readJournal(mock, '?from=2&limit=2');
      assert.deepEqual(
        page.entries.map(({ seq }) => seq),
        [2, 3],
      );
      assert.deepEqual([page.count, page.next], [5, 4]);
      assert.deepEqual((await readJournal(mock, '?from=6')).entries, []);
    }));

  it('shares one write to disk between requests that come together', () =>
    withMock(async (mock) => {
      await Promise.all(Array.from({ length: 60 }, () => send(mock, toLookUp())));
      const { count, syncs } = await readJournal(mock);
      assert.equal(count, 60);
      assert.ok(syncs < 60, `${syncs} writes`);
    }));

  it('replays its journal at start and cuts off a last line that was not finished', () =>
    withMock(async (mock, restart, journalFile) => {
      await send(mock, toLookUp());
      await appendFile(journalFile, '{"seq":2,"at":"20');
      const again = await restart();
      await send(again, toLookUp());
      const { entries } = await readJournal(again);
      assert.deepEqual(
        entries.map(({ seq, outcome }) => [seq, outcome]),
        [
          [1, 'found'],
          [2, 'found'],
        ],
      );
    }));

  it('does not start on a journal with a line that cannot be read', () =>
    withMock(async (mock, restart, journalFile) => {
      await mock.close();
      await writeFile(journalFile, 'nonsense\n');
      await assert.rejects(restart(), /line 1 of the journal cannot be read/);
      await writeFile(journalFile, '');
      await restart();
    }));

  it('lists test people by case, and each of them can be looked up', () =>
    withMock(async (mock) => {
      const page = await control(`${mock.peopleUrl}?limit=1`);
      const cases = Object.keys((page as { cases: Record<string, number> }).cases);
      assert.ok(cases.length >= 20);
      for (const name of cases) {
        const [person] = await listPeople(mock, name, 1);
        assert.ok(person);
        assert.match((await lookUp(mock, person)).text, /<SoCongDan>1</);
      }
    }));
});
