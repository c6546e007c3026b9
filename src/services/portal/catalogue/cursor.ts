// Cursors of the catalogue's lists: the place of the last row that was given, so that a new version in between neither
// repeats nor passes over what stayed.
import { Problem } from '../../../problem.ts';

/** Texts and whole numbers. */
export type Place = readonly (string | number)[];

const mostText = 300;

/** The cursor of a place. */
export const toCursor = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const isLike = (part: unknown, example: string | number): part is string | number =>
  typeof example === 'number'
    ? Number.isSafeInteger(part)
    : typeof part === 'string' && part.length <= mostText && !part.includes('\0');

/**
 * @param shape a place of the kind that is looked for
 * @returns undefined for no cursor
 * @throws Problem request-invalid
 */
export function parseCursor(cursor: string | undefined, shape: Place): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = parse(cursor);
  const isPlace = (value: unknown): value is Place =>
    Array.isArray(value) &&
    value.length === shape.length &&
    shape.every((example, index) => isLike(value[index], example));
  if (isPlace(place)) return place;
  throw new Problem('request-invalid', {
    errors: [
      { where: '/query/cursor', vi: 'phải là `next` của một trang', en: 'must be the `next` of a page' },
    ],
  });
}
