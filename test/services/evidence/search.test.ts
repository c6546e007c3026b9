// Searching over HTTP: every condition, pages while new entries come in, and who is shown what.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { components } from '../../../openapi/types/evidence.v1.ts';
import { bodyIds } from '../../../src/sandbox/seed-units.ts';
import { lookUp } from '../../support/calls.ts';
import { until } from '../../support/embedded.ts';
import type { Who } from '../../support/sandbox-hub.ts';
import { laySearchGround, receivers, type SearchGround } from './search-ground.ts';

type Item = components['schemas']['ExchangeItem'];
type Page = components['schemas']['ExchangePage'];

/** A condition, and what fulfils it, told from what is shown. */
const cases: readonly (readonly [query: Readonly<Record<string, string>>, holds: (item: Item) => boolean])[] =
  [
    [{ system: 'van-ban' }, ({ system }) => system === 'van-ban'],
    [{ owningUnit: bodyIds.office }, ({ owningUnit }) => owningUnit === bodyIds.office],
    [{ actingUnit: 'cq-01' }, ({ actingUnit }) => actingUnit === 'cq-01'],
    [{ receiver: receivers.old.unit }, ({ receiver }) => receiver === receivers.old.unit],
    [{ officer: 'cb-0001' }, ({ sealed }) => sealed?.officer === 'cb-0001'],
    [{ caseCode: 'H99.10-251123-0002' }, ({ sealed }) => sealed?.caseCode === 'H99.10-251123-0002'],
    [{ service: 'documents.v1' }, ({ service }) => service === 'documents.v1'],
    [{ operation: 'lookUpCitizen' }, ({ operation }) => operation === 'lookUpCitizen'],
    [{ purpose: 'ho-tich' }, ({ sealed }) => sealed?.purpose === 'ho-tich'],
    [{ outcome: 'answered' }, ({ standing }) => standing === 'answered'],
    [{ outcome: 'delivered' }, ({ standing }) => standing === 'delivered'],
    [{ outcome: 'sent' }, ({ standing }) => standing === 'sent'],
    [{ problem: 'purpose-not-granted' }, ({ problem }) => problem === 'purpose-not-granted'],
    [{ problem: 'source-unavailable' }, ({ problem }) => problem === 'source-unavailable'],
    [{ source: 'population' }, ({ sealed }) => sealed?.sources?.[0] === 'population'],
    [
      { unitCode: receivers.now.code },
      ({ actingUnit, receiver, sealed }) =>
        [actingUnit, receiver].includes(receivers.now.unit) ||
        (sealed?.unitCodes ?? []).includes(receivers.now.code),
    ],
    [
      { unitCode: receivers.old.code },
      ({ actingUnit, receiver, sealed }) =>
        [actingUnit, receiver].includes(receivers.old.unit) ||
        (sealed?.unitCodes ?? []).includes(receivers.old.code),
    ],
    [
      { unitCode: 'TEST-DVC-H99' },
      ({ actingUnit, sealed }) =>
        actingUnit === 'cq-00' || (sealed?.unitCodes ?? []).includes('TEST-DVC-H99'),
    ],
    [
      { service: 'population.v1', outcome: 'problem', officer: 'cb-0001' },
      ({ service, standing, sealed }) =>
        service === 'population.v1' && standing === 'problem' && sealed?.officer === 'cb-0001',
    ],
  ];

