// Hub processes on one ground behind one address, that are killed and started again under load.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Balancer, startBalancer } from './balancer.ts';
import type { FreshDatabase } from './database.ts';
import { type HubProcess, startHubProcess } from './hub-process.ts';
import { type GivenAnswer, type LoadOptions, sendLookUps } from './load.ts';
import { createClient, freePort, type Ground, layGround } from './sandbox-hub.ts';

/** What callers saw of the cluster so far. */
export interface Account {
  readonly answers: GivenAnswer[];
  unanswered: number;
  /** Checkpoints that were given away. */
  readonly told: string[];
  /** Exchanges that a kill left open, and when the lease of their process ended, epoch milliseconds. */
  readonly leftOpen: Map<string, number>;
}

/** Hub processes behind a balancer. */
export interface HubCluster extends Ground {
  readonly url: string;
  readonly hubs: readonly HubProcess[];
  readonly owner: pg.Pool;
  readonly account: Account;
  readonly client: ReturnType<typeof createClient>;
  /** Starts or drains processes until there are so many. */
  resize(count: number): Promise<void>;
  /** Sends look-ups and puts what came of them to the account. */
  load(
    options: Pick<LoadOptions, 'atOnce' | 'isOver' | 'onAnswer'>,
  ): Promise<{ readonly answers: readonly GivenAnswer[]; readonly unanswered: number }>;
  /** Kills a process, notes what it leaves open, starts another. */
  replace(index: number): Promise<void>;
  /** Sets the mock's fault switch; an empty object clears it. */
  fault(setting: Record<string, unknown>): Promise<void>;
  /** Waits until every exchange has an end and every entry a place under a signed head. @throws Error after 30 s */
  settle(): Promise<void>;
  /** Drains all processes, removes everything. */
  close(): Promise<void>;
}

/** A statement that a killed process had sent is carried out after its death, but not much later. */
const afterglowMs = 1_000;
const settleMs = 30_000;

async function noteLeftOpen(owner: pg.Pool, pid: number, leftOpen: Map<string, number>): Promise<void> {
  await pause(afterglowMs);
  const { rows } = await owner.query<{ id: string; lease_ms: number }>(
    `SELECT o.exchange_id AS id, (extract(epoch FROM p.lease_until) * 1000)::float8 AS lease_ms
     FROM open_exchange o JOIN hub_process p ON p.id = o.process_id WHERE p.pid = $1`,
    [pid],
  );
  for (const { id, lease_ms } of rows) leftOpen.set(id, lease_ms);
}

async function isSettled(owner: pg.Pool): Promise<boolean> {
  const { rows } = await owner.query<{ settled: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM open_exchange) AND NOT EXISTS (SELECT FROM entry_pending)
       AND (SELECT max(size) FROM checkpoint) = (SELECT size FROM tree_head) AS settled`,
  );
  return rows[0]?.settled ?? false;
}

async function switchFault({ mock }: Ground, setting: Record<string, unknown>): Promise<void> {
  const isClear = Object.keys(setting).length === 0;
  const response = await fetch(mock.faultUrl, {
    method: isClear ? 'DELETE' : 'PUT',
    ...(!isClear && { body: JSON.stringify(setting) }),
  });
  if (!response.ok) throw new Error(`mock: ${response.status} ${await response.text()}`);
}

/** Lays the ground of a cluster on a database, which it drops at its end; there is no process yet. */
export async function startCluster(name: string, database: FreshDatabase): Promise<HubCluster> {
  const ground = await layGround(name, [], {}, database);
  const balancer = await startBalancer();
  const owner = new pg.Pool({ connectionString: ground.database.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  return createCluster(ground, balancer, owner);
}

function createCluster(ground: Ground, balancer: Balancer, owner: pg.Pool): HubCluster {
  const { url } = balancer;
  const hubs: HubProcess[] = [];
  const account: Account = { answers: [], unanswered: 0, told: [], leftOpen: new Map() };
  const client = createClient(url, ground.province);
  const expose = (): void => balancer.use(hubs.map(({ port }) => port));
  async function add(): Promise<void> {
    hubs.push(await startHubProcess({ ...ground.environment(await freePort()), PUBLIC_URL: url }));
    expose();
  }
  async function resize(count: number): Promise<void> {
    while (hubs.length < count) await add();
    const surplus = hubs.splice(count);
    expose();
    await Promise.all(surplus.map((hub) => hub.stop()));
  }
  return {
    ...ground,
    url,
    hubs,
    owner,
    account,
    client,
    resize,
    async load(options) {
      const outcome = await sendLookUps({ ...options, url, publicUrl: url, client });
      account.answers.push(...outcome.answers);
      account.unanswered += outcome.unanswered;
      account.told.push(await (await fetch(`${url}/log/checkpoint`)).text());
      return outcome;
    },
    async replace(index) {
      const [victim] = hubs.splice(index, 1);
      if (!victim) throw new Error(`no hub process ${index}`);
      await victim.kill();
      expose();
      await Promise.all([add(), noteLeftOpen(owner, victim.pid, account.leftOpen)]);
    },
    fault: (setting) => switchFault(ground, setting),
    async settle() {
      const endMs = performance.now() + settleMs;
      while (!(await isSettled(owner))) {
        if (performance.now() > endMs) throw new Error('exchanges stay open or entries without a place');
        await pause(250);
      }
    },
    async close() {
      await resize(0);
      await balancer.close();
      await owner.end();
      await ground.close();
    },
  };
}
