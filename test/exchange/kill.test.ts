// Guarantee G1 by force: hub processes are killed with -9 in the middle of look-ups, connections are cut, the database
// stands still. `npm test` does a few rounds; KILL_ROUNDS=20 KILL_LOOKUPS=1000 (npm run test:long) does them all.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { makeProof } from '../../src/cli/proof.ts';
import { caseHeaders, citizen } from '../support/calls.ts';
import { toUrlOfEachRole } from '../support/database.ts';
import { query } from '../support/embedded.ts';
import { type HubCluster, startCluster } from '../support/hub-cluster.ts';
import { readJournal } from '../support/journal.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { stopServer } from '../support/stopped-server.ts';
import {
  checkAnswers,
  checkLives,
  checkReceived,
  checkTree,
  readWholeLog,
  type WholeLog,
} from '../support/whole-log.ts';

const rounds = Number(process.env['KILL_ROUNDS'] ?? 4);
const lookUps = Number(process.env['KILL_LOOKUPS'] ?? 250);
const atOnce = 24;
/** What was under way, and as many connections that a dying process had still let in. */
const mostBroken = 2 * atOnce;
const slowLookUps = 120;
const standstillMs = 7_000;
const stormMs = 3_000;

/** Between 0 and 1, the same in every run. Source: Numerical Recipes §7.1, the linear congruential generator. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const tally = (words: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(words)].map((word) => [word, words.filter((other) => other === word).length]),
  );

/** A time in which more than kills may leave exchanges unknown. */
interface Trouble {
  readonly fromMs: number;
  readonly toMs: number;
}

