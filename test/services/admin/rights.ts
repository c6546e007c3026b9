// Proposals in tests: what is asked for, who else may administer, and the calls that decide.
import { randomUUID } from 'node:crypto';
import { loadContract } from '../../../src/contracts/contract.ts';
import type { SandboxSystem } from '../../../src/sandbox/province.ts';
import { type Made, makeSystem } from '../../support/made-system.ts';
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

const operations = loadContract('admin.v1').operations.map(({ name }) => name);

/** A system with every right of administration, in force within a second. */
export const makeAdministrator = (
  hub: TestHub,
  made: Pick<Made, 'id' | 'unitId' | 'keyBy' | 'keyProposal'>,
): Promise<SandboxSystem> =>
  makeSystem(hub, { ...made, mandate: ['admin.v1/*'], grant: operations, reach: 'province' });

/** Makes changes as this or that person. */
export type Act = (
  actor: Actor,
  method: string,
  path: string,
  body: unknown,
  key?: string,
) => Promise<TestAnswer>;

/** A client for the sandbox's systems and those that a test made. */
export function createAct(hub: TestHub, made: readonly SandboxSystem[]): Act {
  const systems = [...hub.province.systems, ...made];
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
