// What the mock keeps of what it received; and the mock as a process of its own, killed.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { toProgram } from '../../support/program.ts';
import {
  account,
  control,
  controlKey,
  dstcode,
  nextCode,
  openPortal,
  type Portal,
  post,
  toDossier,
  toLine,
} from './client.ts';

const main = toProgram('mocks/portal/main');

async function startProcess(file: string): Promise<{ child: ChildProcess; ready: Record<string, string> }> {
  const child = fork(main.file, ['--config', file], { execArgv: [...main.execArgv] });
  const [ready] = await once(child, 'message');
  return { child, ready };
}

describe('the portal mock: journal', () => {
  let portal: Portal;
  before(async () => {
    portal = await openPortal();
  });
  after(() => portal.close());

  it('10.15 tells of each dossier how many times it came, in which order, with which statuses and lines', async () => {
    const dossier = toDossier();
    const { MaHoSo } = dossier;
    await portal.create(dossier);
    await portal.create(dossier);
    await portal.update({ ...dossier, TrangThaiHoSo: '4' });
    await portal.update({ ...dossier, TrangThaiHoSo: '4' });
    await portal.progress(toLine(MaHoSo), toLine(MaHoSo, { ThoiDiemXuLy: '20251124093000', TrangThai: '4' }));
    await portal.progress(toLine(MaHoSo));
    const { entries } = await control(`${portal.mock.journalUrl}?view=dossiers`);
    const at = (order: number, receptions: number, status: string, day: string) => ({
      order,
      receptions,
      status,
      at: `202511${day}093000`,
    });
    assert.deepEqual(entries, [
      {
        ...{ code: MaHoSo, units: ['H99.10'], isInbound: false, status: '4' },
        ...{ creates: 1, updates: 2, refused: 1 },
        statuses: [
          { status: '2', order: 1, receptions: 1 },
          { status: '4', order: 2, receptions: 2 },
        ],
        progress: [at(4, 2, '2', '23'), at(5, 1, '4', '24')],
      },
    ]);
  });

  it('10.15 has a line for each call, without the fields of its records', async () => {
    const dossier = toDossier({ ChuHoSo: 'Tên Không Hiện' });
    await portal.create(dossier);
    await portal.integrate('TraCuuHoSo', { mahoso: dossier.MaHoSo });
    const { entries } = await control(portal.mock.journalUrl);
    const lines = entries as readonly Record<string, unknown>[];
    const [push, look] = lines.slice(-2);
    assert.deepEqual(push?.['records'], [{ kind: 'create', code: dossier.MaHoSo, taken: true }]);
    assert.deepEqual([look?.['service'], look?.['asked']], ['TraCuuHoSo', dossier.MaHoSo]);
    assert.doesNotMatch(JSON.stringify(entries), /Tên Không Hiện|test-password/);
  });

  it('10.15 shares one sync among concurrent calls', async () => {
    const read = async () =>
      (await control(`${portal.mock.journalUrl}?view=counts`)) as Record<string, number>;
    const before = await read();
    await Promise.all(Array.from({ length: 200 }, () => post(portal.mock.createUrl, [toDossier()])));
    const now = await read();
    assert.equal(Number(now['count']) - Number(before['count']), 200);
    assert.ok(Number(now['syncs']) - Number(before['syncs']) < 150);
  });

  it('10.15 after kill -9 it holds what it had answered', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portal-mock-'));
    const file = join(folder, 'config.json');
    const journalFile = join(folder, 'journal.ndjson');
    await writeFile(file, JSON.stringify({ accounts: [account], dstcode, controlKey, journalFile }));
    const { child, ready } = await startProcess(file);
    const dossiers = Array.from({ length: 100 }, () => toDossier({ MaHoSo: nextCode() }));
    const url = String(ready['createUrl']);
    const answered: string[] = [];
    const pushes = dossiers.map(async (dossier) => {
      if ((await post(url, [dossier])).error_code === 0) answered.push(dossier.MaHoSo);
      if (answered.length === 40) child.kill('SIGKILL');
    });
    await Promise.allSettled(pushes);
    const again = await startProcess(file);
    const { entries } = await control(`${again.ready['journalUrl']}?view=dossiers`);
    again.child.disconnect();
    await once(again.child, 'exit');
    await rm(folder, { recursive: true });
    const held = new Set((entries as readonly { code: string }[]).map(({ code }) => code));
    assert.equal(ready['type'], 'ready');
    assert.ok(answered.length >= 40 && answered.every((code) => held.has(code)));
  }).timeout(15_000);
});
