// Rows of the catalogue in the contract's words. Pure.
import type { components } from '../../../../openapi/types/portal.v1.ts';
import { lists, type Progress } from './progress.ts';
import type { RunRow } from './runs.ts';
import type { FoundRow } from './search.ts';

type Schemas = components['schemas'];

const toVersions = ({ withdrawn_in: gone, changed_in: changed }: FoundRow) => ({
  ...(gone !== null && { withdrawnInVersion: Number(gone) }),
  changedInVersion: Number(changed),
});

/** A field, agency or result paper. */
export const toEntry = (row: FoundRow): Schemas['CatalogueEntry'] => ({
  ...{ code: row.code, name: row.name },
  ...(row.parent !== null && { parent: row.parent }),
  ...(row.level !== null && { level: row.level }),
  ...toVersions(row),
});

/** A procedure without its content. */
export const toProcedureItem = (row: FoundRow): Schemas['ProcedureItem'] => ({
  ...{ code: row.code, name: row.name, fields: [...row.fields] },
  ...(row.agency !== null && { agency: row.agency }),
  ...toVersions(row),
});

/** Procedures that their list does not show whole are read one by one: while that runs they count too. */
function toListProgress({ lists: all, contents }: Progress, state: RunRow['state']) {
  return lists.map((kind) => {
    const { read, total, isDone } = all[kind];
    const isReading = kind === 'procedure' && state === 'running';
    const more = isReading ? contents : { read: 0, total: 0, isDone: true };
    return {
      ...{ kind, read: read + more.read, isDone: isDone && more.isDone },
      ...(total !== null && { total: total + (more.total ?? 0) }),
    };
  });
}

/** A synchronisation. */
export const toSynchronisation = (row: RunRow): Schemas['Synchronisation'] => ({
  ...{ synchronisationId: row.id, state: row.state, cause: row.cause },
  startedAt: row.started_at.toISOString(),
  ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
  ...(row.version !== null && { version: Number(row.version) }),
  ...(row.problem !== null && { problem: row.problem }),
  progress: toListProgress(row.progress, row.state),
  ...(row.changes && { changes: row.changes }),
});
