// The catalogue over HTTP: synchronised from the real mock by the real adapter, searched, compared, and kept while the portal
// is away.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { components } from '../../../openapi/types/portal.v1.ts';
import type { WrittenEntry } from '../../support/sandbox-hub.ts';
import { type CatalogueHub, startCatalogueHub } from './catalogue-hub.ts';
import { until } from './worker.ts';

/** The whole catalogue is read in catalogue-taking-up.test.ts. */
const procedures = 400;

type CatalogueChange = components['schemas']['CatalogueChange'];

interface Item {
  readonly code: string;
  readonly name: string;
  readonly withdrawnInVersion?: number;
}

const codesOf = (items: readonly Item[]): string[] => items.map(({ code }) => code);

describe('The catalogue of the portal', function () {
  this.timeout(60_000);
  let hub: CatalogueHub;

  before(async () => {
    hub = await startCatalogueHub('portal-catalogue', { procedures });
  });
  after(() => hub.stop());

  const find = async (query: Readonly<Record<string, string>>, list = 'procedures') =>
    hub.get(`/${list}?${new URLSearchParams(query).toString().replaceAll('+', '%20')}`);
  const changesSince = async (version: number): Promise<readonly CatalogueChange[]> =>
    (await hub.get(`/catalogue/changes?sinceVersion=${version}`)).items;

  it('is stale and empty before it was ever synchronised', async () => {
    const { mark, kinds, last } = await hub.get('/catalogue');
    assert.deepEqual([mark, last], [{ version: 0, isStale: true }, undefined]);
    assert.deepEqual(kinds[0], { kind: 'procedure', entries: 0, withdrawn: 0 });
  });

  it('adapter 11.8: synchronises procedures, fields, agencies and result papers into version 1', async () => {
    const run = await hub.synchronise();
    assert.deepEqual([run.state, run.version, run.cause, run.problem], ['done', 1, 'demand', undefined]);
    assert.deepEqual(run.progress[0], {
      kind: 'procedure',
      read: procedures,
      total: procedures,
      isDone: true,
    });
    const { mark, kinds } = await hub.get('/catalogue');
    assert.deepEqual([mark.version, mark.isStale, mark.synchronisedAt], [1, false, run.endedAt]);
    assert.deepEqual(kinds[0], { kind: 'procedure', entries: procedures, withdrawn: 0 });
    assert.equal(kinds[2].entries, 120);
    assert.ok(kinds[1].entries > 20 && kinds[3].entries > procedures);
    const sum = kinds.reduce((all: number, { entries }: { entries: number }) => all + entries, 0);
    assert.equal(run.changes.added, sum);
  });

  it('is one exchange of the hub, without a caller', async () => {
    const isRun = ({ leaf }: WrittenEntry): boolean => leaf['operation'] === 'synchroniseCatalogue';
    const [opened, ...more] = (await hub.entriesOfKind('opened')).filter(isRun);
    assert.deepEqual(
      [opened?.leaf['service'], opened?.leaf['systemId'] ?? null, more],
      ['portal.v1', null, []],
    );
    const [closed] = (await hub.entriesOfKind('closed')).filter(isRun);
    assert.equal(closed?.leaf['outcome'], 'answered');
  });

  it('adapter 11.8: makes no version where nothing changed', async () => {
    const run = await hub.synchronise();
    assert.deepEqual([run.state, run.version], ['done', 1]);
    assert.deepEqual(run.changes, { added: 0, changed: 0, withdrawn: 0, restored: 0 });
    assert.deepEqual(await changesSince(1), []);
  });

  it('answers the repeat of a demand with the same synchronisation, long after it ended', async () => {
    const key = randomUUID();
    const first = await hub.synchronise(key);
    await hub.synchronise();
    assert.equal((await hub.synchronise(key)).synchronisationId, first.synchronisationId);
  });

  it('finds names with and without diacritics, in any letter case, words in any order', async () => {
    const { items } = await find({ q: 'Đăng ký khai sinh' });
    assert.match(items[0].name, /^Đăng ký khai sinh/);
    for (const q of ['dang ky khai sinh', 'ĐĂNG KÝ KHAI SINH', 'DANG  KY khai SINH'])
      assert.deepEqual((await find({ q })).items, items, q);
    const mixed = codesOf((await find({ q: 'sinh khai ky dang', limit: '200' })).items);
    assert.deepEqual(
      [...mixed].sort(),
      codesOf((await find({ q: 'khai sinh đăng ký', limit: '200' })).items).sort(),
    );
    assert.ok(codesOf(items).every((code) => mixed.includes(code)));
    assert.deepEqual((await find({ q: 'không có thủ tục nào như vậy' })).items, []);
    assert.deepEqual((await find({ q: '%' })).items, []);
  });

  it('puts an exact code first, then what begins with the words', async () => {
    const [one] = (await find({ q: '1.900008.000.00.00.h99' })).items;
    assert.equal(one.code, '1.900008.000.00.00.H99');
    const begun = (await find({ q: 'cấp lại', limit: '200' })).items as readonly Item[];
    const isBegin = begun.map(({ name }) => name.startsWith('Cấp lại'));
    assert.ok(isBegin[0] && isBegin.lastIndexOf(true) < (isBegin.indexOf(false) + 1 || 201));
    const before = codesOf((await find({ q: '2.9000', limit: '200' })).items);
    assert.ok(before.length > 3 && before.every((code) => code.startsWith('2.9000')));
  });

  it('shows procedures of a field or an agency, named by code or by name', async () => {
    const [field] = (await find({ q: 'ho tich' }, 'fields')).items;
    const byCode = await find({ field: field.code, limit: '200' });
    assert.ok(byCode.items.length > 3);
    assert.ok(byCode.items.every((item: { fields: readonly string[] }) => item.fields.length === 1));
    assert.deepEqual((await find({ field: 'HO TICH', limit: '200' })).items, byCode.items);
    const { agency } = byCode.items[0];
    const of = (await find({ agency, field: field.code, limit: '200' })).items;
    assert.ok(of.length > 0 && of.every((item: { agency: string }) => item.agency === agency));
    assert.deepEqual((await find({ field: 'Không có lĩnh vực này' })).items, []);
  });

  it('searches fields, agencies and result papers', async () => {
    assert.equal((await find({ q: 'đất đai' }, 'fields')).items[0].name, 'Đất đai');
    assert.ok((await find({ q: 'h99' }, 'agencies')).items.length > 0);
    const [paper] = (await find({ q: 'KQ.G99.000001' }, 'result-papers')).items;
    assert.equal(paper.code, 'KQ.G99.000001');
  });

  it('shows the whole procedure, and says of an unknown code that there is none', async () => {
    const { item, content, catalogue } = await hub.get('/procedures/2.900001');
    assert.deepEqual([item.code, catalogue.version], ['2.900001', 1]);
    assert.ok(content.channels.length >= 2 && content.legalBases.length > 0 && content.results.length > 0);
    assert.equal((await hub.get('/procedures/1.000000', 404)).code, 'record-not-found');
  });

  it('adapter 11.7: pages on across a new version, which names what came, changed and went', async () => {
    const first = await find({ q: 'giấy phép', limit: '20' });
    await hub.portal.change({
      withdraw: ['2.900001', first.items[0].code],
      rename: [{ code: '1.900002', name: 'Tên mới của thủ tục' }],
      add: [{ code: '1.999999', name: 'Thủ tục mới thêm' }],
      fees: [{ code: '1.900003', amount: 12_345 }],
    });
    const run = await hub.synchronise();
    assert.equal(run.version, 2);
    const rest = await find({ q: 'giấy phép', limit: '20', cursor: first.next });
    assert.equal(new Set([...codesOf(first.items), ...codesOf(rest.items)]).size, 40);

    const changes = (await changesSince(1)).filter(({ kind }) => kind === 'procedure');
    const of = (code: string) => changes.find((one) => one.code === code) ?? assert.fail(code);
    assert.equal(of('2.900001').change, 'withdrawn');
    assert.equal(of('1.999999').change, 'added');
    assert.ok(of('1.900003').members?.includes('channels'));
    const { change, name, earlierName, members } = of('1.900002');
    assert.deepEqual([change, name, members?.[0]], ['changed', 'Tên mới của thủ tục', 'name']);
    assert.ok(earlierName && earlierName !== name);
  });

  it('adapter 11.7: keeps a withdrawn code with the version that first lacked it', async () => {
    assert.deepEqual((await find({ q: '2.900001' })).items, []);
    assert.equal((await find({ q: '2.900001', withdrawn: 'too' })).items[0].withdrawnInVersion, 2);
    const only = (await find({ withdrawn: 'only' })).items as readonly Item[];
    assert.equal(only.length, 2);
    assert.equal((await hub.get('/procedures/2.900001')).item.withdrawnInVersion, 2);
    const known = await hub.view.findProcedures(['2.900001', '1.900002', '1.000000']);
    assert.deepEqual([...known].map(([code, { withdrawnIn }]) => [code, withdrawnIn]).sort(), [
      ['1.900002', undefined],
      ['2.900001', 2],
    ]);
  });

  it('serves a code that came back, in a version of its own', async () => {
    await hub.portal.change({ restore: ['2.900001'] });
    assert.equal((await hub.synchronise()).changes.restored >= 1, true);
    assert.equal((await find({ q: '2.900001' })).items[0].withdrawnInVersion, undefined);
    const [change] = (await changesSince(2)).filter(({ code }) => code === '2.900001');
    assert.deepEqual([change?.change, change?.version], ['restored', 3]);
  });

  it('withdraws nothing when a list lost more than half, and says so', async () => {
    const first = await find({ limit: '125' });
    const second = await find({ limit: '125', cursor: first.next });
    const all = [...codesOf(first.items), ...codesOf(second.items)];
    await hub.portal.change({ withdraw: all });
    const run = await hub.synchronise();
    assert.equal(run.state, 'failed');
    assert.match(run.problem, /thủ tục thiếu 250 trên \d+ mã.* \/ 250 of \d+ codes in use are missing/);
    const { mark, last, kinds } = await hub.get('/catalogue');
    assert.deepEqual([mark.version, last.problem], [3, run.problem]);
    assert.equal(kinds[0].withdrawn, 1);
    await hub.portal.change({ restore: all });
  });

  it('withdraws nothing when rows of a list cannot be read, and says so', async () => {
    await hub.portal.change({ dirty: true });
    const run = await hub.synchronise();
    assert.equal(run.state, 'failed');
    assert.match(
      run.problem,
      /cơ quan có \d+ dòng không đọc được.* \/ \d+ rows of the list of agencies cannot/,
    );
    await hub.portal.change({ dirty: false });
  });

  it('lists synchronisations, the newest first, in pages', async () => {
    const first = await hub.get('/catalogue/synchronisations?limit=2');
    const second = await hub.get(`/catalogue/synchronisations?limit=2&cursor=${first.next}`);
    const all = [...first.items, ...second.items] as readonly { readonly startedAt: string }[];
    assert.equal(all.length, 4);
    assert.deepEqual(
      all,
      all.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)),
    );
    assert.equal((await hub.get('/catalogue/synchronisations?cursor=bm8', 400)).code, 'request-invalid');
    assert.equal(
      (await hub.get(`/catalogue/synchronisations/${randomUUID()}`, 404)).code,
      'record-not-found',
    );
  });

  it('is served while the portal is away; the run says why it failed', async () => {
    await hub.portal.fault({ mode: 'html' });
    const run = await hub.synchronise();
    assert.equal(run.state, 'failed');
    assert.match(run.problem, /giữ phiên bản cũ \/ .*the old version stays/);
    assert.ok((await find({ q: 'khai sinh' })).items.length > 0);
    assert.equal((await hub.get('/catalogue')).mark.isStale, false);
    await hub.portal.fault();
  });

  it('is served while the source is switched off, and not synchronised', async () => {
    await hub.owner.query(
      "INSERT INTO source_switch (source, state, reason) VALUES ('portal', 'off', 'Thử')",
    );
    await until(async () => (await hub.start()).body.code === 'source-off');
    assert.ok((await find({ q: 'khai sinh' })).items.length > 0);
  });
});
