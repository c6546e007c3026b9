// Carries out proposals of credentials: only what the source took a moment ago comes into use, and what it replaces goes
// out of use in the same transaction, its secret with it.
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../../../problem.ts';
import type { Applied, Applier, Proposal } from '../proposals.ts';
import {
  type CredentialRow,
  lockCredential,
  readCredential,
  type SourceCredential,
  toCredential,
} from './rows.ts';
import type { TestCall } from './test-call.ts';

/** A test that is older than this does not count; it is made in the same exchange. */
const testLifeMs = 60_000;

/** @throws Problem source-credential-not-in-force outside its period */
export function checkInForce({ valid_from: from, valid_to: to }: CredentialRow, at: Date): void {
  if (at < from || to <= at) throw new Problem('source-credential-not-in-force');
}

/** @throws Problem revoked-for-good | source-credential-not-in-force */
function checkReady(row: CredentialRow, act: Proposal['act']): void {
  if (row.state === 'revoked' || row.state === 'replaced') throw new Problem('revoked-for-good');
  if (row.state !== (act === 'create' ? 'proposed' : 'suspended'))
    throw new Problem('source-credential-not-in-force');
  checkInForce(row, new Date());
}

/** @throws Problem | SourceError */
async function prepare(pool: Pool, test: TestCall, ...[proposal, request]: PrepareArguments) {
  const row = await readCredential(pool, proposal.target);
  checkReady(row, proposal.act);
  const { sources, error } = await test(row, request);
  if (error?.kind === 'refused')
    throw new Problem('source-credential-refused', { source: row.source, sources, cause: error });
  if (error) throw error;
  return { sources };
}

type PrepareArguments = Parameters<NonNullable<Applier['prepare']>>;

function checkTested({ id, last_test_at: at, last_test_outcome: outcome }: CredentialRow): void {
  if (outcome !== 'accepted' || !at || Date.now() - at.getTime() > testLifeMs)
    throw new Error(`the source credential ${id} was not tested`);
}

/** Ids of those that went out of use. */
async function replaceOthers(client: PoolClient, { id, source, unit_id }: CredentialRow): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE source_credential SET state = 'replaced', sealed_secret = NULL
       WHERE source = $1 AND unit_id IS NOT DISTINCT FROM $2 AND state IN ('active', 'suspended') AND id <> $3
       RETURNING id`,
    [source, unit_id, id],
  );
  return rows.map((row) => row.id);
}

async function apply(
  client: PoolClient,
  { act, target, targetRevision }: Proposal,
): Promise<Applied & { readonly after: SourceCredential & { readonly replaced: readonly string[] } }> {
  const before = await lockCredential(client, target, targetRevision);
  checkReady(before, act);
  checkTested(before);
  const replaced = await replaceOthers(client, before);
  await client.query("UPDATE source_credential SET state = 'active' WHERE id = $1", [target]);
  const after = toCredential(await readCredential(client, target));
  return { before: toCredential(before), after: { ...after, replaced } };
}

/**
 * The applier of the kind `source-credential`. What was proposed and comes to nothing is forgotten by the database itself.
 * @param pool of the hub's own role, for reading
 */
export const createCredentialApplier = (pool: Pool, test: TestCall): Applier => ({
  prepare: (...given) => prepare(pool, test, ...given),
  apply,
});
