// Grants: proposing, listing, and narrowing at once. Nothing here widens a right but an approval.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { type Change, type ChangeContext, checkReach, type MakeChange } from './change.ts';
import {
  checkBlocks,
  type Grant,
  type GrantRow,
  grantSelect,
  insertGrant,
  lockGrant,
  readGrant,
  toGrant,
  updateGrant,
} from './grant-rows.ts';
import { checkGrant, type GrantContent } from './grant-rules.ts';
import { checkOwnRight } from './own-ground.ts';
import { readPage } from './page.ts';
import { checkParties } from './parties.ts';
import { checkPeriod } from './period.ts';
import { type Apply, type Proposal, propose } from './proposals.ts';
import type { Published } from './published.ts';
import { checkStateChange } from './state.ts';

/** What grants stand on. */
export interface GrantRules {
  readonly published: Published;
  /** Of this hub: a grant for another is refused. */
  readonly environment: string;
}

/** Carries out proposals of grants. */
export const createGrantApply =
  ({ published, environment }: GrantRules): Apply =>
  async (client, { act, target, targetRevision, content }) => {
    // Written by this file from a body that the contract's validator had proved, and kept by a trigger since.
    const grant = content as unknown as GrantContent;
    const before = act === 'create' ? undefined : await lockGrant(client, target, targetRevision);
    checkGrant(grant, published, environment);
    await checkBlocks(client, grant.addresses ?? []);
    await checkParties(client, grant.systemId);
    await (before ? updateGrant(client, grant) : insertGrant(client, grant));
    return { before, after: await readGrant(client, target) };
  };

const toContent = ({ revision: _, ...grant }: Grant): GrantContent => grant;

type GrantChange = Omit<components['schemas']['GrantChange'], 'revision' | 'reason'>;

/** What is sent replaces what is there, null empties. */
function toChanged(grant: GrantContent, change: GrantChange): GrantContent {
  const { purpose, fields, hours, ...rest } = grant;
  const {
    purpose: newPurpose = purpose,
    fields: newFields = fields,
    hours: newHours = hours,
    ...members
  } = change;
  return {
    ...rest,
    ...members,
    ...(newPurpose && { purpose: newPurpose }),
    ...(newFields && { fields: newFields }),
    ...(newHours && { hours: newHours }),
  };
}

/** Suspending and revoking narrow and are done at once; resuming widens and is a proposal. */
async function setState(
  context: ChangeContext,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
  { caller, apply }: { readonly caller: Caller; readonly apply: Apply },
): Promise<Change<Grant | Proposal>> {
  const before = await lockGrant(context.client, id);
  checkStateChange(before.state, state);
  if (state === 'active') {
    const content = { ...toContent(before), state };
    const of = { kind: 'grant', act: 'resume', target: id, targetRevision: before.revision } as const;
    return propose(context, { ...of, content, reason }, apply);
  }
  await checkOwnRight(context, caller, before);
  await context.client.query('UPDATE access_grant SET state = $2 WHERE id = $1', [id, state]);
  const after = await readGrant(context.client, id);
  return { status: 200, body: after, kind: 'grant', target: id, reason, before, after };
}

/** Handlers of the operations on grants. @param pool of the hub's own role, for reading */
export function createGrantHandlers(
  pool: Pool,
  change: MakeChange,
  apply: Apply,
): Pick<
  Handlers<operations>,
  'listGrants' | 'getGrant' | 'proposeGrant' | 'proposeGrantChange' | 'setGrantState'
> {
  return {
    listGrants: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${grantSelect} WHERE ($1::text IS NULL OR g.system_id = $1) AND ($2::text IS NULL OR g.state = $2)
            AND ($3::text IS NULL OR $3 = ANY (g.operations::text[])) AND ($4::text IS NULL OR g.purpose = $4)
            AND ($5::timestamptz IS NULL OR g.valid_to < $5)`,
          values: [query.system, query.state, query.operation, query.purpose, query.endsBefore],
          id: 'id',
          sorts: { id: 'id', validTo: 'valid_to_text' },
        };
        return { status: 200, body: await readPage<GrantRow, Grant>(pool, listing, query, toGrant) };
      },
    },
    getGrant: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readGrant(pool, params.grantId) };
      },
    },
    proposeGrant: change('proposeGrant', ({ body: { reason, ...grant } }, context) => {
      checkPeriod(grant, context.at);
      const content = { ...grant, state: 'active' as const };
      return propose(context, { kind: 'grant', act: 'create', target: grant.id, content, reason }, apply);
    }),
    proposeGrantChange: change('proposeGrantChange', async ({ params, body }, context) => {
      const { revision, reason, ...members } = body;
      const before = await lockGrant(context.client, params.grantId, revision);
      if (before.state === 'revoked') throw new Problem('revoked-for-good');
      const content = toChanged(toContent(before), members);
      checkPeriod(content, context.at, before.validFrom);
      const of = { kind: 'grant', act: 'change', target: before.id, targetRevision: revision } as const;
      return propose(context, { ...of, content, reason }, apply);
    }),
    setGrantState: change('setGrantState', ({ params, body, caller }, context) =>
      setState(context, params.grantId, body, { caller, apply }),
    ),
  };
}
