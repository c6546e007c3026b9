// Builds the status that a unit reports on a document, with sender and addressee the right way round.
import type { EdxmlDocument, EdxmlStatus, Organ, Staff } from './types.ts';

/** What is reported. */
export interface StatusReport {
  readonly document: Pick<EdxmlDocument, 'from' | 'documentId' | 'code' | 'promulgation'>;
  /** The receiver of the document, whoever reports. */
  readonly receiver: Organ;
  /** Two digits of `statusCodes`. */
  readonly statusCode: string;
  /** Needed for 02, 13, 16. */
  readonly description?: string | undefined;
  readonly staff?: Staff | undefined;
  readonly at: Date;
}

/**
 * For 13 (asked back) the document's sender reports to its receiver, else the receiver to the sender; the document is
 * always named by its issuer's DocumentId. `writeStatus` checks code and reason. Source: document-axis.md §2.1, §9.9
 */
export function toStatus({
  document,
  receiver,
  statusCode,
  description,
  staff,
  at,
}: StatusReport): EdxmlStatus {
  const isAskedBack = statusCode === '13';
  const { number, notation } = document.code;
  return {
    kind: 'status',
    from: isAskedBack ? document.from : receiver,
    responseFor: {
      organId: isAskedBack ? receiver.organId : document.from.organId,
      code: `${number}/${notation}`,
      documentId: document.documentId,
      promulgationDate: document.promulgation.date,
    },
    statusCode,
    timestamp: at.toISOString(),
    trace: [],
    ...(staff === undefined ? {} : { staff }),
    ...(description === undefined ? {} : { description }),
  };
}
