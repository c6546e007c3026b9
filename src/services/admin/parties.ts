// The system and the unit that a right is for.
import type { PoolClient } from 'pg';
import { refusePlaces } from './published.ts';

/** A right for a system or unit that never comes back is a mistake. @throws Problem request-invalid */
export async function checkParties(client: PoolClient, systemId: string, unitId?: string): Promise<void> {
  const { rows } = await client.query<{ where: string }>(
    `SELECT '/body/systemId' AS where FROM system WHERE id = $1 AND state = 'revoked'
     UNION ALL SELECT '/body/unitId' FROM unit WHERE id = $2 AND state = 'revoked'`,
    [systemId, unitId ?? null],
  );
  refusePlaces(
    rows.map(({ where }) => ({
      where,
      vi: 'không được là bản ghi đã bị thu hồi',
      en: 'must not be revoked',
    })),
  );
}
