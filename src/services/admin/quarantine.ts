// Documents that a scan holds back: seen, released by two people, destroyed by one. What is in them is shown to nobody here.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/admin.v1.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import { checkReach, type MakeChange } from './change.ts';
import { readPage } from './page.ts';
import { type Apply, propose } from './proposals.ts';
import {
  decideQuarantined,
  lockQuarantined,
  type Quarantined,
  type QuarantineRow,
  quarantineSelect,
  readQuarantined,
  toQuarantined,
} from './quarantine-rows.ts';

/** Carries out releases: the second person's approval and the deliveries' going on are one transaction. */
export const createQuarantineApply =
  (engine: Pick<DeliveryEngine, 'release'>): Apply =>
  async (client, { id, target, targetRevision }) => {
    const before = await lockQuarantined(client, target, targetRevision);
    const after = await decideQuarantined(client, target, 'released', id);
    const count = await engine.release(client, target, { result: `quarantine-release ${id}` });
    if (count === 0) throw new Problem('not-in-quarantine');
    return { before, after };
  };

/**
 * Handlers of the operations on quarantine.
 * @param pool of the hub's own role, for reading
 */
export function createQuarantineHandlers(
  pool: Pool,
  change: MakeChange,
  engine: Pick<DeliveryEngine, 'release' | 'abandonHeld'>,
): Pick<Handlers<operations>, 'listQuarantine' | 'getQuarantined' | 'proposeRelease' | 'destroyQuarantined'> {
  const apply = createQuarantineApply(engine);
  return {
    listQuarantine: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `${quarantineSelect} WHERE CASE WHEN $1::text IS NULL THEN s.state IN ('infected', 'unscannable') ELSE s.state = $1 END`,
          values: [query.state],
          id: 'message_id',
          sorts: { changedAt: 'changed_text' },
        };
        const page = await readPage<QuarantineRow, Quarantined>(pool, listing, query, toQuarantined);
        return { status: 200, body: page };
      },
    },
    getQuarantined: {
      async handle({ params, caller }) {
        checkReach(caller);
        return { status: 200, body: await readQuarantined(pool, params.messageId) };
      },
    },
    proposeRelease: change('proposeRelease', async ({ params, body: { reason } }, context) => {
      const before = await lockQuarantined(context.client, params.messageId);
      const target = before.messageId;
      const content = { ...before, state: 'released' };
      const of = {
        kind: 'quarantine-release',
        act: 'resume',
        target,
        targetRevision: before.revision,
      } as const;
      return propose(context, { ...of, content, reason }, apply);
    }),
    destroyQuarantined: change('destroyQuarantined', async ({ params, body: { reason } }, context) => {
      const { client, author, exchangeId } = context;
      const before = await lockQuarantined(client, params.messageId);
      const target = before.messageId;
      const after = await decideQuarantined(client, target, 'destroyed', exchangeId);
      const by = { officerId: author.officerId, acceptedBy: exchangeId, reason };
      await engine.abandonHeld(client, target, by);
      return { status: 200, body: after, kind: 'quarantine', target, reason, before, after } as const;
    }),
  };
}
