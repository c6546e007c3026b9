// A thread that makes stretches of the log and inserts them: told up to which stretch, it takes the next that nobody has
// taken until there is none, and says how many entries they were.
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { openKeys } from '../../src/keys.ts';
import { createDice, type MadeEntries, makeEntries } from './made-entries.ts';

/** What a thread is started with. */
export interface MakerTask {
  readonly ownerUrl: string;
  readonly keyFolder: string;
  readonly seed: number;
  /** Stretches of the whole log, and the entries of each. */
  readonly stretches: number;
  readonly stretchEntries: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** One 32-bit number: the next stretch; all threads count it up. */
  readonly next: SharedArrayBuffer;
}

const insertEntries = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::bytea[], $12::text[]) WITH ORDINALITY
    AS r (exchange, kind, step, text, hash, unit, system, service, operation, problem, salt, private, n)
), written AS (
  INSERT INTO entry (exchange_id, kind, step_no, text, leaf_hash, acting_unit, system_id, service, operation, problem)
  SELECT exchange, kind, step, text, hash, unit, system, service, operation, problem FROM given ORDER BY n
  RETURNING id, exchange_id, kind, step_no
), sealed AS (
  INSERT INTO entry_private (exchange_id, entry_id, salt, text)
  SELECT w.exchange_id, w.id, g.salt, g.private
  FROM written w JOIN given g ON g.exchange = w.exchange_id AND g.kind = w.kind AND g.step = w.step_no
)
INSERT INTO entry_pending (entry_id, exchange_id) SELECT id, exchange_id FROM written`;

const insertDeliveries = `
INSERT INTO delivery (id, subject, system_id, owning_unit, acting_unit, service, operation, grant_id, receiver,
  receiver_unit, state, accepted_at, step_no, leaf_hash)
SELECT id, id, system, owner, unit, service, operation, "grant", receiver, receiver, 'acknowledged', at, step, hash
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::timestamptz[], $10::integer[], $11::bytea[])
  AS r (id, system, owner, unit, service, operation, "grant", receiver, at, step, hash)`;

/** Inserts made entries and deliveries in one transaction, past the product's recording. */
export async function insertMade(client: pg.ClientBase, { entries, deliveries }: MadeEntries): Promise<void> {
  const of = <T>(read: (one: (typeof entries)[number]) => T): T[] => entries.map(read);
  await client.query('BEGIN');
  await client.query({
    name: 'insert-entries',
    text: insertEntries,
    values: [
      of(({ entry }) => entry.facts.exchangeId),
      of(({ entry }) => entry.kind),
      of(({ stepNo }) => stepNo),
      of(({ entry }) => entry.leaf.text),
      of(({ entry }) => entry.leaf.hash),
      of(({ entry }) => entry.facts.actingUnit),
      of(({ entry }) => entry.facts.systemId),
      of(({ entry }) => entry.facts.service),
      of(({ entry }) => entry.facts.operation),
      of(({ entry }) => entry.problem ?? null),
      of(({ entry }) => entry.sealed.salt),
      of(({ entry }) => entry.sealed.text),
    ],
  });
  const say = <T>(read: (one: (typeof deliveries)[number]) => T): T[] => deliveries.map(read);
  await client.query({
    name: 'insert-deliveries',
    text: insertDeliveries,
    values: [
      say(({ facts }) => facts.exchangeId),
      say(({ facts }) => facts.systemId),
      say(({ facts }) => facts.owningUnit),
      say(({ facts }) => facts.actingUnit),
      say(({ facts }) => facts.service),
      say(({ facts }) => facts.operation),
      say(({ facts }) => facts.grantId),
      say(({ receiver }) => receiver),
      say(({ at }) => at),
      say(({ stepNo }) => stepNo),
      say(({ leafHash }) => leafHash),
    ],
  });
  await client.query('COMMIT');
}

function takeNext(counter: Int32Array, end: number): number | undefined {
  for (let next = Atomics.load(counter, 0); next < end; next = Atomics.load(counter, 0))
    if (Atomics.compareExchange(counter, 0, next, next + 1) === next) return next;
  return undefined;
}

async function startMaker(task: MakerTask): Promise<(end: number) => Promise<number>> {
  const keys = openKeys(task.keyFolder, 'sandbox');
  const client = new pg.Client(task.ownerUrl);
  await client.connect();
  const counter = new Int32Array(task.next);
  const widthMs = (task.toMs - task.fromMs) / task.stretches;
  return async (end) => {
    let inserted = 0;
    for (let n = takeNext(counter, end); n !== undefined; n = takeNext(counter, end)) {
      const fromMs = task.fromMs + n * widthMs;
      const stretch = { fromMs, toMs: fromMs + widthMs, count: task.stretchEntries };
      const made = makeEntries(createDice(task.seed * 1_000_003 + n), stretch, keys);
      await insertMade(client, made);
      inserted += made.entries.length;
    }
    return inserted;
  };
}

if (parentPort) {
  const port = parentPort;
  const task: MakerTask = workerData;
  const work = await startMaker(task);
  port.on('message', (end) => void work(Number(end)).then((inserted) => port.postMessage(inserted)));
  port.postMessage('ready');
}
