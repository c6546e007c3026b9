// Proposals in tests: what is asked for, who else may administer, and the calls that decide.
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSystemKey } from '../../../src/sandbox/seed-key.ts';
import { createClient, type TestAnswer, type TestHub } from '../../support/sandbox-hub.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** An instant some days from now, RFC 3339. */
export const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();

/** A grant of the one-stop system that only confirms identities, changed by `more`. */
export const newGrant = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: `q-${randomUUID().slice(0, 8)}`,
  systemId: 'mot-cua',
  operations: ['population.v1/confirmIdentity'],
  purpose: 'thu-nghiem',
  procedures: ['1.000656'],
  legalBasis: 'Căn cứ thử nghiệm',
  grantor: 'TT-999/2025 (thử nghiệm)',
  caseRule: 'optional',
  leastAssurance: 1,
  senderBound: true,
  addresses: ['127.0.0.0/8', '::1'],
  hours: { from: 0, to: 24 },
  environment: 'sandbox',
  quota: { perMinute: 100, perDay: 1000 },
  reach: 'unit',
  validFrom: inDays(-1),
  validTo: inDays(300),
  reason: 'mở dịch vụ mới',
  ...more,
});

/** A mandate of the document system for a body that it does not serve yet, changed by `more`. */
export const newMandate = (unitId: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id: `uq-${randomUUID().slice(0, 8)}`,
  systemId: 'van-ban',
  unitId,
  operations: ['evidence.v1/*'],
  document: 'Công văn 12/UBND-VX ngày 2/11/2026',
  validFrom: inDays(-1),
  ...more,
});

/** Who acts: a system and an officer of the unit that it acts for. */
export interface Actor {
  readonly system: string;
  readonly officer: string;
}

/** How a system of administration comes to be in a test. */
export interface MadeSystem {
  readonly id: string;
  /** The unit that it belongs to and acts for. */
  readonly unitId: string;
  /** Who registered its key, where that was not the owner. */
  readonly keyBy?: Actor;
  /** The proposal by which the key came in. */
  readonly keyProposal?: string;
}

/** A system with its key and every right of administration, in force within a second. */
export async function makeAdministrator(hub: TestHub, made: MadeSystem) {
  const { id, unitId, keyBy, keyProposal } = made;
  const key = openSystemKey(mkdtempSync(join(tmpdir(), 'lgsp-system-')), id);
  await hub.owner.query(
    "INSERT INTO system (id, name, unit_id, state, tokens_valid_from) VALUES ($1, 'Thử', $2, 'active', '2025-07-01')",
    [id, unitId],
  );
  await hub.owner.query(
    `INSERT INTO system_key (kid, system_id, jwk, valid_from, registered_by_system, registered_by_officer, proposal_id)
       VALUES ($1, $2, $3, '2025-07-01', $4, $5, $6)`,
    [key.kid, id, key.publicJwk, keyBy?.system ?? null, keyBy?.officer ?? null, keyProposal ?? null],
  );
  await hub.owner.query(
    `INSERT INTO mandate (id, system_id, unit_id, operations, document, confirmed_at, valid_from)
       VALUES ('uq-' || $1::text, $1::text, $2, '{admin.v1/*}', 'Thử', now(), '2025-07-01')`,
    [id, unitId],
  );
  await hub.owner.query(
    `INSERT INTO access_grant SELECT (jsonb_populate_record(g, jsonb_build_object('system_id', $1::text,
       'id', replace(g.id, 'quan-tri', $1)))).* FROM access_grant g WHERE g.id IN ('q-quan-tri-doc', 'q-quan-tri-ghi')`,
    [id],
  );
  return {
    kid: key.kid,
    system: { clientId: id, unitId, actingUnits: [unitId], privateKeyFile: key.file },
  };
}

type MadeAdministrator = Awaited<ReturnType<typeof makeAdministrator>>;

/** Makes changes as this or that person. */
export type Act = (
  actor: Actor,
  method: string,
  path: string,
  body: unknown,
  key?: string,
) => Promise<TestAnswer>;

/** A client for the sandbox's systems and those that a test made. */
export function createAct(hub: TestHub, made: readonly MadeAdministrator[] = []): Act {
  const systems = [...hub.province.systems, ...made.map(({ system }) => system)];
  const { call } = createClient(hub.url, { ...hub.province, systems });
  return ({ system, officer }, method, path, body, key = randomUUID()) =>
    call({
      ...{ system, method, body, path: `/admin/v1${path}` },
      headers: { officer, purpose: 'quan-tri', 'idempotency-key': key },
    });
}

/** Tries again while the hub's registry may not yet know what a test has just made. @throws Error after two seconds */
export async function onceKnown(attempt: () => Promise<TestAnswer>): Promise<TestAnswer> {
  const end = performance.now() + 2_000;
  for (;;) {
    const answer = await attempt();
    if (!['officer-unknown', 'mandate-missing', 'grant-missing'].includes(answer.body.code)) return answer;
    if (performance.now() > end) throw new Error(`still ${answer.body.code}`);
  }
}
