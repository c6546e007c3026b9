// The evidence service, put together from its parts.
import type { operations } from '../../../openapi/types/evidence.v1.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import type { Handlers } from '../service.ts';
import { createExchanges } from './exchanges.ts';
import type { ExplainedOperation } from './explanation.ts';
import type { Exports } from './exports/index.ts';

/** What the evidence service is made of. */
export interface EvidenceServiceParts {
  readonly reader: EvidenceReader;
  /** By its name, `<service>/<operationId>`. */
  readonly findOperation: (name: string) => ExplainedOperation | undefined;
  readonly exports: Pick<Exports, 'handlers'>;
}

/** Handlers of `evidence.v1`. */
export const createEvidenceService = ({
  reader,
  findOperation,
  exports,
}: EvidenceServiceParts): Handlers<operations> => ({
  ...createExchanges(reader, findOperation),
  ...exports.handlers,
});
