// One reconciliation from its file to its end, under its lease. What the platform did wrong ends it as failed; what happened
// to this process leaves it to the next one.
import type { Logger } from 'pino';
import { SourceError } from '../../../../adapters/adapter.ts';
import type { PaymentPlatform } from '../../../../adapters/payment-platform/payment.ts';
import { withTransaction } from '../../../database/pool.ts';
import { startLoop } from '../../../evidence/loop.ts';
import { toSourceProblem } from '../../../exchange/dispatch.ts';
import type { PaymentMovement, PaymentRooms } from '../dependencies.ts';
import { type DayFile, fetchFile, noteFailure } from './file.ts';
import { type Claim, endRun, holdRun, keepFile, LeaseLost, releaseRun } from './runs.ts';
import { writeLines } from './write-lines.ts';

/** What a run stands on. */
export interface Running {
  readonly rooms: Pick<PaymentRooms, 'pool' | 'log' | 'logger'>;
  readonly movement: PaymentMovement;
  readonly platform: PaymentPlatform;
  readonly claim: Claim;
  readonly leaseMs: number;
  readonly batchRows: number;
  readonly signal: AbortSignal;
}

/** Attempts that ended without an answer of the platform's, after which a person is told. */
const mostAttempts = 5;

/** A file that was read whole is that of the lines which are there already, or there are none yet. */
async function takeFile(running: Running, file: DayFile): Promise<boolean> {
  const { rooms, movement, claim, leaseMs } = running;
  if (claim.lines > 0 && claim.sha256 !== file.sha256) return false;
  await withTransaction(rooms.pool, async (client) => {
    await holdRun(client, claim, leaseMs);
    await movement.write(client, file.message);
    await keepFile(client, claim, { sha256: file.sha256, rows: file.rows.length });
  });
  return true;
}

async function reconcile(running: Running, signal: AbortSignal): Promise<void> {
  const { rooms, platform, claim } = running;
  const file = await fetchFile(rooms, platform, claim.day, signal);
  if (!(await takeFile(running, file))) return endRun(rooms.pool, claim, 'reconciliation-file-changed');
  await writeLines({ ...running, signal }, file);
  await endRun(rooms.pool, claim, undefined);
}

const toWords = ({ id, day, attempts }: Claim, err: unknown) => ({
  ...{ reconciliationId: id, day, attempts, err },
});

/** Nothing of a file that broke off was applied: it ends here, and is begun again or asked for anew. */
async function fail(running: Running, error: SourceError): Promise<void> {
  const { rooms, movement, claim } = running;
  const logger: Logger = rooms.logger;
  logger.warn(toWords(claim, error), 'the platform gave no whole file of the day');
  await noteFailure(rooms, movement, error);
  await endRun(rooms.pool, claim, toSourceProblem(error).code);
}

async function leave({ rooms, claim, signal }: Running, error: unknown): Promise<void> {
  if (error instanceof LeaseLost) return;
  if (signal.aborted) return releaseRun(rooms.pool, claim);
  const isOver = claim.attempts >= mostAttempts;
  rooms.logger[isOver ? 'error' : 'warn'](toWords(claim, error), 'a reconciliation was interrupted');
  // Else it is taken up once its lease has run out.
  if (isOver) await endRun(rooms.pool, claim, 'internal-error');
}

/** Renews the lease until it is stopped; `signal` aborts once it is lost. */
function keepLease({ rooms, claim, leaseMs }: Running): {
  readonly signal: AbortSignal;
  stop(): Promise<void>;
} {
  const lost = new AbortController();
  const loop = startLoop(async () => {
    await holdRun(rooms.pool, claim, leaseMs).catch((error: unknown) => {
      if (error instanceof LeaseLost) lost.abort(error);
    });
  }, leaseMs / 3);
  return { signal: lost.signal, stop: loop.stop };
}

/** @throws Error of the database where not even the end could be written: its lease runs out */
export async function runReconciliation(running: Running): Promise<void> {
  const lease = keepLease(running);
  const signal = AbortSignal.any([running.signal, lease.signal]);
  try {
    await reconcile(running, signal);
  } catch (error) {
    if (error instanceof SourceError && !signal.aborted) await fail(running, error);
    else await leave(running, lease.signal.aborted ? lease.signal.reason : error);
  } finally {
    await lease.stop();
  }
}
