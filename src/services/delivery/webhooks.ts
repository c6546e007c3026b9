// Webhooks of units' systems: registered, tested, suspended and removed by the system that they belong to; seen by the unit.
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { operations } from '../../../openapi/types/delivery.v1.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import { findAddressFault } from '../../delivery/webhook/address.ts';
import { toNoticeDelivery, type WebhookNotices } from '../../delivery/webhook/notices.ts';
import { webhookRoute } from '../../delivery/webhook/route.ts';
import { openWebhookSecret, sealWebhookSecret } from '../../delivery/webhook/rows.ts';
import type { WebhookRules } from '../../delivery/webhook/settings.ts';
import { makeSecret } from '../../delivery/webhook/signature.ts';
import { Problem } from '../../problem.ts';
import { readPage } from '../admin/page.ts';
import type { Caller, Handlers, RequestOf } from '../service.ts';
import { type Act, type ActContext, createActs } from './acts.ts';
import {
  lockWebhook,
  readWebhook,
  toWebhook,
  type Webhook,
  type WebhookRow,
  webhookColumns,
} from './webhook-rows.ts';

/** What the handlers stand on. */
export interface WebhookDependencies {
  readonly pool: Pool;
  /** `Keys.field` */
  readonly fieldKey: Buffer;
  readonly rules: WebhookRules;
  readonly notices: WebhookNotices;
  readonly engine: DeliveryEngine;
}

const overlapHours = 24;
const testHours = 1;

/** @throws Problem webhooks-off | request-invalid */
function checkAddress(url: string, rules: WebhookRules): void {
  if (rules.networks.length === 0) throw new Problem('webhooks-off');
  const fault = findAddressFault(url, rules);
  if (fault) throw new Problem('request-invalid', { errors: [{ where: '/body/url', ...fault }] });
}

/** @throws Problem webhook-exists */
async function register(
  fieldKey: Buffer,
  { caller, body }: RequestOf<operations['registerWebhook']>,
  { client, exchangeId }: ActContext,
): Promise<Act<Webhook>> {
  const id = uuidv7();
  const { actingUnit, system } = caller;
  const sealed = sealWebhookSecret(fieldKey, id, makeSecret());
  const { rows } = await client.query<WebhookRow>(
    `INSERT INTO webhook (id, unit_id, system_id, owning_unit, url, events, sealed_secret, secret_exchange)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (unit_id, system_id) DO NOTHING
       RETURNING ${webhookColumns}`,
    [id, actingUnit.id, system.id, system.unitId, body.url, body.events, sealed, exchangeId],
  );
  if (!rows[0]) throw new Problem('webhook-exists');
  return { status: 201, webhookId: id, answer: toWebhook(rows[0]) };
}

async function rotate(
  fieldKey: Buffer,
  id: string,
  caller: Caller,
  { client, exchangeId }: ActContext,
): Promise<Act<Webhook>> {
  await lockWebhook(client, id, caller);
  const { rows } = await client.query<WebhookRow>(
    `UPDATE webhook SET previous_secret = sealed_secret, previous_until = clock_timestamp() + $4::int * interval '1 hour',
       sealed_secret = $2, secret_exchange = $3 WHERE id = $1 RETURNING ${webhookColumns}`,
    [id, sealWebhookSecret(fieldKey, id, makeSecret()), exchangeId, overlapHours],
  );
  if (!rows[0]) throw new Problem('webhook-not-found');
  return { status: 200, webhookId: id, answer: toWebhook(rows[0]) };
}

/** The secret only for the exchange that made it, while it is the current one. */
async function withSecret(fieldKey: Buffer, webhook: Webhook, { client, exchangeId }: ActContext) {
  const { rows } = await client.query<{ sealed_secret: Buffer }>(
    'SELECT sealed_secret FROM webhook WHERE id = $1 AND secret_exchange = $2',
    [webhook.id, exchangeId],
  );
  return {
    webhook,
    ...(rows[0] && { secret: openWebhookSecret(fieldKey, webhook.id, rows[0].sealed_secret) }),
  };
}

