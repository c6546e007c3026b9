// How what an auditor or an administrator decides is done: once for an idempotency key, in one transaction with what tells
// of it in the log, and only by a grant for the whole province.
import type { Pool, PoolClient } from 'pg';
import { withTransaction } from '../../database/pool.ts';
import type { EntryTime } from '../../evidence/leaf.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handler, ServiceAnswer } from '../service.ts';

/** What an effect is told. */
export interface EffectContext {
  /** Inside its transaction, in the role of the registry. */
  readonly client: PoolClient;
  /** The exchange that has the effect: the first with its idempotency key. */
  readonly exchangeId: string;
  readonly systemId: string;
  readonly officerId: string;
  readonly time: EntryTime;
}

/** Why, and in which file: both are sealed in the entry. */
interface Stated {
  readonly reason: string;
  readonly decision?: string;
}

interface EffectRequest {
  readonly exchangeId: string;
  readonly caller: Caller;
  readonly body: Stated;
}

/** @throws Problem reach-too-small */
export function checkProvince({ grant }: Caller): void {
  if (grant.reach !== 'province') throw new Problem('reach-too-small');
}

async function readTime(client: PoolClient, at: Date): Promise<EntryTime> {
  const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  return { at, databaseAt: rows[0]?.at ?? at };
}

/**
 * Makes the handler of an operation with an effect.
 * @param work must find by the exchange id what an earlier request has done, and do it once
 */
export function toEffect<Request extends EffectRequest, Body>(
  pool: Pool,
  now: () => Date,
  work: (request: Request, context: EffectContext) => Promise<ServiceAnswer<Body>>,
): Handler<Request, Body> {
  const run = (request: Request, exchangeId: string): Promise<ServiceAnswer<Body>> => {
    const { system, officerId } = request.caller;
    if (officerId === undefined) throw new Problem('officer-missing');
    return withTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [exchangeId]);
      const time = await readTime(client, now());
      return work(request, { client, exchangeId, systemId: system.id, officerId, time });
    });
  };
  return {
    stated: ({ body }) => ({ reason: body.reason, fileNumber: body.decision }),
    check: async ({ caller }) => checkProvince(caller),
    handle: (request) => run(request, request.exchangeId),
    repeat: (request, earlierId) => run(request, earlierId),
  };
}
