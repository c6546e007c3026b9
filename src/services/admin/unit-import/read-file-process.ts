// The process in which one file is read: a hostile file can cost this process its time and memory, and nothing else.
import { readCsv } from './read-csv.ts';
import { readXlsx } from './read-xlsx.ts';
import { FileError, type FileFault, type SheetRow } from './sheet.ts';

/** What the process is told. */
export interface FileTask {
  readonly format: 'csv' | 'xlsx';
  readonly bytes: Uint8Array;
}

/** What it says. */
export type FileReading = { readonly rows: readonly SheetRow[] } | { readonly fault: FileFault };

function read({ format, bytes }: FileTask): FileReading {
  try {
    return { rows: format === 'csv' ? readCsv(bytes) : readXlsx(Buffer.from(bytes)) };
  } catch (error) {
    if (error instanceof FileError) return { fault: error.fault };
    throw error;
  }
}

// The parent sends one task; `advanced` serialisation keeps its bytes as they are.
process.once('message', (task: FileTask) => process.send?.(read(task), () => process.disconnect()));
