// From a unit's record to what the portal holds: over HTTP, through the real service, route and adapter, to the real mock.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { fullDossier } from './dossier-hub.ts';
import { type PortalHub, startPortalHub } from './portal-hub.ts';
import { until } from './worker.ts';

let lastNumber = 0;
const newCode = (): string => {
  lastNumber += 1;
  return `H99.03-261126-${String(lastNumber).padStart(4, '0')}`;
};
const toLine = (minute: number, status = 4) => ({
  ...{ officer: 'Cán bộ thử', content: `Bước ${minute}`, status },
  at: new Date(Date.UTC(2026, 10, 20, 1, minute)).toISOString(),
});

/** yyyyMMddHHmmss in Asia/Ho_Chi_Minh. */
const toPortalTime = (at: string): string =>
  new Date(Date.parse(at) + 7 * 3_600_000).toISOString().replace(/\D/gu, '').slice(0, 14);

describe('A record that a unit submits', function () {
  this.timeout(30_000);
  let hub: PortalHub;
  let procedure = { code: '' };
  before(async () => {
    hub = await startPortalHub('portal-end', {
      adapter: { timeoutMs: 2_000 },
      limits: { 'portal.v1': { settleMs: 100, gatherMs: 5 } },
    });
    await hub.call({
      ...{ method: 'POST', path: '/portal/v1/catalogue/synchronisations', system: 'quan-tri' },
      headers: { 'idempotency-key': randomUUID() },
    });
    await until(async () => (await hub.ask('/catalogue')).body.mark.version > 0);
    procedure = { code: (await hub.ask('/procedures?limit=1')).body.items[0].code };
  });
  after(() => hub.stop());

  const toDossier = (status: number, more: object = {}) => ({ ...fullDossier, procedure, status, ...more });
  const submit = async (...records: object[]) => (await hub.tell('/dossiers', { records })).body;
  const submitOne = async (record: object): Promise<string> =>
    (await submit(record)).records[0].change.changeId;
  const syncOf = async (id: string) => (await hub.ask(`/changes/${id}`)).body.change.sync;
  const reached = (id: string, sync: string) => until(async () => (await syncOf(id)) === sync);
  /** What the portal holds, as it was received. */
  // biome-ignore lint/suspicious/noExplicitAny: the mock's own answer, whose members each test asserts on
  const held = async (code: string): Promise<any> =>
    (await fetch(`${hub.portal.mock.dossiersUrl}?code=${code}`)).json();
  /** What the portal's journal tells of a dossier. */
  const told = async (code: string) => {
    const url = `${hub.portal.mock.journalUrl}?view=dossiers&limit=1000`;
    const { entries } = (await (await fetch(url)).json()) as { entries: { code: string }[] };
    // biome-ignore lint/suspicious/noExplicitAny: the mock's own answer, whose members each test asserts on
    return entries.find((entry) => entry.code === code) as any;
  };
  const repairs = async () => (await hub.ask('/repairs?limit=200')).body.items;
  const repairOf = async (id: string) =>
    (await repairs()).find(({ change }: { change: { changeId: string } }) => change.changeId === id);
  const statusesOf = async (code: string) =>
    (await told(code)).statuses.map(({ status }: { status: string }) => Number(status));

  it('11.6, 11.14, 4: is at the portal as it was said, with its lines in order, under each of the five code forms', async () => {
    const codes = [
      ...['000.00.03.H99-261126-0001', 'H99.03-261126-9001', 'H99.103-261126-0001'],
      ...['H99.03.01-261126-0001', 'H99.03-20261126-0000001'],
    ];
    const supplements = [{ id: 'BS1', content: 'Thiếu bản vẽ', requestedAt: '2026-11-05T08:00:00+07:00' }];
    const results = [{ code: 'KQ.G99.000031', name: 'Giấy phép', link: 'https://ket-qua.mau/1' }];
    const progress = Array.from({ length: 12 }, (_, minute) => toLine(minute));
    const { accepted, records } = await submit(
      ...codes.map((code) => ({ code, dossier: toDossier(2, { supplements, results }), progress })),
    );
    assert.equal(accepted, 5, JSON.stringify(records));
    for (const { change } of records) await reached(change.changeId, 'synchronised');
    for (const code of codes) {
      const { fields } = await held(code);
      assert.deepEqual(
        [fields.MaHoSo, fields.TrangThaiHoSo, fields.NgayTiepNhan, fields.DinhDanhCHS.SoDinhDanh],
        [code, '2', '20261102080000', '999000000001'],
      );
      assert.equal(fields.DanhSachHoSoBoSung[0].NoiDungBoSung, 'Thiếu bản vẽ');
      assert.equal(fields.DanhSachGiayToKetQua[0].MaGiayToKetQua, 'KQ.G99.000031');
      const { creates, progress: lines } = await told(code);
      assert.equal(creates, 1);
      assert.deepEqual(
        lines.map(({ at, receptions }: { at: string; receptions: number }) => [at, receptions]),
        progress.map(({ at }) => [toPortalTime(at), 1]),
      );
    }
  });

  it('11.12, 11.14: refused by the portal is in the repair list; corrected it goes in its old place, before what waited', async () => {
    const code = newCode();
    await reached(await submitOne({ code, dossier: toDossier(2) }), 'synchronised');
    const bad = await submitOne({ code, dossier: toDossier(10) });
    const behind = await submitOne({
      code,
      dossier: toDossier(10, { returnedAt: '2026-11-20T10:00:00+07:00' }),
    });
    await reached(bad, 'refused');
    const { reason, waitingBehind, change } = await repairOf(bad);
    assert.deepEqual([reason, waitingBehind, change.portalCode], ['refused', 1, '-8']);
    const finished = toDossier(9, { finishedAt: '2026-11-19T10:00:00+07:00' });
    const mend = await submitOne({ code, corrects: bad, dossier: finished });
    await reached(mend, 'synchronised');
    await reached(behind, 'synchronised');
    assert.deepEqual(await statusesOf(code), [2, 9, 10]);
    assert.equal(await repairOf(bad), undefined);
  });

  it('11.12 that is incomplete is held with the missing member named, and withdrawn it lets the next one go', async () => {
    const code = newCode();
    const bare = await submitOne({ code, dossier: toDossier(1, { owner: {} }) });
    const next = await submitOne({ code, dossier: toDossier(2) });
    const { reason, change } = await repairOf(bare);
    assert.equal(reason, 'incomplete');
    assert.ok(
      change.findings.some(
        (one: { code: string; where: string }) =>
          one.code === 'missing' && one.where === '/dossier/owner/name',
      ),
    );
    assert.equal(await syncOf(next), 'waiting');
    assert.equal((await hub.tell(`/repairs/${bare}/withdrawals`, { reason: 'Nhập nhầm' })).status, 200);
    await reached(next, 'synchronised');
    assert.deepEqual(await statusesOf(code), [2]);
  });

  it('11.13 of an owner of whom the portal has no code is held, and the kind is not turned into another', async () => {
    const record = {
      code: newCode(),
      dossier: toDossier(2, { owner: { name: 'Hộ mẫu', kind: 'household-business' } }),
    };
    const { change } = await repairOf(await submitOne(record));
    const [{ code, where, severity }] = change.findings;
    assert.deepEqual([code, where, severity], ['no-translation', '/dossier/owner/kind', 'blocking']);
  });

  it('that an operator ends as a dead letter is said no more: the dossier shows what was said before it', async () => {
    const code = newCode();
    await reached(await submitOne({ code, dossier: toDossier(2) }), 'synchronised');
    const bad = await submitOne({ code, dossier: toDossier(10) });
    await reached(bad, 'refused');
    assert.equal((await hub.ask(`/dossiers/${code}`)).body.item.status, 10);
    const { rows } = await hub.owner.query('SELECT dispatch_id::text AS id FROM delivery WHERE id = $1', [
      bad,
    ]);
    const officer = hub.province.officers.find(
      (one) =>
        one.case === 'ordinary' &&
        one.unitId === hub.province.systems.find(({ clientId }) => clientId === 'quan-tri')?.unitId,
    )?.id;
    const ended = await hub.call({
      ...{ method: 'POST', path: `/delivery/v1/dead-letters/${rows[0].id}/abandonment`, system: 'quan-tri' },
      ...{ body: { reason: 'đơn vị nói sai' } },
      headers: { 'idempotency-key': randomUUID(), officer, purpose: 'quan-tri' },
    });
    assert.equal(ended.status, 200, JSON.stringify(ended.body));
    const { item, dossier } = (await hub.ask(`/dossiers/${code}`)).body;
    assert.deepEqual([item.status, dossier.status, item.sync], [2, 2, 'synchronised']);
    assert.equal(await syncOf(bad), 'withdrawn');
  });

  it('counts in the figures of its unit as it stands, with the reason of what failed', async () => {
    const period = 'from=2026-11-01&to=2026-11-30';
    const before = (await hub.ask(`/figures?${period}`, 'cq-08')).body.figures;
    assert.deepEqual([before.received, before.synchronised], [0, 0]);
    const records = [
      { code: newCode(), dossier: toDossier(2) },
      { code: newCode(), dossier: toDossier(2, { owner: {} }) },
      {
        code: newCode(),
        dossier: toDossier(9, {
          finishedAt: '2026-11-19T10:00:00+07:00',
          results: [{ code: 'KQ.G99.000031', link: 'https://ket-qua.mau/1' }],
        }),
      },
    ];
    await hub.tell('/dossiers', { records }, 'cq-08');
    const own = async () => (await hub.ask(`/figures?${period}`, 'cq-08')).body.figures;
    await until(async () => (await own()).synchronised === 2);
    const { received, waiting, repair, refused, finished, onTime, online, failures } = await own();
    assert.deepEqual([received, waiting, repair, refused, finished, onTime, online], [3, 0, 1, 0, 1, 1, 1]);
    assert.deepEqual(failures, [{ code: 'missing', count: 1 }]);
    const ofProvince = async (cursor = ''): Promise<{ unitId: string }[]> => {
      const path = `/portal/v1/province-figures?${period}&limit=200${cursor}`;
      const { items, next } = (await hub.call({ path, system: 'quan-tri' })).body;
      assert.ok(items.length <= 50);
      return next === undefined ? items : [...items, ...(await ofProvince(`&cursor=${next}`))];
    };
    const all = await ofProvince();
    assert.deepEqual(
      all.find(({ unitId }) => unitId === 'cq-08'),
      await own(),
    );
    assert.equal(new Set(all.map(({ unitId }) => unitId)).size, all.length);
  });

  it('11.12, 11.5: whatever the history, the portal holds what was said, in order, each line once', async () => {
    const saying = fc.record({
      kind: fc.constantFrom('good', 'good', 'lines', 'held', 'refused'),
      isMended: fc.boolean(),
      lines: fc.nat(2),
    });
    let minute = 100;
    await fc.assert(
      fc.asyncProperty(fc.array(saying, { minLength: 1, maxLength: 4 }), async (sayings) => {
        const code = newCode();
        const times: string[] = [];
        const all: string[] = [];
        await reached(await submitOne({ code, dossier: toDossier(2, { summary: 'đầu' }) }), 'synchronised');
        let [summary, last] = ['đầu', ''];
        for (const [n, { kind, isMended, lines: most }] of sayings.entries()) {
          const progress = Array.from({ length: kind === 'lines' ? most + 1 : most }, () => {
            minute += 1;
            return toLine(minute);
          });
          const said = { code, ...(progress.length > 0 && { progress }) };
          const good = { ...said, dossier: toDossier(2, { summary: `lần ${n}` }) };
          const isBad = kind === 'held' || kind === 'refused';
          const first =
            kind === 'lines'
              ? said
              : kind === 'good'
                ? good
                : {
                    ...said,
                    dossier: toDossier(kind === 'refused' ? 10 : 2, kind === 'held' ? { owner: {} } : {}),
                  };
          last = await submitOne(first);
          all.push(last);
          if (isBad) {
            await reached(last, kind === 'held' ? 'repair' : 'refused');
            if (isMended) last = await submitOne({ ...good, corrects: last });
            else await hub.tell(`/repairs/${last}/withdrawals`, { reason: 'Nhập nhầm' });
          }
          if (isBad && !isMended) continue;
          times.push(...progress.map(({ at }) => at));
          if (kind !== 'lines') summary = `lần ${n}`;
        }
        // What was said before may still be on its way when the last was withdrawn.
        for (const one of [...all, last])
          await until(async () => ['synchronised', 'withdrawn'].includes(await syncOf(one)));
        const { fields } = await held(code);
        assert.deepEqual(
          [fields.TrichYeuHoSo, fields.TrangThaiHoSo, await statusesOf(code)],
          [summary, '2', [2]],
        );
        const { progress } = await told(code);
        assert.deepEqual(
          (progress ?? []).map(({ receptions }: { receptions: number }) => receptions),
          times.map(() => 1),
        );
        assert.deepEqual((await hub.ask(`/dossiers/${code}`)).body.dossier.summary, summary);
      }),
      { numRuns: 6 },
    );
  });
});
