// The history of changes: who changed what, when and why, as it was before and after.
import type { Pool } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import type { Handlers } from '../service.ts';
import { checkReach } from './change.ts';
import { readPage } from './page.ts';
import { toOptional, toTime } from './wire.ts';

type Change = components['schemas']['Change'];

interface ChangeRow {
  readonly exchange_id: string;
  readonly kind: Change['kind'];
  readonly target: string;
  readonly operation: string;
  readonly system_id: string;
  readonly officer_id: string;
  readonly changed_at: Date;
  readonly reason: string | null;
  readonly proposal_id: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

const toChange = (row: ChangeRow): Change => ({
  exchangeId: row.exchange_id,
  kind: row.kind,
  target: row.target,
  operation: row.operation,
  systemId: row.system_id,
  officerId: row.officer_id,
  at: toTime(row.changed_at),
  ...toOptional('reason', row.reason),
  ...toOptional('proposalId', row.proposal_id),
  ...toOptional('before', row.before),
  ...toOptional('after', row.after),
});

/** Handlers of the history. @param pool of the hub's own role */
export function createChangeHandlers(pool: Pool): Pick<Handlers<operations>, 'listChanges'> {
  return {
    listChanges: {
      async handle({ query, caller }) {
        checkReach(caller);
        const listing = {
          select: `SELECT * FROM administration_change
            WHERE ($1::text IS NULL OR target = $1) AND ($2::text IS NULL OR kind = $2)
              AND ($3::timestamptz IS NULL OR changed_at >= $3) AND ($4::timestamptz IS NULL OR changed_at < $4)`,
          values: [query.target, query.kind, query.from, query.to],
          id: 'exchange_id',
          sorts: { number: 'number' },
          isNumbered: true,
        };
        const page = await readPage<ChangeRow, Change>(
          pool,
          listing,
          { ...query, sort: '-number' },
          toChange,
        );
        return { status: 200, body: page };
      },
    },
  };
}
