// What the portal's error codes mean. The full list is not known: which code means what is configuration, and what no list
// names is never guessed from a message. Source: public-service-portal.md §1.1, §7, §9, §11.3
import type { PortalSettings } from './settings.ts';

/** What a code that is in one of the lists means. */
export type Meaning = 'exists' | 'unknown' | 'procedure' | 'transition' | 'invalid' | 'unit';

/**
 * One spelling for each code: `0`, `"0"` and `"00"` are `0`, `"03"` is `3`.
 * @returns undefined when it is no code
 */
export function toErrorCode(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  if (/^[+-]?\d{1,9}$/.test(text)) return String(Number(text) + 0);
  return /^[\w.-]{1,40}$/.test(text) ? text : undefined;
}

/** The meaning of a code; undefined when no list names it. */
export function toMeaning(code: string, { codes }: Pick<PortalSettings, 'codes'>): Meaning | undefined {
  const meanings: readonly Meaning[] = ['exists', 'unknown', 'procedure', 'transition', 'invalid', 'unit'];
  return meanings.find((meaning) => codes[meaning].includes(code));
}
