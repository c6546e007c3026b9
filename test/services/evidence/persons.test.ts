// Asking about a person over HTTP: by a right of audit, with a reason and a file number, so many a day; the number is kept
// nowhere. The report to the person, what is unusual in a day, and a sample that anyone draws again.
import assert from 'node:assert/strict';
import { withTransaction } from '../../../src/database/pool.ts';
import { drawSample, verifySample } from '../../../src/evidence/sample.ts';
import { openKeys } from '../../../src/keys.ts';
import { toLocalDay } from '../../../src/local-day.ts';
import { type InventedExchange, writeExchange } from '../../evidence/retention-support.ts';
import { until } from '../../evidence/support.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';

const number = '999000000017';
const payer = '999000000019';
const person = { number };
const shape = { service: 'population.v1', operation: 'lookUpCitizen', kinds: ['opened', 'closed'] } as const;

describe('M19 S21 Persons in the evidence service', () => {
  let hub: TestHub;
  let officer = '';
  let unit = '';
  const now = new Date();
  const ids: string[] = [];
  before(async () => {
    hub = await startTestHub('persons', {
      limits: {
        'evidence.v1': { personSearches: 5, misses: 1, officerPersons: 1, burst: 2 },
      },
    });
    const auditor = hub.province.systems.find(({ clientId }) => clientId === 'kiem-toan');
    officer = hub.province.officers.find((one) => one.unitId === auditor?.actingUnits[0])?.id ?? '';
    unit = hub.province.systems.find(({ clientId }) => clientId === 'mot-cua')?.actingUnits[0] ?? '';
    const keys = openKeys(hub.keyFolder, 'sandbox');
    const base: InventedExchange = {
      ...{ ...shape, times: [now, now], unit, grant: 'q-mot-cua-tthc', caseCode: 'H99.khong-co' },
      ...{ officer: 'cb-tra-nhieu', result: 'notConfirmed', person },
    };
    await withTransaction(hub.owner, async (client) => {
      ids.push(await writeExchange(client, base, keys));
      ids.push(await writeExchange(client, { ...base, caseCode: 'H99.giu' }, keys));
      ids.push(await writeExchange(client, { ...base, person: { number, role: 'relative' } }, keys));
      await writeExchange(client, { ...base, person: { number: '999000000018' } }, keys);
      await writeExchange(
        client,
        { ...base, officer: 'cb-thu-phi', person: { number: payer, role: 'payer' } },
        keys,
      );
    });
    await hub.owner.query(
      `INSERT INTO entry_hold (id, decision, reason, case_code, until, placed_at, placed_by_system, placed_by_officer)
       VALUES (gen_random_uuid(), '1/QĐ', 'thử', 'H99.giu', now() + interval '1 day', now(), 'kiem-toan', 'cb-9')`,
    );
    await until(
      async () =>
        (await hub.owner.query('SELECT FROM exchange WHERE exchange_id = ANY ($1)', [ids])).rowCount ===
        ids.length,
    );
  });
  after(() => hub.stop());

  const question = {
    ...{ kind: 'personal-number', number, reason: 'Đơn của công dân', fileNumber: '12/HS' },
    from: new Date(now.getTime() - 86_400_000).toISOString(),
    to: new Date(now.getTime() + 86_400_000).toISOString(),
  };
  const ask = (path: string, body: unknown, system = 'kiem-toan', purpose = 'kiem-toan') =>
    hub.call({ system, method: 'POST', path: `/evidence/v1${path}`, body, headers: { officer, purpose } });
  const read = (path: string) => hub.call({ system: 'kiem-toan', path: `/evidence/v1${path}` });

  it('finds exchanges with the role, records why and in which file, and keeps the number nowhere', async () => {
    const { status, body, exchangeId } = await ask('/person-searches', { ...question, limit: 2 });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.items.length, 2);
    const rest = await ask('/person-searches', { ...question, cursor: body.next });
    const found = [...body.items, ...rest.body.items];
    assert.deepEqual(new Set(found.map((one) => one.exchangeId)), new Set(ids));
    assert.deepEqual(found.find((one) => one.exchangeId === ids[2]).roles, ['relative']);
    const [opened] = await hub.entries(exchangeId);
    assert.deepEqual([opened?.sealed['reason'], opened?.sealed['fileNumber']], ['Đơn của công dân', '12/HS']);
    assert.match(JSON.stringify(opened?.sealed['subjects']), /"role":"searched"/);
    assert.ok(!JSON.stringify(await hub.entries(exchangeId)).includes(number));
  });

  it('reports to the person what units did and why, without officers; relatives and what is held are only counted', async () => {
    const { status, body } = await ask('/subject-reports', question);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.items.length, body.withheld], [1, { relatives: 1, held: 1 }]);
    const [item] = body.items;
    assert.deepEqual([item.unit, item.purpose], [unit, 'giai-quyet-tthc']);
    assert.match(item.legalBasis, /thủ tục hành chính/);
    assert.match(
      body.text,
      /NĐ|Nghị định 356\/2025[\s\S]*Căn cứ pháp lý[\s\S]*1 lần liên quan đến người thân/,
    );
    assert.ok(!JSON.stringify(body).includes('cb-tra-nhieu') && !JSON.stringify(body).includes(number));
  });

  it('reports a payment to who paid it, and says of which months something was purged', async () => {
    const month = now.toISOString().slice(0, 7);
    await hub.owner.query(
      `INSERT INTO purge_batch (notice_id, class_id, month, log, leaves) VALUES (gen_random_uuid(), 'other', $1, 1, '{[0,0]}')`,
      [month],
    );
    const { status, body } = await ask('/subject-reports', { ...question, number: payer });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.items.length, body.withheld.relatives, body.monthsPurged], [1, 0, [month]]);
    assert.match(body.text, new RegExp(`Đã xóa một phần theo thời hạn lưu trữ.*${month}\\.`));
  });

  it('refuses a number of another kind, and one that is repeated where it would be kept', async () => {
    const slips = [
      { kind: 'old-identity-number' },
      { reason: `Về số ${number}` },
      { fileNumber: number.replace(/(...)/g, '$1 ').trim() },
    ];
    for (const slip of slips) {
      const { body, exchangeId } = await ask('/person-searches', { ...question, ...slip });
      assert.equal(body.code, 'request-invalid', JSON.stringify(slip));
      assert.ok(!JSON.stringify(await hub.entries(exchangeId)).includes('Về số'));
    }
  });

  it('is refused without a right of audit, without a file number, and beyond the limit of the day', async () => {
    assert.equal((await ask('/person-searches', question, 'mot-cua')).status, 403);
    const { fileNumber: _, ...without } = question;
    assert.equal((await ask('/person-searches', without)).status, 400);
    assert.equal(
      (await ask('/person-searches', { ...question, to: question.from })).body.code,
      'period-invalid',
    );
    assert.equal((await ask('/person-searches', question)).status, 200);
    const { status, body, headers } = await ask('/subject-reports', question);
    assert.deepEqual([status, body.code], [429, 'person-search-limit-reached']);
    assert.ok(Number(headers.get('retry-after')) > 0);
  });

  it('names what is unusual in a day, by which rule and with which exchanges', async () => {
    const { status, body } = await read(`/unusual-access?day=${toLocalDay(now.getTime())}`);
    assert.equal(status, 200, JSON.stringify(body));
    const rules = body.items.map((one: { rule: string }) => one.rule);
    for (const rule of ['many-persons', 'burst', 'many-misses']) assert.ok(rules.includes(rule), rule);
    const persons = body.items.find((one: { rule: string }) => one.rule === 'many-persons');
    assert.deepEqual([persons.officer, persons.count, persons.threshold], ['cb-tra-nhieu', 2, 1]);
    assert.ok(persons.exchangeIds.includes(ids[0]));
    // Its cases wait for dossiers that are made later.
    assert.equal(body.casesJudgedFrom, toLocalDay(now.getTime() + 8 * 86_400_000));
    const quiet = await read('/unusual-access?day=2020-01-01');
    assert.deepEqual(quiet.body.items, []);
    for (const day of ['2020-02-30', toLocalDay(now.getTime() + 2 * 86_400_000)])
      assert.equal((await read(`/unusual-access?day=${day}`)).body.errors[0].where, '/query/day', day);
  });

  it('draws a sample that verifies offline and that nobody can steer', async () => {
    const { rows } = await hub.owner.query<{ size: string; root: Buffer }>(
      'SELECT size, root FROM checkpoint WHERE size > 7 ORDER BY size DESC LIMIT 1',
    );
    const size = Number(rows[0]?.size);
    const { status, body } = await read(`/samples?n=5&seed=hat-giong-1&size=${size}`);
    assert.equal(status, 200, JSON.stringify(body));
    const drawn = drawSample({ seed: 'hat-giong-1', root: rows[0]?.root ?? Buffer.of(), size, count: 5 });
    assert.deepEqual(
      body.receipts.map((one: { leafIndex: number }) => one.leafIndex),
      drawn,
    );
    const verdict = verifySample(body, 'hat-giong-1', hub.logKey);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verifySample(body, 'hat-giong-2', hub.logKey).ok, false);
    const left = { ...body, receipts: body.receipts.slice(1) };
    assert.equal(verifySample(left, 'hat-giong-1', hub.logKey).ok, false);
    assert.equal((await read(`/samples?n=5&seed=a&size=${size + 1_000}`)).body.code, 'sample-unavailable');
  });
});
