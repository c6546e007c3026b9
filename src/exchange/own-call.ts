// Calls that the hub makes to a source by itself, as exchanges: opened before the first byte leaves, closed with what came.
import { v7 as uuidv7 } from 'uuid';
import { SourceError, type SourceTrace } from '../../adapters/adapter.ts';
import type { EvidenceLog, PrivateFacts } from '../evidence/types.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { toSourceProblem } from './dispatch.ts';

/** What came of such calls. */
export interface Called<T> {
  readonly value: T;
  /** A word or two, e.g. `document 12`. */
  readonly result: string;
  readonly sources?: readonly SourceTrace[];
}

/** What is called, and about what. */
export interface OwnCall {
  /** E.g. `documents.v1`. */
  readonly service: string;
  /** E.g. `pollAxis`. */
  readonly operation: string;
  /** Sealed in each of its entries. */
  readonly about?: Pick<PrivateFacts, 'caseCode'>;
}

const toCode = (error: unknown): ProblemCode =>
  error instanceof SourceError ? toSourceProblem(error).code : 'internal-error';

/**
 * Makes calls as one exchange without a caller.
 * @param work is given the exchange's id, the request code of its calls, and whom to tell of each request that left, unless
 *   it names them itself in the end
 * @throws RecordError when it cannot be recorded: then nothing is sent; what `work` throws
 */
export async function recordOwnCall<T>(
  { log }: { readonly log: Pick<EvidenceLog, 'open' | 'close'> },
  { service, operation, about = {} }: OwnCall,
  work: (exchangeId: string, onTrace: (trace: SourceTrace) => void) => Promise<Called<T>>,
): Promise<T> {
  const exchangeId = uuidv7();
  const nobody = { systemId: null, owningUnit: null, actingUnit: null, grantId: null };
  const opened = await log.open({ facts: { ...nobody, exchangeId, service, operation }, private: about });
  const traces: SourceTrace[] = [];
  try {
    const { value, result, sources = [] } = await work(exchangeId, (trace) => traces.push(trace));
    const all = [...traces, ...sources];
    const told = { ...about, result, ...(all.length > 0 && { sources: all }) };
    await log.close(opened, { outcome: 'answered', status: 200, private: told });
    return value;
  } catch (error) {
    if (traces.length === 0 && error instanceof SourceError && error.trace) traces.push(error.trace);
    const told = { ...about, ...(traces.length > 0 && { sources: traces }) };
    // What is left open is found unknown, and resolved, by the log itself.
    await log
      .close(opened, { outcome: 'problem', status: 502, problem: toCode(error), private: told })
      .catch(() => undefined);
    throw error;
  }
}
