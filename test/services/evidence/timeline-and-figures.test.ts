// The time line of an exchange with its deliveries, and figures that come to what a search counts.
import assert from 'node:assert/strict';
import type { components } from '../../../openapi/types/evidence.v1.ts';
import { toLocalDay } from '../../../src/local-day.ts';
import type { Who } from '../../support/sandbox-hub.ts';
import { laySearchGround, receivers, type SearchGround } from './search-ground.ts';

type TimelineItem = components['schemas']['TimelineItem'];
type Figure = components['schemas']['Figure'];

const auditor: Who = { system: 'kiem-toan' };

describe('Time lines and figures', () => {
  let ground: SearchGround;
  const today = toLocalDay(Date.now());
  before(async () => {
    ground = await laySearchGround('timeline');
  });
  after(() => ground?.stop());

  const timeline = (id: string, who: Who) =>
    ground.call({ path: `/evidence/v1/exchanges/${id}/timeline`, ...who });
  const ask = (what: string, query: Readonly<Record<string, string>>, who: Who = auditor) =>
    ground.call({
      path: `/evidence/v1/${what}?${new URLSearchParams({ from: today, to: today, ...query })}`,
      ...who,
    });

  it('has all entries of an exchange and of the deliveries that it accepted, attempts among them, in their order', async () => {
    const { status, body } = await timeline(ground.sent, auditor);
    assert.equal(status, 200, JSON.stringify(body));
    const items: readonly TimelineItem[] = body.items;
    assert.equal(ground.deliveries.length, 3);
    const ids = [ground.sent, ...ground.deliveries];
    const { rows } = await ground.hub.owner.query<{ leaf: string }>(
      'SELECT leaf_index AS leaf FROM entry e JOIN leaf l ON l.entry_id = e.id WHERE e.exchange_id = ANY ($1) ORDER BY 1',
      [ids],
    );
    assert.deepEqual(
      items.map(({ leafIndex }) => leafIndex).sort((a, b) => Number(a) - Number(b)),
      rows.map(({ leaf }) => Number(leaf)),
    );
    assert.deepEqual([items[0]?.exchangeId, items[0]?.kind], [ground.sent, 'opened']);
    const ofOutside = items.filter(({ attempt }) => attempt !== undefined);
    assert.deepEqual(
      ofOutside.map(({ step, attempt }) => [step, attempt]),
      [
        ['sending', 1],
        ['sent', 1],
      ],
    );
    assert.deepEqual(
      items.map(({ at }) => at),
      items.map(({ at }) => at).sort(),
    );
    assert.equal(items[0]?.sealed?.caseCode, 'H99.01-1');
    assert.equal(body.isComplete, true);
    assert.ok(body.upTo.leaves > Math.max(...items.map(({ leafIndex }) => leafIndex ?? 0)));
  });

  it('of a delivery is seen by both its ends, of its exchange by the sender only', async () => {
    const receiver = { system: 'van-ban', unit: receivers.old.unit };
    const sender = { system: 'van-ban', unit: 'cq-03' };
    const [delivery = ''] = ground.deliveries;
    for (const who of [receiver, sender]) assert.equal((await timeline(delivery, who)).status, 200);
    assert.equal((await timeline(ground.sent, sender)).body.items.length > 4, true);
    for (const [id, who] of [
      [ground.sent, receiver],
      [delivery, { system: 'van-ban', unit: 'cq-04' }],
      ['01234567-89ab-7def-8123-456789abcdef', auditor],
    ] as const) {
      const { status, body } = await timeline(id, who);
      assert.deepEqual([status, body.code], [404, 'exchange-not-found']);
    }
  });

  it('gives an operator no officer, case or purpose', async () => {
    const { body } = await timeline(ground.sent, { system: 'quan-tri' });
    assert.ok(body.items.length > 4);
    for (const { sealed } of body.items)
      assert.ok(Object.keys(sealed ?? {}).every((name) => name === 'sources'));
  });

  it('counts by whatever is asked for, and comes to the same sum', async () => {
    const sum = (items: readonly Figure[]): number =>
      items.reduce((total, { exchanges }) => total + exchanges, 0);
    await ground.indexed();
    const { body: counted } = await ground.search({ to: ground.end, count: 'true' });
    const only = { service: 'population.v1' };
    const found = await ground.search({ ...only, to: ground.end, count: 'true' });
    for (const by of ['unit', 'service', 'source', 'day', 'outcome', 'problem', 'system,operation']) {
      const { status, body } = await ask('figures', { by, ...only });
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(sum(body.items), found.body.count.value, by);
      for (const item of body.items)
        assert.deepEqual(Object.keys(item).sort(), [...by.split(','), 'exchanges'].sort());
    }
    const { body } = await ask('figures', { by: 'problem,outcome', ...only });
    const of = (problem: string) => body.items.find((item: Figure) => item.problem === problem)?.exchanges;
    assert.deepEqual([of('source-unavailable'), of('purpose-not-granted')], [1, 1]);
    const total = (await ask('figures', {})).body.items[0].exchanges;
    assert.ok(total >= counted.count.value);
    assert.deepEqual((await ask('figures', { source: 'khong-co' })).body.items, [{ exchanges: 0 }]);
  });

  it('gives the same as CSV', async () => {
    const query = new URLSearchParams({
      from: today,
      to: today,
      by: 'service,outcome',
      service: 'population.v1',
    });
    const { token } = await ground.hub.token({ ...auditor, bound: false });
    const answer = await fetch(`${ground.hub.url}/evidence/v1/figures/file?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(bytes.subarray(0, 3).toString('hex'), 'efbbbf');
    const [head, ...lines] = bytes.toString().trim().split('\r\n');
    assert.match(head ?? '', /Dịch vụ \/ Service,Kết quả \/ Outcome,Số giao dịch \/ Exchanges$/);
    assert.match(lines.pop() ?? '', /Up to leaf: \d+$/);
    const { body } = await ask('figures', { by: 'service,outcome', service: 'population.v1' });
    assert.deepEqual(
      lines,
      body.items.map((item: Figure) => `${item.service},${item.outcome},${item.exchanges}`),
    );
  });

  it('gives a unit its own figures only, and refuses days that there are not', async () => {
    const unit = { system: 'mot-cua', unit: 'cq-00' };
    const { body } = await ask('figures', { by: 'unit' }, unit);
    assert.deepEqual(
      body.items.map((item: Figure) => item.unit),
      ['cq-00'],
    );
    assert.equal((await ask('figures', { unit: 'cq-01' }, unit)).body.code, 'reach-too-small');
    for (const days of [
      { from: '2026-02-30' },
      { from: '2030-01-02', to: '2030-01-01' },
      { from: '2020-01-01' },
    ])
      assert.deepEqual((await ask('figures', days)).body.code, 'request-invalid');
    assert.equal((await ask('figures', { by: 'person' })).body.code, 'request-invalid');
  });
});
