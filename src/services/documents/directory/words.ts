// Names and codes as people type them, for search and display only: nothing that is sent or stored passes through here.

/**
 * Lower case without diacritics, one apostrophe, single spaces. Source: units-and-codes.md §4.1, §6.8
 */
export const toSearchText = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[’ʼ‘]/g, "'")
    .replace(/\s+/g, ' ')
    .trim();

/** A name of the axis for display: NFC, single spaces. */
export const toDisplayName = (name: string): string => name.normalize('NFC').replace(/\s+/g, ' ').trim();

/** A LIKE pattern that finds the text anywhere. */
export const toPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
