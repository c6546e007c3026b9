// Webhooks as rows and as the contract shows them: never with a secret.
import type { ClientBase, Pool } from 'pg';
import type { components } from '../../../openapi/types/delivery.v1.ts';
import { Problem } from '../../problem.ts';
import type { Caller } from '../service.ts';

/** As the contract shows it. */
export type Webhook = components['schemas']['Webhook'];

/** A row with texts for its times. */
export interface WebhookRow {
  readonly id: string;
  readonly unit_id: string;
  readonly system_id: string;
  readonly url: string;
  readonly events: Webhook['events'];
  readonly state: Webhook['state'];
  readonly created_at: Date;
  readonly previous_until: Date | null;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly last_problem: string | null;
  readonly failing_since: Date | null;
}

/** Columns of a `WebhookRow`. */
export const webhookColumns = `id, unit_id, system_id, url, events, state, created_at,
  CASE WHEN previous_until > clock_timestamp() THEN previous_until END AS previous_until,
  last_success_at, last_failure_at, last_problem, failing_since`;

/** As the contract shows it. */
export const toWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  unitId: row.unit_id,
  systemId: row.system_id,
  url: row.url,
  events: [...row.events],
  state: row.state,
  createdAt: row.created_at.toISOString(),
  ...(row.previous_until && { previousSecretUntil: row.previous_until.toISOString() }),
  ...(row.last_success_at && { lastSuccessAt: row.last_success_at.toISOString() }),
  ...(row.last_failure_at && { lastFailureAt: row.last_failure_at.toISOString() }),
  ...(row.last_problem !== null && { lastProblem: row.last_problem }),
  ...(row.failing_since && { failingSince: row.failing_since.toISOString() }),
});

/** One of the unit. @throws Problem webhook-not-found */
export async function readWebhook(pool: Pool, id: string, unitId: string): Promise<WebhookRow> {
  const { rows } = await pool.query<WebhookRow>(
    `SELECT ${webhookColumns} FROM webhook WHERE id = $1 AND unit_id = $2`,
    [id, unitId],
  );
  if (!rows[0]) throw new Problem('webhook-not-found');
  return rows[0];
}

/** Locks one that this very system registered for the unit. @throws Problem webhook-not-found */
export async function lockWebhook(
  client: ClientBase,
  id: string,
  { actingUnit, system }: Caller,
): Promise<WebhookRow & { readonly owning_unit: string }> {
  const { rows } = await client.query<WebhookRow & { readonly owning_unit: string }>(
    `SELECT ${webhookColumns}, owning_unit FROM webhook
       WHERE id = $1 AND unit_id = $2 AND system_id = $3 FOR UPDATE`,
    [id, actingUnit.id, system.id],
  );
  if (!rows[0]) throw new Problem('webhook-not-found');
  return rows[0];
}
