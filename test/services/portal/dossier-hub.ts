// What tests of dossiers stand on: a hub with their service, a small catalogue in its tables, and a way out that does what
// a test says.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Portal } from '../../../adapters/portal/portal.ts';
import type { operations } from '../../../openapi/types/portal.v1.ts';
import { readConfig } from '../../../src/config.ts';
import { type Contract, loadContract } from '../../../src/contracts/contract.ts';
import { createPool } from '../../../src/database/pool.ts';
import type { ClaimedDispatch, DispatchOutcome, Route } from '../../../src/delivery/types.ts';
import { createWebhookNotices } from '../../../src/delivery/webhook/notices.ts';
import { startHub } from '../../../src/hub.ts';
import { openKeys } from '../../../src/keys.ts';
import { answeringOnly, publish, type ServiceDependencies } from '../../../src/services/index.ts';
import type { CatalogueView, PortalRooms } from '../../../src/services/portal/dependencies.ts';
import { createDossiers } from '../../../src/services/portal/dossiers/index.ts';
import { createPortalService } from '../../../src/services/portal/index.ts';
import { defaultPortalRules, type PortalRules } from '../../../src/services/portal/rules.ts';
import { createClient, freePort, layGround, type TestAnswer } from '../../support/sandbox-hub.ts';

/** Units of ours: the first submits, the second has no part in it, the last is the only heir of `ended`. */
export const [submitter, stranger, heir, ended] = ['cq-03', 'cq-04', 'cq-06', 'cu-902'] as const;

/** In force, and withdrawn. */
export const [procedure, withdrawnProcedure] = ['1.999001.H99', '1.999002.H99'] as const;

/** What a test's hub differs in. */
export interface DossierHubSettings {
  readonly rules?: Partial<PortalRules>;
  /** What it is connected to at the moment. */
  readonly portal?: () => Portal | undefined;
  /** Does the catalogue count as stale. */
  readonly isStale?: () => boolean;
  /** What comes of an attempt at a change; without it everything waits. */
  readonly send?: (dispatch: ClaimedDispatch, owner: pg.Pool) => Promise<DispatchOutcome>;
}

/** A catalogue as its tables have it. */
const toCatalogue = (pool: pg.Pool, isStale: () => boolean): CatalogueView => ({
  async mark() {
    const { rows } = await pool.query<{ version: number }>(
      'SELECT COALESCE(max(version), 0)::int AS version FROM portal_version',
    );
    return { version: rows[0]?.version ?? 0, isStale: isStale() };
  },
  async findProcedures(codes) {
    const { rows } = await pool.query<{ code: string; name: string; withdrawn: number | null }>(
      `SELECT code, name, withdrawn_in::int AS withdrawn FROM portal_entry
       WHERE kind = 'procedure' AND code = ANY ($1)`,
      [codes],
    );
    return new Map(
      rows.map(({ code, name, withdrawn }) => [code, { name, withdrawnIn: withdrawn ?? undefined }]),
    );
  },
});

async function fillCatalogue(owner: pg.Pool): Promise<void> {
  const sync = randomUUID();
  await owner.query(
    `INSERT INTO portal_sync (id, cause, state, progress, version, ended_at) VALUES ($1, 'demand', 'done', '{}', 1, now())`,
    [sync],
  );
  await owner.query('INSERT INTO portal_version (version, sync_id) VALUES (1, $1)', [sync]);
  await owner.query(
    `INSERT INTO portal_entry (kind, code, name, folded, sha256, added_in, changed_in, withdrawn_in)
     SELECT 'procedure', code, code, code, decode(repeat('00', 32), 'hex'), 1, 1, withdrawn
     FROM (VALUES ($1, NULL::bigint), ($2, 1)) AS v (code, withdrawn)`,
    [procedure, withdrawnProcedure],
  );
}

