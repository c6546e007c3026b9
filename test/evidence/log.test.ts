// The exchange log on a real database: the life of an entry, in good times and when connections and leases are lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { createEntryClock } from '../../src/evidence/entry-clock.ts';
import { parseLeafText } from '../../src/evidence/leaf.ts';
import type { EvidenceLog, RecordError } from '../../src/evidence/types.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { answered, connect, dropWhenQuiet, someFacts, someOpen, startLog, until } from './support.ts';

const unavailable = (error: unknown): boolean => (error as RecordError).reason === 'unavailable';
const replayed = (error: unknown): boolean => (error as RecordError).reason === 'proof-replayed';

describe('the exchange log', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let log: EvidenceLog;
  let others: EvidenceLog[];

  beforeEach(async () => {
    database = await freshDatabase();
    owner = await connect(database.ownerUrl);
    log = await startLog(database.hubUrl);
    others = [];
  });
  afterEach(async () => {
    await owner.query('ROLLBACK');
    await Promise.all([log, ...others].map((each) => each.stop()));
    await dropWhenQuiet(database, owner);
  });

  async function kindsOf(exchangeId: string): Promise<string[]> {
    const sql = 'SELECT kind FROM entry WHERE exchange_id = $1 ORDER BY id';
    const { rows } = await owner.query<{ kind: string }>(sql, [exchangeId]);
    return rows.map(({ kind }) => kind);
  }
  async function leafOf(exchangeId: string, kind: string) {
    const sql = 'SELECT text, leaf_hash FROM entry WHERE exchange_id = $1 AND kind = $2';
    const { rows } = await owner.query<{ text: string; leaf_hash: Buffer }>(sql, [exchangeId, kind]);
    const row = rows[0] ?? assert.fail(`no entry ${kind}`);
    return { part: parseLeafText(row.text), hash: row.leaf_hash.toString('base64') };
  }
  async function count(table: string): Promise<number> {
    const { rows } = await owner.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(rows[0]?.count);
  }
  async function startOther(more: Parameters<typeof startLog>[1] = {}): Promise<EvidenceLog> {
    const other = await startLog(database.hubUrl, more);
    others.push(other);
    return other;
  }
  const endLeases = () => owner.query("UPDATE hub_process SET lease_until = now() - interval '1 s'");
  /** Cuts every connection of the exchange logs. */
  async function cut(): Promise<void> {
    const hub = await connect(database.hubUrl);
    await hub.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'lgsp-evidence' AND datname = current_database()`);
    await hub.end();
  }

  it('opens and closes an exchange, each leaf naming the earlier one', async () => {
    const opened = await log.open(someOpen());
    assert.equal(await count('open_exchange'), 1);
    assert.equal((await log.close(opened, answered)).kind, 'closed');
    const { exchangeId } = opened.facts;
    assert.deepEqual(await kindsOf(exchangeId), ['opened', 'closed']);
    const { part } = await leafOf(exchangeId, 'closed');
    assert.equal(part.earlier, opened.leafHash.toString('base64'));
    assert.equal(part.status, 200);
    assert.deepEqual(
      [await count('open_exchange'), await count('entry_private'), await count('entry_pending')],
      [0, 2, 2],
    );
  });

  it('records one refusal as refused and many as refusals', async () => {
    const draft = { problem: 'not-granted', status: 403, from: new Date(), to: new Date(), private: {} };
    const one = someFacts();
    const many = someFacts({ systemId: null });
    await log.refuse({ ...draft, kind: 'refused', facts: one, count: 1 });
    await log.refuse({ ...draft, kind: 'refusals', facts: many, count: 40 });
    assert.equal((await leafOf(one.exchangeId, 'refused')).part.problem, 'not-granted');
    assert.equal((await leafOf(many.exchangeId, 'refusals')).part.count, 40);
  });

  it('writes both clocks', async () => {
    const { facts } = await log.open(someOpen());
    const { part } = await leafOf(facts.exchangeId, 'opened');
    assert.ok(Math.abs(Date.parse(part.at) - Date.parse(part.databaseAt)) < 1_000);
  });

  it('keeps its clock at the database’s by heartbeats, and tells how far the process’s is from it', async () => {
    const clock = createEntryClock(() => new Date(Date.now() + 20_000));
    assert.equal(clock.offMs, 0);
    await startOther({ clock });
    assert.ok(Math.abs(clock.offMs - 20_000) < 1_000);
  });

  it('commits concurrent entries together', async () => {
    await Promise.all(Array.from({ length: 500 }, () => log.open(someOpen())));
    const { rows } = await owner.query<{ commits: string }>(
      'SELECT count(DISTINCT xmin::text) AS commits FROM entry',
    );
    assert.equal(await count('entry'), 500);
    assert.ok(Number(rows[0]?.commits) <= 10, `${rows[0]?.commits} commits`);
  });

  it('refuses a proof that was used before, also in the same batch, and opens nothing for it', async () => {
    const proof = { hash: 'proof-1', forgetAt: new Date(Date.now() + 60_000) };
    const drafts = Array.from({ length: 5 }, () => ({ ...someOpen(), proof }));
    const tries = await Promise.allSettled(drafts.map((draft) => log.open(draft)));
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(log.open({ ...someOpen(), proof }), replayed);
    assert.equal(await count('entry'), 1);
  });

  it('forgets proofs in time', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await log.open({ ...someOpen(), proof: { hash: 'proof-1', forgetAt: minutesAgo(6) } });
    // Another process's clock may be behind: to it the proof is still good.
    await log.open({ ...someOpen(), proof: { hash: 'proof-2', forgetAt: minutesAgo(4) } });
    await until(async () => (await count('used_proof')) === 1);
    await pause(300);
    assert.equal(await count('used_proof'), 1);
  });

  it('writes the others of a batch when one row cannot be stored', async () => {
    const tries = [someOpen(), someOpen({ systemId: 'nul \u0000' }), someOpen()].map((draft) =>
      log.open(draft),
    );
    const results = await Promise.allSettled(tries);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.ok(log.healthy);
  });

  it('writes unknown and then resolved when the lease was lost before the close', async () => {
    const opened = await log.open(someOpen());
    const frozen = await startOther({ heartbeatMs: 60_000 });
    const late = await frozen.open(someOpen());
    await endLeases();
    assert.equal((await frozen.close(late, answered)).kind, 'resolved');
    const { exchangeId } = late.facts;
    assert.deepEqual(await kindsOf(exchangeId), ['opened', 'unknown', 'resolved']);
    const unknown = await leafOf(exchangeId, 'unknown');
    assert.equal(unknown.part.earlier, late.leafHash.toString('base64'));
    assert.equal((await leafOf(exchangeId, 'resolved')).part.earlier, unknown.hash);
    await log.close(opened, answered);
  });

  it('marks the open exchanges of a lost process as unknown, once, and takes its late answer as resolved', async () => {
    const lost = await startOther({ heartbeatMs: 60_000 });
    await startOther();
    const all = await Promise.all(Array.from({ length: 300 }, () => lost.open(someOpen())));
    const mine = await log.open(someOpen());
    await owner.query(
      "UPDATE hub_process SET lease_until = now() - interval '1 s' WHERE id = (SELECT process_id FROM open_exchange WHERE exchange_id = $1)",
      [all[0]?.facts.exchangeId],
    );
    await until(async () => (await count('open_exchange')) === 1);
    assert.equal(await count('entry'), 601);
    assert.deepEqual(await kindsOf(mine.facts.exchangeId), ['opened']);
    const ends = await Promise.all(all.map((opened) => lost.close(opened, answered)));
    assert.ok(ends.every(({ kind }) => kind === 'resolved'));
  });

  it('survives cut connections: what it acknowledged is there, and callers do not notice', async () => {
    const works = Array.from({ length: 300 }, async (_, n) => {
      await pause(n);
      const opened = await log.open({
        ...someOpen(),
        proof: { hash: `proof-${n}`, forgetAt: new Date(Date.now() + 60_000) },
      });
      await log.close(opened, answered);
      return opened.facts.exchangeId;
    });
    for (let n = 0; n < 15; n += 1) {
      await pause(20);
      await cut();
    }
    const ids = await Promise.all(works);
    for (const id of ids.slice(0, 50)) assert.deepEqual(await kindsOf(id), ['opened', 'closed']);
    assert.equal(await count('entry'), 600);
    assert.equal(await count('open_exchange'), 0);
  });

  it('fails an open in time while the database takes no writes, and settles it as not sent afterwards', async () => {
    const hasty = await startOther({ recordTimeoutMs: 300 });
    const draft = someOpen();
    await owner.query('BEGIN; LOCK TABLE entry IN EXCLUSIVE MODE');
    const beganAt = performance.now();
    await assert.rejects(hasty.open(draft), unavailable);
    assert.ok(performance.now() - beganAt < 1_000);
    assert.equal(hasty.healthy, false);
    await owner.query('COMMIT');
    await until(async () => (await kindsOf(draft.facts.exchangeId)).length === 3);
    assert.equal((await leafOf(draft.facts.exchangeId, 'resolved')).part.outcome, 'not-sent');
    await until(async () => hasty.healthy);
    assert.equal(await count('open_exchange'), 0);
  });

  for (const when of ['BEFORE', 'AFTER'])
    it(`settles an open as not sent that the database commits after its caller was refused, stalled ${when} the row`, async () => {
      // The first insert waits for the lock below, whatever its time-out; those after it do not.
      await owner.query(`CREATE SEQUENCE inserts;
        CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = 0 AS $$ BEGIN
          IF nextval('inserts') = 1 THEN
            BEGIN PERFORM pg_advisory_xact_lock(7); EXCEPTION WHEN query_canceled THEN PERFORM pg_advisory_xact_lock(7); END;
          END IF;
          RETURN NEW; END $$;
        CREATE TRIGGER stall ${when} INSERT ON entry FOR EACH ROW EXECUTE FUNCTION stall();
        SELECT pg_advisory_lock(7)`);
      const hasty = await startOther({ recordTimeoutMs: 300 });
      const draft = someOpen();
      await assert.rejects(hasty.open(draft), unavailable);
      await pause(300);
      await owner.query('SELECT pg_advisory_unlock(7)');
      const { exchangeId } = draft.facts;
      await until(async () => (await kindsOf(exchangeId)).length === 3);
      await until(async () => (await count("pg_locks WHERE locktype = 'advisory' AND objid = 7")) === 0);
      assert.deepEqual(await kindsOf(exchangeId), ['opened', 'unknown', 'resolved']);
      assert.equal((await leafOf(exchangeId, 'resolved')).part.outcome, 'not-sent');
      assert.equal(await count('open_exchange'), 0);
    });

  it('leaves a close that failed as unknown, not open for ever', async () => {
    const hasty = await startOther({ recordTimeoutMs: 300 });
    const opened = await hasty.open(someOpen());
    await owner.query('BEGIN; LOCK TABLE entry IN EXCLUSIVE MODE');
    await assert.rejects(hasty.close(opened, answered), unavailable);
    await owner.query('COMMIT');
    await until(async () => (await count('open_exchange')) === 0);
    assert.deepEqual(await kindsOf(opened.facts.exchangeId), ['opened', 'unknown']);
  });

  it('refuses to open beyond its queue, but still closes', async () => {
    const small = await startOther({ queueLimit: 10 });
    const opened = await small.open(someOpen());
    await owner.query('BEGIN; LOCK TABLE entry IN EXCLUSIVE MODE');
    const busy = [small.open(someOpen()), small.open(someOpen())];
    await pause(20);
    const waiting = Array.from({ length: 10 }, () => small.open(someOpen()));
    await assert.rejects(small.open(someOpen()), unavailable);
    const close = small.close(opened, answered);
    await owner.query('COMMIT');
    await Promise.all([...busy, ...waiting, close]);
  });

  it('refuses a second end of an exchange', async () => {
    const opened = await log.open(someOpen());
    await log.close(opened, answered);
    await assert.rejects(log.close(opened, { ...answered, status: 201 }), unavailable);
    assert.deepEqual(await kindsOf(opened.facts.exchangeId), ['opened', 'closed']);
  });

  it('marks what is left open as unknown when it stops', async () => {
    const leaving = await startOther();
    const opened = await leaving.open(someOpen());
    await leaving.stop();
    await assert.rejects(leaving.open(someOpen()), unavailable);
    await until(async () => (await kindsOf(opened.facts.exchangeId)).includes('unknown'));
  });

  it('cannot be changed by the role of the hub', async () => {
    await log.open(someOpen());
    const hub = await connect(database.hubUrl);
    const attempts = [
      "UPDATE entry SET text = ''",
      'DELETE FROM entry',
      'TRUNCATE entry',
      "UPDATE entry_private SET text = ''",
      'DELETE FROM entry_private',
      'DELETE FROM entry_pending',
      'INSERT INTO leaf VALUES (0, 1)',
      "UPDATE tile SET hashes = ''",
      'UPDATE tree_head SET size = 0',
      "INSERT INTO checkpoint VALUES (9, sha256(''), '')",
    ];
    for (const sql of attempts) await assert.rejects(hub.query(sql), /permission denied/, sql);
    const insert = 'INSERT INTO entry (exchange_id, kind, text, leaf_hash) VALUES ($1, $2, $3, sha256($4))';
    await assert.rejects(
      hub.query(insert, [randomUUID(), 'opened', 'text', Buffer.of(1)]),
      /check constraint/,
    );
    await hub.end();
  });
});
