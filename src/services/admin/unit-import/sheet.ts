// A table read from a file, whatever the file was: rows of cells as text. Nothing in a file is ever computed.

/** Most of everything that is taken; a file beyond is refused, not cut. */
export const sheetLimits = {
  /** Rows that hold something, below the headings. */
  rows: 2_000,
  /** Lines of a CSV file before the last that holds something: empty ones take time too. */
  lines: 20_000,
  /** Cells of a row. */
  columns: 40,
  /** All parts of an XLSX file together, unpacked. */
  unpackedBytes: 20 * 1024 * 1024,
  /** Parts of an XLSX file. */
  parts: 500,
} as const;

/** One cell. A formula of a spreadsheet stands here as the value that was last seen in it. */
export interface Cell {
  readonly text: string;
  readonly form: 'text' | 'number' | 'date' | 'error';
  readonly isFormula: boolean;
}

/** A row that holds something. */
export interface SheetRow {
  /** As the program shows it that the file is made with; the first is 1. */
  readonly number: number;
  readonly cells: readonly Cell[];
}

/** Why a file cannot be read at all. */
export type FileFault =
  | 'not-utf8'
  | 'not-csv'
  | 'not-xlsx'
  | 'encrypted'
  | 'too-many-rows'
  | 'too-many-columns'
  | 'too-large'
  | 'too-slow';

/** A file that cannot be read. */
export class FileError extends Error {
  readonly fault: FileFault;
  constructor(fault: FileFault, cause?: unknown) {
    super(fault, { cause });
    this.name = 'FileError';
    this.fault = fault;
  }
}

/** A cell of plain text. */
export const toTextCell = (text: string): Cell => ({ text, form: 'text', isFormula: false });

const isBlank = ({ text }: Cell): boolean => text.trim() === '';

/** Collects rows within the limits; those that hold nothing are left out. */
export function createSheet() {
  const rows: SheetRow[] = [];
  return {
    rows,
    /** @throws FileError too-many-rows | too-many-columns */
    add(number: number, cells: readonly Cell[]): void {
      const used = cells.findLastIndex((cell) => !isBlank(cell)) + 1;
      if (used === 0) return;
      if (used > sheetLimits.columns) throw new FileError('too-many-columns');
      if (rows.length > sheetLimits.rows) throw new FileError('too-many-rows');
      rows.push({ number, cells: cells.slice(0, used) });
    },
  };
}