async function addRights(owner: pg.Pool, contract: Contract): Promise<void> {
  await owner.query(
    "UPDATE mandate SET operations = operations || '{portal.v1/*}' WHERE system_id = 'mot-cua'",
  );
  const columns = {
    ...{ id: 'q-portal', operations: contract.operations.map(({ name }) => name) },
    ...{ purpose: null, fields: null, case_rule: 'optional', sender_bound: false },
  };
  await owner.query(
    `INSERT INTO access_grant SELECT (jsonb_populate_record(g, $1)).* FROM access_grant g WHERE id = 'q-mot-cua-tthc'`,
    [JSON.stringify(columns)],
  );
}

/** Starts a hub for one test file. */
export async function startDossierHub(name: string, settings: DossierHubSettings = {}) {
  const ground = await layGround(name);
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  const contract = loadContract('portal.v1');
  await addRights(owner, contract);
  await fillCatalogue(owner);
  const catalogue = createPool(ground.database.hubUrl, { max: 2, applicationName: 'catalogue' });
  const { send } = settings;
  const route: Route | undefined = send && {
    ...{ name: 'portal', source: undefined, concurrency: 4, attemptMs: 5_000 },
    send: (dispatch) => send(dispatch, owner),
  };
  const toServices = (d: ServiceDependencies) => {
    const rooms: PortalRooms = {
      ...d,
      notices: createWebhookNotices(false, () => false),
      rules: { ...defaultPortalRules, ...settings.rules },
      get portal() {
        return settings.portal?.();
      },
      catalogue: toCatalogue(catalogue, settings.isStale ?? (() => false)),
      now: () => new Date(),
    };
    const handlers = { ...createPortalService(rooms).handlers, ...createDossiers(rooms) };
    const published = publish<operations>(contract, 'portal', handlers);
    return { ...answeringOnly([published]), routes: route ? [route] : [] };
  };
  const config = readConfig(ground.environment(await freePort()));
  const hub = await startHub(config, ground.database, toServices);
  const { call } = createClient(hub.url, ground.province);
  const ask = (path: string, unit: string = submitter): Promise<TestAnswer> =>
    call({ path: `/portal/v1${path}`, unit });
  const tell = (path: string, body: unknown, unit: string = submitter, key: string = randomUUID()) =>
    call({
      ...{ method: 'POST', path: `/portal/v1${path}`, unit, body },
      headers: { 'idempotency-key': key },
    });
  return {
    owner,
    ask,
    tell,
    fieldKey: openKeys(ground.keyFolder, 'sandbox').field,
    submit: (records: readonly unknown[], unit: string = submitter, key: string = randomUUID()) =>
      tell('/dossiers', { records }, unit, key),
    check: (records: readonly unknown[], unit: string = submitter) =>
      call({ method: 'POST', path: '/portal/v1/dossier-checks', unit, body: { records } }),
    async stop() {
      await hub.stop();
      await catalogue.end();
      await owner.end();
      await ground.close();
    },
  };
}

let lastNumber = 0;

/** A dossier code that no test used before. */
export function newCode(): string {
  lastNumber += 1;
  return `000.00.03.H99-261126-${String(lastNumber).padStart(4, '0')}`;
}

/** A dossier in which nothing is to be found. */
export const fullDossier = {
  procedure: { code: procedure },
  owner: {
    name: 'Người mẫu',
    kind: 'citizen',
    identity: { kind: 'personal-number', number: '999000000001' },
  },
  status: 2,
  receivedAt: '2026-11-02T08:00:00+07:00',
  dueAt: '2026-11-20T17:00:00+07:00',
  channel: 'online',
  hasDigitisedParts: true,
  isVneidVerified: true,
  databases: ['CSDLDC'],
} as const;

/** A record that waits to be sent. */
export const toRecord = (more: object = {}, code = newCode()) => ({
  code,
  dossier: { ...fullDossier, ...more },
});

/** A record that is held: its procedure is unknown. */
export const toHeldRecord = (code = newCode()) => toRecord({ procedure: { code: '1.999999.H99' } }, code);
