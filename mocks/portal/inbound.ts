// Dossiers filed on the portal: tells the gateway of each, repeats what failed after growing pauses, and repeats what
// succeeded when a test wants that. What is unfinished follows from the journal. Source: public-service-portal.md §10.12.
import { pause } from './answer.ts';
import type { Settings } from './config.ts';
import type { Dossiers } from './dossiers.ts';
import { type Fields, isFields, readText } from './fields.ts';
import { toFiledDossier, toHeldDossier } from './filed.ts';
import { parseJson } from './http.ts';
import type { Entry, GatewayAnswer, InboundOrder, Journal } from './journal.ts';

/** Dossiers on their way to the gateway. */
export interface Inbound {
  /** Told of each line that the journal held at start. */
  readonly restore: (entry: Entry) => void;
  /** Goes on with what is unfinished. */
  readonly start: (journal: Journal) => void;
  /** The number of the next dossier. */
  readonly next: () => number;
  /** Takes orders; resolves when they are on disk, `over` when the gateway has answered or was given up. */
  readonly take: (orders: readonly InboundOrder[]) => Promise<{ readonly over: Promise<void> }>;
  /** Tells of these once more; unknown codes are passed over. */
  readonly repeat: (codes: readonly string[]) => Promise<{ readonly over: Promise<void> }>;
  readonly page: (from: number, limit: number) => readonly object[];
  readonly counts: () => Readonly<Record<'ordered' | 'pending' | 'accepted' | 'givenUp', number>>;
  /** Resolves when no call is under way. */
  readonly settle: () => Promise<void>;
}

interface Task {
  readonly order: InboundOrder;
  /** Calls that must be answered with 0 or 1. */
  needed: number;
  answered: number;
  failedInRow: number;
  readonly answers: GatewayAnswer[];
  running: Promise<void> | undefined;
}

const longestPauseMs = 60_000;
const callsAtOnce = 8;
const answersShown = 100;

const toTask = (order: InboundOrder): Task => ({
  ...{ order, needed: 1 + order.repeat, answered: 0, failedInRow: 0, answers: [], running: undefined },
});

function noteAnswer(task: Task, answer: GatewayAnswer): void {
  const isTaken = answer === '0' || answer === '1';
  task.answered += isTaken ? 1 : 0;
  task.failedInRow = isTaken ? 0 : task.failedInRow + 1;
  if (task.answers.length < answersShown) task.answers.push(answer);
}

function readAnswer(body: Buffer): GatewayAnswer {
  const json = parseJson(body);
  const code = isFields(json) ? readText(json, 'error_code') : undefined;
  if (code === undefined || !/^-?\d+$/.test(code)) return 'none';
  const value = Number(code);
  return value === 0 ? '0' : value === 1 ? '1' : '-1';
}

interface Told {
  readonly answer: GatewayAnswer;
  readonly httpStatus?: number;
}

