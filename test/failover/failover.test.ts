// A database with a synchronous standby loses its primary again and again while a hub works: nothing that was acknowledged
// is lost, and the hub goes on by itself. More rounds: `npm run test:long` (FAILOVER_ROUNDS=20).
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../evidence/support.ts';
import { type HubCluster, startCluster } from '../support/hub-cluster.ts';
import { readJournal } from '../support/journal.ts';
import {
  checkAnswers,
  checkLives,
  checkReceived,
  checkTree,
  readWholeLog,
  type WholeLog,
} from '../support/whole-log.ts';
import { type Pair, startPair } from './pair.ts';

const rounds = Number(process.env['FAILOVER_ROUNDS'] ?? 2);
const atOnce = 8;
const recoverMs = 30_000;
const headEveryMs = 50;

describe('A hub whose database fails over', function () {
  this.timeout(60_000 + rounds * 60_000);
  let pair: Pair;
  let cluster: HubCluster;
  let log: WholeLog;
  let logKey: string;
  const switched: number[] = [];
  const recovered: number[] = [];
  before(async () => {
    pair = await startPair();
    cluster = await startCluster('failover', { database: pair });
    await cluster.resize(1);
  });
  after(async () => {
    await cluster?.close();
    const { answers, unanswered, told } = cluster.account;
    const ok = answers.filter(({ status }) => status === 200).length;
    const most = (values: readonly number[]) => Math.round(Math.max(...values));
    console.log({
      ...{
        rounds,
        answers: answers.length,
        ok,
        unanswered,
        told: new Set(told).size,
        heads: log.notes.length,
      },
      ...{ entries: log.entries.length, mostSwitchMs: most(switched), mostRecoverMs: most(recovered) },
    });
  });

  /** Keeps every head that the hub gives away until it is stopped. */
  function watchHeads(): () => Promise<void> {
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const answer = await fetch(`${cluster.url}/log/checkpoint`).catch(() => undefined);
        if (answer?.status === 200) cluster.account.told.push(await answer.text());
        await pause(headEveryMs);
      }
    })();
    return () => {
      isOver = true;
      return watching;
    };
  }

  async function round(): Promise<void> {
    const { pid } = cluster.hubs[0] ?? assert.fail('there is no hub');
    let switchedAt = Number.POSITIVE_INFINITY;
    let isOver = false;
    const stopWatching = watchHeads();
    let answered = 0;
    const onAnswer = (): void => {
      answered += 1;
    };
    const load = cluster.load({ atOnce, isOver: () => isOver, onAnswer });
    await until(async () => answered >= atOnce);
    await pause(400 + 200 * Math.random());
    switched.push(await pair.failOver());
    switchedAt = performance.now();
    for (;;) {
      const ready = await fetch(`${cluster.url}/health/ready`);
      await ready.text();
      if (ready.status === 200) break;
      assert.ok(performance.now() - switchedAt < recoverMs, 'the hub did not go on by itself');
      await pause(20);
    }
    recovered.push(performance.now() - switchedAt);
    await pair.heal();
    await pause(300);
    isOver = true;
    const { answers } = await load;
    await stopWatching();
    assert.equal(answers.at(-1)?.status, 200);
    assert.equal(cluster.hubs[0]?.pid, pid);
  }

  it(`goes on by itself, ${rounds} times in the middle of look-ups`, async () => {
    for (let n = 0; n < rounds; n += 1) await round();
    assert.equal(cluster.account.unanswered, 0);
  });

  it('loses no entry of an answer that anyone was given', async () => {
    await cluster.settle();
    logKey = (await (await fetch(`${cluster.url}/log/key`)).text()).trim();
    log = await readWholeLog(cluster.owner);
    checkLives(log);
    assert.ok(cluster.account.answers.some(({ status }) => status === 200));
    checkAnswers(log, cluster.account.answers);
  });

  it('sent nothing that was not opened, and nothing twice', async () => {
    checkReceived(log, await readJournal(fetch, cluster.mock.journalUrl));
  });

  it('has one tree: every head that was signed and kept is of it', () => {
    assert.ok(checkTree(log, cluster.account.told, logKey) > rounds);
  });
});
