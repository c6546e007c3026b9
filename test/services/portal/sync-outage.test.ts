// The portal is away while the day's work goes on: everything is accepted, and afterwards everything is there, in order, once.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, someDossier, startBench, until } from './sync-bench.ts';
import { newCode, newLine, type Submitted } from './sync-rows.ts';

const dossiers = 1_500;
const atOnce = 200;

/** Changes of a dossier in their order: received, worked on, and of every third its end. */
function toChanges(code: string, n: number): readonly Submitted[] {
  return [
    { code, dossier: someDossier(2) },
    { code, dossier: someDossier(4, { summary: 'Đang xử lý' }) },
    { code, progress: [newLine()] },
    ...(n % 3 === 0
      ? [{ code, dossier: someDossier(9, { summary: 'Đã xong' }), progress: [newLine(9)] }]
      : []),
  ];
}

describe('An outage of the portal', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ mostRecords: 50, connections: 16 }, { gatherMs: 5 });
  });
  after(() => bench.stop());

  const countOf = async (state: string) => {
    const { rows } = await bench.pool.query<{ count: number }>(
      'SELECT count(*)::int FROM dispatch WHERE state = $1',
      [state],
    );
    return rows[0]?.count ?? 0;
  };
  /** Dossier by dossier one change each, so that what belongs together is far apart. */
  const toRecords = (histories: readonly (readonly Submitted[])[]): readonly Submitted[] =>
    [0, 1, 2, 3].flatMap((n) => histories.flatMap((changes) => changes[n] ?? []));
  async function submitAll(records: readonly Submitted[]): Promise<void> {
    for (let from = 0; from < records.length; from += atOnce)
      await bench.submit(records.slice(from, from + atOnce));
  }

  it('11.15: accepts 5,000 changes while the portal is away; then all are there, in order, once', async function () {
    this.timeout(60_000);
    const codes = Array.from({ length: dossiers }, newCode);
    const histories = codes.map(toChanges);
    const records = toRecords(histories);
    assert.equal(records.length, 5_000);
    await bench.closePortal();
    await submitAll(records.slice(0, 4_800));
    bench.startRoute();
    await until(async () => bench.engine.meters.some(({ restMs }) => restMs > 0));
    await submitAll(records.slice(4_800));
    assert.equal(await countOf('waiting'), 5_000);
    await bench.openPortal();
    while ((await countOf('done')) < 5_000) {
      assert.equal(await countOf('dead'), 0);
      await pause(100);
    }
    const held = await bench.held();
    for (const [n, code] of codes.entries()) {
      const { creates, statuses, progress } = held.get(code) ?? assert.fail('it is not there');
      const said = histories[n]?.flatMap(({ progress: lines = [] }) => lines) ?? [];
      assert.deepEqual(
        [creates, ...statuses.map(({ status, receptions }) => `${status}×${receptions}`)],
        [1, '2×1', '4×1', ...(n % 3 === 0 ? ['9×1'] : [])],
      );
      assert.deepEqual(
        progress.map(({ at, receptions }) => [at, receptions]),
        said.map(({ at = '' }) => [toPortalTime(at), 1]),
      );
    }
    assert.equal(held.size, dossiers);
  });
});

/** yyyyMMddHHmmss in Asia/Ho_Chi_Minh. */
const toPortalTime = (at: string): string =>
  new Date(Date.parse(at) + 7 * 3_600_000).toISOString().replace(/\D/gu, '').slice(0, 14);
