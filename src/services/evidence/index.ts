// The evidence service, put together from its parts.
import type { Pool } from 'pg';
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import type { Handlers } from '../service.ts';
import { createExchanges } from './exchanges.ts';
import type { ExplainedOperation } from './explanation.ts';
import { createSourceCalls } from './source-calls.ts';

/** What the evidence service is made of. */
export interface EvidenceServiceParts {
  readonly pool: Pool;
  readonly reader: EvidenceReader;
  /** By its name, `<service>/<operationId>`. */
  readonly findOperation: (name: string) => ExplainedOperation | undefined;
}

/** Handlers of `evidence.v1`. */
export const createEvidenceService = ({
  pool,
  reader,
  findOperation,
}: EvidenceServiceParts): Handlers<operations> => ({
  ...createExchanges(reader, findOperation),
  ...createSourceCalls(pool),
});
