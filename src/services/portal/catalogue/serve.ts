// Makes what a synchronisation read the catalogue, in one transaction: a new version only where something changed. What the
// lists do not show any more stays, marked with the version that first lacked it.
import type { ClientBase, Pool } from 'pg';
import type { PortalList } from '../../../../adapters/portal/portal.ts';
import { withTransaction } from '../../../database/pool.ts';
import { toSearchText } from '../../documents/directory/words.ts';
import { type Change, type Said, type Served, toChange, toSha256 } from './compare.ts';
import { type ListCounts, toListFailure, toMissingText } from './failure.ts';
import { lists } from './progress.ts';
import { type Changes, RunLost, type RunRow } from './runs.ts';

type Client = Pick<ClientBase, 'query'>;

interface StagedRow extends Said {
  readonly kind: PortalList;
  readonly code: string;
  readonly served_name: string | null;
  readonly served_parent: string | null;
  readonly served_level: string | null;
  readonly served_content: Said['content'];
  readonly sha256: Buffer | null;
  readonly is_withdrawn: boolean;
}

interface Changed extends Change {
  readonly kind: PortalList;
  readonly code: string;
  readonly now: Said;
  readonly earlierName: string | undefined;
}

const batchRows = 500;

const nextStaged = `SELECT s.kind, s.code, s.name, s.parent, s.level, s.content, e.name AS served_name,
    e.parent AS served_parent, e.level AS served_level, e.content AS served_content, e.sha256,
    e.withdrawn_in IS NOT NULL AS is_withdrawn
  FROM portal_staged s LEFT JOIN portal_entry e ON e.kind = s.kind AND e.code = s.code
  WHERE s.sync_id = $1 AND s.kind = $2 AND s.code > $3 ORDER BY s.code LIMIT ${batchRows}`;

const isGone = `e.withdrawn_in IS NULL AND NOT EXISTS
  (SELECT FROM portal_staged s WHERE s.sync_id = $1 AND s.kind = e.kind AND s.code = e.code)`;

const write = `INSERT INTO portal_entry (kind, code, name, folded, parent, level, content, fields, agency, folded_fields,
    folded_agency, sha256, added_in, changed_in)
  SELECT g.kind, g.code, g.name, g.folded, g.parent, g.level, g.content, g.fields, g.agency, g.folded_fields,
      g.folded_agency, decode(g.sha256, 'hex'), $2, $2
    FROM jsonb_to_recordset($1::jsonb) AS g (kind text, code text, name text, folded text, parent text, level text,
      content jsonb, fields text[], agency text, folded_fields text[], folded_agency text, sha256 text)
  ON CONFLICT (kind, code) DO UPDATE SET name = excluded.name, folded = excluded.folded, parent = excluded.parent,
    level = excluded.level, content = excluded.content, fields = excluded.fields, agency = excluded.agency,
    folded_fields = excluded.folded_fields, folded_agency = excluded.folded_agency, sha256 = excluded.sha256,
    changed_in = excluded.changed_in, withdrawn_in = NULL`;

const note = `INSERT INTO portal_entry_change (version, kind, code, change, members, name, earlier_name)
  SELECT $2, g.kind, g.code, g.change, g.members, g.name, g.earlier
    FROM jsonb_to_recordset($1::jsonb) AS g (kind text, code text, change text, members text[], name text, earlier text)`;

const withdraw = `WITH gone AS (UPDATE portal_entry e SET withdrawn_in = $2, changed_in = $2 WHERE ${isGone}
    RETURNING e.kind, e.code, e.name)
  INSERT INTO portal_entry_change (version, kind, code, change, members, name)
  SELECT $2, kind, code, 'withdrawn', '{}', name FROM gone`;

async function countLists(client: Client, runId: string): Promise<Readonly<Record<PortalList, ListCounts>>> {
  const counts = new Map<PortalList, ListCounts>();
  for (const list of lists) {
    const { rows } = await client.query<ListCounts>(
      `SELECT count(*)::int AS served, count(*) FILTER (WHERE ${isGone})::int AS gone,
         (SELECT count(*)::int FROM portal_staged WHERE sync_id = $1 AND kind = $2) AS staged
         FROM portal_entry e WHERE e.kind = $2 AND e.withdrawn_in IS NULL`,
      [runId, list],
    );
    counts.set(list, rows[0] ?? { served: 0, staged: 0, gone: 0 });
  }
  const of = (list: PortalList): ListCounts => counts.get(list) ?? { served: 0, staged: 0, gone: 0 };
  return {
    ...{ procedure: of('procedure'), field: of('field'), agency: of('agency') },
    'result-paper': of('result-paper'),
  };
}

