// Gives every published service its row in the registry, so that a new hub and a new version serve what they publish.
// A row that is there stays as the administrators want it: what they switched off stays off.
import type { Pool } from 'pg';
import type { PublishedService } from '../contracts/table.ts';

/** Adds the rows that are missing, switched on; writes nothing when there are none. @param registryPool of the role that writes the registry */
export async function registerServices(
  registryPool: Pool,
  published: readonly PublishedService[],
): Promise<void> {
  const ids = published.map(({ contract }) => contract.service);
  const { rows } = await registryPool.query<{ id: string }>('SELECT id FROM service WHERE id = ANY ($1)', [
    ids,
  ]);
  const kept = new Set(rows.map(({ id }) => id));
  const missing = published.filter(({ contract }) => !kept.has(contract.service));
  if (missing.length === 0) return;
  await registryPool.query(
    `INSERT INTO service (id, provider_source, state)
       SELECT id, source, 'active' FROM unnest($1::text[], $2::text[]) AS fresh (id, source) ON CONFLICT DO NOTHING`,
    [missing.map(({ contract }) => contract.service), missing.map(({ source }) => source ?? null)],
  );
}
