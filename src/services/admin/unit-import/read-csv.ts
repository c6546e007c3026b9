// Reads CSV: UTF-8 with or without a byte order mark, comma, semicolon or tab, quoted cells, any line ends. Source: RFC 4180.
import { parse } from 'csv-parse/sync';
import { createSheet, FileError, type SheetRow, sheetLimits, toTextCell } from './sheet.ts';

const delimiters = [',', ';', '\t'] as const;
const recordBytes = 100_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The delimiter that the headings have most of, outside quotes. */
function findDelimiter(text: string): string {
  const [headings = ''] = text
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/[\r\n]/, 1);
  const count = (delimiter: string) => headings.split(delimiter).length;
  return [...delimiters].sort((a, b) => count(b) - count(a))[0] ?? ',';
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new FileError('not-utf8', error);
  }
}

/** The rows that hold something. @throws FileError */
export function readCsv(bytes: Uint8Array): readonly SheetRow[] {
  const text = decode(bytes);
  if (text.includes('\0')) throw new FileError('not-utf8');
  const sheet = createSheet();
  let number = 0;
  try {
    // Programs leave empty lines at the end, sometimes a million.
    parse(text.trimEnd(), {
      delimiter: findDelimiter(text.slice(0, recordBytes)),
      relax_column_count: true,
      max_record_size: recordBytes,
      on_record: (record: readonly string[]) => {
        number += 1;
        if (number > sheetLimits.lines) throw new FileError('too-many-rows');
        sheet.add(number, record.map(toTextCell));
        return null;
      },
    });
  } catch (error) {
    throw error instanceof FileError ? error : new FileError('not-csv', error);
  }
  return sheet.rows;
}