describe('Searching exchanges', () => {
  let ground: SearchGround;
  let all: readonly Item[];
  before(async () => {
    ground = await laySearchGround('search');
    const { body } = await ground.search({ to: ground.end, limit: '200' });
    all = body.items;
  });
  after(() => ground?.stop());

  const find = async (query: Readonly<Record<string, string>>, who?: Who): Promise<readonly Item[]> => {
    const { status, body } = await ground.search({ to: ground.end, limit: '200', ...query }, who);
    assert.equal(status, 200, JSON.stringify(body));
    return body.items;
  };
  const toIds = (items: readonly Item[]): readonly string[] => items.map(({ exchangeId }) => exchangeId);

  for (const [query, holds] of cases)
    it(`finds what has ${new URLSearchParams(query)}, and nothing else`, async () => {
      const expected = all.filter(holds);
      assert.ok(expected.length > 0 && expected.length < all.length, `${expected.length} of ${all.length}`);
      assert.deepEqual(await find(query), expected);
    });

  it('finds by time what began then, the newest first', async () => {
    const [newest, middle] = [all[0], all[3]];
    assert.ok(newest && middle);
    const from = await find({ from: middle.startedAt });
    const before = await find({ to: middle.startedAt });
    // In the order of ids, which are made a moment before the first entry.
    assert.deepEqual(
      toIds([...from, ...before])
        .toSorted()
        .toReversed(),
      toIds(all),
    );
    assert.ok(toIds(from).includes(middle.exchangeId) && !toIds(before).includes(middle.exchangeId));
    assert.deepEqual(toIds(all), [...toIds(all)].sort().reverse());
  });

  it('shows exactly the exchanges of the log, each as far as its entries go', async () => {
    const { rows } = await ground.hub.owner.query<{ exchange_id: string; first: string; last: string }>(
      `SELECT e.exchange_id, min(leaf_index) AS first, max(leaf_index) AS last
       FROM entry e JOIN leaf l ON l.entry_id = e.id GROUP BY 1 HAVING min(e.recorded_at) < $1 ORDER BY 1 DESC`,
      [ground.end],
    );
    assert.deepEqual(
      all.map(({ exchangeId, firstLeaf, newestLeaf }) => [exchangeId, firstLeaf, newestLeaf]),
      rows.map(({ exchange_id, first, last }) => [exchange_id, Number(first), Number(last)]),
    );
  });

  it('counts exactly, and says up to which leaf and checkpoint that holds', async () => {
    const { body } = await ground.search({ to: ground.end, limit: '2', count: 'true' });
    assert.deepEqual(body.count, { value: all.length, isExact: true });
    const [origin, size] = body.upTo.checkpoint.split('\n');
    assert.ok(origin.length > 0 && Number(size) > 0 && body.upTo.leaves > 0);
    const none = await ground.search({ caseCode: 'khong-co', count: 'true' });
    assert.deepEqual([none.body.items, none.body.count], [[], { value: 0, isExact: true }]);
    assert.equal('next' in none.body, false);
    assert.deepEqual(await find({ unitCode: 'khong-co' }), []);
  });

  it('gives in pages of any size together what one page gives, while new entries come in', async () => {
    const queries = [
      {},
      { service: 'population.v1' },
      { unitCode: receivers.old.code },
      { system: 'mot-cua' },
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...queries), fc.integer({ min: 1, max: 9 }), async (query, limit) => {
        const pages: Page[] = [];
        for (let next: string | undefined = ''; next !== undefined; next = pages.at(-1)?.next) {
          const at = next === '' ? {} : { cursor: next };
          pages.push((await ground.search({ ...query, limit: String(limit), ...at })).body);
          if (pages.length < 3) await ground.call(lookUp());
        }
        const began = pages[0]?.upTo.leaves ?? 0;
        const { body }: { body: Page } = await ground.search({ ...query, limit: '200' });
        assert.equal('next' in body, false);
        assert.deepEqual(
          toIds(pages.flatMap(({ items }) => items)),
          toIds(body.items.filter(({ firstLeaf }) => firstLeaf < began)),
        );
        assert.ok(pages.slice(0, -1).every(({ items }) => items.length === limit));
      }),
      { numRuns: 8 },
    );
  });

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['x', '01234567-89ab-7def-8123-456789abcdef_', `${all[0]?.exchangeId}_-1`]) {
      const { status, body } = await ground.search({ cursor });
      assert.deepEqual([status, body.code], [400, 'request-invalid'], cursor);
    }
  });

  it('refuses a period that holds nothing and a personal number in the address, rather than find nothing', async () => {
    const period = { from: '2026-02-02T00:00:00Z', to: '2026-02-02T07:00:00+07:00' };
    for (const query of [period, { unitCode: '999190000002' }]) {
      const { status, body } = await ground.search(query);
      assert.deepEqual([status, body.code], [400, 'request-invalid'], JSON.stringify(query));
    }
  });

  it('shows a unit what it did and received, sealed only what the asking system did', async () => {
    const oneStop = await find({}, { system: 'mot-cua', unit: 'cq-00' });
    const ofUnit = all.filter(({ actingUnit, receiver }) => [actingUnit, receiver].includes('cq-00'));
    assert.deepEqual(toIds(oneStop), toIds(ofUnit));
    for (const { system, sealed } of oneStop) assert.equal(sealed !== undefined, system === 'mot-cua');
    const receiver = await find({}, { system: 'van-ban', unit: receivers.old.unit });
    assert.deepEqual(toIds(receiver), toIds(all.filter(({ receiver: to }) => to === receivers.old.unit)));
    assert.ok(receiver.length > 0 && receiver.every(({ sealed }) => sealed === undefined));
  });

  it('finds by sealed facts within a unit only among what the asking system did', async () => {
    const query = { officer: 'cb-0001' };
    assert.deepEqual(
      toIds(await find(query, { system: 'mot-cua', unit: 'cq-00' })),
      toIds(all.filter(({ sealed }) => sealed?.officer === 'cb-0001')),
    );
    assert.deepEqual(await find(query, { system: 'van-ban', unit: 'cq-00' }), []);
    const code = { unitCode: 'TEST-DVC-H99', system: 'mot-cua' };
    assert.deepEqual(await find(code, { system: 'van-ban', unit: 'cq-01' }), []);
  });

  it('shows an operator the public part of the province, and refuses to look for what is withheld', async () => {
    const operator = { system: 'quan-tri' };
    const shown = await find({}, operator);
    assert.deepEqual(toIds(shown), toIds(all));
    for (const { sealed } of shown) assert.ok(Object.keys(sealed ?? {}).every((name) => name === 'sources'));
    for (const name of ['officer', 'caseCode', 'purpose']) {
      const { status, body } = await ground.search({ [name]: 'cb-0001' }, operator);
      assert.deepEqual(
        [status, body.code, body.errors[0].where],
        [403, 'filter-not-granted', `/query/${name}`],
      );
    }
    assert.ok((await find({ source: 'population' }, operator)).length > 0);
    const byCode = await find({ unitCode: 'TEST-DVC-H99' }, operator);
    assert.deepEqual(toIds(byCode), toIds(all.filter(({ actingUnit }) => actingUnit === 'cq-00')));
  });

  it('shows the unit that provides a service its exchanges, without what is sealed', async () => {
    const provider = { system: 'mot-cua', unit: 'cq-05' };
    assert.deepEqual(await find({}, provider), []);
    await ground.hub.owner.query("UPDATE service SET provider_unit_id = 'cq-05' WHERE id = 'documents.v1'");
    await until(async () => (await find({}, provider)).length > 0);
    const shown = await find({}, provider);
    assert.deepEqual(toIds(shown), toIds(all.filter(({ service }) => service === 'documents.v1')));
    assert.ok(shown.every(({ sealed }) => sealed === undefined));
    const [one] = shown;
    const read = await ground.call({ path: `/evidence/v1/exchanges/${one?.exchangeId}`, ...provider });
    assert.equal(read.status, 200);
    await ground.hub.owner.query("UPDATE service SET provider_unit_id = NULL WHERE id = 'documents.v1'");
  });
});
