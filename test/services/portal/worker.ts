// What tests of the portal's catalogue stand on without a hub: the real mock, the real adapter, a worker over a database.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { pino } from 'pino';
import { createPortalAdapter, type Portal, parsePortalSettings } from '../../../adapters/portal/index.ts';
import type { PortalMockConfig } from '../../../mocks/portal/config.ts';
import { type PortalMock, startPortalMock } from '../../../mocks/portal/mock.ts';
import { createPool } from '../../../src/database/pool.ts';
import { startEvidenceLog } from '../../../src/evidence/log.ts';
import { createSnapshot } from '../../../src/registry/snapshot.ts';
import { type Catalogue, createCatalogue } from '../../../src/services/portal/catalogue/index.ts';
import type { WorkerTimes } from '../../../src/services/portal/catalogue/worker.ts';
import { defaultPortalRules, type PortalRules } from '../../../src/services/portal/rules.ts';
import { keys } from '../../evidence/support.ts';

const account = { username: 'lamdong-test', password: 'test-password' };
const dstcode = 'VN:GOV:000.00.00.G99:dvcqg';

/** Asks again and again. @throws Error after half a minute */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('it did not become true');
    await pause(50);
  }
}

/** Times that do not keep a test waiting. */
export const quick: WorkerTimes = { turnMs: 50, retryMs: 3_600_000, pauseMs: 10, leaseMs: 1_000 };

/** The members of the adapter's settings that tests change. */
export interface PortalTestSettings {
  /** Rows a page of a dictionary. */
  readonly rows?: number;
}

/** The settings of the adapter for a mock. */
export const toSettings = (
  { authUrl, integrationUrl, shareUrl }: PortalMock,
  { rows = 500 }: PortalTestSettings = {},
) => ({
  ...{ generation: 'A', authUrl, integrationUrl, shareUrl, ...account, dstcode, madonvi: 'H99' },
  ...{ pageSize: rows, timeoutMs: 5_000 },
});

/** The real adapter. @param settings what `toSettings` gives */
export const connect = (settings: unknown): Portal => createPortalAdapter(parsePortalSettings(settings));

interface JournalPage {
  readonly entries: readonly { readonly service?: string }[];
  readonly next: number | null;
}

/** A mock with ways to change and ask it. */
export interface TestPortal {
  readonly mock: PortalMock;
  /** Changes the dictionaries. */
  change(change: object): Promise<void>;
  /** Switches faults on; none: off. */
  fault(...faults: readonly object[]): Promise<void>;
  /** How often each service was called. */
  calls(service: string): Promise<number>;
  close(): Promise<void>;
}

async function control(url: string, method: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`mock: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Starts the mock. @param more over what the tests need */
export async function startPortal(more: Partial<PortalMockConfig> = {}): Promise<TestPortal> {
  const folder = mkdtempSync(join(tmpdir(), 'lgsp-portal-'));
  const journalFile = join(folder, 'journal.ndjson');
  const mock = await startPortalMock({
    ...{ accounts: [account], dstcode, controlKey: 'test-control-key', journalFile, agencies: 120 },
    ...more,
  });
  return {
    mock,
    async change(change) {
      await control(mock.catalogueUrl, 'PUT', change);
    },
    async fault(...faults) {
      await control(mock.faultUrl, 'PUT', { faults });
    },
    async calls(service) {
      let count = 0;
      for (let from: number | null = 1; from !== null; ) {
        // The mock's own answer, as its README says.
        const page = (await control(`${mock.journalUrl}?from=${from}`, 'GET')) as JournalPage;
        count += page.entries.filter((line) => line.service === service).length;
        from = page.next;
      }
      return count;
    },
    async close() {
      await mock.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A worker of the catalogue without a hub around it, as one process has it. */
export async function openWorker(
  hubUrl: string,
  settings: unknown,
  more: { readonly rules?: Partial<PortalRules>; readonly times?: Partial<WorkerTimes> } = {},
): Promise<{ readonly catalogue: Catalogue; readonly pool: pg.Pool; close(): Promise<void> }> {
  const pool = createPool(hubUrl, { max: 4, applicationName: 'test-catalogue' });
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const processId = randomUUID();
  const none = { systems: [], mandates: [], officers: [], services: [], grants: [], sourceCredentials: [] };
  const rest = { units: [], successions: [], revokedTokens: [], sourcesOff: [] };
  const registry = {
    ...{ current: createSnapshot({ ...none, ...rest, version: 1n }), confirmedMsAgo: () => 0 },
    close: async () => undefined,
  };
  const log = await startEvidenceLog({ hubUrl, keys, logger, processId });
  const portal = settings === undefined ? undefined : connect(settings);
  const catalogue = createCatalogue({
    ...{ pool, registry, log, portal, processId, logger, now: () => new Date() },
    rules: { ...defaultPortalRules, ...more.rules },
    times: { ...quick, ...more.times },
  });
  return {
    ...{ catalogue, pool },
    async close() {
      await catalogue.close();
      await portal?.close();
      await log.stop();
      await pool.end();
    },
  };
}
