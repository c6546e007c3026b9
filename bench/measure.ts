// One run of one row: a warm-up that checks the answer, then the load, with the CPU time of gateway and database around it.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuOfTree } from './cpu.ts';
import type { Gateway } from './gateways.ts';
import type { Ground } from './ground.ts';
import { type LoadResult, runLoad } from './load.ts';
import type { Plan, Row } from './rows.ts';

/** How runs are made. */
export interface RunSettings {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
}

/** What one run gave. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
  readonly databaseCpuMsPerRequest: number;
}

/** Rows recorded by the last run are numbered and checkpointed within this time. */
const settleMs = 700;
/** Requests a second that no row of ours passes; proofs beyond it would be made in vain. */
const mostPerSecond = 9_000;

/** @throws Error unless one request gives the right answer */
async function checkAnswer(row: Row, { url }: Gateway, plan: Plan, kib: number): Promise<void> {
  const [first = []] = plan.varying?.rows ?? [];
  const varying = Object.fromEntries((plan.varying?.names ?? []).map((name, at) => [name, first[at] ?? '']));
  const { body = plan.body, path = plan.path, ...headers } = varying;
  const { method = 'POST' } = plan;
  const response = await fetch(`${url}${path}`, {
    ...{ method, headers: { ...plan.headers, ...headers } },
    ...(method === 'POST' && { body }),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200 || !row.isRight(answer, kib))
    throw new Error(`${row.name} answered ${response.status}: ${answer.toString().slice(0, 300)}`);
}

/** Entries in the log; each call of the hub must add two. */
async function countEntries({ owner }: Ground): Promise<number> {
  const { rows } = await owner.query<{ n: string }>('select count(*) as n from entry');
  return Number(rows[0]?.n);
}

async function load(
  settings: RunSettings,
  seconds: number,
  url: string,
  plan: Plan,
  folder: string,
): Promise<LoadResult> {
  const { connections } = settings;
  const { method = 'POST', headers, body, varying } = plan;
  const result = await runLoad(
    { method, url: `${url}${plan.path}`, headers, body, varying, connections, seconds },
    folder,
  );
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} requests failed`);
  return result;
}

/**
 * Runs a row once.
 * @throws Error when an answer is wrong, a request fails, or an exchange of the hub left no entries
 */
export async function measure(
  row: Row,
  gateway: Gateway,
  ground: Ground,
  kib: number,
  given: RunSettings,
): Promise<Sample> {
  const settings = { ...given, connections: row.connections ?? given.connections };
  const toPlan = (seconds: number, perSecond: number): Promise<Plan> =>
    row.plan(ground, gateway, kib, Math.ceil(perSecond * seconds) + settings.connections + 1);
  const first = await toPlan(settings.warmUpSeconds, mostPerSecond);
  await checkAnswer(row, gateway, first, kib);
  const rest = first.varying && { varying: { ...first.varying, rows: first.varying.rows.slice(1) } };
  const warm = await load(
    settings,
    settings.warmUpSeconds,
    gateway.url,
    { ...first, ...rest },
    ground.folder,
  );
  // A machine that was busy at the warm-up may not be so any more.
  const perSecond = Math.min(mostPerSecond, (warm.requests / warm.durationS) * 3 + 500);
  const plan = await toPlan(settings.seconds, perSecond);
  await pause(settleMs);

  const isHub = row.gateway === 'hub';
  const entries = isHub ? await countEntries(ground) : 0;
  const before = { gateway: cpuOfTree(gateway.pid), database: cpuOfTree(ground.database.pid) };
  const result = await load(settings, settings.seconds, gateway.url, plan, ground.folder);
  const gatewayMs = cpuOfTree(gateway.pid) - before.gateway;
  if (isHub) await pause(settleMs);
  const databaseMs = isHub ? cpuOfTree(ground.database.pid) - before.database : 0;
  if (isHub && (await countEntries(ground)) - entries < 2 * result.requests)
    throw new Error(`${row.name}: fewer entries than exchanges opened and closed`);
  return {
    requestsPerSecond: result.requests / result.durationS,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMsPerRequest: gatewayMs / result.requests,
    databaseCpuMsPerRequest: databaseMs / result.requests,
  };
}
