// Scans what waits, and lets it go or holds it in quarantine: verdict and what follows from it are one transaction. While
// the scanner is away nothing is claimed; it is asked again after pauses that grow.
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { SourceError } from '../../../../adapters/adapter.ts';
import type { Scanner } from '../../../../adapters/virus-scanner/index.ts';
import { withTransaction } from '../../../database/pool.ts';
import type { DeliveryEngine } from '../../../delivery/types.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { toProblem } from '../../../problem.ts';
import type { ProblemCode } from '../../../problem-codes.ts';
import {
  type Claim,
  claimScan,
  type Finding,
  postponeScan,
  renewScan,
  settleScan,
  type Verdict,
} from './rows.ts';
import { type OpenAttachments, ScanOvertaken, scanMessage } from './scan-message.ts';

/** What the sender is told when its message goes into quarantine. */
export interface QuarantineNotice {
  readonly problem: Extract<ProblemCode, 'attachment-infected' | 'attachment-unscannable'>;
  readonly findings: readonly Finding[];
}

/** Records a notice where the sender sees it, in the transaction of the verdict. */
export type Notify = (client: ClientBase, messageId: string, notice: QuarantineNotice) => Promise<void>;

/** What the work stands on. */
export interface ScanWorkOptions {
  /** The hub's own role. */
  readonly pool: Pool;
  readonly scanner: Pick<Scanner, 'scan' | 'ping'>;
  readonly whenAway: 'hold' | 'pass';
  readonly engine: Pick<DeliveryEngine, 'release' | 'poke'>;
  readonly openAttachments: OpenAttachments;
  readonly notify: Notify;
  readonly logger: Logger;
  /** Messages at once in this process; default 4. */
  readonly concurrency?: number;
  /** Longest time for one attachment; default 10 minutes. */
  readonly attachmentMs?: number;
  /** The first pause after a failure, which doubles, and the longest; default a second and a minute. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/** The work under way. */
export interface ScanWork {
  /** To be called after a commit that demanded a scan: it begins at once. */
  poke(): void;
  /** Gives back what is under way, to be scanned again. */
  stop(): Promise<void>;
}

const lookMs = 1_000;
const leaseMarginMs = 60_000;
const pingMs = 5_000;

/** The scanner's absence as this process knows it. */
interface Absence {
  /** Failures in a row; 0: it is there. */
  count: number;
  untilMs: number;
}

/** Begins to scan. */
export function startScanWork(options: ScanWorkOptions): ScanWork {
  const { pool, scanner, engine, logger } = options;
  const { attachmentMs = 600_000, firstPauseMs = 1_000, longestPauseMs = 60_000 } = options;
  const leaseMs = attachmentMs + leaseMarginMs;
  const stopping = new AbortController();
  const absence: Absence = { count: 0, untilMs: 0 };
  const toPauseMs = (failures: number): number =>
    Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));

  function noteAway(err: unknown): void {
    if (absence.count === 0) logger.warn({ err }, 'the virus scanner is away; what must be scanned waits');
    absence.count = Math.min(absence.count + 1, 30);
    absence.untilMs = performance.now() + toPauseMs(absence.count);
  }

  /** False while the scanner is known to be away. */
  async function isThere(): Promise<boolean> {
    if (absence.count === 0) return true;
    if (performance.now() < absence.untilMs) return false;
    try {
      await scanner.ping(AbortSignal.any([stopping.signal, AbortSignal.timeout(pingMs)]));
    } catch (error) {
      noteAway(error);
      return false;
    }
    absence.count = 0;
    logger.info('the virus scanner is back');
    return true;
  }

  async function settle(claim: Claim, verdict: Verdict): Promise<void> {
    const { messageId } = claim;
    const { state, findings, version } = verdict;
    await withTransaction(pool, async (client) => {
      if (!(await settleScan(client, claim, verdict))) return;
      if (state === 'clean' || state === 'passed')
        await engine.release(client, messageId, { result: `scan ${state} ${version ?? ''}`.trim() });
      else await options.notify(client, messageId, { problem: `attachment-${state}`, findings });
    });
    if (state === 'clean' || state === 'passed') engine.poke();
    if (state !== 'clean') logger.warn({ messageId, state, findings }, 'a message was not found clean');
  }

  async function fail(claim: Claim, error: unknown): Promise<void> {
    if (error instanceof ScanOvertaken) return;
    if (stopping.signal.aborted) return postponeScan(pool, claim, 0);
    const isAway = error instanceof SourceError && error.kind === 'unreachable';
    if (isAway && options.whenAway === 'pass')
      return settle(claim, { state: 'passed', findings: [], version: undefined });
    if (isAway) noteAway(error);
    const code = error instanceof SourceError ? `source-${error.kind}` : toProblem(error).code;
    const level = code === 'internal-error' ? 'error' : 'warn';
    logger[level]({ err: error, messageId: claim.messageId }, 'a message could not be scanned; tried again');
    await postponeScan(pool, claim, toPauseMs(Math.min(claim.attempts + 1, 30)), code);
  }

  async function scanOne(claim: Claim): Promise<void> {
    const renew = (): Promise<boolean> => renewScan(pool, claim, leaseMs);
    const context = { ...options, attachmentMs, renew, signal: stopping.signal };
    try {
      await settle(claim, await scanMessage(claim.messageId, context));
    } catch (error) {
      await fail(claim, error);
    }
  }

  async function drain(): Promise<void> {
    while (!stopping.signal.aborted && (await isThere())) {
      const claim = await claimScan(pool, leaseMs);
      if (!claim) return;
      await scanOne(claim);
    }
  }

  const failed = (err: unknown): void => logger.error({ err }, 'scans were interrupted; tried again');
  const loops = Array.from({ length: options.concurrency ?? 4 }, () =>
    startLoop(() => drain().catch(failed), lookMs, 0),
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
