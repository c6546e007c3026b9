// Deciding proposals: approving carries one out in the same transaction, rejecting and withdrawing end it.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Handlers, RequestOf } from '../service.ts';
import { type ChangeContext, checkReach, type MakeChange, type Prepared, toAuthor } from './change.ts';
import { checkDecider, checkOther } from './four-eyes.ts';
import { readPage } from './page.ts';
import {
  type Applier,
  type Appliers,
  type Proposal,
  type ProposalRow,
  proposalSelect,
  toProposal,
} from './proposals.ts';
import { readOne } from './read-one.ts';

type Reasoned = components['schemas']['Reasoned'];

/** A request to decide the proposal of its address; the three have one shape. */
type DecisionRequest = RequestOf<operations['approveProposal']>;

const readRow = (client: Pool | PoolClient, id: string): Promise<ProposalRow> =>
  readOne<ProposalRow>(client, `${proposalSelect} WHERE p.id = $1`, id);

/** Until the end of the transaction nobody else decides it. @throws Problem record-not-found | proposal-decided */
async function lockPending(client: PoolClient, id: string): Promise<ProposalRow> {
  const row = await readOne<ProposalRow>(client, `${proposalSelect} WHERE p.id = $1 FOR UPDATE`, id);
  if (row.state_now !== 'pending') throw new Problem('proposal-decided');
  return row;
}

async function decide(
  { client, author }: ChangeContext,
  id: string,
  state: 'approved' | 'rejected' | 'withdrawn',
  { reason }: Reasoned,
): Promise<Proposal> {
  await client.query(
    `UPDATE proposal SET state = $2, decided_by_system = $3, decided_by_officer = $4, decided_at = now(),
       decision_reason = $5 WHERE id = $1`,
    [id, state, author.systemId, author.officerId, reason],
  );
  return toProposal(await readRow(client, id));
}

/** Rejecting and withdrawing: nothing comes of the proposal. */
async function end(
  context: ChangeContext,
  row: ProposalRow,
  state: 'rejected' | 'withdrawn',
  body: Reasoned,
  applier: Applier,
) {
  const before = toProposal(row);
  await applier.discard?.(context.client, before);
  const after = await decide(context, row.id, state, body);
  const { reason } = body;
  const change = { kind: 'proposal', target: row.id, proposalId: row.id, reason, before, after } as const;
  return { status: 200, body: after, ...change } as const;
}

function createDecisions(pool: Pool, appliers: Appliers) {
  const applierOf = ({ kind }: ProposalRow): Applier => appliers[kind];
  return {
    async prepare(request: DecisionRequest): Promise<Prepared> {
      const row = await readRow(pool, request.params.proposalId);
      const { prepare } = applierOf(row);
      if (!prepare || row.state_now !== 'pending') return { sources: [] };
      await checkDecider(pool, row, toAuthor(request.caller), new Date());
      return prepare(toProposal(row), request);
    },
    async approve({ params, body }: DecisionRequest, context: ChangeContext) {
      const row = await lockPending(context.client, params.proposalId);
      await checkDecider(context.client, row, context.author, context.at);
      const applied = await applierOf(row).apply(context.client, toProposal(row));
      const proposal = await decide(context, row.id, 'approved', body);
      const { kind, target } = row;
      return {
        status: 200,
        body: proposal,
        kind,
        target,
        proposalId: row.id,
        reason: body.reason,
        ...applied,
      } as const;
    },
    async reject({ params, body }: DecisionRequest, context: ChangeContext) {
      const row = await lockPending(context.client, params.proposalId);
      checkOther(row, context.author);
      return end(context, row, 'rejected', body, applierOf(row));
    },
    async withdraw({ params, body }: DecisionRequest, context: ChangeContext) {
      const row = await lockPending(context.client, params.proposalId);
      const { systemId, officerId } = context.author;
      if (row.requested_by_system !== systemId || row.requested_by_officer !== officerId)
        throw new Problem('proposal-not-own');
      return end(context, row, 'withdrawn', body, applierOf(row));
    },
  };
}

/**
 * Handlers of the operations on proposals.
 * @param pool of the hub's own role, for reading
 * @param appliers who carries out what
 */
export function createProposalHandlers(
  pool: Pool,
  change: MakeChange,
  appliers: Appliers,
): Pick<
  Handlers<operations>,
  'listProposals' | 'getProposal' | 'approveProposal' | 'rejectProposal' | 'withdrawProposal'
> {
  const decisions = createDecisions(pool, appliers);
  return {
    listProposals: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `SELECT * FROM (${proposalSelect}) AS known WHERE ($1::text IS NULL OR state_now = $1)
            AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR target = $3)`,
          values: [query.state, query.kind, query.target],
          id: 'id',
          sorts: { requestedAt: 'requested_text' },
        };
        return { status: 200, body: await readPage<ProposalRow, Proposal>(pool, listing, query, toProposal) };
      },
    },
    getProposal: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: toProposal(await readRow(pool, params.proposalId)) };
      },
    },
    approveProposal: change('approveProposal', decisions.approve, decisions.prepare),
    rejectProposal: change('rejectProposal', decisions.reject),
    withdrawProposal: change('withdrawProposal', decisions.withdraw),
  };
}
