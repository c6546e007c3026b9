// The administration service: the registry's rows, changed through the request path like everything else, so that no
// change skips right or evidence.
import type { Pool } from 'pg';
import type { Contract } from '../../contracts/contract.ts';
import { createChanges } from './change.ts';
import { createProposalHandlers } from './decisions.ts';
import { createGrantApply, createGrantHandlers } from './grants.ts';
import { createMandateApply, createMandateHandlers } from './mandates.ts';
import { toPublished } from './published.ts';
import { createUnitHandlers } from './units.ts';

/** What administration stands on. */
export interface AdminDependencies {
  /** The hub's own role, for reading. */
  readonly pool: Pool;
  /** The owner's role, which alone may write the registry. */
  readonly owner: Pool;
  /** Of every published service: rights are about their operations. */
  readonly contracts: readonly Contract[];
  /** `sandbox`, `test` or `production`. */
  readonly environment: string;
}

/** Handlers of `admin.v1`. */
export function createAdminService({ pool, owner, contracts, environment }: AdminDependencies) {
  const change = createChanges(owner);
  const published = toPublished(contracts);
  const applyGrant = createGrantApply({ published, environment });
  const applyMandate = createMandateApply(published);
  return {
    ...createUnitHandlers(pool, change),
    ...createMandateHandlers(pool, change, applyMandate),
    ...createGrantHandlers(pool, change, applyGrant),
    ...createProposalHandlers(pool, change, {
      grant: { apply: applyGrant },
      mandate: { apply: applyMandate },
    }),
  };
}
