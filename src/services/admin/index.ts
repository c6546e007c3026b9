// The administration service: the registry's rows, changed through the request path like everything else, so that no
// change skips right or evidence.
import type { Pool } from 'pg';
import type { CredentialTester } from '../../../adapters/adapter.ts';
import type { operations } from '../../../openapi/types/admin.v1.ts';
import type { Contract } from '../../contracts/contract.ts';
import type { DeliveryEngine } from '../../delivery/types.ts';
import type { Keys } from '../../keys.ts';
import type { Handlers } from '../service.ts';
import { createChanges } from './change.ts';
import { createChangeHandlers } from './changes.ts';
import { createProposalHandlers } from './decisions.ts';
import { createGrantApply, createGrantHandlers } from './grants.ts';
import { createKeyHandlers, keyApplier } from './keys.ts';
import { createMandateApply, createMandateHandlers } from './mandates.ts';
import { createOfficerHandlers } from './officers.ts';
import { toPublished } from './published.ts';
import { createQuarantineApply, createQuarantineHandlers } from './quarantine.ts';
import { createServiceHandlers } from './services.ts';
import { createCredentialApplier } from './source-credentials/apply.ts';
import { createCredentialHandlers } from './source-credentials/index.ts';
import { createTestCall } from './source-credentials/test-call.ts';
import { createSourceHandlers } from './sources.ts';
import { createSystemHandlers } from './systems.ts';
import { createTokenRevocationHandlers } from './token-revocations.ts';
import { createUnitImportHandlers } from './unit-import/index.ts';
import { createUnitHandlers } from './units.ts';

/** What administration stands on. */
export interface AdminDependencies {
  /** The hub's own role, for reading. */
  readonly pool: Pool;
  /** The role that alone may write the registry. */
  readonly registryPool: Pool;
  readonly keys: Pick<Keys, 'field'>;
  /** Of every published service: rights are about their operations. */
  readonly contracts: readonly Contract[];
  /** `sandbox`, `test` or `production`. */
  readonly environment: string;
  /** Names of the sources that this hub speaks to. */
  readonly sources: readonly string[];
  /** The adapters of the sources that tell accounts apart, by source. */
  readonly testers: Readonly<Record<string, CredentialTester>>;
  /** Moves what quarantine holds back. */
  readonly engine: Pick<DeliveryEngine, 'release' | 'abandonHeld'>;
}

/** Handlers of `admin.v1`. */
export function createAdminService(d: AdminDependencies): Handlers<operations> {
  const { pool, registryPool, contracts, environment } = d;
  const change = createChanges(registryPool);
  const published = toPublished(contracts);
  const applyGrant = createGrantApply({ published, environment });
  const applyMandate = createMandateApply(published);
  const fieldKey = d.keys.field;
  const test = createTestCall({ registryPool, fieldKey, testers: d.testers });
  return {
    ...createUnitHandlers(pool, change),
    ...createUnitImportHandlers(pool, registryPool, change),
    ...createSystemHandlers(pool, change),
    ...createKeyHandlers(pool, change),
    ...createTokenRevocationHandlers(pool, change),
    ...createOfficerHandlers(pool, change, d.keys),
    ...createServiceHandlers(pool, change, new Set(contracts.map(({ service }) => service))),
    ...createSourceHandlers(pool, change, d.sources),
    ...createMandateHandlers(pool, change, applyMandate),
    ...createGrantHandlers(pool, change, applyGrant),
    ...createCredentialHandlers({ pool, change, test, fieldKey, sources: Object.keys(d.testers) }),
    ...createQuarantineHandlers(pool, change, d.engine),
    ...createProposalHandlers(pool, change, {
      grant: { apply: applyGrant },
      mandate: { apply: applyMandate },
      key: keyApplier,
      'source-credential': createCredentialApplier(pool, test),
      'quarantine-release': { apply: createQuarantineApply(d.engine) },
    }),
    ...createChangeHandlers(pool),
  };
}
