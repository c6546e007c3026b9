// What a code looks like, by its groups and never by a place in the text. It tells people and lists what they see: where a
// code leads is a matter of the directory alone. Source: units-and-codes.md §1
import type { CodeForm } from './types.ts';

const mostCharacters = 200;
const level1 = /^[A-Z]\d{2}$/;
/** Source: QĐ 20/2020/QĐ-TTg: groups of digits and A–Z, at most 35 characters. */
const qd20 = /^[A-Z]\d{2}(\.[0-9A-Z]+)*$/;
const mostQd20 = 35;
/** Source: QCVN 102:2016: three, two and two digits before level 1. */
const old = /^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}$/;
const oldShort = /^(\d{2}\.){1,2}[A-Z]\d{2}$/;

/** What never is one code: nothing, the word `null`, several in one, spaces and control characters inside. */
const isMalformed = (code: string): boolean =>
  code.length > mostCharacters || /^(|null|undefined)$/i.test(code) || /[#,;\s\p{Cc}]/u.test(code);

/** The connecting centres of the axis have W at level 1. */
const isCentre = (groups: readonly string[]): boolean =>
  [groups[0], groups.at(-1)].some((group) => group?.startsWith('W') && level1.test(group));

/** The form of a code as it is written, letter case included. */
export function toCodeForm(code: string): CodeForm {
  if (isMalformed(code)) return 'malformed';
  if (isCentre(code.split('.'))) return 'system';
  if (qd20.test(code) && code.length <= mostQd20) return 'qd20';
  if (old.test(code)) return 'old';
  if (oldShort.test(code)) return 'old-short';
  return 'opaque';
}

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
