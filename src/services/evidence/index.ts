// The evidence service, put together from its parts.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import type { Search } from '../../evidence/search/search.ts';
import type { Keys } from '../../keys.ts';
import type { Registry } from '../../registry/types.ts';
import type { Handlers } from '../service.ts';
import type { AuditRules } from './audit-rules.ts';
import { createExchanges } from './exchanges.ts';
import type { ExplainedOperation } from './explanation.ts';
import type { Exports } from './exports/index.ts';
import { createFigures } from './figures.ts';
import { createHoldHandlers } from './holds.ts';
import { createPersonHandlers } from './persons.ts';
import { createRetentionHandlers } from './retention.ts';
import { createSearchHandlers } from './search.ts';
import { createSourceCalls } from './source-calls.ts';
import { createTimeline } from './timeline.ts';
import { createUnusualHandlers } from './unusual.ts';
import type { FindProvided } from './visibility.ts';

/** What the evidence service is made of. */
export interface EvidenceServiceParts {
  readonly pool: Pool;
  /** The database as who writes the registry, and as who purges. */
  readonly registryPool: Pool;
  readonly retentionPool: Pool;
  readonly keys: Keys;
  readonly now: () => Date;
  readonly rules: AuditRules;
  readonly reader: EvidenceReader;
  readonly search: Search;
  readonly registry: Registry;
  /** By its name, `<service>/<operationId>`. */
  readonly findOperation: (name: string) => ExplainedOperation | undefined;
  readonly exports: Pick<Exports, 'handlers'>;
  /** Names of all services. */
  readonly services: () => readonly string[];
}

/** Handlers of `evidence.v1`. */
export function createEvidenceService(parts: EvidenceServiceParts): Handlers<operations> {
  const { pool, reader, search, registry, findOperation, services } = parts;
  const findProvided: FindProvided = (unitId) =>
    services().filter((id) => registry.current.service(id)?.provider === unitId);
  return {
    ...createExchanges(reader, findOperation, findProvided),
    ...createSearchHandlers(search, () => registry.current, findProvided),
    ...createTimeline(reader, search, findProvided),
    ...createFigures(search),
    ...createSourceCalls(pool),
    ...createRetentionHandlers(parts),
    ...createHoldHandlers(parts),
    ...createPersonHandlers(parts),
    ...createUnusualHandlers(parts),
    ...parts.exports.handlers,
  };
}
