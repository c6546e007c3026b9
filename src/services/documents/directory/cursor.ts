// The cursor of the directory's list: units of ours first, then agencies, each by code, so that no row is passed over or
// given twice while others are added.
import { Problem } from '../../../problem.ts';

/** The last row that was given. */
export interface AgencyPlace {
  readonly kind: 'inside' | 'outside';
  readonly code: string;
  /** Unit id or key of the agency: what tells two of one code apart. */
  readonly id: string;
}

const isText = (part: unknown): part is string =>
  typeof part === 'string' && part.length <= 210 && !part.includes('\0');

/** The cursor of a place. */
export const toCursor = ({ kind, code, id }: AgencyPlace): string =>
  Buffer.from(JSON.stringify([kind, code, id])).toString('base64url');

/** @throws Problem request-invalid */
export function parseCursor(cursor: string | undefined): AgencyPlace | undefined {
  if (cursor === undefined) return undefined;
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    place = undefined;
  }
  if (Array.isArray(place) && place.length === 3 && place.every(isText)) {
    const [kind, code, id]: string[] = place;
    if ((kind === 'inside' || kind === 'outside') && code !== undefined && id !== undefined)
      return { kind, code, id };
  }
  throw new Problem('request-invalid', {
    errors: [
      { where: '/query/cursor', vi: 'phải là `next` của một trang', en: 'must be the `next` of a page' },
    ],
  });
}
