// Keys of systems: registering, listing, shortening, revoking. A key of a system with rights of administration needs a
// second person; a revoked key never comes back.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Caller, Handlers } from '../service.ts';
import { type Change, type ChangeContext, checkReach, type MakeChange } from './change.ts';
import { toKeyContent } from './key-content.ts';
import { checkPeriod } from './key-period.ts';
import {
  hasAdministration,
  hasOtherKey,
  insertKey,
  type Key,
  type KeyContent,
  type KeyRow,
  keySelect,
  lockHolder,
  readKey,
  toKey,
} from './key-rows.ts';
import { checkOwnGround } from './own-ground.ts';
import { readPage } from './page.ts';
import { type Applied, type Applier, type Proposal, propose } from './proposals.ts';

/** What `registerKey` proposed, approved by another. @throws Problem as `registerKey`, of the moment of approval */
async function applyKey(client: PoolClient, { id, content, requested }: Proposal): Promise<Applied> {
  // Written by `register` below; nobody can change a proposal.
  const key = content as unknown as KeyContent;
  await checkHolder(client, key.systemId);
  await checkPeriod(client, key);
  const { systemId, officerId } = requested;
  return { after: await insertKey(client, key, { systemId, officerId, proposalId: id }) };
}

/** How proposals of the kind `key` are carried out. */
export const keyApplier: Applier = { apply: applyKey };

async function checkHolder(client: PoolClient, systemId: string): Promise<void> {
  if ((await lockHolder(client, systemId)) === 'revoked') throw new Problem('revoked-for-good');
}

async function register(
  context: ChangeContext,
  systemId: string,
  body: components['schemas']['NewKey'],
): Promise<Change<Key | Proposal>> {
  const { client, author } = context;
  await checkHolder(client, systemId);
  const content = await toKeyContent(client, systemId, body);
  const { kid } = content;
  const { reason } = body;
  if (await hasAdministration(client, systemId))
    return propose(
      context,
      { kind: 'key', act: 'create', target: kid, content: { ...content }, reason },
      applyKey,
    );
  const after = await insertKey(client, content, { ...author, proposalId: undefined });
  return { status: 201, body: after, kind: 'key', target: kid, reason, after };
}

/**
 * The key that is to end, at once or at `until`: nobody ends the last with which they call.
 * @throws Problem record-not-found | revoked-for-good | own-ground | as `checkOwnGround`
 */
async function lockToEnd(
  context: ChangeContext,
  caller: Caller,
  { systemId, keyId, until }: { readonly systemId: string; readonly keyId: string; readonly until?: string },
): Promise<Key> {
  const { client } = context;
  await checkOwnGround(context, caller, { kind: 'key', id: systemId });
  await lockHolder(client, systemId);
  const key = await readKey(client, systemId, keyId);
  if (key.state === 'revoked') throw new Problem('revoked-for-good');
  if (systemId === caller.system.id && !(await hasOtherKey(client, systemId, keyId, until)))
    throw new Problem('own-ground');
  return key;
}

async function shorten(
  context: ChangeContext,
  caller: Caller,
  { systemId, keyId }: { readonly systemId: string; readonly keyId: string },
  { validTo, reason }: components['schemas']['KeyChange'],
) {
  const { client } = context;
  const before = await lockToEnd(context, caller, { systemId, keyId, until: validTo });
  const { rowCount } = await client.query(
    `UPDATE system_key SET valid_to = $2 WHERE kid = $1 AND valid_from < $2 AND now() < $2
       AND coalesce($2 <= valid_to, true)`,
    [keyId, validTo],
  );
  if (rowCount === 0) {
    const vi = 'phải ở tương lai, sau validFrom, và không sau thời điểm hết hạn đang có của khóa';
    const en = 'must be in the future, after validFrom, and not after the end that the key has';
    throw new Problem('request-invalid', { errors: [{ where: '/body/validTo', vi, en }] });
  }
  const after = await readKey(client, systemId, keyId);
  return { status: 200, body: after, kind: 'key', target: keyId, reason, before, after } as const;
}

async function revoke(
  context: ChangeContext,
  caller: Caller,
  { systemId, keyId }: { readonly systemId: string; readonly keyId: string },
  reason: string,
) {
  const { client } = context;
  const before = await lockToEnd(context, caller, { systemId, keyId });
  await client.query('UPDATE system_key SET revoked_at = clock_timestamp() WHERE kid = $1', [keyId]);
  const after = await readKey(client, systemId, keyId);
  return { status: 200, body: after, kind: 'key', target: keyId, reason, before, after } as const;
}

/** Handlers of the operations on keys. @param pool of the hub's own role, for reading */
export function createKeyHandlers(
  pool: Pool,
  change: MakeChange,
): Pick<Handlers<operations>, 'listKeys' | 'registerKey' | 'getKey' | 'changeKey' | 'revokeKey'> {
  return {
    listKeys: {
      async handle({ params, query, caller }) {
        checkReach(caller);
        const { rowCount } = await pool.query('SELECT FROM system WHERE id = $1', [params.systemId]);
        if (rowCount === 0) throw new Problem('record-not-found');
        const listing = {
          select: `${keySelect} WHERE k.system_id = $1`,
          values: [params.systemId],
          id: 'kid',
          sorts: { place: 'place' },
        };
        const page = await readPage<KeyRow, Key>(pool, listing, { ...query, sort: '-place' }, toKey);
        return { status: 200, body: page };
      },
    },
    getKey: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readKey(pool, params.systemId, params.keyId) };
      },
    },
    registerKey: change('registerKey', ({ params, body }, context) =>
      register(context, params.systemId, body),
    ),
    changeKey: change('changeKey', ({ params, body, caller }, context) =>
      shorten(context, caller, params, body),
    ),
    revokeKey: change('revokeKey', ({ params, body, caller }, context) =>
      revoke(context, caller, params, body.reason),
    ),
  };
}
