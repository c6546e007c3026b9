// Calls that the hub makes to the axis by itself, as exchanges of the service of documents.
import { recordOwnCall } from '../../../exchange/own-call.ts';
import type { DocumentRooms } from '../dependencies.ts';

/**
 * Makes calls as one exchange without a caller.
 * @param operation e.g. `pollAxis`
 * @param work as of `recordOwnCall`
 * @throws RecordError when it cannot be recorded: then nothing is sent; what `work` throws
 */
export const recorded = <T>(
  { log }: Pick<DocumentRooms, 'log'>,
  operation: string,
  work: Parameters<typeof recordOwnCall<T>>[2],
): Promise<T> => recordOwnCall({ log }, { service: 'documents.v1', operation }, work);
