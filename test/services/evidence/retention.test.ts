// Retention over HTTP: who changes how long something is kept, who places and ends holds, once for a key, each told in the
// log; and what a reader is told of what was purged.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openKeys } from '../../../src/keys.ts';
import { createRetention } from '../../../src/schedule/retention.ts';
import { until } from '../../evidence/support.ts';
import { confirm } from '../../support/calls.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';

describe('Retention in the evidence service', () => {
  let hub: TestHub;
  let officers: Record<string, string>;
  before(async () => {
    hub = await startTestHub('retention');
    officers = Object.fromEntries(
      ['quan-tri', 'kiem-toan'].map((system) => {
        const unit = hub.province.systems.find(({ clientId }) => clientId === system)?.actingUnits[0];
        return [system, hub.province.officers.find((one) => one.unitId === unit)?.id ?? ''];
      }),
    );
  });
  after(() => hub.stop());

  const act = (
    system: 'quan-tri' | 'kiem-toan',
    method: string,
    path: string,
    body: unknown,
    key = randomUUID(),
  ) =>
    hub.call({
      ...{ system, method, path: `/evidence/v1${path}`, body },
      headers: { officer: officers[system], purpose: system, 'idempotency-key': key },
    });
  const read = (system: string, path: string) => hub.call({ system, path: `/evidence/v1${path}` });
  const notices = async () =>
    (await hub.entriesOfKind('notice')).map(({ leaf, sealed }) => ({
      notice: leaf['notice'],
      about: leaf['about'],
      sealed,
    }));
  const order = {
    ...{
      decision: '12/QĐ-TTr',
      reason: 'Thanh tra theo đơn',
      scope: { unit: 'cq-00', service: 'population.v1' },
    },
    until: '2099-01-01T00:00:00+07:00',
  };

  it('M20 lists the classes with their legal basis; violations are kept five years and more, technical logs three months', async () => {
    const { status, body } = await read('kiem-toan', '/retention-classes');
    assert.equal(status, 200, JSON.stringify(body));
    const found = new Map<string, { leastMonths: number; legalBasis: string }>(
      body.items.map((one: { id: string }) => [one.id, one]),
    );
    assert.deepEqual(
      [found.get('inspection')?.leastMonths, found.get('technical')?.leastMonths, found.size],
      [60, 3, 8],
    );
    assert.match(found.get('inspection')?.legalBasis ?? '', /356\/2025/);
  });

  it('lets an administrator change a class with a reason, once for a key; a shorter time counts after 30 days', async () => {
    const change = { months: 18, reason: 'Theo thỏa thuận mới', revision: 1 };
    const key = randomUUID();
    const first = await act('quan-tri', 'PATCH', '/retention-classes/dossiers', change, key);
    assert.equal(first.status, 200, JSON.stringify(first.body));
    assert.deepEqual([first.body.months, first.body.longerMonths, first.body.revision], [18, 24, 2]);
    assert.ok(Date.parse(first.body.longerUntil) > Date.now() + 29 * 86_400_000);
    const again = await act('quan-tri', 'PATCH', '/retention-classes/dossiers', change, key);
    assert.deepEqual(again.body, first.body);
    const [opened] = await hub.entries(first.exchangeId);
    assert.equal(opened?.sealed['reason'], change.reason);
    const stale = await act('quan-tri', 'PATCH', '/retention-classes/dossiers', change);
    assert.equal(stale.body.code, 'revision-conflict');
    const short = { ...change, months: 11, revision: 2 };
    const refused = await act('quan-tri', 'PATCH', '/retention-classes/dossiers', short);
    assert.deepEqual([refused.status, refused.body.code], [409, 'retention-too-short']);
    const auditor = await act('kiem-toan', 'PATCH', '/retention-classes/dossiers', short);
    assert.equal(auditor.body.code, 'grant-missing');
  });

  it('lets an auditor place a hold once for a key and end it; the log says so without saying whom', async () => {
    const key = randomUUID();
    const placed = await act('kiem-toan', 'POST', '/holds', order, key);
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    const again = await act('kiem-toan', 'POST', '/holds', order, key);
    assert.deepEqual([again.status, again.body], [201, placed.body]);
    const held = (await notices()).filter(({ notice }) => notice === 'held');
    assert.equal(held.length, 1);
    assert.deepEqual(held[0]?.about, { hold: placed.body.id, until: '2098-12-31T17:00:00.000Z' });
    assert.deepEqual(
      [held[0]?.sealed['fileNumber'], held[0]?.sealed['reason'], held[0]?.sealed['officer']],
      [order.decision, order.reason, officers['kiem-toan']],
    );
    const listed = await read('quan-tri', '/holds?inForce=true');
    assert.deepEqual(listed.body.items, [placed.body]);

    const ending = { decision: '13/QĐ-TTr', reason: 'Đã xong' };
    const ended = await act('kiem-toan', 'POST', `/holds/${placed.body.id}/end`, ending);
    assert.deepEqual([ended.status, ended.body.inForce], [200, false]);
    assert.equal((await notices()).filter(({ notice }) => notice === 'hold-ended').length, 1);
    const twice = await act('kiem-toan', 'POST', `/holds/${placed.body.id}/end`, ending);
    assert.equal(twice.body.code, 'hold-over');
    assert.deepEqual((await read('quan-tri', '/holds?inForce=true')).body.items, []);
  });

  it('refuses a hold that is over, one of nothing or of names that there are not, and one by an administrator or a one-stop system', async () => {
    const past = await act('kiem-toan', 'POST', '/holds', { ...order, until: '2020-01-01T00:00:00Z' });
    assert.deepEqual([past.status, past.body.code], [409, 'hold-time-past']);
    assert.equal((await act('kiem-toan', 'POST', '/holds', { ...order, scope: {} })).status, 400);
    const slips = { unit: 'cq-xx', system: 'mot-cuaa', officer: 'cb-khong-co', exchangeIds: [randomUUID()] };
    const misspelt = await act('kiem-toan', 'POST', '/holds', { ...order, scope: slips });
    assert.deepEqual(
      misspelt.body.errors.map(({ where }: { where: string }) => where.replace('/body/scope/', '')),
      ['unit', 'system', 'officer', 'exchangeIds/0'],
    );
    assert.equal((await act('quan-tri', 'POST', '/holds', order)).body.code, 'grant-missing');
    assert.equal((await read('mot-cua', '/holds')).body.code, 'grant-missing');
  });

  it('says to whoever could read a sealed part by which entry it was purged', async () => {
    const { exchangeId } = await hub.call(confirm());
    await until(async () => (await hub.owner.query('SELECT FROM entry_pending')).rowCount === 0);
    const keys = openKeys(hub.keyFolder, 'sandbox');
    const later = new Date(Date.now() + 2_000 * 86_400_000);
    await createRetention(hub.owner, keys, () => later).run('2032-01-01');

    const own = await hub.call({ path: `/evidence/v1/exchanges/${exchangeId}` });
    const [entry] = own.body.entries;
    assert.deepEqual([own.status, entry.private], [200, undefined]);
    const { purgedBy } = entry;
    const notice = await read('kiem-toan', `/exchanges/${purgedBy.exchangeId}`);
    assert.equal(JSON.parse(notice.body.entries[0].text).about.class, 'personal-data');
    const receipt = await hub.call({ path: `/evidence/v1/exchanges/${exchangeId}/receipt` });
    assert.equal(receipt.body.purgedBy.exchangeId, purgedBy.exchangeId);
    const told = await hub.call({ path: `/evidence/v1/exchanges/${exchangeId}/explanation` });
    assert.deepEqual([told.status, told.body.purgedBy.exchangeId], [200, purgedBy.exchangeId]);
  });
});
