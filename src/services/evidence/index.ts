// The evidence service, put together from its parts.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import type { Keys } from '../../keys.ts';
import type { Handlers } from '../service.ts';
import type { AuditRules } from './audit-rules.ts';
import { createExchanges } from './exchanges.ts';
import type { ExplainedOperation } from './explanation.ts';
import { createHoldHandlers } from './holds.ts';
import { createPersonHandlers } from './persons.ts';
import { createRetentionHandlers } from './retention.ts';
import { createUnusualHandlers } from './unusual.ts';

/** What the evidence service is made of. */
export interface EvidenceServiceParts {
  readonly pool: Pool;
  /** The database as its owner. */
  readonly owner: Pool;
  readonly keys: Keys;
  readonly now: () => Date;
  readonly rules: AuditRules;
  readonly reader: EvidenceReader;
  /** By its name, `<service>/<operationId>`. */
  readonly findOperation: (name: string) => ExplainedOperation | undefined;
}

/** Handlers of `evidence.v1`. */
export const createEvidenceService = (parts: EvidenceServiceParts): Handlers<operations> => ({
  ...createExchanges(parts.reader, parts.findOperation),
  ...createRetentionHandlers(parts),
  ...createHoldHandlers(parts),
  ...createPersonHandlers(parts),
  ...createUnusualHandlers(parts),
});
