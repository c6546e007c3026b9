// Scans what waits, and lets it go or holds it in quarantine: verdict and what follows from it are one transaction.
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { SourceError } from '../../../../adapters/adapter.ts';
import type { Scanner } from '../../../../adapters/virus-scanner/index.ts';
import { withTransaction } from '../../../database/pool.ts';
import type { DeliveryEngine } from '../../../delivery/types.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { toProblem } from '../../../problem.ts';
import { type Absence, createAbsence } from './absence.ts';
import { type Claim, claimScan, postponeScan, renewScan, settleScan, type Verdict } from './rows.ts';
import { type OpenAttachments, ScanOvertaken, scanMessage } from './scan-message.ts';

/** What the work stands on. */
export interface ScanWorkOptions {
  /** The hub's own role. */
  readonly pool: Pool;
  readonly scanner: Pick<Scanner, 'scan' | 'ping'>;
  readonly whenAway: 'hold' | 'pass';
  readonly engine: Pick<DeliveryEngine, 'release' | 'explainHeld' | 'poke'>;
  readonly openAttachments: OpenAttachments;
  /** In the transaction that puts a message into quarantine. */
  readonly tellSender?: (client: ClientBase, messageId: string) => Promise<void>;
  readonly logger: Logger;
  /** Messages at once in this process; default 4. */
  readonly concurrency?: number;
  /** Longest time for one attachment; default 10 minutes. */
  readonly attachmentMs?: number;
  /** The first pause after a failure, which doubles, and the longest; default a second and a minute. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** How often it looks for what is due when nothing pokes it; default a second. */
  readonly lookMs?: number;
}

/** The work under way. */
export interface ScanWork {
  /** To be called after a commit that demanded a scan: it begins at once. */
  poke(): void;
  /** Gives back what is under way, to be scanned again. */
  stop(): Promise<void>;
}

/** The options with their defaults, and what the process knows. */
interface Work extends ScanWorkOptions {
  readonly attachmentMs: number;
  readonly leaseMs: number;
  /** The pause after so many failures in a row, from 1. */
  readonly toPauseMs: (failures: number) => number;
  readonly absence: Absence;
  /** Aborts when the work stops. */
  readonly signal: AbortSignal;
}

const leaseMarginMs = 60_000;
const mostDoublings = 20;

/** The verdict, and what follows from it. */
async function settle(
  { pool, engine, logger, tellSender }: Work,
  claim: Claim,
  verdict: Verdict,
): Promise<void> {
  const { messageId } = claim;
  const { state, findings, version } = verdict;
  const isFree = state === 'clean' || state === 'passed';
  const by = { result: `scan ${state} ${version ?? ''}`.trim() };
  await withTransaction(pool, async (client) => {
    if (!(await settleScan(client, claim, verdict))) return;
    if (isFree) await engine.release(client, messageId, by);
    else {
      await engine.explainHeld(client, messageId, `attachment-${state}`, by);
      await tellSender?.(client, messageId);
    }
  });
  engine.poke();
  if (state !== 'clean') logger.warn({ messageId, state, findings }, 'a message was not found clean');
}

/** What cannot be scanned now is tried again; nothing is let go but by the setting for a scanner that is away. */
async function fail(work: Work, claim: Claim, error: unknown): Promise<void> {
  const { pool, logger, toPauseMs } = work;
  if (error instanceof ScanOvertaken) return;
  if (work.signal.aborted) return postponeScan(pool, claim, 0);
  const isAway = error instanceof SourceError && error.kind === 'unreachable';
  if (isAway && work.whenAway === 'pass')
    return settle(work, claim, { state: 'passed', findings: [], version: undefined });
  if (isAway) work.absence.note(error);
  const code = error instanceof SourceError ? `source-${error.kind}` : toProblem(error).code;
  const level = code === 'internal-error' ? 'error' : 'warn';
  logger[level]({ err: error, messageId: claim.messageId }, 'a message could not be scanned; tried again');
  await postponeScan(pool, claim, toPauseMs(isAway ? 1 : claim.attempts + 1), code);
}

async function scanOne(work: Work, claim: Claim): Promise<void> {
  const renew = (): Promise<boolean> => renewScan(work.pool, claim, work.leaseMs);
  try {
    await settle(work, claim, await scanMessage(claim.messageId, { ...work, renew }));
  } catch (error) {
    await fail(work, claim, error);
  }
}

async function scanAll(work: Work): Promise<void> {
  while (!work.signal.aborted && (await work.absence.isOver(work.signal))) {
    const claim = await claimScan(work.pool, work.leaseMs);
    if (!claim) return;
    await scanOne(work, claim);
  }
}

/** Begins to scan. */
export function startScanWork(options: ScanWorkOptions): ScanWork {
  const { scanner, logger, attachmentMs = 600_000, lookMs = 1_000 } = options;
  const { firstPauseMs = 1_000, longestPauseMs = 60_000 } = options;
  const stopping = new AbortController();
  const toPauseMs = (failures: number): number =>
    Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, mostDoublings));
  const work: Work = {
    ...options,
    ...{ attachmentMs, toPauseMs, leaseMs: attachmentMs + leaseMarginMs, signal: stopping.signal },
    absence: createAbsence(scanner, toPauseMs, logger),
  };
  const failed = (err: unknown): void => logger.error({ err }, 'scans were interrupted; tried again');
  const loops = Array.from({ length: options.concurrency ?? 4 }, () =>
    startLoop(() => scanAll(work).catch(failed), lookMs, 0),
  );
  return {
    poke() {
      for (const loop of loops) loop.poke();
    },
    async stop() {
      stopping.abort(new Error('the scan work stops'));
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
