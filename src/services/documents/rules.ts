// What a province decides about documents, over defaults: limits, words of secrecy, the form of what is written.
import { StartError } from '../../database/start-error.ts';

/** Rules of the service `documents.v1`; SETTINGS_FILE `limits` › `documents.v1` holds those that differ. */
export interface DocumentRules {
  /** Largest plain attachment, bytes. */
  readonly attachmentBytes: number;
  /** Largest uploaded attachment, bytes. */
  readonly uploadBytes: number;
  /** Largest message, bytes of edXML. */
  readonly messageBytes: number;
  readonly receivers: number;
  readonly attachments: number;
  /** Open dispatches of one unit on one route. */
  readonly queue: number;
  /** Words that mark a state secret wherever they stand; compared without diacritics in a text that has none. */
  readonly secretWords: readonly string[];
  /** Parts of a number or notation that mark one, lower case. */
  readonly secretNotations: readonly string[];
  /** Whom a sender of a secret document is sent to, in Vietnamese and English. */
  readonly secrecyContact: { readonly vi: string; readonly en: string };
  /** A status about a document that is not here is looked for again for so many hours. */
  readonly orphanHours: number;
  /** What a document says is kept for so many days, and longer where a receiver has still to deal with it. */
  readonly keepDays: number;
}

/** What holds where nothing is said. */
export const defaultDocumentRules: DocumentRules = {
  attachmentBytes: 50 * 2 ** 20,
  uploadBytes: 2 ** 30,
  messageBytes: 1536 * 2 ** 20,
  receivers: 500,
  attachments: 50,
  queue: 10_000,
  secretWords: ['tối mật', 'tuyệt mật'],
  secretNotations: ['m', 'mật', 'mat', 'toimat', 'tuyetmat'],
  secrecyContact: {
    vi: 'bộ phận bảo vệ bí mật nhà nước của cơ quan',
    en: "your office's officer for the protection of state secrets",
  },
  orphanHours: 72,
  keepDays: 180,
};

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string' && word !== '');

const isBilingual = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'vi' in value &&
  'en' in value &&
  typeof value.vi === 'string' &&
  typeof value.en === 'string';

function isFit(name: keyof DocumentRules, value: unknown): boolean {
  const known = defaultDocumentRules[name];
  if (typeof known === 'number') return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
  return Array.isArray(known) ? isWords(value) : isBilingual(value);
}

const isName = (name: string): name is keyof DocumentRules => name in defaultDocumentRules;

/**
 * Reads the rules that differ from the defaults.
 * @throws StartError naming every member that is not known or does not fit
 */
export function parseDocumentRules(json: unknown): DocumentRules {
  if (json === undefined) return defaultDocumentRules;
  if (typeof json !== 'object' || json === null)
    throw new StartError('limits of documents.v1 must be an object');
  const mistakes = Object.entries(json)
    .filter(([name, value]) => !isName(name) || !isFit(name, value))
    .map(([name]) => name);
  if (mistakes.length > 0)
    throw new StartError(`limits of documents.v1: ${mistakes.join(', ')} not known or not fit`);
  return { ...defaultDocumentRules, ...json };
}
