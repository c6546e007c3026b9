// Closes by date what a whole synchronisation did not see any more. A list that lost a large part is a fault of the list:
// then nothing is closed.
import type { PoolClient } from 'pg';

const mostShare = 0.2;
/** So many may always go: a small list moves by large shares. */
const alwaysRows = 10;

interface CloseCount {
  readonly closed: number;
  /** Why nothing was closed. */
  readonly problem: string | undefined;
}

async function toRefusal(
  client: PoolClient,
  table: 'agency' | 'agency_code',
  run: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ open: number; over: number }>(
    `SELECT count(*)::int AS open, count(*) FILTER (WHERE seen_by <> $1)::int AS over FROM ${table} WHERE valid_to IS NULL`,
    [run],
  );
  const { open = 0, over = 0 } = rows[0] ?? {};
  if (over <= Math.max(alwaysRows, open * mostShare)) return undefined;
  return `refused to close ${over} of ${open} rows of ${table} at once`;
}

async function close(client: PoolClient, run: string): Promise<number> {
  const { rowCount } = await client.query(
    'UPDATE agency SET valid_to = greatest(now(), valid_from) WHERE valid_to IS NULL AND seen_by <> $1',
    [run],
  );
  await client.query(
    'UPDATE agency_code SET valid_to = greatest(now(), valid_from) WHERE valid_to IS NULL AND seen_by <> $1',
    [run],
  );
  return rowCount ?? 0;
}

/** Closes what `run` did not see, agencies and codes, in the caller's transaction. */
export async function closeUnseen(client: PoolClient, run: string): Promise<CloseCount> {
  const problem = (await toRefusal(client, 'agency', run)) ?? (await toRefusal(client, 'agency_code', run));
  return problem ? { closed: 0, problem } : { closed: await close(client, run), problem };
}
