// Calls that the hub makes to a source by itself, as exchanges: opened before the first byte leaves, closed with what came.
import { v7 as uuidv7 } from 'uuid';
import { SourceError, type SourceTrace } from '../../adapters/adapter.ts';
import type { EvidenceLog } from '../evidence/types.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { toSourceProblem } from './dispatch.ts';

/** What came of such calls. */
export interface Called<T> {
  readonly value: T;
  /** A word or two, e.g. `document 12`. */
  readonly result: string;
  readonly sources?: readonly SourceTrace[];
}

const toCode = (error: unknown): ProblemCode =>
  error instanceof SourceError ? toSourceProblem(error).code : 'internal-error';

/**
 * Makes calls as one exchange without a caller.
 * @param service e.g. `documents.v1`
 * @param operation e.g. `pollAxis`
 * @param work is given the exchange's id, the request code of its calls
 * @throws RecordError when it cannot be recorded: then nothing is sent; what `work` throws
 */
export async function recordCall<T>(
  log: Pick<EvidenceLog, 'open' | 'close'>,
  { service, operation }: { readonly service: string; readonly operation: string },
  work: (exchangeId: string) => Promise<Called<T>>,
): Promise<T> {
  const exchangeId = uuidv7();
  const nobody = { systemId: null, owningUnit: null, actingUnit: null, grantId: null };
  const opened = await log.open({ facts: { ...nobody, exchangeId, service, operation }, private: {} });
  try {
    const { value, result, sources } = await work(exchangeId);
    const told = { result, ...(sources && { sources }) };
    await log.close(opened, { outcome: 'answered', status: 200, private: told });
    return value;
  } catch (error) {
    const sources = error instanceof SourceError && error.trace ? [error.trace] : undefined;
    const problem = toCode(error);
    // What is left open is found unknown, and resolved, by the log itself.
    await log
      .close(opened, { outcome: 'problem', status: 502, problem, private: { ...(sources && { sources }) } })
      .catch(() => undefined);
    throw error;
  }
}
