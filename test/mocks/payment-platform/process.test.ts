// Faults, what is left after the end of the mock, and the mock as a process.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import { type PaymentPlatformMock, startPaymentPlatformMock } from '../../../mocks/payment-platform/mock.ts';
import { toProgram } from '../../support/program.ts';
import {
  ask,
  type Bench,
  type Fields,
  init,
  pay,
  row,
  send,
  startBench,
  toAbout,
  toInit,
  until,
} from './client.ts';

const main = toProgram('mocks/payment-platform/main');

async function startProcess(file: string): Promise<{ child: ChildProcess; mock: PaymentPlatformMock }> {
  const child = fork(main.file, ['--config', file], { execArgv: [...main.execArgv] });
  const [ready] = await once(child, 'message');
  return { child, mock: ready as PaymentPlatformMock };
}

describe('the payment platform mock: faults and restarts', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench();
  });
  after(() => bench.close());
  afterEach(() => send(bench.mock.faultUrl, undefined, 'DELETE'));

  const fault = (rule: object) => send(bench.mock.faultUrl, rule, 'PUT');
  const tryInit = async (reference: string): Promise<Response> =>
    fetch(bench.mock.url, { method: 'POST', body: JSON.stringify(toInit(bench, reference)) });

  const toFields = async (response: Response): Promise<Fields> => (await response.json()) as Fields;

  it('answers 502 and 503 in HTML, 429, broken JSON and codes', async () => {
    for (const [mode, status] of [
      ['unavailable', 502],
      ['maintenance', 503],
      ['tooMany', 429],
    ] as const) {
      await fault({ mode, count: 1 });
      assert.equal((await tryInit('F-1')).status, status);
    }
    assert.equal(await row(bench, 'F-1'), undefined);
    await fault({ mode: 'code', code: '07', operations: ['QUERY'] });
    assert.equal((await toFields(await tryInit('F-1')))['MaLoi'], '00');
    assert.equal((await ask(bench, 'QUERY', 'F-1'))['MaLoi'], '07');
    await fault({ mode: 'malformed' });
    await assert.rejects(async () => (await tryInit('F-1')).json());
  });

  it('answers 00 without an address, and pending whatever is true', async () => {
    await fault({ mode: 'noUrl', count: 1 });
    assert.deepEqual(Object.keys(await toFields(await tryInit('F-2'))), ['MaLoi', 'MoTaLoi']);
    await pay(bench, 'F-2', { mode: 'none' });
    await fault({ mode: 'pending', references: ['F-2'], count: 1 });
    assert.equal((await ask(bench, 'QUERY', 'F-2'))['TrangThaiGD'], '3');
    assert.equal((await ask(bench, 'QUERY', 'F-2'))['TrangThaiGD'], '1');
  });

  it('a time-out before the commit leaves nothing, one after it leaves the payment', async () => {
    await fault({ mode: 'timeoutBefore', delayMs: 5, count: 1 });
    await assert.rejects(tryInit('F-3'));
    assert.equal(await row(bench, 'F-3'), undefined);
    await fault({ mode: 'timeoutAfter', delayMs: 5, count: 1 });
    await assert.rejects(tryInit('F-3'));
    assert.equal((await row(bench, 'F-3')).state, 'initial');
  });

  it('names every mistake of a rule, and of its configuration, and repeats no value', async () => {
    const { status, error } = await fault({ mode: 'slow', count: 0, more: 1 });
    assert.equal(status, 400);
    assert.match(String(error), /fault\.count must be.*fault\.more is not known/);
    const config = { ...bench.config, host: '0.0.0.0' as 'localhost', version: 'bi mat', keyPay: {} };
    await assert.rejects(startPaymentPlatformMock(config), (cause: Error) => {
      assert.match(cause.message, /config\.host must.*config\.version must.*keyPay\.clientId must/);
      return !cause.message.includes('bi mat');
    });
  });

  it('mock 7.11: its clock can be set, and what was due by then is done', async () => {
    await init(bench, 'F-4');
    await pay(bench, 'F-4', { outcome: 'pending', pendingMs: 3_600_000, mode: 'late', delayMs: 7_200_000 });
    await send(bench.mock.settingsUrl, { nowIso: '2025-11-23T08:20:00Z' }, 'PUT');
    await until(async () => (await row(bench, 'F-4')).state === 'paid');
    assert.equal((await row(bench, 'F-4')).confirms.length, 0);
    await send(bench.mock.settingsUrl, { nowIso: '2025-11-23T10:30:00Z' }, 'PUT');
    await until(async () => (await row(bench, 'F-4')).confirms[0]?.['verdict'] === 'accepted');
    assert.equal((await ask(bench, 'QUERY', 'F-4'))['MaLoi'], '99', 'the client has the old time');
    await send(bench.mock.settingsUrl, { nowIso: new Date(bench.now()).toISOString() }, 'PUT');
  });

  it('mock 7.13: goes on after kill -9: payments, settings, and the CONFIRM still owed', async () => {
    const file = `${bench.config.journalFile}.json`;
    const journalFile = `${bench.config.journalFile}.killed`;
    await writeFile(file, JSON.stringify({ ...bench.config, journalFile }));
    const first = await startProcess(file);
    const there: Bench = { ...bench, mock: first.mock };
    const page = await init(there, 'K-1');
    await send(first.mock.settingsUrl, { receiptForm: 'pdf' }, 'PUT');
    await pay(there, 'K-1', { mode: 'late', delayMs: 150 });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await startProcess(file);
    there.mock = second.mock;
    try {
      assert.equal((await row(there, 'K-1')).taken, 150_000);
      await until(() => bench.gateway.confirms.some((one) => one['MaThamChieu'] === 'K-1'));
      const again = await init(there, 'K-1');
      assert.equal(new URL(again).pathname, new URL(page).pathname);
      const body = JSON.stringify(toAbout(there, 'GET_BILL', 'K-1'));
      const bill = await fetch(second.mock.url, { method: 'POST', body });
      assert.equal(bill.headers.get('content-type'), 'application/pdf');
    } finally {
      second.child.kill('SIGTERM');
    }
    assert.deepEqual((await once(second.child, 'exit'))[0], 0);
  }).timeout(15_000);

  it('mock 7.5: sends what it owes as soon as it is told where', async () => {
    const away = await startBench({ gatewayConfirmUrl: undefined, confirmMode: 'twice' });
    try {
      await init(away, 'F-6');
      await pay(away, 'F-6');
      assert.equal((await row(away, 'F-6')).confirms.length, 0);
      await send(away.mock.settingsUrl, { gatewayConfirmUrl: away.gateway.confirmUrl }, 'PUT');
      await until(async () => (await row(away, 'F-6')).confirms[1]?.['verdict'] === 'accepted');
    } finally {
      await away.close();
    }
  });

  it('mock 7.13: takes money once however often it is asked at the same time', async () => {
    await init(bench, 'F-5');
    const tries = await Promise.all([1, 2, 3, 4].map(() => pay(bench, 'F-5', { mode: 'none' })));
    assert.deepEqual(tries.map(({ status }) => status).toSorted(), [200, 409, 409, 409]);
    await bench.restart();
    const { taken, state } = await row(bench, 'F-5');
    assert.deepEqual([taken, state], [150_000, 'paid']);
  });
});
