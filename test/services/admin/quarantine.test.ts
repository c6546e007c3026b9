// Quarantine in the administration service: what a scan holds back is shown without content, released by two people,
// destroyed by one. Real scanner, real engine, real hub.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createScanner, parseScannerSettings, type Scanner } from '../../../adapters/virus-scanner/index.ts';
import { eicar } from '../../../mocks/virus-scanner/config.ts';
import { createPool } from '../../../src/database/pool.ts';
import { createDeliveryEngine, type RunningEngine } from '../../../src/delivery/engine.ts';
import { openKeys } from '../../../src/keys.ts';
import { type ScanWork, startScanWork } from '../../../src/services/documents/scan/work.ts';
import { startTestHub, type TestHub } from '../../support/sandbox-hub.ts';
import { startTestScanner, type TestScanner } from '../../support/scanner.ts';
import {
  createHeldMessages,
  eventually,
  type HeldMessage,
  type HeldMessages,
} from '../documents/scan/support.ts';
import { type Administration, createAdministration } from './support.ts';

const reason = 'thử';

describe('Administration of quarantine', () => {
  let hub: TestHub;
  let admin: Administration;
  let mock: TestScanner;
  let scanner: Scanner;
  let engine: RunningEngine;
  let messages: HeldMessages;
  let work: ScanWork;
  let pool: ReturnType<typeof createPool>;

  const path = ({ id }: HeldMessage) => `/quarantine/${id}`;
  const stateOf = async (message: HeldMessage) => (await admin.read(path(message))).body.state;
  const deliveriesOf = async ({ deliveries }: HeldMessage) => {
    const { rows } = await hub.owner.query('SELECT state FROM delivery WHERE id = ANY ($1) ORDER BY id', [
      deliveries,
    ]);
    return rows.map(({ state }) => state);
  };
  /** A message that was found infected. */
  const infected = async (): Promise<HeldMessage> => {
    const message = await messages.accept('sạch', eicar.text);
    work.poke();
    await eventually(async () => (await stateOf(message)) === 'infected');
    return message;
  };
  const propose = (message: HeldMessage) => admin.act('PATCH', path(message), { reason });
  const destroy = (message: HeldMessage, key: string = randomUUID()) =>
    admin.act('PUT', path(message), { state: 'destroyed', reason }, { key });
  const approve = (id: string, as: 'quan-tri' | 'phe-duyet' = 'phe-duyet') =>
    admin.act('POST', `/proposals/${id}/approval`, { reason }, { as });
  const lastStep = async (id: string) => (await hub.entries(id)).at(-1);

  before(async () => {
    hub = await startTestHub('admin-quarantine');
    admin = createAdministration(hub);
    mock = await startTestScanner('admin-quarantine-scanner');
    scanner = createScanner(parseScannerSettings(mock.settings));
    pool = createPool(hub.database.hubUrl, { max: 4, applicationName: 'test-quarantine' });
    const logger = pino({ level: 'silent' });
    engine = createDeliveryEngine({
      ...{ pool, logger, keys: openKeys(hub.keyFolder, 'sandbox'), processId: randomUUID() },
      now: () => ({ at: new Date(), databaseAt: new Date() }),
      isSourceOff: () => false,
    });
    messages = createHeldMessages(pool, engine);
    const { openAttachments } = messages;
    work = startScanWork({ pool, scanner, whenAway: 'hold', engine, openAttachments, logger });
  });
  after(async () => {
    await work.stop();
    await scanner.close();
    await engine.stop();
    await pool.end();
    await mock.close();
    await hub.stop();
  });

  it('shows what was found, from whom and to whom, and no content', async () => {
    const message = await infected();
    const { status, body } = await admin.read(path(message));
    assert.equal(status, 200);
    const { acceptedAt, changedAt, ...rest } = body;
    assert.ok(Date.parse(acceptedAt) <= Date.parse(changedAt));
    assert.deepEqual(rest, {
      messageId: message.id,
      ...{ state: 'infected', attempts: 0, revision: 2, scannerVersion: 'ClamAV 0.0.0/1/test scanner' },
      findings: [{ no: 2, outcome: 'infected', name: eicar.name }],
      ...{ senderSystem: 'van-ban', senderUnit: 'so-khcn' },
      ...{ receivers: ['H99.10', 'H99.11'], deliveries: message.deliveries },
    });
  });

  it('lists what waits for a decision, and by state what is past it, page by page', async () => {
    const [one, two] = [await infected(), await infected()];
    await destroy(two);
    const list = async (query: string) => (await admin.read(`/quarantine?${query}`)).body;
    const ids = ({ items }: { items: readonly { messageId: string }[] }) =>
      items.map((item) => item.messageId);
    assert.ok(ids(await list('limit=200')).includes(one.id));
    assert.ok(!ids(await list('limit=200')).includes(two.id));
    assert.deepEqual(ids(await list('state=destroyed&sort=-changedAt&limit=1')), [two.id]);
    const first = await list('limit=1');
    assert.notDeepEqual(ids(await list(`limit=1&cursor=${first.next}`)), ids(first));
  });

  it('releases by a second administrator, and only then is it delivered', async () => {
    const message = await infected();
    const proposed = await propose(message);
    assert.deepEqual(
      [proposed.status, proposed.body.kind, proposed.body.act, proposed.body.content.state],
      [202, 'quarantine-release', 'resume', 'released'],
    );
    assert.deepEqual(await deliveriesOf(message), ['held', 'held']);
    assert.equal((await approve(proposed.body.id)).status, 200);
    assert.deepEqual(await deliveriesOf(message), ['delivered', 'delivered']);
    const { body } = await admin.read(path(message));
    assert.deepEqual([body.state, body.decision], ['released', proposed.body.id]);
    const steps = (await hub.entries(message.deliveries[0])).map(({ leaf }) => leaf['step']);
    assert.deepEqual(steps, ['accepted', 'held', 'held', 'released', 'delivered']);
  });

  it('is not released by the administrator who asked', async () => {
    const message = await infected();
    const { body } = await propose(message);
    assert.equal((await approve(body.id, 'quan-tri')).body.code, 'proposal-own');
    assert.equal(await stateOf(message), 'infected');
    assert.deepEqual(await deliveriesOf(message), ['held', 'held']);
  });

  it('stays where it is when the second one rejects', async () => {
    const message = await infected();
    const { body } = await propose(message);
    await admin.act('POST', `/proposals/${body.id}/rejection`, { reason }, { as: 'phe-duyet' });
    assert.equal(await stateOf(message), 'infected');
    assert.equal((await propose(message)).status, 202);
  });

  it('is destroyed at once by one, for good, with the history of who and why', async () => {
    const message = await infected();
    const pending = await propose(message);
    const key = randomUUID();
    const done = await destroy(message, key);
    assert.deepEqual([done.status, done.body.state, done.body.decision], [200, 'destroyed', done.exchangeId]);
    assert.deepEqual((await destroy(message, key)).body, done.body);
    assert.deepEqual(await deliveriesOf(message), ['abandoned', 'abandoned']);
    const last = await lastStep(message.deliveries[0]);
    assert.deepEqual([last?.leaf['step'], last?.sealed['reason']], ['abandoned', reason]);
    assert.equal(last?.sealed['officer'], admin.officerOf('quan-tri'));
    assert.equal((await approve(pending.body.id)).body.code, 'revision-conflict');
    assert.equal((await destroy(message)).body.code, 'not-in-quarantine');
    assert.equal((await propose(message)).body.code, 'not-in-quarantine');
    const { body } = await admin.read(`/changes?kind=quarantine&target=${message.id}`);
    assert.deepEqual(
      body.items.map(({ operation }: { operation: string }) => operation),
      ['admin.v1/destroyQuarantined'],
    );
  });

  it('decides nothing about what was found clean, and knows nothing of other ids', async () => {
    const message = await messages.accept('sạch');
    work.poke();
    await eventually(async () => (await stateOf(message)) === 'clean');
    assert.equal((await destroy(message)).body.code, 'not-in-quarantine');
    assert.equal((await admin.read(`/quarantine/${randomUUID()}`)).body.code, 'record-not-found');
  });

  it('lets two people release what no scan comes to an end with', async () => {
    await mock.fault({ mode: 'away' });
    const message = await messages.accept('chờ lâu');
    const { body } = await propose(message);
    assert.equal((await approve(body.id)).status, 200);
    assert.deepEqual(await deliveriesOf(message), ['delivered', 'delivered']);
    await mock.fault({});
  });
});
