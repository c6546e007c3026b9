// Two administrators of a hub in tests: who asks and who decides, each with an officer of their own.
import { randomUUID } from 'node:crypto';
import type { TestAnswer, TestHub } from '../../support/sandbox-hub.ts';

/** Who acts: the administrator, the second one who approves, or the auditor. */
export type Role = 'quan-tri' | 'phe-duyet' | 'kiem-toan' | 'mot-cua';

/** What a test may set of a call. */
export interface ActOptions {
  readonly as?: Role;
  readonly officer?: string;
  /** Idempotency key; a new one unless given. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Calls of `admin.v1` with the headers that a change needs. */
export interface Administration {
  /** The first officer of the unit that a role acts for. */
  officerOf(role: Role): string;
  read(path: string, options?: ActOptions): Promise<TestAnswer>;
  act(method: string, path: string, body: unknown, options?: ActOptions): Promise<TestAnswer>;
}

/** @param hub a running hub of the sandbox's province */
export function createAdministration(hub: Pick<TestHub, 'call' | 'province'>): Administration {
  const officerOf = (role: Role): string => {
    const unit = hub.province.systems.find(({ clientId }) => clientId === role)?.actingUnits[0];
    const officer = hub.province.officers.find((one) => one.unitId === unit && one.case === 'ordinary');
    if (!officer) throw new Error(`no officer for ${role}`);
    return officer.id;
  };
  return {
    officerOf,
    read: (path, { as = 'quan-tri', headers = {} } = {}) =>
      hub.call({ system: as, path: `/admin/v1${path}`, headers }),
    act: (method, path, body, { as = 'quan-tri', officer, key = randomUUID(), headers = {} } = {}) =>
      hub.call({
        system: as,
        method,
        path: `/admin/v1${path}`,
        body,
        headers: {
          officer: officer ?? officerOf(as),
          purpose: 'quan-tri',
          'idempotency-key': key,
          ...headers,
        },
      }),
  };
}
