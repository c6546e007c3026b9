// Accounts at the sources: proposed by one person, put into use by another after a test call, taken out of use at once.
// The secret is sealed where it comes in and is in no proposal, history, answer or log.
import type { Pool } from 'pg';
import type { components, operations } from '../../../../openapi/types/admin.v1.ts';
import { Problem } from '../../../problem.ts';
import { sealSecret } from '../../../registry/source-secret.ts';
import type { Handlers } from '../../service.ts';
import { type Change, type ChangeContext, checkReach, type MakeChange } from '../change.ts';
import { readPage } from '../page.ts';
import { type Proposal, propose } from '../proposals.ts';
import { refusePlaces } from '../published.ts';
import { checkStateChange } from '../state.ts';
import { checkInForce } from './apply.ts';
import {
  type CredentialRow,
  credentialSelect,
  lockCredential,
  readCredential,
  type SourceCredential,
  toCredential,
  toTest,
} from './rows.ts';
import type { TestCall } from './test-call.ts';

/** What the handlers stand on. */
export interface CredentialDependencies {
  /** The hub's own role, for reading. */
  readonly pool: Pool;
  readonly change: MakeChange;
  readonly test: TestCall;
  /** `Keys.field` */
  readonly fieldKey: Buffer;
  /** Names of the sources that tell accounts apart. */
  readonly sources: readonly string[];
}

type NewCredential = components['schemas']['NewSourceCredential'];

/** @throws Problem request-invalid */
function checkNew({ source, validTo }: NewCredential, sources: readonly string[], at: Date): void {
  refusePlaces([
    ...(sources.includes(source)
      ? []
      : [
          {
            where: '/body/source',
            vi: 'phải là nguồn có tài khoản riêng',
            en: 'must be a source with accounts',
          },
        ]),
    ...(Date.parse(validTo) > at.getTime()
      ? []
      : [{ where: '/body/validTo', vi: 'phải ở tương lai', en: 'must lie ahead' }]),
  ]);
}

async function proposeNew(
  { fieldKey, sources }: CredentialDependencies,
  body: NewCredential,
  context: ChangeContext,
): Promise<Change<Proposal>> {
  checkNew(body, sources, context.at);
  const { secret, reason, ...content } = body;
  const { id, source, unitId, account, validFrom, validTo } = content;
  await context.client.query(
    `INSERT INTO source_credential (id, source, unit_id, account, sealed_secret, valid_from, valid_to)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      source,
      unitId ?? null,
      account,
      sealSecret(fieldKey, { id, source, unitId, account }, secret),
      validFrom,
      validTo,
    ],
  );
  const asked = { kind: 'source-credential', act: 'create', target: id, reason } as const;
  return propose(context, { ...asked, content: { ...content, state: 'active' } });
}

/** @throws Problem proposal-pending | revoked-for-good | state-unchanged */
function checkState(from: SourceCredential['state'], to: components['schemas']['State']): void {
  if (from === 'replaced') throw new Problem('revoked-for-good');
  if (from !== 'proposed') checkStateChange(from, to);
  else if (to !== 'revoked') throw new Problem('proposal-pending');
}

/** Suspending and revoking are done at once; resuming is a proposal, and tested like a new one. */
async function setState(
  context: ChangeContext,
  id: string,
  { state, reason }: components['schemas']['StateChange'],
): Promise<Change<SourceCredential | Proposal>> {
  const { client } = context;
  const before = toCredential(await lockCredential(client, id));
  checkState(before.state, state);
  if (state === 'active') {
    const { revision: targetRevision, lastTest: _, ...content } = before;
    const asked = { kind: 'source-credential', act: 'resume', target: id, targetRevision, reason } as const;
    return propose(context, { ...asked, content: { ...content, state } });
  }
  await client.query(
    `UPDATE source_credential SET state = $2, sealed_secret = CASE WHEN $2 = 'revoked' THEN NULL ELSE sealed_secret END
       WHERE id = $1`,
    [id, state],
  );
  const after = toCredential(await readCredential(client, id));
  return { status: 200, body: after, kind: 'source-credential', target: id, reason, before, after };
}

/** Handlers of the operations on credentials of sources. */
export function createCredentialHandlers(
  d: CredentialDependencies,
): Pick<
  Handlers<operations>,
  | 'listSourceCredentials'
  | 'proposeSourceCredential'
  | 'getSourceCredential'
  | 'testSourceCredential'
  | 'setSourceCredentialState'
> {
  const { pool, change, test } = d;
  return {
    listSourceCredentials: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${credentialSelect} WHERE ($1::text IS NULL OR c.source = $1) AND ($2::text IS NULL OR c.unit_id = $2)
            AND ($3::text IS NULL OR c.state = $3) AND ($4::timestamptz IS NULL OR c.valid_to < $4)`,
          values: [query.source, query.unit, query.state, query.endsBefore],
          id: 'id',
          sorts: { id: 'id', validTo: 'valid_to_text' },
        };
        const page = await readPage<CredentialRow, SourceCredential>(pool, listing, query, toCredential);
        return { status: 200, body: page };
      },
    },
    getSourceCredential: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: toCredential(await readCredential(pool, params.credentialId)) };
      },
    },
    proposeSourceCredential: change('proposeSourceCredential', ({ body }, context) =>
      proposeNew(d, body, context),
    ),
    testSourceCredential: change(
      'testSourceCredential',
      async ({ params: { credentialId }, body: { reason } }, { client }) => {
        const after = toTest(await lockCredential(client, credentialId));
        if (!after) throw new Error(`the source credential ${credentialId} was not tested`);
        const made = { kind: 'source-credential', target: credentialId, reason, after } as const;
        return { status: 200, body: after, ...made };
      },
      async (request) => {
        const row = await readCredential(pool, request.params.credentialId);
        if (row.state !== 'active') throw new Problem('source-credential-not-in-force');
        checkInForce(row, new Date());
        const { sources } = await test(row, request);
        return { sources };
      },
    ),
    setSourceCredentialState: change('setSourceCredentialState', ({ params, body }, context) =>
      setState(context, params.credentialId, body),
    ),
  };
}
