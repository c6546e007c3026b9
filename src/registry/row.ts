// Reads the columns of one stored row; what does not fit is an error that names the table and the row, never its value.

/** One row as the driver gives it, and where it came from. */
export interface Row {
  readonly table: string;
  readonly id: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** A stored row that this version of the hub cannot read: a matter for its operators, not for a retry. */
export class UnreadableRow extends Error {
  constructor(row: Row, what: string, cause?: unknown) {
    super(`registry row ${row.table} ${row.id}: ${what}`, cause === undefined ? undefined : { cause });
    this.name = 'UnreadableRow';
  }
}

/** A text column. @throws UnreadableRow */
export function toText(row: Row, column: string): string {
  const value = row.columns[column];
  if (typeof value !== 'string') throw new UnreadableRow(row, `${column} is not text`);
  return value;
}

/** A text column that may be null. @throws UnreadableRow */
export function toOptionalText(row: Row, column: string): string | undefined {
  return row.columns[column] === null ? undefined : toText(row, column);
}

/** A text[] column. @throws UnreadableRow */
export function toTexts(row: Row, column: string): readonly string[] {
  const value = row.columns[column];
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string'))
    throw new UnreadableRow(row, `${column} is not a list of texts`);
  return value;
}

/** An integer column. @throws UnreadableRow */
export function toInteger(row: Row, column: string): number {
  const value = row.columns[column];
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new UnreadableRow(row, `${column} is not an integer`);
  return value;
}

/** A boolean column. @throws UnreadableRow */
export function toBoolean(row: Row, column: string): boolean {
  const value = row.columns[column];
  if (typeof value !== 'boolean') throw new UnreadableRow(row, `${column} is not true or false`);
  return value;
}

/** A timestamptz column. @throws UnreadableRow */
export function toInstant(row: Row, column: string): Date {
  const value = row.columns[column];
  if (!(value instanceof Date) || Number.isNaN(value.getTime()))
    throw new UnreadableRow(row, `${column} is not an instant`);
  return value;
}

/** A timestamptz column that may be null. @throws UnreadableRow */
export function toOptionalInstant(row: Row, column: string): Date | undefined {
  return row.columns[column] === null ? undefined : toInstant(row, column);
}

/** A bytea column. @throws UnreadableRow */
export function toBytes(row: Row, column: string): Buffer {
  const value = row.columns[column];
  if (!Buffer.isBuffer(value)) throw new UnreadableRow(row, `${column} is not bytes`);
  return value;
}

/** A column that holds one of a few values. @throws UnreadableRow */
export function toOneOf<T extends string | number>(row: Row, column: string, known: readonly T[]): T {
  const value = known.find((one) => one === row.columns[column]);
  if (value === undefined) throw new UnreadableRow(row, `${column} has a value that is not known here`);
  return value;
}
