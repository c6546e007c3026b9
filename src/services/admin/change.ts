// How every change of the registry is made: once for an idempotency key, in one transaction with its row of the history,
// by an officer whose grant reaches the whole province.
import type { Pool, PoolClient } from 'pg';
import type { SourceTrace } from '../../../adapters/adapter.ts';
import { withTransaction } from '../../database/pool.ts';
import { Problem, toProblem } from '../../problem.ts';
import type { Caller, Handler, ServiceAnswer } from '../service.ts';
import { toRefusal } from './refusal.ts';

/** What was changed, as `openapi/admin.v1.yaml` calls it. */
export type ChangeKind =
  | 'unit'
  | 'system'
  | 'key'
  | 'token'
  | 'officer'
  | 'service'
  | 'source'
  | 'mandate'
  | 'grant'
  | 'source-credential'
  | 'proposal'
  | 'unit-import'
  | 'quarantine'
  | 'quarantine-release';

/** A change that was made, for the history and the answer. None of it holds a secret or a personal number. */
export interface Change<Body> {
  readonly status: 200 | 201 | 202;
  readonly body: Body;
  readonly kind: ChangeKind;
  /** Id of what was changed. */
  readonly target: string;
  readonly reason?: string | undefined;
  /** The proposal that was carried out. */
  readonly proposalId?: string | undefined;
  /** As the contract shows it before and after; none where there was or is nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Who makes a change, taken from the checked caller. */
export interface Author {
  readonly systemId: string;
  readonly officerId: string;
}

/** What a change is told. */
export interface ChangeContext {
  /** Inside the transaction of the change. */
  readonly client: PoolClient;
  readonly author: Author;
  /** The exchange that has the effect: the first with its idempotency key. */
  readonly exchangeId: string;
  readonly at: Date;
}

/** A request as far as the frame needs it. */
interface ChangeRequest {
  readonly exchangeId: string;
  readonly caller: Caller;
}

/** What came of the work before the transaction. */
export interface Prepared {
  /** What was asked of sources: for the entry, whatever comes of the change. */
  readonly sources: readonly SourceTrace[];
}

/**
 * Makes the handler of an operation with an effect.
 * @param prepare work before the transaction; done again for a repeat only when nothing came of the first
 */
export type MakeChange = <Request extends ChangeRequest, Body>(
  operation: string,
  work: (request: Request, context: ChangeContext) => Promise<Change<Body>>,
  prepare?: (request: Request) => Promise<Prepared>,
) => Handler<Request, Body>;

/** @throws Problem reach-too-small: rights of administration are for the whole province */
export function checkReach(caller: Caller): void {
  if (caller.grant.reach !== 'province') throw new Problem('reach-too-small');
}

/** @throws Problem officer-missing */
export function toAuthor({ system, officerId }: Caller): Author {
  if (officerId === undefined) throw new Problem('officer-missing');
  return { systemId: system.id, officerId };
}

interface StoredAnswer<Body> {
  readonly status: number;
  readonly answer: Body;
  readonly kind: string;
  readonly target: string;
}

/** The answer of an earlier request with the same key; until the end of the transaction nobody else makes its change. */
async function findEarlier<Body>(
  client: PoolClient,
  exchangeId: string,
): Promise<StoredAnswer<Body> | undefined> {
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [exchangeId]);
  const { rows } = await client.query<StoredAnswer<Body>>(
    'SELECT status, answer, kind, target FROM administration_change WHERE exchange_id = $1 AND NOT part',
    [exchangeId],
  );
  return rows[0];
}

async function keep<Body>(operation: string, context: ChangeContext, change: Change<Body>): Promise<void> {
  const { exchangeId, author, client } = context;
  const toJson = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await client.query(
    `INSERT INTO administration_change (exchange_id, operation, kind, target, system_id, officer_id, reason, proposal_id,
       before, after, status, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      exchangeId,
      `admin.v1/${operation}`,
      change.kind,
      change.target,
      author.systemId,
      author.officerId,
      change.reason ?? null,
      change.proposalId ?? null,
      toJson(change.before),
      toJson(change.after),
      change.status,
      toJson(change.body),
    ],
  );
}

const toAnswer = <Body>(
  operation: string,
  { status, answer, kind, target }: StoredAnswer<Body>,
): ServiceAnswer<Body> => ({ status, body: answer, result: `${operation} ${kind} ${target}` });

/** Whether an earlier request with the same key made its change. */
async function isMade(registryPool: Pool, exchangeId: string): Promise<boolean> {
  const query = 'SELECT FROM administration_change WHERE exchange_id = $1';
  return (await registryPool.query(query, [exchangeId])).rowCount !== 0;
}

/** What was asked of a source belongs into the entry, also when nothing came of the change. */
function withSources(error: unknown, prepared: Prepared | undefined): unknown {
  if (!prepared) return error;
  const { code, more } = toProblem(error);
  return new Problem(code, { ...more, ...prepared });
}

/**
 * The frame of changes.
 * @param registryPool of the role that alone may write the registry
 */
export function createChanges(registryPool: Pool): MakeChange {
  return (operation, work, prepare) => {
    type Request = Parameters<typeof work>[0];
    const run = async (request: Request, exchangeId: string) => {
      const prepared =
        prepare && !(await isMade(registryPool, exchangeId)) ? await prepare(request) : undefined;
      const answer = await withTransaction(registryPool, async (client) => {
        const earlier = await findEarlier<Awaited<ReturnType<typeof work>>['body']>(client, exchangeId);
        if (earlier) return toAnswer(operation, earlier);
        const context: ChangeContext = {
          client,
          author: toAuthor(request.caller),
          exchangeId,
          at: new Date(),
        };
        const change = await work(request, context);
        await keep(operation, context, change);
        return toAnswer(operation, { ...change, answer: change.body });
      }).catch((error: unknown) => {
        throw withSources(toRefusal(error), prepared);
      });
      return { ...answer, ...prepared };
    };
    return {
      check: async ({ caller }) => checkReach(caller),
      handle: (request) => run(request, request.exchangeId),
      repeat: (request, earlierId) => run(request, earlierId),
    };
  };
}

/** Locks a row that is to be changed. @throws Problem record-not-found | revision-conflict */
export async function lockRow<Row extends { readonly revision: bigint }>(
  client: PoolClient,
  query: string,
  id: string,
  revision: number | undefined,
): Promise<Row> {
  const { rows } = await client.query<Row>(`${query} FOR UPDATE`, [id]);
  const [row] = rows;
  if (!row) throw new Problem('record-not-found');
  if (revision !== undefined && row.revision !== BigInt(revision)) throw new Problem('revision-conflict');
  return row;
}
