// A call that brings records: one or many, each taken or refused by itself, and what the whole call then answers.
// Source: public-service-portal.md §10.5, §10.6.
import type { Done } from './call.ts';
import type { ErrorCodes, Settings } from './config.ts';
import { type Fields, toRecords } from './fields.ts';
import type { Noted, RecordKind } from './journal.ts';
import { refuse } from './outcome.ts';

/** Why a record is not taken. */
export interface Refusal {
  readonly kind: keyof ErrorCodes;
  /** Vietnamese; names fields, repeats no value. */
  readonly reason: string;
}

/** What is done with each record. */
export interface Handling {
  readonly kind: RecordKind;
  /** Member that names a record in the answer. */
  readonly key: string;
  readonly most: number;
  readonly thanks: string;
  readonly toCode: (fields: Fields) => string;
  /** Takes a record, or says why not. */
  readonly take: (fields: Fields, code: string) => Refusal | undefined;
}

const codeMost = 80;

/** Takes the records of a call one by one, in their order. */
export function takeRecords(data: unknown, handling: Handling, settings: Settings): Done {
  const { kind, key, most, thanks, toCode, take } = handling;
  const records = toRecords(data);
  if (records === undefined || records.length === 0)
    return { outcome: refuse(settings, 'general', 'dữ liệu phải là danh sách và không được rỗng') };
  if (records.length > most)
    return { outcome: refuse(settings, 'general', `mỗi lần gửi không quá ${most} bản ghi`) };
  const noted: Noted[] = [];
  const results: { code: number; message: string; name: string }[] = [];
  for (const fields of records) {
    const name = toCode(fields).slice(0, codeMost);
    const refusal = take(fields, name);
    const { code, message } = refusal
      ? refuse(settings, refusal.kind, refusal.reason)
      : { code: 0, message: thanks };
    noted.push({ kind, code: name, ...(refusal ? { refused: code, reason: refusal.reason } : { fields }) });
    results.push({ code, message, name });
  }
  const result = results.map(({ code, message, name }) => ({ [key]: name, error_code: code, message }));
  return { outcome: { ...toWhole(results, thanks, settings), result }, records: noted };
}

function toWhole(
  results: readonly { readonly code: number; readonly message: string }[],
  thanks: string,
  settings: Settings,
): { readonly code: number; readonly message: string } {
  const [only, ...more] = results;
  if (only && more.length === 0) return { code: only.code, message: only.message };
  const failed = results.filter(({ code }) => code !== 0).length;
  if (failed === 0) return { code: 0, message: thanks };
  const text = `${failed}/${results.length} bản ghi không hợp lệ`;
  return settings.batchFailure === 'zero' ? { code: 0, message: text } : refuse(settings, 'general', text);
}
