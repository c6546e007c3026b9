// What a call comes to, before it is written as JSON.
import type { ErrorCodes, Settings } from './config.ts';

/** The end of one call. */
export interface Outcome {
  /** 0 is success. */
  readonly code: number;
  readonly message: string;
  readonly session?: string;
  /** A list is written row by row; it may be long. */
  readonly result?: Iterable<object> | Readonly<Record<string, unknown>>;
  /** Rows of the whole dictionary, when the answer is a page of it. */
  readonly page?: { readonly total: number; readonly pageIndex: number; readonly pageSize: number };
}

/** A refusal of a kind; the text says "không thành công" as real ones do. */
export function refuse({ codes }: Pick<Settings, 'codes'>, kind: keyof ErrorCodes, reason: string): Outcome {
  return { code: codes[kind], message: `Thực hiện không thành công: ${reason}` };
}

/** Success with a result. */
export function done(result?: Outcome['result'], message = 'Thực hiện thành công'): Outcome {
  return { code: 0, message, ...(result && { result }) };
}
