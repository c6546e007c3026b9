// Names and numbers as they go to the population database and as they come back.

/** The two forms in which a name may be sent. Source: population-database.md §3 (what the source itself does is unknown). */
export type NameForm = 'upper' | 'asGiven';

/** Unicode NFC, without spaces at the ends or doubled within. */
export function toTidyText(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

/**
 * A name as it is sent: NFC, with all its diacritics and spaces, in Vietnamese upper case unless set otherwise.
 * Source: population-database.md §10.3
 */
export function toWireName(name: string, form: NameForm): string {
  const tidy = toTidyText(name);
  return form === 'upper' ? tidy.toLocaleUpperCase('vi').normalize('NFC') : tidy;
}

/** Which element a number goes into: 12 digits `SoDinhDanh`, 9 digits `SoCMND`. Source: population-database.md §3 */
export function toNumberElement(number: string): 'SoDinhDanh' | 'SoCMND' {
  if (/^\d{12}$/.test(number)) return 'SoDinhDanh';
  if (/^\d{9}$/.test(number)) return 'SoCMND';
  throw new TypeError('an identity number has 9 or 12 digits');
}
