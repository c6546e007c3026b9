// What an operation comes to, before a face words it; and the table of refusals. Source: document-axis.md §3.2, §3.3.
import type { Message } from './queues.ts';

/** Codes of a refusal that the mock gives of itself. */
export const refusalTexts = {
  '10': 'Tep tin khong hop le',
  '15': 'Sai SystemId hoac SecretKey',
  '18': 'Don vi nhan khong ton tai',
  '19': 'Don vi gui chua dang ky',
  '20': 'Loi he thong',
  '21': 'Loi xu ly tep tin',
  '22': 'Sai dinh dang edXML',
  '23': 'Don vi nhan da bi khoa',
} as const;

/** A code of the table. */
export type RefusalCode = keyof typeof refusalTexts;

/** The end of an operation. */
export type Outcome =
  | { readonly is: 'done'; readonly fields: Readonly<Record<string, string | number>> }
  /** Rows are written one by one; they may be many. */
  | { readonly is: 'rows'; readonly rows: Iterable<object> }
  | { readonly is: 'content'; readonly message: Message; readonly isRaw: boolean }
  | Refusal;

/** The axis says FAIL. */
export interface Refusal {
  readonly is: 'refused';
  readonly code: string;
  readonly reason: string;
}

/** A refusal; `detail` is put behind the text of the code. */
export function refuse(code: string, detail = ''): Refusal {
  const texts: Readonly<Record<string, string>> = refusalTexts;
  const reason = [texts[code] ?? 'Loi', detail].filter((text) => text !== '').join(': ');
  return { is: 'refused', code, reason };
}

/** Success with some members. */
export function done(fields: Readonly<Record<string, string | number>> = {}): Outcome {
  return { is: 'done', fields };
}
