// The catalogue as the other parts of the portal ask it: which version, how fresh, and which procedures there are.
import type { Pool } from 'pg';
import type { components } from '../../../../openapi/types/portal.v1.ts';
import type { CatalogueView, KnownProcedure, PortalRooms } from '../dependencies.ts';

const hourMs = 3_600_000;

async function readMark(
  pool: Pool,
  staleHours: number,
  now: Date,
): Promise<components['schemas']['CatalogueMark']> {
  const { rows } = await pool.query<{ version: bigint; at: Date | null }>(
    `SELECT (SELECT coalesce(max(version), 0) FROM portal_version) AS version,
       (SELECT max(ended_at) FROM portal_sync WHERE state = 'done') AS at`,
  );
  const { version = 0n, at = null } = rows[0] ?? {};
  return {
    version: Number(version),
    ...(at && { synchronisedAt: at.toISOString() }),
    isStale: at === null || now.getTime() - at.getTime() > staleHours * hourMs,
  };
}

/** The view over our own tables: it answers while the portal is away. */
export function createCatalogueView({
  pool,
  rules,
  now,
}: Pick<PortalRooms, 'pool' | 'rules' | 'now'>): CatalogueView {
  return {
    mark: () => readMark(pool, rules.staleHours, now()),
    async findProcedures(codes) {
      const { rows } = await pool.query<{ code: string; name: string; withdrawn_in: bigint | null }>(
        "SELECT code, name, withdrawn_in FROM portal_entry WHERE kind = 'procedure' AND code = ANY ($1)",
        [codes],
      );
      const known = ({ name, withdrawn_in: gone }: (typeof rows)[number]): KnownProcedure => ({
        name,
        withdrawnIn: gone === null ? undefined : Number(gone),
      });
      return new Map(rows.map((row) => [row.code, known(row)]));
    },
  };
}
