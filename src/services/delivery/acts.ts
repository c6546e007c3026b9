// How every change of a webhook is made: once for an idempotency key, in one transaction with the row that remembers it.
import type { Pool, PoolClient } from 'pg';
import { withTransaction } from '../../database/pool.ts';
import type { Caller, Handler, ServiceAnswer } from '../service.ts';

/** What an act is told. */
export interface ActContext {
  readonly client: PoolClient;
  /** The exchange that has the effect: the first with its idempotency key. */
  readonly exchangeId: string;
}

/** What was done. `answer` holds no secret. */
export interface Act<Answer> {
  readonly status: 200 | 201 | 202;
  readonly webhookId: string;
  readonly answer: Answer;
}

interface ActRequest {
  readonly exchangeId: string;
  readonly caller: Caller;
}

/** Until the end of the transaction nobody else acts for the same key. */
async function findEarlier<Answer>(client: PoolClient, exchangeId: string): Promise<Act<Answer> | undefined> {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 21))', [exchangeId]);
  const { rows } = await client.query<Act<Answer>>(
    'SELECT status, answer, webhook_id AS "webhookId" FROM webhook_act WHERE exchange_id = $1',
    [exchangeId],
  );
  return rows[0];
}

async function keep<Answer>(
  { client, exchangeId }: ActContext,
  operation: string,
  { webhookId, status, answer }: Act<Answer>,
): Promise<void> {
  await client.query(
    'INSERT INTO webhook_act (exchange_id, webhook_id, operation, status, answer) VALUES ($1, $2, $3, $4, $5)',
    [exchangeId, webhookId, operation, status, JSON.stringify(answer)],
  );
}

/**
 * Makes the handler of an operation on webhooks.
 * @param work what it does, in the transaction
 * @param finish the answer with what of it is not kept, also for a repeat
 */
export type MakeAct = <Request extends ActRequest, Answer, Body>(
  operation: string,
  work: (request: Request, context: ActContext) => Promise<Act<Answer>>,
  finish: (answer: Answer, context: ActContext) => Promise<Body>,
) => Handler<Request, Body>;

/** @param done told after each commit */
export const createActs =
  (pool: Pool, done: () => void): MakeAct =>
  (operation, work, finish) => {
    type Request = Parameters<typeof work>[0];
    type Body = Awaited<ReturnType<typeof finish>>;
    const run = async (request: Request, exchangeId: string): Promise<ServiceAnswer<Body>> => {
      const answer = await withTransaction(pool, async (client) => {
        const context = { client, exchangeId };
        const earlier = await findEarlier<Parameters<typeof finish>[0]>(client, exchangeId);
        const act = earlier ?? (await work(request, context));
        if (!earlier) await keep(context, operation, act);
        const body = await finish(act.answer, context);
        return { status: act.status, body, result: `${operation} ${act.webhookId}` };
      });
      done();
      return answer;
    };
    return {
      handle: (request) => run(request, request.exchangeId),
      repeat: (request, earlierId) => run(request, earlierId),
    };
  };
