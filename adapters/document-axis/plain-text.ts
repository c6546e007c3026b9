// Values that can stand in a header: ASCII only, since one other letter breaks the request or its signature.
// Source: document-axis.md §3.1, §9.12
import { toUnmapped } from './refusals.ts';

const mostLetters = 500;

/** A text for people in ASCII: Vietnamese without its accents, `?` for what has no such form, white space as one space. */
export function toPlainText(words: string): string {
  return words
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .slice(0, mostLetters)
    .trim();
}

/**
 * A code or an id as it is: one that is not plain ASCII cannot be sent, and is never changed into another.
 * @throws SourceError `unmapped` before anything is sent; an addressee is the caller's to correct
 */
export function toHeaderValue(name: string, value: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]{0,8190}[\x21-\x7e])?$/.test(value)) return value;
  throw toUnmapped('no-header-form', name === 'to' ? 'caller' : 'hub');
}
