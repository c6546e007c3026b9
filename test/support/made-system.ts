// A system that a test makes, with its key and the rights that the test wants it to have.
import { dirname } from 'node:path';
import type { SandboxSystem } from '../../src/sandbox/province.ts';
import { openSystemKey } from '../../src/sandbox/seed-key.ts';
import type { TestHub } from './sandbox-hub.ts';

/** What a system is to be. */
export interface Made {
  readonly id: string;
  /** The unit that it belongs to and acts for. */
  readonly unitId: string;
  /** Operations or patterns of its mandate. */
  readonly mandate: readonly string[];
  /** Operations of its grant, for any purpose; empty: no grant. */
  readonly grant: readonly string[];
  readonly reach: 'unit' | 'province';
  /** Who registered its key, where that was not the owner. */
  readonly keyBy?: { readonly system: string; readonly officer: string };
  /** The proposal by which the key came in. */
  readonly keyProposal?: string;
}

/** The hub knows the system within a second. */
export async function makeSystem(
  { owner, province }: Pick<TestHub, 'owner' | 'province'>,
  made: Made,
): Promise<SandboxSystem> {
  const { id, unitId } = made;
  const key = openSystemKey(dirname(province.systems[0]?.privateKeyFile ?? ''), id);
  await owner.query(
    "INSERT INTO system (id, name, unit_id, state, tokens_valid_from) VALUES ($1, 'Thử', $2, 'active', '2025-07-01')",
    [id, unitId],
  );
  await owner.query(
    `INSERT INTO system_key (kid, system_id, jwk, valid_from, registered_by_system, registered_by_officer, proposal_id)
       VALUES ($1, $2, $3, '2025-07-01', $4, $5, $6)`,
    [
      ...[key.kid, id, key.publicJwk],
      ...[made.keyBy?.system ?? null, made.keyBy?.officer ?? null, made.keyProposal ?? null],
    ],
  );
  await owner.query(
    `INSERT INTO mandate (id, system_id, unit_id, operations, document, confirmed_at, valid_from)
       VALUES ('uq-' || $1::text, $1::text, $2, $3, 'Thử', now(), '2025-07-01')`,
    [id, unitId, made.mandate],
  );
  if (made.grant.length > 0)
    await owner.query(
      `INSERT INTO access_grant (id, system_id, operations, legal_basis, grantor, case_rule, least_assurance, environment,
         per_minute, per_day, reach, valid_from, valid_to)
         VALUES ('q-' || $1::text, $1::text, $2, 'Thử', 'Thử', 'optional', 1, 'sandbox', 10000, 100000, $3,
           now() - interval '1 day', now() + interval '30 days')`,
      [id, made.grant, made.reach],
    );
  return { clientId: id, unitId, actingUnits: [unitId], privateKeyFile: key.file };
}
