// Reads the portal's lists, page by page, and the procedures that they do not show whole. Each page is staged and the
// progress durable in one transaction, so that whoever takes the run up reads none of them again. Serves nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { SourceError, type SourceTrace } from '../../../../adapters/adapter.ts';
import {
  credentialsCode,
  isPassing,
  type Portal,
  type PortalAnswer,
  type PortalCall,
  type PortalList,
  toAfterMs,
} from '../../../../adapters/portal/portal.ts';
import { withTransaction } from '../../../database/pool.ts';
import { ListFailure, listNames } from './failure.ts';
import { afterPage, hasMoved, lists, type Progress, restarted, withContents, withList } from './progress.ts';
import { moveRun } from './runs.ts';
import {
  countUnread,
  isKeepable,
  isUsable,
  listUnread,
  type ReadContent,
  stageContents,
  stageEntries,
  unstage,
} from './stage.ts';

/** A run in the hands of this process. */
export interface Run {
  readonly pool: Pool;
  readonly portal: Pick<Portal, 'readPage' | 'readProcedure'>;
  readonly id: string;
  progress: Progress;
  /** Of the exchange, for the portal's trace. */
  readonly requestCode: string;
  /** Aborted when the run is no longer ours, or the hub stops. */
  readonly signal: AbortSignal;
  /** What passed over the wire, bounded. */
  readonly traces: SourceTrace[];
  /** First pause before a page is asked again, milliseconds; doubled each time. */
  readonly pauseMs: number;
}

const mostRestarts = 3;
const mostPages = 20_000;
const mostTraces = 100;
const tries = 4;
const contentsAtOnce = 4;
const contentsABatch = 40;

/** Longest pause that the portal can ask for before a run is given up, milliseconds. */
const mostPauseMs = 60_000;

const isRefused = (error: unknown): boolean =>
  error instanceof SourceError && error.kind === 'refused' && error.code !== credentialsCode;

/** Reading changes nothing at the portal: what passes within a minute is asked again. Credentials are a person's to mend. */
const mayAskAgain = (error: unknown): boolean =>
  isPassing(error) &&
  error instanceof SourceError &&
  error.kind !== 'refused' &&
  (toAfterMs(error) ?? 0) <= mostPauseMs;

async function ask<T>(run: Run, call: (call: PortalCall) => Promise<PortalAnswer<T>>): Promise<T> {
  const { requestCode, signal } = run;
  for (let attempt = 1; ; attempt += 1) {
    let afterMs = run.pauseMs * 2 ** (attempt - 1);
    signal.throwIfAborted();
    try {
      const { value, traces } = await call({ requestCode, unitCode: undefined, signal });
      run.traces.push(...traces.slice(0, mostTraces - run.traces.length));
      return value;
    } catch (error) {
      if (attempt === tries || signal.aborted || !mayAskAgain(error)) throw error;
      afterMs = Math.max(afterMs, toAfterMs(error) ?? 0);
    }
    await pause(afterMs, undefined, { signal });
  }
}

/** Moves the run and does what belongs to it in the same transaction. */
async function move(
  run: Run,
  next: Progress,
  work: (client: Parameters<typeof moveRun>[0]) => Promise<void>,
): Promise<void> {
  await withTransaction(run.pool, async (client) => {
    await moveRun(client, run.id, run.progress, next);
    await work(client);
  });
  run.progress = next;
}

/** The list changed while it was read: an entry may have slipped between two pages, so it is read from its beginning. */
async function beginAnew(run: Run, list: PortalList): Promise<void> {
  const next = restarted(run.progress.lists[list]);
  const { vi, en } = listNames[list];
  if (next.restarts > mostRestarts)
    throw new ListFailure({
      vi: `danh sách ${vi} thay đổi mãi trong khi đọc; giữ phiên bản cũ`,
      en: `the list of ${en} kept changing while it was read; the old version stays`,
    });
  await move(run, withList(run.progress, list, next), (client) => unstage(client, run.id, list));
}

async function readPage(run: Run, list: PortalList): Promise<void> {
  const before = run.progress.lists[list];
  const page = await ask(run, (call) => run.portal.readPage(list, before.page + 1, call));
  if (hasMoved(before, page)) return beginAnew(run, list);
  const usable = page.entries.filter(isUsable);
  const next = afterPage(before, page, page.entries.length - usable.length);
  await move(run, withList(run.progress, list, next), async (client) => {
    const fresh = await stageEntries(client, run.id, list, usable);
    const { vi, en } = listNames[list];
    // A portal that passes over the page's number would be read for ever.
    if ((fresh === 0 && usable.length > 0 && before.page > 0) || next.page > mostPages)
      throw new ListFailure({
        vi: `danh sách ${vi} lặp lại; giữ phiên bản cũ`,
        en: `the list of ${en} repeats itself; the old version stays`,
      });
  });
}

async function readContent(run: Run, code: string): Promise<ReadContent> {
  try {
    const content = await ask(run, (call) => run.portal.readProcedure(code, call));
    // One that cannot be kept must not stop all others; it is counted as missing.
    return { code, content: isKeepable(content) ? content : undefined };
  } catch (error) {
    if (isRefused(error)) return { code, content: undefined };
    throw error;
  }
}

async function readContents(run: Run, codes: readonly string[]): Promise<readonly ReadContent[]> {
  const left = [...codes];
  const read: ReadContent[] = [];
  const work = async (): Promise<void> => {
    for (let code = left.shift(); code !== undefined; code = left.shift())
      read.push(await readContent(run, code));
  };
  await Promise.all(Array.from({ length: contentsAtOnce }, work));
  return read;
}

async function readNextContents(run: Run): Promise<void> {
  const { contents } = run.progress;
  const total = contents.total ?? (await countUnread(run.pool, run.id));
  const codes = await listUnread(run.pool, run.id, contents.after, contentsABatch);
  const read = await readContents(run, codes);
  const next = withContents(run.progress, {
    total,
    after: codes.at(-1) ?? contents.after,
    read: contents.read + read.length,
    missing: contents.missing + read.filter(({ content }) => content === undefined).length,
    isDone: codes.length < contentsABatch,
  });
  await move(run, next, (client) => stageContents(client, run.id, read));
}

/**
 * Reads on from where the run stands to the end of all lists.
 * @throws ListFailure where a list cannot be trusted; SourceError where the portal does not answer; RunLost where another
 * process has the run; what the signal says
 */
export async function readLists(run: Run): Promise<void> {
  for (const list of lists) while (!run.progress.lists[list].isDone) await readPage(run, list);
  while (!run.progress.contents.isDone) await readNextContents(run);
}
