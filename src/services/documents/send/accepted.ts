// The answer to those who send, as the contract says it.
import type { components } from '../../../../openapi/types/documents.v1.ts';

/** The answer of the contract. */
export type Accepted = components['schemas']['Accepted'];
