// Sources switched on and off. Which there are is a matter of the hub's list of services; a source without a row is on.
import type { Pool, PoolClient } from 'pg';
import type { components, operations } from '../../../openapi/types/admin.v1.ts';
import { Problem } from '../../problem.ts';
import type { Handlers } from '../service.ts';
import { type ChangeContext, checkReach, type MakeChange } from './change.ts';
import { toOptional, toTime } from './wire.ts';

type SourceSwitch = components['schemas']['SourceSwitch'];

interface SwitchRow {
  readonly source: string;
  readonly state: SourceSwitch['state'] | null;
  readonly reason: string | null;
  readonly changed_at: Date | null;
}

const toSwitch = (row: SwitchRow): SourceSwitch => ({
  source: row.source,
  state: row.state ?? 'active',
  ...toOptional('reason', row.reason),
  ...(row.changed_at && { changedAt: toTime(row.changed_at) }),
});

/** Known sources, and those that have a row though this hub does not know them. */
async function readSwitches(
  client: Pool | PoolClient,
  known: readonly string[],
): Promise<readonly SourceSwitch[]> {
  const { rows } = await client.query<SwitchRow>(
    `SELECT source, w.state, w.reason, w.changed_at FROM unnest($1::text[]) AS known (source)
       FULL JOIN source_switch w USING (source) ORDER BY source`,
    [known],
  );
  return rows.map(toSwitch);
}

async function setState(
  { client }: ChangeContext,
  known: readonly string[],
  source: string,
  { state, reason }: components['schemas']['SwitchChange'],
) {
  // There may be no row to lock.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('source switch ' || $1, 0))", [source]);
  const find = async () => (await readSwitches(client, known)).find((one) => one.source === source);
  const before = await find();
  if (!before) throw new Problem('record-not-found');
  if (before.state === state) throw new Problem('state-unchanged');
  await client.query(
    `INSERT INTO source_switch (source, state, reason, changed_at) VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT (source) DO UPDATE SET state = $2, reason = $3, changed_at = clock_timestamp()`,
    [source, state, reason],
  );
  const after = await find();
  if (!after) throw new Error(`the switch of ${source} was not kept`);
  return { status: 200, body: after, kind: 'source', target: source, reason, before, after } as const;
}

/**
 * Handlers of the operations on sources.
 * @param pool of the hub's own role, for reading
 * @param known names of the sources that this hub speaks to
 */
export function createSourceHandlers(
  pool: Pool,
  change: MakeChange,
  known: readonly string[],
): Pick<Handlers<operations>, 'listSourceSwitches' | 'setSourceState'> {
  return {
    listSourceSwitches: {
      async handle({ caller }) {
        checkReach(caller);
        return { status: 200, body: { items: [...(await readSwitches(pool, known))] } };
      },
    },
    setSourceState: change('setSourceState', ({ params, body }, context) =>
      setState(context, known, params.sourceId, body),
    ),
  };
}
