// Cursors of the lists of dossiers and changes: the sort key of the last row that was given, so that no row is passed over
// or given twice while others are added.
import { Problem } from '../../../problem.ts';

/** Rows a page where nobody says. */
export const defaultLimit = 50;

/** The cursor of a place: its parts as texts. */
export const toCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * Reads a cursor.
 * @param shapes what each part must be
 * @throws Problem request-invalid
 */
export function parseCursor(
  cursor: string | undefined,
  shapes: readonly RegExp[],
): readonly string[] | undefined {
  if (cursor === undefined) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = undefined;
  }
  if (Array.isArray(parts) && parts.length === shapes.length) {
    const texts = parts.filter(
      (part, n): part is string => typeof part === 'string' && shapes[n]?.test(part) === true,
    );
    if (texts.length === shapes.length) return texts;
  }
  throw new Problem('request-invalid', {
    errors: [
      { where: '/query/cursor', vi: 'phải là `next` của một trang', en: 'must be the `next` of a page' },
    ],
  });
}