function toServed(row: StagedRow): Served | undefined {
  if (row.served_name === null || row.sha256 === null) return undefined;
  return {
    ...{ name: row.served_name, parent: row.served_parent, level: row.served_level },
    ...{ content: row.served_content, sha256: row.sha256, isWithdrawn: row.is_withdrawn },
  };
}

function toChanged(row: StagedRow): readonly Changed[] {
  const before = toServed(row);
  const { kind, code, name, parent, level } = row;
  // What was not read this time is as it was.
  const now: Said = { name, parent, level, content: row.content ?? before?.content ?? null };
  const change = toChange(before, now);
  if (!change) return [];
  const earlierName = before && before.name !== name ? before.name : undefined;
  return [{ ...change, kind, code, now, earlierName }];
}

function toEntry({ kind, code, now }: Changed) {
  const fields = now.content?.fields ?? [];
  const agency = now.content?.agency;
  return {
    ...{ kind, code, ...now, fields, agency, sha256: toSha256(now).toString('hex') },
    folded: toSearchText(`${now.name} ${code}`),
    folded_fields: fields.map(toSearchText),
    folded_agency: agency === undefined ? undefined : toSearchText(agency),
  };
}

async function writeChanged(client: Client, version: bigint, changed: readonly Changed[]): Promise<void> {
  await client.query(write, [JSON.stringify(changed.map(toEntry)), version]);
  const notes = changed.map(({ kind, code, change, members, now: { name }, earlierName }) => ({
    ...{ kind, code, change, members, name, earlier: earlierName },
  }));
  await client.query(note, [JSON.stringify(notes), version]);
}

/** The version of this run, made when it is first asked for. */
function createVersion(client: Client, runId: string) {
  let version: bigint | undefined;
  const readLatest = async (): Promise<bigint> => {
    const { rows } = await client.query<{ version: bigint }>(
      'SELECT coalesce(max(version), 0) AS version FROM portal_version',
    );
    return rows[0]?.version ?? 0n;
  };
  return {
    async make(): Promise<bigint> {
      if (version !== undefined) return version;
      version = (await readLatest()) + 1n;
      await client.query('INSERT INTO portal_version (version, sync_id) VALUES ($1, $2)', [version, runId]);
      return version;
    },
    /** The one made, or the one that holds still. */
    latest: readLatest,
  };
}

async function serveStaged(client: Client, runId: string, gone: number) {
  const version = createVersion(client, runId);
  const counts = { added: 0, changed: 0, restored: 0 };
  for (const list of lists)
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows: readonly StagedRow[] = (await client.query<StagedRow>(nextStaged, [runId, list, after]))
        .rows;
      const changed = rows.flatMap(toChanged);
      if (changed.length > 0) await writeChanged(client, await version.make(), changed);
      for (const { change } of changed) counts[change] += 1;
      after = rows.length < batchRows ? undefined : rows.at(-1)?.code;
    }
  if (gone > 0) await client.query(withdraw, [runId, await version.make()]);
  const changes: Changes = { ...counts, withdrawn: gone };
  return { changes, version: await version.latest() };
}

/**
 * Ends the run by serving what it read.
 * @param mostPercent of a list that may be withdrawn at once
 * @throws ListFailure where the lists cannot be trusted, and nothing was changed; RunLost
 */
export async function serveRun(pool: Pool, runId: string, mostPercent: number): Promise<void> {
  await withTransaction(pool, async (client) => {
    const { rows } = await client.query<RunRow>(
      "SELECT * FROM portal_sync WHERE id = $1 AND state = 'running' FOR UPDATE",
      [runId],
    );
    const [run] = rows;
    if (!run) throw new RunLost();
    const counts = await countLists(client, runId);
    const failure = toListFailure(counts, run.progress, mostPercent);
    if (failure) throw failure;
    const gone = lists.reduce((sum, list) => sum + counts[list].gone, 0);
    const { changes, version } = await serveStaged(client, runId, gone);
    const { missing } = run.progress.contents;
    await client.query(
      `UPDATE portal_sync SET state = 'done', version = $2, changes = $3, problem = $4, ended_at = clock_timestamp()
        WHERE id = $1`,
      [runId, version, changes, missing > 0 ? toMissingText(missing) : null],
    );
    await client.query('DELETE FROM portal_staged WHERE sync_id = $1', [runId]);
  });
}
