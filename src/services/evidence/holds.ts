// Holds: what an inquiry keeps beyond its time, by the number of its decision. Each is told in the log by a notice in the
// transaction that places or ends it.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/evidence.v1.ts';
import { toCanonical } from '../../evidence/canonical.ts';
import type { MonthKeys } from '../../evidence/entry.ts';
import { recordNotice } from '../../evidence/notice.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { checkProvince, type EffectContext, toEffect } from './effect.ts';

/** What the handlers stand on. */
export interface HoldDependencies {
  readonly pool: Pool;
  readonly registryPool: Pool;
  readonly keys: MonthKeys;
  readonly now: () => Date;
}

type Hold = components['schemas']['Hold'];
type Scope = components['schemas']['HoldScope'];
type Placing = RequestOf<operations['placeHold']>;
type Ending = RequestOf<operations['endHold']>;

interface HoldRow {
  readonly id: string;
  readonly decision: string;
  readonly reason: string;
  readonly system_id: string | null;
  readonly unit_id: string | null;
  readonly officer_id: string | null;
  readonly case_code: string | null;
  readonly service: string | null;
  readonly from_at: Date | null;
  readonly to_at: Date | null;
  readonly exchange_ids: string[] | null;
  readonly until: Date;
  readonly placed_at: Date;
  readonly placed_by_system: string;
  readonly placed_by_officer: string;
  readonly ended_at: Date | null;
  readonly ended_by_system: string | null;
  readonly ended_by_officer: string | null;
  readonly end_reason: string | null;
  readonly end_exchange: string | null;
}

const toScope = (row: HoldRow): Scope => ({
  ...(row.system_id !== null && { system: row.system_id }),
  ...(row.unit_id !== null && { unit: row.unit_id }),
  ...(row.officer_id !== null && { officer: row.officer_id }),
  ...(row.case_code !== null && { caseCode: row.case_code }),
  ...(row.service !== null && { service: row.service }),
  ...(row.from_at !== null && { from: row.from_at.toISOString() }),
  ...(row.to_at !== null && { to: row.to_at.toISOString() }),
  ...(row.exchange_ids !== null && { exchangeIds: row.exchange_ids }),
});

const isInForce = (row: HoldRow, at: Date): boolean => row.ended_at === null && row.until > at;

const toHold = (row: HoldRow, at: Date): Hold => ({
  ...{ id: row.id, decision: row.decision, reason: row.reason, scope: toScope(row) },
  ...{ until: row.until.toISOString(), placedAt: row.placed_at.toISOString() },
  ...{ placedBySystem: row.placed_by_system, placedByOfficer: row.placed_by_officer },
  inForce: isInForce(row, at),
  ...(row.ended_at !== null && { endedAt: row.ended_at.toISOString() }),
  ...(row.ended_by_system !== null && { endedBySystem: row.ended_by_system }),
  ...(row.ended_by_officer !== null && { endedByOfficer: row.ended_by_officer }),
  ...(row.end_reason !== null && { endReason: row.end_reason }),
});

async function readHold({ client }: Pick<EffectContext, 'client'>, id: string): Promise<HoldRow | undefined> {
  const { rows } = await client.query<HoldRow>('SELECT * FROM entry_hold WHERE id = $1 FOR UPDATE', [id]);
  return rows[0];
}

/** The filters as the notice seals them. */
const toSealedScope = (row: HoldRow): string => toCanonical(toScope(row));

const names = {
  unit: 'SELECT FROM unit WHERE id = $1',
  system: 'SELECT FROM system WHERE id = $1',
  officer: 'SELECT FROM officer WHERE id = $1',
} as const;

/** A slip of the pen in a name would hold nothing, and what the inquiry meant would be purged. @throws Problem request-invalid */
async function checkNames(pool: Pool, scope: Scope): Promise<void> {
  const errors = [];
  for (const name of ['unit', 'system', 'officer'] as const) {
    const id = scope[name];
    if (id === undefined || (await pool.query(names[name], [id])).rowCount !== 0) continue;
    errors.push({
      ...{ where: `/body/scope/${name}`, vi: 'danh bạ không có mã này' },
      en: 'the registry has no such id',
    });
  }
  const { exchangeIds = [] } = scope;
  const { rows } = await pool.query<{ place: number }>(
    `SELECT (n - 1)::integer AS place FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)
     WHERE NOT EXISTS (SELECT FROM entry e WHERE e.exchange_id = u.id) ORDER BY n LIMIT 20`,
    [exchangeIds],
  );
  for (const { place } of rows)
    errors.push({
      ...{ where: `/body/scope/exchangeIds/${place}`, vi: 'nhật ký không có giao dịch này' },
      en: 'the log has no such exchange',
    });
  if (errors.length > 0) throw new Problem('request-invalid', { errors });
}

