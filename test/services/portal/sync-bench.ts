// A hub's rooms for bringing changes to the portal: a real database and engine, the real adapter, the real mock; changes are
// accepted as rows, as the service accepts them.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { pino } from 'pino';
import { createPortalAdapter, parsePortalSettings } from '../../../adapters/portal/index.ts';
import type { Portal } from '../../../adapters/portal/portal.ts';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import { type PortalMock, startPortalMock } from '../../../mocks/portal/mock.ts';
import { createBlobStore } from '../../../src/blobs/blob-store.ts';
import { createPool } from '../../../src/database/pool.ts';
import { createDeliveryEngine, type RunningEngine } from '../../../src/delivery/engine.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { createSnapshot } from '../../../src/registry/snapshot.ts';
import type { Unit } from '../../../src/registry/types.ts';
import type { PortalRooms } from '../../../src/services/portal/dependencies.ts';
import type { PortalRecord } from '../../../src/services/portal/record-form.ts';
import { defaultPortalRules, type PortalRules } from '../../../src/services/portal/rules.ts';
import { createPortalRoute } from '../../../src/services/portal/sync/route.ts';
import { keys, until } from '../../evidence/support.ts';
import { freshDatabase } from '../../support/database.ts';
import { createSubmit, type Submit } from './sync-rows.ts';

/** What the portal's journal tells of a dossier. */
export interface HeldDossier {
  readonly code: string;
  readonly units: readonly string[];
  readonly status: string | null;
  readonly creates: number;
  readonly updates: number;
  readonly refused: number;
  readonly statuses: readonly { readonly status: string; readonly receptions: number }[];
  readonly progress: readonly { readonly order: number; readonly receptions: number; readonly at: string }[];
}

/** Everything that a test of the way to the portal works with. */
export interface Bench {
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  readonly engine: RunningEngine;
  readonly rooms: PortalRooms;
  readonly portal: Portal;
  readonly mock: PortalMock;
  readonly submit: Submit;
  /** Begins to work the route, once. */
  startRoute(portal?: Portal): void;
  /** Waits until the delivery of a change is in a state, hurrying what waits for a pause. */
  reached(id: string, state: string): Promise<void>;
  /** How a change stands, as row and dispatch. */
  stand(id: string): Promise<Stand>;
  setFaults(...faults: object[]): Promise<unknown>;
  /** All dossiers of the portal's journal, by code. */
  held(): Promise<ReadonlyMap<string, HeldDossier>>;
  /** What the portal holds of one, as it was received. */
  fieldsOf(code: string): Promise<Readonly<Record<string, unknown>>>;
  /** Calls that the portal had, with their records. */
  calls(): Promise<readonly Call[]>;
  /** The portal goes away, and comes back on the same journal. */
  closePortal(): Promise<void>;
  openPortal(): Promise<void>;
  stop(): Promise<void>;
}

/** A call in the portal's journal. */
export interface Call {
  readonly service: string;
  readonly unit?: string;
  readonly asked?: string;
  readonly records?: readonly { readonly kind: string; readonly code: string; readonly taken: boolean }[];
}

/** How a change stands. */
export interface Stand {
  readonly state: string;
  readonly problem: string | null;
  readonly responsible: string | null;
  readonly attempts: number;
  readonly isUnsure: boolean;
  readonly linesDone: number;
  readonly isDone: boolean;
  readonly portalCode: string | null;
  readonly where: readonly string[] | null;
  readonly version: bigint;
}

const start = new Date('2020-01-01T00:00:00Z');
const account = { username: 'lamdong-test', password: 'test-secret' };
const dstcode = 'VN:GOV:000.00.00.G99:dvcqg';

const unit = (id: string, code?: string): Unit => ({
  ...{ id, name: `Đơn vị thử ${id}`, kind: 'provincial', parentId: undefined },
  ...{ state: 'active', from: start, to: undefined },
  codes: code === undefined ? [] : [{ scheme: 'portal', code, from: start, to: undefined }],
});

const none = { systems: [], mandates: [], officers: [], services: [], grants: [], sourceCredentials: [] };
const snapshot = createSnapshot({
  ...{ ...none, version: 1n, successions: [], revokedTokens: [], sourcesOff: [] },
  units: [unit('so-a', 'H99.01'), unit('xa-b', 'H99.02'), unit('no-code')],
});

async function control<Body>(url: string, method = 'GET', body?: unknown): Promise<Body> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  // The mock's own answer, whose members each test asserts on.
  return (await answer.json()) as Body;
}

async function readAll<Entry>(url: string, view: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let from: number | null = 1; from !== null; ) {
    const page: { entries: Entry[]; next: number | null } = await control(
      `${url}?view=${view}&from=${from}&limit=1000`,
    );
    entries.push(...page.entries);
    from = page.next;
  }
  return entries;
}

