// The classes of retention as administrators read and change them. A shorter time counts later, so that whoever must can
// still place a hold.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { type RetentionClass, readClasses, toMonthsKept } from '../../evidence/retention-class.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { type EffectContext, toEffect } from './effect.ts';

/** What the handlers stand on. */
export interface RetentionDependencies {
  readonly pool: Pool;
  readonly registryPool: Pool;
  readonly now: () => Date;
}

type Body = components['schemas']['RetentionClass'];
type Change = RequestOf<operations['changeRetentionClass']>;

const shorterAfterDays = 30;

const toBody = (one: RetentionClass): Body => ({
  ...{ id: one.id, vi: one.vi, en: one.en, kinds: [...one.kinds], operations: [...one.operations] },
  ...{ months: one.months, leastMonths: one.leastMonths, legalBasis: one.legalBasis },
  ...(one.longer && { longerMonths: one.longer.months, longerUntil: one.longer.until.toISOString() }),
  changedAt: one.changedAt.toISOString(),
  ...(one.changedBySystem !== undefined && { changedBySystem: one.changedBySystem }),
  ...(one.changedByOfficer !== undefined && { changedByOfficer: one.changedByOfficer }),
  revision: one.revision,
});

async function findEarlier({ client, exchangeId }: EffectContext): Promise<Body | undefined> {
  const { rows } = await client.query<{ answer: Body }>(
    'SELECT answer FROM retention_change WHERE exchange_id = $1',
    [exchangeId],
  );
  return rows[0]?.answer;
}

/** @throws Problem record-not-found | revision-conflict | retention-too-short */
async function change({ params, body }: Change, context: EffectContext): Promise<Body> {
  const { client, time } = context;
  await client.query('LOCK TABLE retention_class IN SHARE ROW EXCLUSIVE MODE');
  const before = (await readClasses(client)).find(({ id }) => id === params.classId);
  if (!before) throw new Problem('record-not-found');
  if (before.revision !== body.revision) throw new Problem('revision-conflict');
  if (body.months < before.leastMonths) throw new Problem('retention-too-short');
  const kept = toMonthsKept(before, time.at);
  const isShorter = body.months < kept;
  const until = new Date(time.at.getTime() + shorterAfterDays * 86_400_000);
  await client.query(
    `UPDATE retention_class SET months = $2, earlier_months = $3, shorter_from = $4, legal_basis = coalesce($5, legal_basis),
       changed_at = $6, changed_by_system = $7, changed_by_officer = $8, revision = revision + 1 WHERE id = $1`,
    [
      ...[before.id, body.months, isShorter ? kept : null, isShorter ? until : null, body.legalBasis],
      ...[time.at, context.systemId, context.officerId],
    ],
  );
  const after = (await readClasses(client)).find(({ id }) => id === before.id);
  if (!after) throw new Problem('record-not-found');
  const answer = toBody(after);
  await client.query(
    'INSERT INTO retention_change (exchange_id, class_id, months, answer) VALUES ($1, $2, $3, $4)',
    [context.exchangeId, before.id, body.months, JSON.stringify(answer)],
  );
  return answer;
}

/** Handlers of the classes of retention. */
export function createRetentionHandlers({
  pool,
  registryPool,
  now,
}: RetentionDependencies): Pick<Handlers<operations>, 'listRetentionClasses' | 'changeRetentionClass'> {
  return {
    listRetentionClasses: {
      async handle() {
        return { status: 200, body: { items: (await readClasses(pool)).map(toBody) } };
      },
    },
    changeRetentionClass: toEffect(registryPool, now, async (request: Change, context) => {
      const body = (await findEarlier(context)) ?? (await change(request, context));
      return { status: 200, body, result: `retention ${body.id} ${body.months}` };
    }),
  };
}
