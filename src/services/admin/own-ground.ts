// What keeps administrators from locking everybody out: nobody takes away what they themselves call with, and of two who
// take each other's away at the same moment only the first succeeds.
import type { PoolClient } from 'pg';
import { Problem } from '../../problem.ts';
import type { ProblemCode } from '../../problem-codes.ts';
import type { Caller } from '../service.ts';
import type { ChangeContext } from './change.ts';

/** What is about to be suspended, revoked or ended. */
export interface Narrowed {
  readonly kind: 'system' | 'unit' | 'officer' | 'key' | 'right';
  /** Of a key, a mandate or a grant: the system that holds it. */
  readonly id: string;
}

/** First false column names what the author no longer stands on. */
const groundQuery = `SELECT s.state = 'active' AS system,
    u.state = 'active' AND a.state = 'active' AND coalesce(now() < u.valid_to AND now() < a.valid_to, true) AS unit,
    o.state = 'active' AND coalesce(now() < o.valid_to, true) AS officer,
    EXISTS (SELECT FROM system_key k WHERE k.system_id = s.id AND k.revoked_at IS NULL
      AND k.valid_from <= now() AND coalesce(now() < k.valid_to, true)) AS key,
    EXISTS (SELECT FROM access_grant g WHERE g.id = $4 AND g.state = 'active')
      AND EXISTS (SELECT FROM mandate m WHERE m.system_id = s.id AND m.unit_id = a.id AND m.state = 'active') AS right
  FROM system s JOIN unit u ON u.id = s.unit_id, unit a, officer o WHERE s.id = $1 AND a.id = $2 AND o.id = $3`;

const lost: Readonly<Record<Narrowed['kind'], ProblemCode>> = {
  system: 'system-inactive',
  unit: 'unit-inactive',
  officer: 'officer-unknown',
  key: 'token-revoked',
  right: 'grant-missing',
};
const kinds = ['system', 'unit', 'officer', 'key', 'right'] as const;

function isOwn({ kind, id }: Narrowed, { system, actingUnit, officerId }: Caller): boolean {
  if (kind === 'unit') return id === system.unitId || id === actingUnit.id;
  if (kind === 'officer') return id === officerId;
  return kind !== 'key' && id === system.id;
}

/** Narrowing changes pass one at a time, to the end of their transaction; before any row is locked, or two wait for each other. */
export async function lockGround(client: PoolClient): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('administration ground', 0))");
}

/**
 * Lets one narrowing change at a time pass, to the end of its transaction, and only if its author still stands.
 * @throws Problem own-ground | system-inactive | unit-inactive | officer-unknown | token-revoked |
 *   grant-missing
 */
export async function checkOwnGround(
  { client, author }: ChangeContext,
  caller: Caller,
  narrowed: Narrowed,
): Promise<void> {
  if (isOwn(narrowed, caller)) throw new Problem('own-ground');
  await lockGround(client);
  const { rows } = await client.query<Readonly<Record<Narrowed['kind'], boolean>>>(groundQuery, [
    author.systemId,
    caller.actingUnit.id,
    author.officerId,
    caller.grant.id,
  ]);
  const gone = kinds.find((kind) => rows[0]?.[kind] !== true);
  if (gone) throw new Problem(lost[gone]);
}

/**
 * The same for a mandate or grant, if it is one of administration.
 * @throws Problem as `checkOwnGround`
 */
export async function checkOwnRight(
  context: ChangeContext,
  caller: Caller,
  { systemId, operations }: { readonly systemId: string; readonly operations: readonly string[] },
): Promise<void> {
  if (operations.some((name) => name.startsWith('admin.v1/')))
    await checkOwnGround(context, caller, { kind: 'right', id: systemId });
}
