// One statement that records many entries at once, with all that must be durable together with each of them.
import type pg from 'pg';
import type { Entry } from './entry.ts';
import type { EffectKey } from './types.ts';

/** A DPoP proof that may be used once. */
export interface Proof {
  readonly hash: string;
  readonly forgetAt: Date;
}

/** An entry to record; `proof` and `effect` only with "opened". */
export interface Recording {
  readonly entry: Entry;
  readonly proof?: Proof | undefined;
  readonly effect?: EffectKey | undefined;
}

/**
 * What became of one entry. `replayed`: its proof was used before. `repeated`: its idempotency key was. `lost`: "closed", but the exchange is no longer open
 * under the lease of this process. `duplicate`: the exchange has an entry of this kind already.
 */
export type RecordOutcome = 'written' | 'replayed' | 'repeated' | 'lost' | 'duplicate';

// Every part sees the database as it was when the statement began; what one part did reaches the next by RETURNING.
const statement = `
WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
    n integer, exchange uuid, kind text, text text, hash text, unit text, system text, service text, operation text,
    problem text, salt text, private text, proof text, forget timestamptz, key text, digest text)
), fresh_proof AS (
  INSERT INTO used_proof (hash, exchange_id, forget_at)
  SELECT proof, exchange, forget FROM given WHERE proof IS NOT NULL ORDER BY proof, n
  ON CONFLICT (hash) DO NOTHING
  RETURNING hash, exchange_id
), fresh_key AS (
  INSERT INTO effect_key (system_id, acting_unit, operation, key, sha256, exchange_id)
  SELECT g.system, g.unit, g.service || '/' || g.operation, g.key, g.digest, g.exchange
  FROM given g LEFT JOIN fresh_proof f ON f.hash = g.proof AND f.exchange_id = g.exchange
  WHERE g.key IS NOT NULL AND (g.proof IS NULL OR f.hash IS NOT NULL) ORDER BY g.system, g.unit, g.key, g.n
  ON CONFLICT (system_id, acting_unit, operation, key) DO NOTHING
  RETURNING exchange_id
), released AS (
  DELETE FROM open_exchange o USING given g
  WHERE g.kind = 'closed' AND o.exchange_id = g.exchange AND o.process_id = $2
    AND EXISTS (SELECT FROM hub_process p WHERE p.id = $2 AND p.lease_until > clock_timestamp())
  RETURNING o.exchange_id
), accepted AS MATERIALIZED (
  SELECT g.* FROM given g
  LEFT JOIN fresh_proof f ON f.hash = g.proof AND f.exchange_id = g.exchange
  LEFT JOIN fresh_key k ON k.exchange_id = g.exchange
  LEFT JOIN released r ON r.exchange_id = g.exchange
  WHERE CASE g.kind
    WHEN 'opened' THEN (g.proof IS NULL OR f.hash IS NOT NULL) AND (g.key IS NULL OR k.exchange_id IS NOT NULL)
    WHEN 'closed' THEN r.exchange_id IS NOT NULL
    ELSE true END
), written AS (
  INSERT INTO entry (exchange_id, kind, text, leaf_hash, acting_unit, system_id, service, operation, problem)
  SELECT exchange, kind, text, decode(hash, 'base64'), unit, system, service, operation, problem
  FROM accepted ORDER BY n
  ON CONFLICT (exchange_id, kind, step_no) DO NOTHING
  RETURNING id, exchange_id, kind
), with_private AS (
  INSERT INTO entry_private (exchange_id, entry_id, salt, text)
  SELECT w.exchange_id, w.id, decode(a.salt, 'base64'), a.private
  FROM written w JOIN accepted a ON a.exchange = w.exchange_id AND a.kind = w.kind
), with_mark AS (
  INSERT INTO entry_pending (entry_id, exchange_id) SELECT id, exchange_id FROM written
), with_open AS (
  INSERT INTO open_exchange (exchange_id, process_id) SELECT exchange_id, $2 FROM written WHERE kind = 'opened'
)
SELECT array_agg(CASE
  WHEN w.id IS NOT NULL THEN 'written'
  WHEN a.n IS NOT NULL THEN 'duplicate'
  WHEN g.kind = 'opened' AND g.proof IS NOT NULL AND f.hash IS NULL THEN 'replayed'
  WHEN g.kind = 'opened' THEN 'repeated'
  ELSE 'lost' END ORDER BY g.n) AS outcomes
FROM given g
LEFT JOIN accepted a ON a.n = g.n
LEFT JOIN fresh_proof f ON f.hash = g.proof AND f.exchange_id = g.exchange
LEFT JOIN written w ON w.exchange_id = g.exchange AND w.kind = g.kind`;

function toRow({ entry, proof, effect }: Recording, n: number): object {
  return {
    n,
    exchange: entry.facts.exchangeId,
    kind: entry.kind,
    text: entry.leaf.text,
    hash: entry.leaf.hash.toString('base64'),
    unit: entry.facts.actingUnit,
    system: entry.facts.systemId,
    service: entry.facts.service,
    operation: entry.facts.operation,
    problem: entry.problem,
    salt: entry.sealed.salt.toString('base64'),
    private: entry.sealed.text,
    proof: proof?.hash,
    forget: proof?.forgetAt,
    key: effect?.key,
    digest: effect?.sha256,
  };
}

/**
 * Records entries of different exchanges or kinds, all durable when it resolves; outcomes are in the order given.
 * Entries of one exchange must come in several calls, so that they are numbered in their order.
 * @param processId whose lease "opened" comes under and "closed" must still have
 */
export async function recordBatch(
  client: pg.ClientBase,
  recordings: readonly Recording[],
  processId: string,
): Promise<readonly RecordOutcome[]> {
  const { rows } = await client.query<{ outcomes: RecordOutcome[] }>({
    name: 'record-batch',
    text: statement,
    values: [JSON.stringify(recordings.map(toRow)), processId],
  });
  const outcomes = rows[0]?.outcomes ?? [];
  if (outcomes.length !== recordings.length) throw new Error('the database did not answer for every entry');
  return outcomes;
}
