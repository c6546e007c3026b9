// A hub process that is killed while it brings records to the portal: the next one brings the rest, and nothing twice.
import assert from 'node:assert/strict';
import pg from 'pg';
import { startHubProcess } from '../../support/hub-process.ts';
import { createClient, freePort, type Ground, layGround } from '../../support/sandbox-hub.ts';
import { fullDossier } from './dossier-hub.ts';
import { createPortalCaller, startCodedPortal, toConnection } from './portal-hub.ts';
import { type TestPortal, until } from './worker.ts';

const dossiers = 12;
const codes = Array.from({ length: dossiers }, (_, n) => `H99.03-261126-${String(n + 1).padStart(4, '0')}`);
const lines = Array.from({ length: 7 }, (_, minute) => ({
  ...{ officer: 'Cán bộ thử', content: `Bước ${minute}`, status: 4 },
  at: `2026-11-20T08:0${minute}:00+07:00`,
}));

/** A dossier in the mock's journal. */
interface Told {
  readonly code: string;
  readonly creates: number;
  readonly statuses: readonly { readonly status: string }[];
  readonly progress: readonly { readonly at: string; readonly receptions: number }[];
}

describe('Records under way in a hub that is killed', function () {
  this.timeout(60_000);
  let portal: TestPortal;
  let ground: Ground;
  let owner: pg.Pool;
  before(async () => {
    portal = await startCodedPortal();
    ground = await layGround('portal-kill', [], {
      ...toConnection(portal.mock, { timeoutMs: 2_000, mostRecords: 1 }),
      limits: { 'portal.v1': { settleMs: 100, gatherMs: 5 } },
    });
    owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 1 });
  });
  after(async () => {
    await owner.end();
    await ground.close();
    await portal.close();
  });

  const readTold = async (): Promise<readonly Told[]> => {
    const answer = await fetch(`${portal.mock.journalUrl}?view=dossiers&limit=1000`);
    return ((await answer.json()) as { entries: Told[] }).entries;
  };

  it('11.10, 11.5, 11.15: are all at the portal afterwards, in order, each line once', async () => {
    const port = await freePort();
    const environment = ground.environment(port);
    const { ask, tell } = createPortalCaller(createClient(`http://127.0.0.1:${port}`, ground.province).call);
    const killed = await startHubProcess(environment);
    await portal.fault({ mode: 'slow', services: ['DongBoHoSoMC', 'CapNhatTienDoHoSoMC'], delayMs: 40 });
    const records = codes.flatMap((code) => [
      { code, dossier: { ...fullDossier, procedure: { code: '1.900002' } }, progress: lines },
      { code, dossier: { ...fullDossier, procedure: { code: '1.900002' }, status: 4 } },
    ]);
    const { body } = await tell('/dossiers', { records });
    assert.equal(body.accepted, 2 * dossiers, JSON.stringify(body).slice(0, 500));
    await until(async () => (await readTold()).length >= dossiers / 3);
    await killed.kill();
    // What it was sending is taken back once its lease is over; ten seconds are not waited for.
    await owner.query('UPDATE hub_process SET lease_until = clock_timestamp() WHERE pid = $1', [killed.pid]);
    const atKill = await readTold();
    assert.ok(atKill.length < dossiers || atKill.some(({ progress }) => progress.length < lines.length));
    await portal.fault();
    const next = await startHubProcess(environment);
    await until(async () => {
      const { items } = (await ask('/dossiers?limit=200')).body;
      return items.every(({ sync }: { sync: string }) => sync === 'synchronised');
    });
    await next.stop();
    const told = await readTold();
    assert.equal(told.length, dossiers);
    for (const { creates, statuses, progress } of told) {
      assert.equal(creates, 1);
      assert.deepEqual(
        statuses.map(({ status }) => status),
        ['2', '4'],
      );
      assert.deepEqual(
        progress.map(({ at, receptions }) => [at, receptions]),
        lines.map((_, minute) => [`20261120080${minute}00`, 1]),
      );
    }
  });
});
