// Reconciliation as a part of the service: its handlers, what it does by itself, and its end. The province's, by grant.
import type { operations } from '../../../../openapi/types/payment.v1.ts';
import { withTransaction } from '../../../database/pool.ts';
import { Problem } from '../../../problem.ts';
import type { DailyWork } from '../../../schedule/daily-work.ts';
import { checkReach } from '../../admin/change.ts';
import type { Handlers, RequestOf } from '../../service.ts';
import type { PaymentMovement } from '../dependencies.ts';
import { toCsv } from './csv.ts';
import { isDay } from './days.ts';
import {
  createReconciler,
  type ReconcilingOptions,
  type ReconcilingRooms,
  type RunningReconciler,
} from './reconciler.ts';
import { listLines, listRuns, readRun } from './report.ts';

/** Handlers of reconciliation; none asks the platform while the caller waits. */
export type ReconciliationHandlers = Pick<
  Handlers<operations>,
  | 'startReconciliation'
  | 'listReconciliations'
  | 'readReconciliation'
  | 'listReconciliationLines'
  | 'downloadReconciliation'
>;

/** Reconciliation in one process. */
export interface Reconciling {
  readonly handlers: ReconciliationHandlers;
  readonly works: readonly DailyWork[];
  /** Begins to look for what is to be done. */
  start(): void;
  /** Leaves what is under way to another process. */
  close(): Promise<void>;
}

type StartRequest = RequestOf<operations['startReconciliation']>;

function checkDay({ body: { day } }: StartRequest): void {
  if (!isDay(day))
    throw new Problem('request-invalid', {
      errors: [
        { where: '/body/day', vi: 'phải là một ngày có trong lịch', en: 'must be a day of the calendar' },
      ],
    });
}

function createHandlers({ pool }: ReconcilingRooms, reconciler: RunningReconciler): ReconciliationHandlers {
  async function start(request: StartRequest, exchangeId: string) {
    checkReach(request.caller);
    checkDay(request);
    const { id } = await withTransaction(pool, (client) =>
      reconciler.start(client, request.body.day, exchangeId),
    );
    reconciler.poke();
    return { status: 202, body: await readRun(pool, id), result: `reconciliation ${id}` };
  }
  return {
    startReconciliation: { handle: (request) => start(request, request.exchangeId), repeat: start },
    listReconciliations: {
      async handle(request) {
        checkReach(request.caller);
        return { status: 200, body: await listRuns(pool, request) };
      },
    },
    readReconciliation: {
      async handle({ params: { reconciliationId }, caller }) {
        checkReach(caller);
        return { status: 200, body: await readRun(pool, reconciliationId) };
      },
    },
    listReconciliationLines: {
      async handle(request) {
        checkReach(request.caller);
        return { status: 200, body: await listLines(pool, request) };
      },
    },
    downloadReconciliation: {
      async handle({ params: { reconciliationId }, caller }) {
        checkReach(caller);
        const { lines, day } = await readRun(pool, reconciliationId);
        const { sha256, bytes, open } = await toCsv(pool, reconciliationId, lines);
        return {
          ...{ status: 200, body: undefined, result: `csv ${lines}` },
          headers: { 'content-disposition': `attachment; filename="doi-soat-${day}.csv"` },
          stream: {
            ...{ type: 'text/csv; charset=utf-8', bytes, digest: { sha256, bytes } },
            open: async () => open(),
          },
        };
      },
    },
  };
}

/**
 * Puts reconciliation together. What is due is looked for by daily work, so that missed days are caught up by date, and by each
 * process itself: the hour of the day before may come after the daily work, and a process may die.
 */
export function createReconciling(
  rooms: ReconcilingRooms,
  movement: PaymentMovement,
  options: ReconcilingOptions = {},
): Reconciling {
  const reconciler = createReconciler(rooms, movement, options);
  return {
    handlers: createHandlers(rooms, reconciler),
    works: [{ name: 'payment-reconciliation', run: reconciler.runDue }],
    start: reconciler.begin,
    close: reconciler.stop,
  };
}