/** An invented dossier. */
export const someDossier = (status = 2, more: object = {}): NonNullable<PortalRecord['dossier']> => ({
  procedure: { code: procedure },
  owner: { name: 'Người thử nghiệm', kind: 'citizen' },
  summary: 'Hồ sơ thử',
  receivedAt: '2025-11-20T08:00:00+07:00',
  status,
  ...more,
});

/** In force at the mock once a bench was opened. */
let procedure = '';

const standOf = `SELECT y.state, p.problem, p.responsible, p.attempts, c.is_unsure AS "isUnsure", c.lines_done AS "linesDone",
    c.done_at IS NOT NULL AS "isDone", c.portal_code AS "portalCode", c.refused_where AS "where",
    c.catalogue_version AS version
  FROM portal_change c JOIN delivery y ON y.id = c.id JOIN dispatch p ON p.id = y.dispatch_id WHERE c.id = $1`;

const codes = { unknown: -4, procedure: -5, unit: -6, fields: -7, transition: -8, sessionExpired: -2 };

function toPortal(mock: PortalMock, settings: object): Portal {
  const { authUrl, integrationUrl, shareUrl } = mock;
  return createPortalAdapter(
    parsePortalSettings({
      ...{ authUrl, integrationUrl, shareUrl, ...account, dstcode, madonvi: 'H99', connections: 8 },
      ...{ unknownCodes: ['-4'], procedureCodes: ['-5'], unitCodes: ['-6'], invalidCodes: ['-7'] },
      ...{ transitionCodes: ['-8'], timeoutMs: 400, loginPauseMs: 100 },
      ...settings,
    }),
  );
}

/** Opens a bench. @param settings of the adapter @param ofMock over the mock's configuration */
export async function startBench(
  settings: object = {},
  rules: Partial<PortalRules> = {},
  ofMock: Partial<PortalMockConfig> = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-portal-'));
  const database = await freshDatabase();
  const pool = createPool(database.hubUrl, { max: 8, applicationName: 'test-portal' });
  const owner = createPool(database.ownerUrl, { max: 2, applicationName: 'test-portal-owner' });
  const config: PortalMockConfig = {
    ...{ journalFile: join(folder, 'portal'), controlKey: 'test-control-key', accounts: [account], dstcode },
    ...{ units: ['H99*'], codes, procedures: 20, agencies: 5 },
    ...ofMock,
  };
  let mock = await startPortalMock(config);
  const [first] = await readAll<{ code: string }>(mock.catalogueUrl, '');
  procedure = first?.code ?? assert.fail('no procedure');
  const portal = toPortal(mock, settings);
  const field = randomBytes(32);
  const processId = randomUUID();
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const engine = createDeliveryEngine({
    ...{ pool, keys, processId, logger, idleMs: 20, sweepMs: 200, drainMs: 500 },
    now: () => ({ at: new Date(), databaseAt: new Date() }),
    isSourceOff: () => false,
  });
  const rooms: PortalRooms = {
    ...{ pool, retentionPool: owner, engine, portal, processId, logger, keys: { field } },
    registry: { current: snapshot, confirmedMsAgo: () => 0, close: async () => undefined },
    log: { open: () => assert.fail('no exchange'), close: () => assert.fail('no exchange') },
    notices: createWebhookNotices(false, () => false),
    blobs: createBlobStore(join(folder, 'blobs'), randomBytes(32)),
    rules: { ...defaultPortalRules, settleMs: 150, attemptMs: 20_000, ...rules },
    catalogue: { mark: async () => ({ version: 9, isStale: false }), findProcedures: async () => new Map() },
    now: () => new Date(),
  };
  const hurry = () =>
    owner.query("UPDATE dispatch SET next_at = clock_timestamp() WHERE state = 'waiting' AND failures > 0");
  const stand = async (id: string): Promise<Stand> =>
    (await pool.query<Stand>(standOf, [id])).rows[0] ?? assert.fail('no change');
  return {
    ...{ pool, owner, engine, rooms, portal, stand },
    get mock() {
      return mock;
    },
    submit: createSubmit(pool, engine, field),
    startRoute: (other = portal) => engine.start([createPortalRoute(rooms, other)]),
    reached: (id, state) =>
      until(async () => {
        await hurry();
        return (await stand(id)).state === state;
      }),
    setFaults: (...faults) => control(mock.faultUrl, 'PUT', { faults }),
    held: async () =>
      new Map((await readAll<HeldDossier>(mock.journalUrl, 'dossiers')).map((row) => [row.code, row])),
    fieldsOf: async (code) => control(`${mock.dossiersUrl}?code=${code}`),
    calls: () => readAll<Call>(mock.journalUrl, ''),
    closePortal: () => mock.close(),
    async openPortal() {
      mock = await startPortalMock({ ...config, port: mock.port });
    },
    async stop() {
      await engine.stop();
      await portal.close();
      await mock.close();
      await pool.end();
      await owner.end();
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

export { until };
