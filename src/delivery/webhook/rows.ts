// Webhooks as the route reads and marks them. Registering and changing them is the delivery service's.
import type { ClientBase, Pool } from 'pg';
import type { ProblemCode } from '../../problem-codes.ts';
import { openText, sealText } from '../../registry/sealed-text.ts';

/** States of a webhook. */
export type WebhookState = 'active' | 'suspended' | 'failed';

/** Kinds of what a webhook may tell of. */
export type EventKind = 'document' | 'status' | 'notice';

/** Both secrets of a webhook, sealed. */
export interface SealedSecrets {
  readonly sealed_secret: Buffer;
  /** Null once it is no longer valid. */
  readonly previous_secret: Buffer | null;
}

/** What the route needs of a webhook. */
export interface WebhookTarget extends SealedSecrets {
  readonly url: string;
  readonly state: WebhookState;
  readonly unitId: string;
  readonly systemId: string;
}

const toContext = (id: string): string => `webhook ${id}`;

/** @param fieldKey `Keys.field` */
export const sealWebhookSecret = (fieldKey: Buffer, id: string, secret: string): Buffer =>
  sealText(fieldKey, toContext(id), secret);

/** @throws Error when it was sealed under another key, or for another webhook */
export const openWebhookSecret = (fieldKey: Buffer, id: string, sealed: Buffer): string =>
  openText(fieldKey, toContext(id), sealed, `the secret of the webhook ${id} cannot be opened`);

/** The valid secrets, the newest first. */
export const openSecrets = (fieldKey: Buffer, id: string, sealed: SealedSecrets): readonly string[] =>
  [sealed.sealed_secret, sealed.previous_secret].flatMap((one) =>
    one === null ? [] : [openWebhookSecret(fieldKey, id, one)],
  );

/** Undefined when it was removed. */
export async function readTarget(pool: Pool, id: string): Promise<WebhookTarget | undefined> {
  const { rows } = await pool.query<WebhookTarget>({
    name: 'webhook-target',
    text: `SELECT url, state, unit_id AS "unitId", system_id AS "systemId", sealed_secret,
        CASE WHEN previous_until > clock_timestamp() THEN previous_secret END AS previous_secret
      FROM webhook WHERE id = $1`,
    values: [id],
  });
  return rows[0];
}

/** Marks a success, at most every ten seconds unless it ends failures. */
export async function noteSuccess(pool: Pool, id: string): Promise<void> {
  await pool.query(
    `UPDATE webhook SET last_success_at = clock_timestamp(), failing_since = NULL WHERE id = $1
       AND (failing_since IS NOT NULL OR coalesce(last_success_at < clock_timestamp() - interval '10 seconds', true))`,
    [id],
  );
}

/** Failing for so long without one success, a webhook is given up. */
export const givenUpAfterHours = 48;

/**
 * Marks a failure.
 * @param to the state that it brings about at once; undefined: it is only given up once it failed for too long
 * @returns the state after it; undefined when it was removed
 */
export async function noteFailure(
  pool: Pool,
  id: string,
  problem: ProblemCode,
  to: 'suspended' | 'failed' | undefined,
): Promise<WebhookState | undefined> {
  const { rows } = await pool.query<{ state: WebhookState }>(
    `UPDATE webhook SET last_failure_at = clock_timestamp(), last_problem = $2,
       failing_since = coalesce(failing_since, clock_timestamp()),
       state = CASE WHEN state <> 'active' THEN state WHEN $3::text IS NOT NULL THEN $3
         WHEN failing_since < clock_timestamp() - $4::int * interval '1 hour' THEN 'failed' ELSE state END
     WHERE id = $1 RETURNING state`,
    [id, problem, to ?? null, givenUpAfterHours],
  );
  return rows[0]?.state;
}

/** A webhook that is told of deliveries. */
export interface ActiveWebhook {
  readonly id: string;
  readonly unitId: string;
  readonly systemId: string;
  readonly owningUnit: string;
  readonly events: readonly EventKind[];
}

/** All that are active. */
export async function readActive(client: ClientBase | Pool): Promise<readonly ActiveWebhook[]> {
  const { rows } = await client.query<ActiveWebhook>(
    `SELECT id, unit_id AS "unitId", system_id AS "systemId", owning_unit AS "owningUnit", events
       FROM webhook WHERE state = 'active' ORDER BY id`,
  );
  return rows;
}