async function place({ body }: Placing, context: EffectContext, keys: MonthKeys): Promise<HoldRow> {
  const { client, exchangeId, systemId, officerId, time } = context;
  const { scope } = body;
  const isPeriodEmpty =
    scope.from !== undefined && scope.to !== undefined && new Date(scope.from) >= new Date(scope.to);
  if (new Date(body.until) <= time.at || isPeriodEmpty) throw new Problem('hold-time-past');
  await client.query(
    `INSERT INTO entry_hold (id, decision, reason, system_id, unit_id, officer_id, case_code, service, from_at, to_at,
       exchange_ids, until, placed_at, placed_by_system, placed_by_officer)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[exchangeId, body.decision, body.reason, scope.system, scope.unit, scope.officer, scope.caseCode],
      ...[scope.service, scope.from, scope.to, scope.exchangeIds, body.until, time.at, systemId, officerId],
    ],
  );
  const row = await readHold(context, exchangeId);
  if (!row) throw new Problem('record-not-found');
  const about = { hold: exchangeId, until: row.until.toISOString() };
  const sealed = { officerId, reason: body.reason, fileNumber: body.decision, result: toSealedScope(row) };
  await recordNotice(client, { notice: 'held', about, private: sealed }, time, keys);
  return row;
}

/** @throws Problem record-not-found | hold-over */
async function end({ params, body }: Ending, context: EffectContext, keys: MonthKeys): Promise<HoldRow> {
  const { client, exchangeId, systemId, officerId, time } = context;
  const row = await readHold(context, params.id);
  if (!row) throw new Problem('record-not-found');
  if (row.end_exchange === exchangeId) return row;
  if (!isInForce(row, time.at)) throw new Problem('hold-over');
  await client.query(
    `UPDATE entry_hold SET ended_at = $2, ended_by_system = $3, ended_by_officer = $4, end_reason = $5, end_exchange = $6
     WHERE id = $1`,
    [row.id, time.at, systemId, officerId, body.reason, exchangeId],
  );
  const sealed = { officerId, reason: body.reason, fileNumber: body.decision };
  await recordNotice(client, { notice: 'hold-ended', about: { hold: row.id }, private: sealed }, time, keys);
  return (await readHold(context, row.id)) ?? row;
}

/** Handlers of holds. */
export function createHoldHandlers({
  pool,
  registryPool,
  keys,
  now,
}: HoldDependencies): Pick<Handlers<operations>, 'listHolds' | 'placeHold' | 'endHold'> {
  return {
    listHolds: {
      async handle({ query, caller }) {
        checkProvince(caller);
        const { inForce, cursor, limit = 50 } = query;
        const { rows } = await pool.query<HoldRow>(
          `SELECT * FROM entry_hold WHERE ($1::uuid IS NULL OR id < $1)
             AND ($2::boolean IS NULL OR (ended_at IS NULL AND until > $3) = $2) ORDER BY id DESC LIMIT $4`,
          [cursor, inForce, now(), limit + 1],
        );
        const items = rows.slice(0, limit);
        const next = rows.length > limit ? (items.at(-1)?.id ?? null) : null;
        return { status: 200, body: { items: items.map((row) => toHold(row, now())), next } };
      },
    },
    placeHold: {
      ...toEffect(registryPool, now, async (request: Placing, context) => {
        const row = (await readHold(context, context.exchangeId)) ?? (await place(request, context, keys));
        return { status: 201, body: toHold(row, context.time.at), result: `hold ${row.id}` };
      }),
      async check({ caller, body }) {
        checkProvince(caller);
        await checkNames(pool, body.scope);
      },
    },
    endHold: toEffect(registryPool, now, async (request: Ending, context) => {
      const row = await end(request, context, keys);
      return { status: 200, body: toHold(row, context.time.at), result: `hold ended ${row.id}` };
    }),
  };
}
