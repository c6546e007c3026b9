// Synchronisations that are killed, lose their lease, meet another process, a moving list or a portal that fails for a while.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createPool } from '../../../src/database/pool.ts';
import { rootFolder } from '../../../src/root.ts';
import {
  demandRun,
  failRun,
  findRunning,
  RunLost,
  type RunRow,
} from '../../../src/services/portal/catalogue/runs.ts';
import { createCatalogueView } from '../../../src/services/portal/catalogue/view.ts';
import { leaseName } from '../../../src/services/portal/catalogue/worker.ts';
import { defaultPortalRules } from '../../../src/services/portal/rules.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { openWorker, startPortal, type TestPortal, toSettings, until } from './worker.ts';

type Opened = Awaited<ReturnType<typeof openWorker>>;

const list = 'LayDanhSachTTHC';

describe('A synchronisation of the catalogue', function () {
  this.timeout(60_000);
  let database: FreshDatabase;
  let pool: pg.Pool;
  let portal: TestPortal | undefined;
  const opened: Opened[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
    pool = createPool(database.hubUrl, { max: 2, applicationName: 'test' });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const one of opened.splice(0)) await one.close();
    await portal?.close();
    await pool.end();
    await database.drop();
  });

  async function mockOf(more: Parameters<typeof startPortal>[0]): Promise<TestPortal> {
    portal = await startPortal({ agencies: 10, ...more });
    return portal;
  }
  async function open(settings: unknown, more: Parameters<typeof openWorker>[2] = {}): Promise<Opened> {
    const one = await openWorker(database.hubUrl, settings, more);
    opened.push(one);
    return one;
  }
  const read = async (id: string): Promise<RunRow> => {
    const { rows } = await pool.query<RunRow>('SELECT * FROM portal_sync WHERE id = $1', [id]);
    return rows[0] ?? assert.fail('no such run');
  };
  const ended = async (id: string): Promise<RunRow> => {
    await until(async () => (await read(id)).state !== 'running');
    return read(id);
  };
  const demand = async (): Promise<RunRow> => demandRun(pool, uuidv7());
  const pagesOf = ({ progress }: RunRow): number => progress.lists.procedure.page;
  const isPast = (id: string, page: number) => until(async () => pagesOf(await read(id)) >= page);

  it('adapter 11.8: killed in the middle, is taken up by another process where it stood', async () => {
    const mock = await mockOf({ procedures: 600 });
    const settings = toSettings(mock.mock, { rows: 80 });
    await mock.fault({ mode: 'slow', services: [list], delayMs: 50 });
    const { id } = await demand();
    const program = join(rootFolder, 'test/services/portal/worker-process.ts');
    const child = fork(program, [database.hubUrl, JSON.stringify(settings)], {
      execArgv: ['--import', 'tsx'],
    });
    children.push(child);
    await isPast(id, 2);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    const left = await read(id);
    assert.deepEqual([left.state, pagesOf(left) < 8], ['running', true]);
    const { rows } = await pool.query(
      'SELECT count(*)::int AS staged FROM portal_staged WHERE sync_id = $1',
      [id],
    );
    assert.equal(rows[0].staged, pagesOf(left) * 80);

    await mock.fault();
    (await open(settings)).catalogue.start();
    const done = await ended(id);
    assert.deepEqual([done.state, done.version, done.progress.lists.procedure.read], ['done', 1n, 600]);
    // Only the page under way at the kill may have been asked for twice.
    assert.ok((await mock.calls(list)) <= 9, String(await mock.calls(list)));
  });

  it('is done by one process of the cluster, and demanded twice is one', async () => {
    const mock = await mockOf({ procedures: 110 });
    const settings = toSettings(mock.mock, { rows: 20 });
    const both = [await open(settings), await open(settings)];
    for (const { catalogue } of both) catalogue.start();
    const [first, second] = await Promise.all([demand(), demand()]);
    assert.equal(first?.id, second?.id);
    assert.equal((await ended(first.id)).state, 'done');
    assert.equal(await mock.calls(list), 6);
  });

  it('stands still once its lease is lost, and goes on where it stood under another', async () => {
    const mock = await mockOf({ procedures: 200 });
    const settings = toSettings(mock.mock, { rows: 10 });
    await mock.fault({ mode: 'slow', services: [list], delayMs: 100 });
    const first = await open(settings, { times: { leaseMs: 300 } });
    first.catalogue.start();
    const { id } = await demand();
    await isPast(id, 2);
    const another =
      "UPDATE work_lease SET process_id = $2, lease_until = now() + interval '1 hour' WHERE name = $1";
    await pool.query(another, [leaseName, uuidv7()]);
    await pause(400);
    const [stood] = [pagesOf(await read(id))];
    await pause(300);
    assert.equal(pagesOf(await read(id)), stood);
    await mock.fault();
    await pool.query('DELETE FROM work_lease WHERE name = $1', [leaseName]);
    assert.equal((await ended(id)).progress.lists.procedure.read, 200);
  });

  it('is not failed by a process that has lost its lease', async () => {
    const { id } = await demand();
    const [holder, other] = [uuidv7(), uuidv7()];
    await pool.query(
      "INSERT INTO work_lease (name, process_id, lease_until) VALUES ($1, $2, now() + interval '1 minute')",
      [leaseName, holder],
    );
    const fail = (processId: string) => failRun(pool, id, 'thử / test', { lease: leaseName, processId });
    await assert.rejects(fail(other), RunLost);
    assert.equal((await read(id)).state, 'running');
    await fail(holder);
    assert.equal((await read(id)).state, 'failed');
    await assert.rejects(fail(holder), RunLost);
  });

  it('is left by a hub that stops to the next start', async () => {
    const mock = await mockOf({ procedures: 200 });
    const settings = toSettings(mock.mock, { rows: 10 });
    await mock.fault({ mode: 'slow', services: [list], delayMs: 50 });
    const first = await openWorker(database.hubUrl, settings);
    first.catalogue.start();
    const { id } = await demand();
    await isPast(id, 2);
    await first.close();
    assert.equal((await read(id)).state, 'running');
    await mock.fault();
    (await open(settings)).catalogue.start();
    assert.equal((await ended(id)).state, 'done');
  });

  it('reads a list that changes meanwhile from its beginning, so that no entry slips between two pages', async () => {
    const mock = await mockOf({ procedures: 200 });
    await mock.fault({ mode: 'slow', services: [list], delayMs: 50 });
    (await open(toSettings(mock.mock, { rows: 10 }))).catalogue.start();
    const { id } = await demand();
    await isPast(id, 3);
    await mock.change({ withdraw: ['2.900001'] });
    await mock.fault();
    const { state, progress, changes } = await ended(id);
    assert.deepEqual([state, progress.lists.procedure.restarts], ['done', 1]);
    assert.equal(progress.lists.procedure.read, 199);
    assert.equal(changes?.withdrawn, 0);
  });

  it('reads procedures one by one where their list does not show them: new ones, renamed ones, refused ones again', async () => {
    const mock = await mockOf({ procedures: 60, listDetail: 'short' });
    (await open(toSettings(mock.mock))).catalogue.start();
    await mock.fault({ mode: 'code', services: ['LayThuTuc'], code: -1, count: 1 });
    const first = await ended((await demand()).id);
    assert.deepEqual([first.state, await mock.calls('LayThuTuc')], ['done', 60]);
    assert.match(first.problem ?? '', /nội dung của 1 thủ tục \/ .* content of 1 procedures/);

    await mock.change({
      rename: [{ code: '1.900003', name: 'Tên mới' }],
      add: [{ code: '1.999999', name: 'Thủ tục mới' }],
    });
    const second = await ended((await demand()).id);
    assert.deepEqual([second.problem, await mock.calls('LayThuTuc')], [null, 63]);
    const { rows } = await pool.query(
      "SELECT count(*)::int AS whole FROM portal_entry WHERE kind = 'procedure' AND content IS NOT NULL",
    );
    assert.equal(rows[0].whole, 61);
  });

  it('adapter 11.11: asks again what fails for a while', async () => {
    const mock = await mockOf({ procedures: 60 });
    (await open(toSettings(mock.mock, { rows: 20 }))).catalogue.start();
    await mock.fault(
      { mode: 'html', services: [list], count: 1 },
      { mode: 'maintenance', shape: 'text', services: ['LayDanhMucCoQuan'], count: 1 },
      { mode: 'malformed', services: ['LayDanhMucLinhVuc'], count: 1 },
    );
    assert.equal((await ended((await demand()).id)).state, 'done');
  });

  it('begins anew after a while when it failed', async () => {
    const mock = await mockOf({ procedures: 60 });
    await mock.fault({ mode: 'html' });
    (await open(toSettings(mock.mock), { times: { retryMs: 200 } })).catalogue.start();
    const failed = await ended((await demand()).id);
    assert.deepEqual([failed.state, failed.version], ['failed', null]);
    await mock.fault();
    await until(async () => {
      const { rowCount } = await pool.query(
        "SELECT FROM portal_sync WHERE state = 'done' AND cause = 'daily'",
      );
      return rowCount === 1;
    });
  });

  it('is begun every night, and a catalogue that was not synchronised for long is marked as stale', async () => {
    const mock = await mockOf({ procedures: 60 });
    const { catalogue } = await open(toSettings(mock.mock));
    catalogue.start();
    await catalogue.works[0]?.run('2026-01-31');
    const { id = '', cause } = (await findRunning(pool)) ?? {};
    assert.equal(cause, 'daily');
    await ended(id);
    const at = (hours: number) =>
      createCatalogueView({
        ...{ pool, rules: defaultPortalRules, now: () => new Date(Date.now() + hours * 3_600_000) },
      }).mark();
    assert.deepEqual([(await at(35)).isStale, (await at(37)).isStale], [false, true]);
  });

  it('is refused where the hub is not connected to the portal', async () => {
    const { catalogue } = await open(undefined);
    assert.deepEqual(catalogue.works, []);
    const { handle } = catalogue.handlers.startSynchronisation;
    // The handler looks at nothing else of a request.
    const request = { exchangeId: uuidv7() } as Parameters<typeof handle>[0];
    await assert.rejects(handle(request), { code: 'portal-not-connected' });
  });
});
