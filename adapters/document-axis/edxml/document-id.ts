// How a document is named, and which documents one changes. An issuer's own DocumentId is never rebuilt.
import { formatDate } from './dates.ts';
import type { DocumentReference, EdxmlDocument } from './types.ts';

/**
 * `<issuer>,<yyyy/MM/dd>,<number>/<notation>` from a date yyyy-MM-dd. Use it only for a document that has no id yet.
 * @throws EdxmlError date, year. Source: document-axis.md §1.3, §9.7
 */
export const toDocumentId = (issuer: string, date: string, number: string, notation: string): string =>
  `${issuer},${formatDate(date, 'DocumentId')},${number}/${notation}`;

/**
 * The documents that a revocation, update or replacement is about; none for a new document. Whether they are touched is
 * a person's decision. Source: document-axis.md §1.4, §9.8
 */
export function toTargets(
  document: Pick<EdxmlDocument, 'business' | 'responseFor'>,
): readonly DocumentReference[] {
  const { type, documentId, replacements } = document.business;
  if (type === 1) return document.responseFor;
  if (type === 2) return documentId === undefined ? [] : [{ documentId }];
  return type === 3 ? replacements.map((replaced) => ({ documentId: replaced.documentId })) : [];
}
