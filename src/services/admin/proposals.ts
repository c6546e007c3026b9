// Proposals: what one person asks for and another decides. The content is fixed when it is asked for; whoever can carry
// a kind out gives an applier for it.
import type { PoolClient } from 'pg';
import type { components } from '../../../openapi/types/admin.v1.ts';
import type { AnyRequest } from '../service.ts';
import type { Change, ChangeContext, Prepared } from './change.ts';
import { readOne } from './read-one.ts';
import { toOptional, toSortableSql, toTime } from './wire.ts';

/** A proposal as the contract shows it. */
export type Proposal = components['schemas']['Proposal'];

/** What proposals are about. */
export type ProposalKind = components['schemas']['ProposalKind'];

/** The target before and after, as the contract shows it; none where there was nothing. Never a secret. */
export interface Applied {
  readonly before?: unknown;
  readonly after: unknown;
}

/**
 * Carries a proposal out inside the transaction of its approval, and once before, when it is asked for, inside a
 * savepoint that is rolled back: nothing but statements on `client`. It compares the target's revision with
 * `targetRevision` (`lockRow`) and trusts nothing of `content` but its shape, which it wrote itself.
 * @throws Problem revision-conflict | … or Error of a constraint
 */
export type Apply = (client: PoolClient, proposal: Proposal) => Promise<Applied>;

/** A request as far as a call to a source needs it. */
export type SourceRequest = Pick<AnyRequest, 'askSource'>;

/** How proposals of one kind are carried out. */
export interface Applier {
  readonly apply: Apply;
  /**
   * Work that cannot be done inside a transaction, such as a test call at the source; done before it, when the approver
   * is known to be another. It stores itself what `apply` is to find. Two approvals at once may do it twice.
   * @throws Problem | SourceError when the proposal may not be carried out
   */
  readonly prepare?: (proposal: Proposal, request: SourceRequest) => Promise<Prepared>;
  /** Inside the transaction of a rejection or withdrawal, e.g. to delete a secret that waited. Expiry does not call it. */
  readonly discard?: (client: PoolClient, proposal: Proposal) => Promise<void>;
}

/** Who carries out what. */
export type Appliers = Readonly<Record<ProposalKind, Applier>>;

/** What somebody asks for. */
export interface Asked {
  readonly kind: ProposalKind;
  readonly act: Proposal['act'];
  /** Id of what is to be made or changed. */
  readonly target: string;
  /** The revision that the content was made against; none for `create`. */
  readonly targetRevision?: number | undefined;
  /** The whole target as it is to be in force. Never a secret. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly reason?: string | undefined;
}

/** Days after which a proposal that nobody decided expires. */
const proposalDays = 14;

/** A row of `proposal`, as `proposalSelect` gives it. */
export interface ProposalRow {
  readonly id: string;
  readonly kind: ProposalKind;
  readonly act: Proposal['act'];
  readonly target: string;
  readonly target_revision: bigint | null;
  readonly content: Readonly<Record<string, unknown>>;
  /** `expired` from the very instant on, whether daily work has written it or not. */
  readonly state_now: Proposal['state'];
  readonly reason: string | null;
  readonly requested_by_system: string;
  readonly requested_by_officer: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly decided_by_system: string | null;
  readonly decided_by_officer: string | null;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
}

/** Proposals with their state as of now, and a text that sorts by time. */
export const proposalSelect = `SELECT p.*, CASE WHEN p.state = 'pending' AND p.expires_at <= clock_timestamp()
    THEN 'expired' ELSE p.state END AS state_now, ${toSortableSql('p.requested_at')} AS requested_text FROM proposal p`;

const toDecided = (row: ProposalRow): Proposal['decided'] =>
  row.decided_by_system !== null && row.decided_by_officer !== null && row.decided_at !== null
    ? {
        systemId: row.decided_by_system,
        officerId: row.decided_by_officer,
        at: toTime(row.decided_at),
        ...toOptional('reason', row.decision_reason),
      }
    : undefined;

/** A proposal as the contract shows it. */
export function toProposal(row: ProposalRow): Proposal {
  const decided = toDecided(row);
  return {
    id: row.id,
    kind: row.kind,
    act: row.act,
    target: row.target,
    ...(row.target_revision !== null && { targetRevision: Number(row.target_revision) }),
    content: { ...row.content },
    state: row.state_now,
    requested: {
      systemId: row.requested_by_system,
      officerId: row.requested_by_officer,
      at: toTime(row.requested_at),
      ...toOptional('reason', row.reason),
    },
    ...(decided && { decided }),
    expiresAt: toTime(row.expires_at),
  };
}

/** One that ran out makes room for another. */
const expireOld = (client: PoolClient, { kind, target }: Asked) =>
  client.query(
    `UPDATE proposal SET state = 'expired' WHERE kind = $1 AND target = $2 AND state = 'pending'
       AND expires_at <= clock_timestamp()`,
    [kind, target],
  );

async function insertProposal(
  { client, author, exchangeId }: ChangeContext,
  asked: Asked,
): Promise<Proposal> {
  await client.query(
    `INSERT INTO proposal (id, kind, act, target, target_revision, content, reason, requested_by_system,
       requested_by_officer, requested_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), now() + $10 * interval '1 day')`,
    [
      exchangeId,
      asked.kind,
      asked.act,
      asked.target,
      asked.targetRevision ?? null,
      JSON.stringify(asked.content),
      asked.reason ?? null,
      author.systemId,
      author.officerId,
      proposalDays,
    ],
  );
  return toProposal(await readOne<ProposalRow>(client, `${proposalSelect} WHERE p.id = $1`, exchangeId));
}

/** Carries the proposal out and takes it back, so that the proposer is told what the approver would be. */
async function tryOut(client: PoolClient, apply: Apply, proposal: Proposal): Promise<void> {
  await client.query('SAVEPOINT trial');
  await apply(client, proposal);
  await client.query('ROLLBACK TO SAVEPOINT trial');
}

/**
 * Asks for a change that another person decides: the answer is 202 with the proposal, whose id is the exchange's.
 * @param apply tried out at once, so that the proposer is told what does not fit
 * @throws what `apply` throws, or Error of a constraint: proposal_one_pending
 */
export async function propose(
  context: ChangeContext,
  asked: Asked,
  apply?: Apply,
): Promise<Change<Proposal>> {
  await expireOld(context.client, asked);
  const proposal = await insertProposal(context, asked);
  if (apply) await tryOut(context.client, apply, proposal);
  return {
    status: 202,
    body: proposal,
    kind: 'proposal',
    target: proposal.id,
    reason: asked.reason,
    proposalId: proposal.id,
    after: proposal,
  };
}
