// What is said of a cell, in Vietnamese and English. A remark may show the cell's own text, shortened.
import { type Column, toHeading } from './columns.ts';

/** An error or a note of a row, as the contract shows it. */
export interface Remark {
  column: string;
  vi: string;
  en: string;
}

const longestQuote = 60;

/** The text in quotation marks, shortened. */
export const quote = (text: string): string =>
  `“${text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text}”`;

/** A remark on a column, named by its Vietnamese heading. */
export const toRemark = (column: Column, vi: string, en: string): Remark => ({
  column: toHeading(column),
  vi,
  en,
});
