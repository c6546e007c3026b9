// The operation service: the state of the hub and of its sources. It names no unit, officer, case or person; who may see
// it is said by grants alone.
import type { operations } from '../../openapi/types/operation.v1.ts';
import type { HubView, SourceView, StateReader, Window } from '../operation/state-reader.ts';
import { Problem } from '../problem.ts';
import type { Handlers } from './service.ts';

/** What the service is made of. */
export interface OperationDependencies {
  readonly state: StateReader;
  /** Whether an administrator has switched a source off. */
  readonly isSourceOff: (source: string) => boolean;
}

const toWindow = ({ minutes, calls, outcomes, successRate, latencyMs }: Window) => ({
  minutes: minutes === 5 ? (5 as const) : (60 as const),
  calls,
  outcomes,
  ...(successRate !== undefined && { successRate }),
  ...(latencyMs && { latencyMs }),
});

const toSource = (view: SourceView, switchedOff: boolean) => ({
  source: view.source,
  switchedOff,
  services: [...view.services],
  processes: [...view.processes],
  ...(view.lastGoodAt && { lastGoodAt: view.lastGoodAt.toISOString() }),
  ...(view.lastFailureAt && { lastFailureAt: view.lastFailureAt.toISOString() }),
  ...(view.lastFailure && { lastFailure: view.lastFailure }),
  windows: view.windows.map(toWindow),
});

const toStorage = ({ bytes, freeBytes, bytesPerDay, fullOn, months, tables }: HubView['storage']) => ({
  bytes,
  ...(freeBytes !== undefined && { freeBytes }),
  ...(bytesPerDay !== undefined && { bytesPerDay }),
  ...(fullOn !== undefined && { fullOn }),
  months: months.map((month) => ({ ...month, tables: [...month.tables] })),
  tables: [...tables],
});

const toHub = ({ processes, registryVersion, storage, ...log }: HubView) => ({
  processes: processes.map((process) => ({
    processId: process.processId,
    startedAt: process.startedAt.toISOString(),
    leaseUntil: process.leaseUntil.toISOString(),
    ...(process.clockOffMs !== undefined && { clockOffMs: process.clockOffMs }),
    ...(process.clockRight !== undefined && { clockRight: process.clockRight }),
    ...(process.clockSynchronised !== undefined && { clockSynchronised: process.clockSynchronised }),
    ...(process.registryVersion !== undefined && { registryVersion: Number(process.registryVersion) }),
  })),
  pendingEntries: log.pendingEntries,
  ...(log.checkpoint && { checkpoint: log.checkpoint }),
  ...(log.cosigned && { cosigned: log.cosigned }),
  search: log.search,
  registryVersion: Number(registryVersion),
  storage: toStorage(storage),
});

/** Handlers of `operation.v1`. */
export function createOperationService({ state, isSourceOff }: OperationDependencies): Handlers<operations> {
  return {
    listSources: {
      async handle() {
        const views = await state.sources();
        return {
          status: 200,
          body: { sources: views.map((view) => toSource(view, isSourceOff(view.source))) },
        };
      },
    },
    getSource: {
      async handle({ params }) {
        const view = (await state.sources()).find(({ source }) => source === params.source);
        if (!view) throw new Problem('source-not-found');
        return { status: 200, body: toSource(view, isSourceOff(view.source)) };
      },
    },
    getHub: {
      handle: async () => ({ status: 200, body: toHub(await state.hub()) }),
    },
  };
}
