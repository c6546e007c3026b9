// A hub's rooms for documents on a real database, with the real mock of the axis: units of ours, agencies outside, an engine
// that works the axis, and a poller that is run turn by turn.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { pino } from 'pino';
import {
  createDocumentAxisAdapter,
  type DocumentAxis,
  parseDocumentAxisSettings,
} from '../../../adapters/document-axis/index.ts';
import { type DocumentAxisMock, startDocumentAxisMock } from '../../../mocks/document-axis/mock.ts';
import { createBlobStore } from '../../../src/blobs/blob-store.ts';
import { createPool } from '../../../src/database/pool.ts';
import { createDeliveryEngine, type RunningEngine } from '../../../src/delivery/engine.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { startEvidenceLog } from '../../../src/evidence/log.ts';
import { createSnapshot } from '../../../src/registry/snapshot.ts';
import type { Succession, Unit } from '../../../src/registry/types.ts';
import { type AxisPoller, startAxisPoller } from '../../../src/services/documents/axis/poller.ts';
import { createAxisRoute } from '../../../src/services/documents/axis/route.ts';
import type { DocumentRooms } from '../../../src/services/documents/dependencies.ts';
import { createDirectory } from '../../../src/services/documents/directory/directory.ts';
import { createAgencySync } from '../../../src/services/documents/directory/sync.ts';
import { type DocumentRules, defaultDocumentRules } from '../../../src/services/documents/rules.ts';
import { acceptDocument } from '../../../src/services/documents/send/accept.ts';
import type { Accepted } from '../../../src/services/documents/send/accepted.ts';
import { compose } from '../../../src/services/documents/send/compose.ts';
import { resolveReceivers } from '../../../src/services/documents/send/receivers.ts';
import { type NewDocument, toDocument } from '../../../src/services/documents/send/to-document.ts';
import { createUploads } from '../../../src/services/documents/uploads/index.ts';
import type { Caller } from '../../../src/services/service.ts';
import { keys, until } from '../../evidence/support.ts';
import { control, journal, outside, toConfig } from '../../mocks/document-axis/client.ts';
import { freshDatabase } from '../../support/database.ts';

