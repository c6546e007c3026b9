// What of payments lies sealed, each bound to its row. Holds no row itself. Source: 0025_payments.sql
import { openText, sealText } from '../../registry/sealed-text.ts';

/** What can be sealed of payments. */
export type SealedPart = 'payment' | 'payment url' | 'payment message' | 'payment receipt' | 'payment act';

/** @param id of the row; of a receipt its payment's, of an act its exchange's */
export const sealPart = (fieldKey: Buffer, part: SealedPart, id: string, text: string): Buffer =>
  sealText(fieldKey, `${part} ${id}`, text);

/** @throws Error when it was sealed under another key, for another row, or was altered */
export const openPart = (fieldKey: Buffer, part: SealedPart, id: string, sealed: Buffer): string =>
  openText(fieldKey, `${part} ${id}`, sealed, `the sealed ${part} of ${id} cannot be opened`);