async function tell(
  gatewayUrl: string,
  dossier: Fields,
  settings: Settings,
  stop: AbortSignal,
): Promise<Told> {
  const { inboundAccount, inboundSecret, inboundTimeoutMs } = settings;
  const credential = Buffer.from(`${inboundAccount}:${inboundSecret}`).toString('base64');
  try {
    const answer = await fetch(gatewayUrl, {
      method: 'POST',
      body: JSON.stringify(dossier),
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Basic ${credential}` },
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(inboundTimeoutMs)]),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const { status } = answer;
    return { answer: status === 200 ? readAnswer(body) : 'none', httpStatus: status };
  } catch {
    return { answer: 'none' };
  }
}

/** Lets so many run at once; the others wait in their order. */
function createGate(most: number) {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    }
  };
}

function toRow({ order, answered, needed, answers, running }: Task): object {
  const { code, unit, procedure } = order;
  const isPending = running !== undefined;
  return { code, unit, procedure, calls: answers.length, answers, isPending, isDone: answered >= needed };
}

/** Runs tasks to their end, a few calls at once. */
function createRunner(settings: Settings, stop: AbortSignal, getJournal: () => Journal | undefined) {
  const gate = createGate(callsAtOnce);
  const isOver = ({ answered, needed, failedInRow }: Task): boolean =>
    answered >= needed || failedInRow >= settings.inboundTries || stop.aborted;
  const callOnce = async (task: Task): Promise<void> => {
    const { code, gatewayUrl } = task.order;
    const startMs = performance.now();
    const told = await tell(gatewayUrl, toFiledDossier(task.order, settings.seed), settings, stop);
    // What the mock's own end cut off is told again after the next start.
    if (stop.aborted) return;
    noteAnswer(task, told.answer);
    const ms = Math.round(performance.now() - startMs);
    await getJournal()?.append({ event: 'inbound', code, ...told, ms });
  };
  const run = async (task: Task): Promise<void> => {
    while (!isOver(task)) {
      const { failedInRow } = task;
      const pauseMs = failedInRow === 0 ? 0 : settings.inboundRetryMs * 2 ** (failedInRow - 1);
      if (pauseMs > 0) await pause(Math.min(pauseMs, longestPauseMs), stop);
      await gate(() => callOnce(task));
    }
    task.running = undefined;
  };
  const begin = (task: Task): Promise<void> => {
    task.running ??= run(task);
    return task.running;
  };
  return {
    isOver,
    begin,
    beginAll: (tasks: readonly Task[]) => ({ over: Promise.all(tasks.map(begin)).then(() => undefined) }),
  };
}

/** Has tasks told once more. */
function askAgain(asked: readonly Task[]): void {
  for (const task of asked) {
    task.needed = Math.max(task.needed, task.answered) + 1;
    task.failedInRow = 0;
  }
}

function toCounts(all: readonly Task[]): ReturnType<Inbound['counts']> {
  const accepted = all.filter(({ answered, needed }) => answered >= needed).length;
  const pending = all.filter(({ running }) => running !== undefined).length;
  return { ordered: all.length, pending, accepted, givenUp: all.length - accepted - pending };
}

/** No dossiers yet. */
export function createInbound(settings: Settings, dossiers: Dossiers, stop: AbortSignal): Inbound {
  const tasks = new Map<string, Task>();
  let journal: Journal | undefined;
  const runner = createRunner(settings, stop, () => journal);
  const find = (codes: readonly string[]): readonly Task[] => codes.flatMap((code) => tasks.get(code) ?? []);
  const hold = (order: InboundOrder, atMs: number): void => {
    tasks.set(order.code, toTask(order));
    const { unit } = order;
    dossiers.put(order.code, toHeldDossier(order, settings.seed), 'inbound', { unit, atMs });
  };
  return {
    restore: (entry) => {
      if (entry.event === 'ordered') for (const order of entry.orders) hold(order, Date.parse(entry.at));
      else if (entry.event === 'again') askAgain(find(entry.codes));
      else if (entry.event === 'inbound')
        for (const task of find([entry.code])) noteAnswer(task, entry.answer);
    },
    start: (opened) => {
      journal = opened;
      for (const task of tasks.values()) if (!runner.isOver(task)) void runner.begin(task);
    },
    next: () => tasks.size,
    take: async (orders) => {
      const nowMs = Date.now();
      for (const order of orders) hold(order, nowMs);
      await journal?.append({ event: 'ordered', orders });
      return runner.beginAll(find(orders.map(({ code }) => code)));
    },
    repeat: async (codes) => {
      const asked = find(codes);
      askAgain(asked);
      await journal?.append({ event: 'again', codes: asked.map(({ order }) => order.code) });
      return runner.beginAll(asked);
    },
    page: (from, limit) => [...tasks.values()].slice(from - 1, from - 1 + limit).map(toRow),
    counts: () => toCounts([...tasks.values()]),
    settle: async () => {
      await Promise.allSettled([...tasks.values()].map(({ running }) => running));
    },
  };
}