/** Everything that a test of documents works with. */
export interface Bench {
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  readonly rooms: DocumentRooms;
  readonly engine: RunningEngine;
  readonly mock: DocumentAxisMock;
  readonly axis: DocumentAxis;
  /** Sends an invented document of a unit of ours. */
  send(unitId: string, to: readonly string[], more?: Partial<NewDocument>): Promise<Accepted>;
  /** A call of a handler by a unit. */
  call<Body>(unitId: string, body: Body, more?: Partial<Call>): Call & { readonly body: Body };
  /** Begins to work the axis, once. */
  startRoute(): void;
  /** Begins to poll; ended with the bench. */
  poll(): AxisPoller;
  /** Ends all that polls. */
  stopPolling(): Promise<void>;
  /** The unit `cu-d` ends and `so-b` takes over. */
  merge(): void;
  stateOf(deliveryId: string): Promise<string | undefined>;
  rows<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

/** What a request has besides its body. */
export interface Call {
  readonly exchangeId: string;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, never>>;
  readonly query: Readonly<Record<string, never>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: undefined;
  readonly askSource: () => Promise<never>;
  readonly signal: AbortSignal;
}

const start = new Date('2020-01-01T00:00:00Z');

const unit = (id: string, code: string, to?: Date, older: readonly string[] = []): Unit => ({
  ...{
    id,
    name: `Đơn vị thử ${id}`,
    kind: 'provincial',
    parentId: undefined,
    state: 'active',
    from: start,
    to,
  },
  codes: [
    { scheme: 'agency', code, from: start, to },
    ...older.map((old) => ({
      scheme: 'agency',
      code: old,
      from: start,
      to: new Date('2025-07-01T00:00:00Z'),
    })),
  ],
});

function toSnapshot(endOfD?: Date) {
  const successions: readonly Succession[] = endOfD
    ? [{ unitId: 'cu-d', successorId: 'so-b', at: endOfD }]
    : [];
  const none = { systems: [], mandates: [], officers: [], services: [], grants: [], sourceCredentials: [] };
  const units = [
    unit('so-a', 'H99.01', undefined, ['000.00.01.H99']),
    unit('so-b', 'H99.02'),
    unit('xa-c', 'H99.03'),
    unit('cu-d', 'H99.09', endOfD),
  ];
  return createSnapshot({ ...none, version: 1n, units, successions, revokedTokens: [], sourcesOff: [] });
}

let number = 0;

/** An invented document that has a number of its own. */
function someDocument(to: readonly string[], more: Partial<NewDocument>): NewDocument {
  number += 1;
  return {
    businessType: 'new',
    to: to.map((code) => ({ code })),
    code: { number: String(number), notation: 'TN-MAU' },
    promulgationDate: '2025-11-20',
    documentType: { name: 'Công văn' },
    subject: 'V/v thử nghiệm liên thông',
    attachments: [],
    ...more,
  };
}

/** Opens a bench. @param settings of the axis, over those of the mock @param ofMock over the mock's configuration */
export async function startBench(
  settings: Readonly<Record<string, unknown>> = {},
  rules: Partial<DocumentRules> = {},
  ofMock: Readonly<Record<string, unknown>> = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-documents-'));
  const database = await freshDatabase();
  const pool = createPool(database.hubUrl, { max: 10, applicationName: 'test-documents' });
  const owner = createPool(database.ownerUrl, { max: 2, applicationName: 'test-documents-owner' });
  const config = toConfig(join(folder, 'axis'), { agencies: 30, merger: false });
  const mock = await startDocumentAxisMock({
    ...config,
    ...ofMock,
    systems: [
      { systemId: '00.99.W00', secret: 'test-secret', codes: ['H99.*', '*.H99'] },
      { ...outside, codes: ['G99.*', 'H98.*'] },
    ],
    units: ['H99.01', 'H99.02', 'H99.03', 'H99.09', 'H99.77', '000.00.01.H99'].map((code) => ({ code })),
  });
  const axis = createDocumentAxisAdapter(
    parseDocumentAxisSettings({
      ...{ url: mock.url, systemId: '00.99.W00', secret: 'test-secret', pollSeconds: 1, timeoutMs: 1_000 },
      ...settings,
    }),
  );
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  let snapshot = toSnapshot();
  const registry = {
    get current() {
      return snapshot;
    },
    confirmedMsAgo: () => 0,
    close: async () => undefined,
  };
  const field = randomBytes(32);
  const processId = randomUUID();
  const engine = createDeliveryEngine({
    ...{ pool, keys, processId, logger, idleMs: 20, sweepMs: 100, drainMs: 500 },
    now: () => ({ at: new Date(), databaseAt: new Date() }),
    isSourceOff: () => false,
  });
  const log = await startEvidenceLog({ hubUrl: database.hubUrl, keys, logger, processId });
  const blobs = createBlobStore(join(folder, 'blobs'), randomBytes(32));
  const rooms: DocumentRooms = {
    ...{ pool, registry, engine, log, blobs, keys: { field }, hasAxis: true },
    directory: createDirectory({ registry, pool }),
    rules: { ...defaultDocumentRules, ...rules },
    uploads: createUploads({
      ...{ pool, fieldKey: field, blobFolder: join(folder, 'blobs'), key: randomBytes(32), earlierKeys: [] },
    }),
    demandScan: async () => false,
    scanAlong: () => undefined,
    notices: createWebhookNotices(false, () => false),
    onArrival: () => undefined,
    now: () => new Date(),
  };
  await createAgencySync(pool, axis).run();
  const pollers: AxisPoller[] = [];

  const toCaller = (unitId: string): Caller => {
    const actingUnit = snapshot.unit(unitId) ?? assert.fail(`no unit ${unitId}`);
    const system: Caller['system'] = {
      ...{ id: 'van-ban', name: 'Văn bản', unitId: 'so-a', tokensValidFrom: start, keys: [] },
      state: 'active',
    };
    const grant: Caller['grant'] = {
      ...{ id: 'grant-1', systemId: 'van-ban', operations: [], purpose: undefined, legalBasis: 'thử nghiệm' },
      ...{ fields: undefined, addresses: [], hours: undefined, environment: 'sandbox', grantor: 'so-a' },
      ...{ quota: { perMinute: 1, perDay: 1 }, isSenderBound: false, from: start, to: undefined },
      caseRule: 'optional',
      leastAssurance: 1,
      reach: 'unit',
      state: 'active',
    };
    return { system, actingUnit, grant, officerId: undefined, purpose: undefined, caseCode: undefined };
  };

  async function stopPolling(): Promise<void> {
    await Promise.all(pollers.splice(0).map((poller) => poller.stop()));
  }

  return {
    ...{ pool, owner, rooms, engine, mock, axis, stopPolling },
    async send(unitId, to, more = {}) {
      const given = someDocument(to, more);
      const at = new Date();
      const { receivers, places } = await resolveReceivers(rooms.directory, to, at, '/body/to');
      assert.deepEqual(places, []);
      const code = rooms.directory.codeOf(unitId, at) ?? '';
      const document = toDocument(given, { code, name: unitId, at, nameOf: () => undefined });
      const { written, blob } = await compose(rooms, document, [], undefined);
      return acceptDocument(rooms, {
        ...{ caller: toCaller(unitId), exchangeId: randomUUID(), operation: 'sendDocument', written, blob },
        ...{ receivers, warnings: [], askedSha256: written.sha256, cleanBy: undefined, uploadIds: [] },
        message: { ...document, attachments: [], signature: 'absent' },
      });
    },
    call: (unitId, body, more = {}) => ({
      ...{ exchangeId: randomUUID(), caller: toCaller(unitId), params: {}, query: {}, headers: {}, body },
      content: undefined,
      askSource: () => assert.fail('no source is asked'),
      signal: AbortSignal.timeout(30_000),
      ...more,
    }),
    startRoute: () => engine.start([createAxisRoute(rooms, axis)]),
    poll() {
      const poller = startAxisPoller(rooms, axis, randomUUID(), logger);
      pollers.push(poller);
      return poller;
    },
    merge() {
      snapshot = toSnapshot(new Date(Date.now() - 1_000));
    },
    async stateOf(id) {
      const { rows } = await pool.query<{ state: string }>('SELECT state FROM delivery WHERE id = $1', [id]);
      return rows[0]?.state;
    },
    rows: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    async stop() {
      await stopPolling();
      await engine.stop();
      await log.stop();
      await axis.close();
      await mock.close();
      await pool.end();
      await owner.end();
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Puts a message of outside into our queue. */
export async function inject(mock: DocumentAxisMock, message: object): Promise<void> {
  const answer = await control(mock.injectUrl, 'POST', message);
  assert.equal(answer['error'], undefined);
}

/** Switches failures of the axis on; none given: off. */
export const setFaults = (mock: DocumentAxisMock, ...faults: object[]) =>
  control(mock.faultUrl, 'PUT', { faults });

/** Items of all queues, as the axis has them. */
export const axisItems = (mock: DocumentAxisMock) => journal(mock, '?view=items&limit=1000');

export { until };
