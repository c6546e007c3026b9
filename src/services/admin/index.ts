// The administration service: the registry's rows, changed through the request path like everything else, so that no
// change skips right or evidence.
import type { Pool } from 'pg';
import { createChanges } from './change.ts';
import { createUnitImportHandlers } from './unit-import/index.ts';
import { createUnitHandlers } from './units.ts';

/** What administration stands on. */
export interface AdminDependencies {
  /** The hub's own role, for reading. */
  readonly pool: Pool;
  /** The owner's role, which alone may write the registry. */
  readonly owner: Pool;
}

/** Handlers of `admin.v1`. */
export function createAdminService({ pool, owner }: AdminDependencies) {
  const change = createChanges(owner);
  return { ...createUnitHandlers(pool, change), ...createUnitImportHandlers(pool, owner, change) };
}
