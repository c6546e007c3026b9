// What a code looks like, by its groups and never by a place in the text. It tells people and lists what they see: where a
// code leads is a matter of the directory alone. Source: units-and-codes.md §1
import { toCodeForm as toFormOfFormat } from '../../../../adapters/document-axis/edxml/unit-code.ts';
import type { CodeForm } from './types.ts';

const mostCharacters = 200;

/** What never is one code: nothing, the word `null`, several in one, spaces and control characters inside. */
const isMalformed = (code: string): boolean =>
  code.length > mostCharacters || /^(|null|undefined)$/i.test(code) || /[#,;\s\p{Cc}]/u.test(code);

/** The form of a code as it is written, letter case included. */
export const toCodeForm = (code: string): CodeForm =>
  isMalformed(code) ? 'malformed' : toFormOfFormat(code);

/** Why a malformed code is none, in both languages. */
export function toFlaw(code: string): { readonly vi: string; readonly en: string } {
  if (code.includes('#')) return { vi: 'nhiều mã nối bằng dấu #', en: 'several codes joined by #' };
  if (/^(|null|undefined)$/i.test(code)) return { vi: 'không có mã', en: 'no code at all' };
  if (code.length > mostCharacters) return { vi: 'mã dài quá 200 ký tự', en: 'longer than 200 characters' };
  return {
    vi: 'mã có dấu cách, dấu phẩy hoặc ký tự điều khiển',
    en: 'it holds spaces, commas or control characters',
  };
}
