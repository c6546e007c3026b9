// Calls that the hub makes to the axis by itself, as exchanges of the service of documents.
import { type Called, recordOwnCall } from '../../../exchange/own-call.ts';
import type { DocumentRooms } from '../dependencies.ts';

/**
 * Makes calls as one exchange without a caller.
 * @param operation e.g. `pollAxis`
 * @param work is given the exchange's id, the request code of its calls
 * @throws RecordError when it cannot be recorded: then nothing is sent; what `work` throws
 */
export const recorded = <T>(
  { log }: Pick<DocumentRooms, 'log'>,
  operation: string,
  work: (exchangeId: string) => Promise<Called<T>>,
): Promise<T> => recordOwnCall({ log }, { service: 'documents.v1', operation }, work);