describe('Hub processes under kill -9', function () {
  this.timeout(60_000 + rounds * lookUps * 20);
  const random = createRandom(999);
  const troubles: Trouble[] = [];
  let server: OwnServer;
  let cluster: HubCluster;
  let log: WholeLog = { entries: [], exchanges: new Map(), notes: [] };
  let logKey: string;
  before(async () => {
    server = await startOwnServer('kill');
    cluster = await startCluster('kill', { database: server });
  });
  after(async () => {
    await cluster.close();
    if (!process.env['KILL_ROUNDS']) return;
    const { answers, unanswered, leftOpen } = cluster.account;
    const lives = [...log.exchanges.values()].map((entries) => entries.map(({ kind }) => kind).join(' → '));
    const given = tally(answers.map(({ status, problem }) => `${status} ${problem ?? ''}`));
    console.log({ given, unanswered, leftOpen: leftOpen.size, lives: tally(lives), heads: log.notes.length });
  });

  /** Sends look-ups and replaces one process somewhere between a fifth and four fifths of them. */
  async function killInTheMiddle(count: number): Promise<void> {
    const killAt = Math.ceil(count * (0.2 + 0.6 * random()));
    const index = Math.floor(random() * cluster.hubs.length);
    const delayMs = random() * 20;
    let replaced: Promise<void> | undefined;
    let isFailed = false;
    const { answers, unanswered } = await cluster.load({
      atOnce,
      isOver: (sent) => isFailed || sent >= count,
      onAnswer(answered) {
        if (answered !== killAt) return;
        replaced = pause(delayMs).then(() => cluster.replace(index));
        replaced.catch(() => {
          isFailed = true;
        });
      },
    });
    assert.ok(replaced, 'nothing was killed');
    await replaced;
    assert.equal(answers.length + unanswered, count);
    assert.ok(unanswered <= mostBroken, `${unanswered} look-ups broke off`);
  }
  async function amidTrouble(work: () => Promise<void>): Promise<void> {
    const fromMs = Date.now();
    await work();
    troubles.push({ fromMs, toMs: Date.now() });
  }
  const ready = async (port: number): Promise<{ status: number; record: boolean }> => {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    return { ...JSON.parse(await response.text()), status: response.status };
  };

  it(`one process, ${rounds / 2} times in the middle of ${lookUps} look-ups: the next one takes over`, async () => {
    await cluster.resize(1);
    for (let round = 0; round < rounds / 2; round += 1) await killInTheMiddle(lookUps);
    assert.ok(cluster.account.answers.every(({ status }) => status === 200));
  });

  it(`two processes, ${rounds / 2} times in the middle of ${lookUps} look-ups: the other one goes on`, async () => {
    await cluster.resize(2);
    for (let round = 0; round < rounds / 2; round += 1) await killInTheMiddle(lookUps);
    assert.ok(cluster.account.answers.every(({ status }) => status === 200));
  });

  it('a token of one process is good at the other, a proof that one has seen is not', async () => {
    const path = '/population/v1/citizen-lookups';
    await cluster.resize(2);
    const { token, key } = await cluster.client.token({});
    const dpop = await makeProof({ key, method: 'POST', url: `${cluster.url}${path}`, accessToken: token });
    const statuses: number[] = [];
    for (const { port } of cluster.hubs) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { ...caseHeaders, authorization: `DPoP ${token}`, dpop, 'content-type': 'application/json' },
        body: JSON.stringify(citizen),
      });
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [200, 401]);
  });

  it('killed while the source is slow, it leaves open what it had sent', async () => {
    await cluster.resize(2);
    const before = cluster.account.leftOpen.size;
    await cluster.fault({ latencyMs: 400 });
    await killInTheMiddle(slowLookUps);
    await cluster.fault({});
    assert.ok(cluster.account.leftOpen.size > before);
  });

  it('its connections cut again and again, it gives no answer without entries and recovers', async () => {
    await cluster.resize(2);
    await amidTrouble(async () => {
      const endMs = performance.now() + stormMs;
      const load = cluster.load({ atOnce, isOver: () => performance.now() > endMs + 2_000 });
      while (performance.now() < endMs) {
        for (const address of toUrlOfEachRole(cluster.database))
          await query(
            address,
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name LIKE 'lgsp%' AND datname = current_database() AND usename = current_user`,
          );
        await pause(random() * 300);
      }
      const { answers, unanswered } = await load;
      assert.equal(unanswered, 0);
      assert.equal(answers.at(-1)?.status, 200);
      assert.deepEqual(
        [...new Set(answers.map(({ problem }) => problem))].filter(
          (problem) => problem !== undefined && problem !== 'evidence-unavailable',
        ),
        [],
      );
    });
  });

  it('its database standing still for 7 s, it says so, gives no answer without entries and recovers', async () => {
    await cluster.resize(2);
    await amidTrouble(async () => {
      let isOver = false;
      const load = cluster.load({ atOnce, isOver: () => isOver });
      await pause(500);
      const resume = stopServer(server.pid);
      try {
        await pause(standstillMs);
        for (const { port } of cluster.hubs) {
          const { status, record } = await ready(port);
          assert.deepEqual({ status, record }, { status: 503, record: false });
        }
      } finally {
        resume();
        await pause(3_000);
        isOver = true;
      }
      const { answers, unanswered } = await load;
      assert.equal(unanswered, 0);
      assert.ok(answers.some(({ problem }) => problem === 'evidence-unavailable'));
      assert.equal(answers.at(-1)?.status, 200);
      for (const { port } of cluster.hubs) assert.equal((await ready(port)).status, 200);
    });
  });

  it('afterwards every exchange has ended, and every process drains', async () => {
    await cluster.settle();
    logKey = (await (await fetch(`${cluster.url}/log/key`)).text()).trim();
    await cluster.resize(0);
    log = await readWholeLog(cluster.owner);
    checkLives(log);
  });

  it('every answer that anyone was given has its entries, with the very bytes', () => {
    assert.ok(cluster.account.answers.length > rounds * (lookUps - mostBroken));
    checkAnswers(log, cluster.account.answers);
  });

  it('whatever reached the source was opened before, and reached it once', async () => {
    const received = await readJournal(fetch, cluster.mock.journalUrl);
    assert.ok(received.length > rounds * (lookUps - mostBroken));
    checkReceived(log, received);
  });

  it('the tree is the one that every signed head promised', () => {
    assert.ok(checkTree(log, cluster.account.told, logKey) > rounds);
  });

  it('what a killed process left open became unknown after its lease, and nothing else did', () => {
    for (const [exchangeId, leaseMs] of cluster.account.leftOpen) {
      const last = log.exchanges.get(exchangeId)?.at(-1) ?? assert.fail(`${exchangeId} is gone`);
      // The server may have had its "closed" in hand when the process died.
      if (last.kind === 'closed' && last.recordedMs < leaseMs) continue;
      assert.equal(last.kind, 'unknown');
      assert.ok(last.recordedMs > leaseMs, `${exchangeId} was given up before its lease ended`);
    }
    const others = log.entries.filter(
      ({ kind, exchangeId }) => kind === 'unknown' && !cluster.account.leftOpen.has(exchangeId),
    );
    for (const { exchangeId } of others) {
      const openedMs = log.exchanges.get(exchangeId)?.[0]?.recordedMs ?? 0;
      assert.ok(troubles.some(({ fromMs, toMs }) => openedMs >= fromMs && openedMs <= toMs));
    }
  });
});