/** @throws Problem webhook-not-found | state-unchanged */
async function setState(
  id: string,
  to: 'active' | 'suspended',
  caller: Caller,
  { client }: ActContext,
): Promise<Act<Webhook>> {
  const { state } = await lockWebhook(client, id, caller);
  if (state === to) throw new Problem('state-unchanged');
  const { rows } = await client.query<WebhookRow>(
    `UPDATE webhook SET state = $2, failing_since = NULL WHERE id = $1 RETURNING ${webhookColumns}`,
    [id, to],
  );
  if (!rows[0]) throw new Problem('webhook-not-found');
  return { status: 200, webhookId: id, answer: toWebhook(rows[0]) };
}

async function remove(id: string, caller: Caller, { client }: ActContext): Promise<Act<Webhook>> {
  const row = await lockWebhook(client, id, caller);
  await client.query('DELETE FROM webhook WHERE id = $1', [id]);
  return { status: 200, webhookId: id, answer: toWebhook(row) };
}

async function test(engine: DeliveryEngine, id: string, caller: Caller, { client, exchangeId }: ActContext) {
  const row = await lockWebhook(client, id, caller);
  const whose = { unitId: row.unit_id, systemId: row.system_id, owningUnit: row.owning_unit };
  const delivery = toNoticeDelivery(whose, id, 0, exchangeId);
  const content = {
    webhookId: id,
    type: 'webhook.test',
    at: new Date().toISOString(),
    data: { webhookId: id },
  };
  const dispatch = {
    ...{ route: webhookRoute, orderKey: `test ${delivery.id}`, share: row.unit_id, priority: 4, content },
    giveUpHours: testHours,
  };
  await engine.accept(client, { deliveries: [delivery], dispatches: [dispatch] });
  return { status: 202, webhookId: id, answer: { webhookId: id, deliveryId: delivery.id } } as const;
}

type Names =
  | 'listWebhooks'
  | 'getWebhook'
  | 'registerWebhook'
  | 'removeWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'suspendWebhook'
  | 'resumeWebhook';

/** Handlers of the operations on webhooks. */
export function createWebhookHandlers(d: WebhookDependencies): Pick<Handlers<operations>, Names> {
  const { pool, fieldKey, rules, engine } = d;
  const act = createActs(pool, () => {
    d.notices.changed();
    engine.poke();
  });
  const finishSecret = (webhook: Webhook, context: ActContext) => withSecret(fieldKey, webhook, context);
  const asIs = async <Answer>(answer: Answer): Promise<Answer> => answer;
  return {
    listWebhooks: {
      async handle({ query, caller }) {
        const listing = {
          select: `SELECT ${webhookColumns} FROM webhook WHERE unit_id = $1`,
          ...{ values: [caller.actingUnit.id], id: 'id', sorts: { id: 'id' } },
        };
        return { status: 200, body: await readPage<WebhookRow, Webhook>(pool, listing, query, toWebhook) };
      },
    },
    getWebhook: {
      async handle({ params, caller }) {
        return {
          status: 200,
          body: toWebhook(await readWebhook(pool, params.webhookId, caller.actingUnit.id)),
        };
      },
    },
    registerWebhook: {
      check: async ({ body }) => checkAddress(body.url, rules),
      ...act(
        'registerWebhook',
        (request: RequestOf<operations['registerWebhook']>, context) => register(fieldKey, request, context),
        finishSecret,
      ),
    },
    rotateWebhookSecret: act(
      'rotateWebhookSecret',
      ({ params, caller }: RequestOf<operations['rotateWebhookSecret']>, context) =>
        rotate(fieldKey, params.webhookId, caller, context),
      finishSecret,
    ),
    testWebhook: act(
      'testWebhook',
      ({ params, caller }: RequestOf<operations['testWebhook']>, context) =>
        test(engine, params.webhookId, caller, context),
      asIs,
    ),
    suspendWebhook: act(
      'suspendWebhook',
      ({ params, caller }: RequestOf<operations['suspendWebhook']>, context) =>
        setState(params.webhookId, 'suspended', caller, context),
      asIs,
    ),
    resumeWebhook: act(
      'resumeWebhook',
      ({ params, caller }: RequestOf<operations['resumeWebhook']>, context) =>
        setState(params.webhookId, 'active', caller, context),
      asIs,
    ),
    removeWebhook: act(
      'removeWebhook',
      ({ params, caller }: RequestOf<operations['removeWebhook']>, context) =>
        remove(params.webhookId, caller, context),
      asIs,
    ),
  };
}
