// Calls that the hub makes to the axis by itself, as exchanges of the service of documents.
import { type Called, recordCall } from '../../../exchange/recorded.ts';
import type { DocumentRooms } from '../dependencies.ts';

/** Makes calls as one exchange without a caller; see `recordCall`. @param operation e.g. `pollAxis` */
export const recorded = <T>(
  { log }: Pick<DocumentRooms, 'log'>,
  operation: string,
  work: (exchangeId: string) => Promise<Called<T>>,
): Promise<T> => recordCall(log, { service: 'documents.v1', operation }, work);
