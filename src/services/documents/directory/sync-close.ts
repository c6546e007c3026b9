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

/** What is open and was not seen. */
const unseen = {
  agency: 'valid_to IS NULL AND NOT EXISTS (SELECT FROM agency_seen s WHERE s.key = agency.key)',
  agency_code: `valid_to IS NULL AND NOT EXISTS
    (SELECT FROM agency_code_seen s WHERE s.key = agency_code.key AND s.code = agency_code.code)`,
} as const;

async function toRefusal(client: PoolClient, table: keyof typeof unseen): Promise<string | undefined> {
  const { rows } = await client.query<{ open: number; over: number }>(
    `SELECT count(*)::int AS open, count(*) FILTER (WHERE ${unseen[table]})::int AS over FROM ${table} WHERE valid_to IS NULL`,
  );
  const { open = 0, over = 0 } = rows[0] ?? {};
  if (over <= Math.max(alwaysRows, open * mostShare)) return undefined;
  return `refused to close ${over} of ${open} rows of ${table} at once`;
}

async function close(client: PoolClient, table: keyof typeof unseen): Promise<number> {
  const sql = `UPDATE ${table} SET valid_to = greatest(now(), valid_from) WHERE ${unseen[table]}`;
  return (await client.query(sql)).rowCount ?? 0;
}

/** Closes what the run did not see, agencies and codes, in the caller's transaction. */
export async function closeUnseen(client: PoolClient): Promise<CloseCount> {
  const problem = (await toRefusal(client, 'agency')) ?? (await toRefusal(client, 'agency_code'));
  if (problem) return { closed: 0, problem };
  const closed = await close(client, 'agency');
  await close(client, 'agency_code');
  return { closed, problem };
}
