// Scans of what waits: real scanner over loopback, real engine, real database. Clean goes on, anything else is held.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import {
  createScanner,
  parseScannerSettings,
  type Scanner,
} from '../../../../adapters/virus-scanner/index.ts';
import { eicar } from '../../../../mocks/virus-scanner/config.ts';
import { withTransaction } from '../../../../src/database/pool.ts';
import type { RunningEngine } from '../../../../src/delivery/engine.ts';
import { startScanning } from '../../../../src/services/documents/scan/index.ts';
import { claimScan } from '../../../../src/services/documents/scan/rows.ts';
import {
  type ScanWork,
  type ScanWorkOptions,
  startScanWork,
} from '../../../../src/services/documents/scan/work.ts';
import { type Bench, startBench } from '../../../delivery/support.ts';
import { freePort } from '../../../support/sandbox-hub.ts';
import { startTestScanner, type TestScanner } from '../../../support/scanner.ts';
import { createHeldMessages, eventually, type HeldMessage, type HeldMessages } from './support.ts';

describe('The scan of what waits', () => {
  let bench: Bench;
  let mock: TestScanner;
  let engine: RunningEngine;
  let messages: HeldMessages;
  let work: ScanWork | undefined;
  const scanners: Scanner[] = [];
  const logger = pino({ level: 'silent' });

  const start = (more: Partial<ScanWorkOptions> = {}, settings = {}): void => {
    const scanner = createScanner(parseScannerSettings({ ...mock.settings, timeoutMs: 1_000, ...settings }));
    scanners.push(scanner);
    work = startScanWork({
      ...{ pool: bench.pool, scanner, whenAway: 'hold', engine, logger, concurrency: 1 },
      ...{ openAttachments: messages.openAttachments, firstPauseMs: 20, longestPauseMs: 40, lookMs: 20 },
      ...more,
    });
    work.poke();
  };
  const rowOf = async ({ id }: HeldMessage) =>
    (await bench.owner.query('SELECT * FROM scan WHERE message_id = $1', [id])).rows[0];
  /** Waits until the scan of a message is as it should be. */
  const reaches = (message: HeldMessage, expected: Readonly<Record<string, unknown>>) =>
    eventually(async () => {
      const row = await rowOf(message);
      return Object.entries(expected).every(([name, value]) => row[name] === value);
    });
  const statesOf = ({ deliveries }: HeldMessage) => Promise.all(deliveries.map((id) => bench.stateOf(id)));

  before(async () => {
    bench = await startBench();
    mock = await startTestScanner('scan-work', { streamMaxBytes: 1_000 });
    engine = bench.engine();
    messages = createHeldMessages(bench.pool, engine);
  });
  afterEach(async () => {
    await work?.stop();
    work = undefined;
    await mock.fault({});
    await bench.owner.query(
      "UPDATE scan SET state = 'destroyed', decision = message_id WHERE state = 'waiting'",
    );
  });
  after(async () => {
    for (const scanner of scanners) await scanner.close();
    await mock.close();
    await bench.stop();
  });

  it('lets a message go on whose attachments are clean, and seals by what it was scanned', async () => {
    const message = await messages.accept('một', 'hai');
    assert.deepEqual(await statesOf(message), ['held', 'held']);
    start();
    await reaches(message, { state: 'clean', scanner_version: 'ClamAV 0.0.0/1/test scanner' });
    assert.deepEqual(await statesOf(message), ['delivered', 'delivered']);
    const [id] = message.deliveries;
    assert.deepEqual(await bench.stepNames(id), ['accepted', 'held', 'released', 'delivered']);
    assert.equal((await bench.sealed(id, 'released'))['result'], 'scan clean ClamAV 0.0.0/1/test scanner');
  });

  it('holds a message for one infected attachment, and tells its sender why', async () => {
    const message = await messages.accept('sạch', eicar.text, 'sạch');
    start();
    await reaches(message, { state: 'infected' });
    assert.deepEqual((await rowOf(message)).findings, [{ no: 2, outcome: 'infected', name: eicar.name }]);
    assert.deepEqual(await statesOf(message), ['held', 'held']);
    for (const id of message.deliveries) {
      const last = (await bench.steps(id)).at(-1);
      assert.deepEqual([last?.step, last?.problem], ['held', 'attachment-infected']);
    }
  });

  it('holds what is beyond the limits of the scanner, and goes on to look at the rest', async () => {
    const both = await messages.accept('x'.repeat(1_001), eicar.text);
    const message = await messages.accept('x'.repeat(1_001), 'sạch');
    start();
    await reaches(both, { state: 'infected' });
    await reaches(message, { state: 'unscannable' });
    assert.deepEqual((await rowOf(message)).findings, [{ no: 1, outcome: 'too-large' }]);
    assert.equal((await bench.steps(message.deliveries[0])).at(-1)?.problem, 'attachment-unscannable');
  });

  it('holds while the scanner is away, says so, and goes on by itself when it is back', async () => {
    const message = await messages.accept('chờ');
    await mock.fault({ mode: 'away' });
    start();
    await reaches(message, { state: 'waiting', problem: 'source-unreachable', lease_id: null });
    assert.deepEqual(await statesOf(message), ['held', 'held']);
    await mock.fault({});
    await reaches(message, { state: 'clean' });
  });

  it('lets through while the scanner is away, where it is set so, and seals that nothing was scanned', async () => {
    const message = await messages.accept('không quét');
    start({ whenAway: 'pass' }, { port: await freePort() });
    await reaches(message, { state: 'passed', scanner_version: null });
    assert.deepEqual(await statesOf(message), ['delivered', 'delivered']);
    assert.equal((await bench.sealed(message.deliveries[0], 'released'))['result'], 'scan passed');
  });

  for (const [mode, problem] of [
    ['error', 'source-unavailable'],
    ['garbage', 'source-unreadable'],
    ['cut', 'source-unavailable'],
  ])
    it(`never lets through what the scanner did not answer for (${mode}), and tries it again`, async () => {
      const message = await messages.accept('thử lại');
      await mock.fault({ mode });
      start({ whenAway: 'pass' });
      await eventually(async () => (await rowOf(message)).attempts >= 2);
      const { state, problem: noted } = await rowOf(message);
      assert.deepEqual([state, noted], ['waiting', problem]);
      await mock.fault({});
      await reaches(message, { state: 'clean' });
    });

  it('tries an attachment again that cannot be read, and does not let it hold up the others', async () => {
    const broken = await messages.accept(new Error('test-secret'));
    const other = await messages.accept('tốt');
    start();
    await reaches(other, { state: 'clean' });
    await reaches(broken, { state: 'waiting', problem: 'internal-error' });
    assert.deepEqual(await statesOf(broken), ['held', 'held']);
  });

  it('scans a message once, whichever of two processes takes it', async () => {
    const message = await messages.accept('một lần');
    const claims = await Promise.all([claimScan(bench.pool, 60_000), claimScan(bench.pool, 60_000)]);
    assert.deepEqual(
      claims.flatMap((claim) => claim?.messageId ?? []),
      [message.id],
    );
  });

  it('takes a message over from a process that died, and what that one finds counts no more', async () => {
    const message = await messages.accept('sạch');
    await claimScan(bench.pool, 1);
    start();
    await reaches(message, { state: 'clean' });
    const steps = await bench.stepNames(message.deliveries[0]);
    assert.equal(steps.filter((step) => step === 'released').length, 1);
  });

  it('leaves what people have decided meanwhile', async () => {
    const message = await messages.accept('sạch');
    await mock.fault({ mode: 'slow', slowMs: 300 });
    start();
    await eventually(async () => (await rowOf(message)).lease_id !== null);
    await bench.owner.query(
      "UPDATE scan SET state = 'destroyed', decision = $1, lease_id = NULL, lease_until = NULL WHERE message_id = $1",
      [message.id],
    );
    await mock.fault({});
    const next = await messages.accept('sau đó');
    await reaches(next, { state: 'clean' });
    assert.equal((await rowOf(message)).state, 'destroyed');
    assert.deepEqual(await statesOf(message), ['held', 'held']);
  });

  it('gives back what is under way when it stops', async () => {
    const message = await messages.accept('sạch');
    await mock.fault({ mode: 'slow', slowMs: 60_000 });
    start({}, { timeoutMs: 60_000 });
    await eventually(async () => (await rowOf(message)).lease_id !== null);
    await work?.stop();
    const { state, lease_id: lease, attempts } = await rowOf(message);
    assert.deepEqual([state, lease, attempts], ['waiting', null, 0]);
  });

  it('lets nobody change what was decided', async () => {
    const message = await messages.accept('sạch');
    start();
    await reaches(message, { state: 'clean' });
    const change = "UPDATE scan SET state = 'infected', findings = '[{}]' WHERE message_id = $1";
    await assert.rejects(bench.owner.query(change, [message.id]), /is decided/);
  });

  it('demands a scan of what has attachments, in the transaction that accepts it', async () => {
    const settings = parseScannerSettings(mock.settings);
    const { openAttachments } = messages;
    const rest = { pool: bench.pool, engine, openAttachments, logger, concurrency: 0 };
    const scanning = startScanning({ ...rest, settings, environment: 'production' });
    const demand = (id: string, attachments: number) =>
      withTransaction(bench.pool, (client) => scanning.demand(client, id, attachments));
    const [bare, full] = [randomUUID(), randomUUID()];
    assert.deepEqual([await demand(bare, 0), await demand(full, 2)], [false, true]);
    const { rows } = await bench.owner.query('SELECT message_id FROM scan WHERE message_id = ANY ($1)', [
      [bare, full],
    ]);
    assert.deepEqual(rows, [{ message_id: full }]);
    await scanning.stop();
  });

  it('demands nothing without a scanner, and says so outside the sandbox', async () => {
    const said: unknown[] = [];
    const loud = pino({ level: 'warn' }, { write: (line) => said.push(JSON.parse(line).msg) });
    const rest = { pool: bench.pool, engine, openAttachments: messages.openAttachments, settings: undefined };
    const none = startScanning({ ...rest, logger: loud, environment: 'production' });
    startScanning({ ...rest, logger: loud, environment: 'sandbox' });
    assert.equal(await withTransaction(bench.pool, (client) => none.demand(client, '', 1)), false);
    assert.deepEqual(said, ['no virus scanner is configured: attachments are passed on unscanned']);
    none.poke();
    await none.stop();
  });
});
