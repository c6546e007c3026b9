// Which of the lines that were sent the portal holds, after a call whose outcome is not known. Pure; when in doubt a line
// counts as held, so that none is stored twice. Source: public-service-portal.md §11.10
import { isSameLine, type PortalProgressLine } from '../../../../adapters/portal/index.ts';

/** What a look-up tells of lines. `unclear`: their number says other than they do, so it tells nothing yet. */
export type StoredLines = { readonly stored: number } | 'unclear';

/**
 * How many of `said`, from the first on, the portal holds at the end of its list.
 * @param said the lines of the call, in order
 * @param held what the look-up shows
 * @param known how many lines of the dossier are known to be there
 */
export function toStoredLines(
  said: readonly PortalProgressLine[],
  held: readonly PortalProgressLine[],
  known: number,
): StoredLines {
  const fits = (count: number): boolean =>
    said.slice(0, count).every((line, n) => {
      const other = held[held.length - count + n];
      return other !== undefined && isSameLine(line, other);
    });
  const counts = said.map((_, n) => n + 1).filter((count) => count <= held.length && fits(count));
  const more = held.length - known;
  // A line may be the same as the one before it: then their number tells.
  if (more === 0 || counts.includes(more)) return { stored: more };
  if (more > 0 && more <= said.length) return 'unclear';
  if (more < 0 && counts.length === 0) return 'unclear';
  return { stored: counts.at(-1) ?? 0 };
}

/**
 * How many of `said`, from the first on, the portal holds anywhere, after a change before them was given up whose lines it
 * may hold. Where it holds one behind one that it lacks, nobody can say what was meant.
 * @param said the lines that are left to be sent, in order
 * @param known how many lines of the dossier are known to be there
 */
export function toRepeatedLines(
  said: readonly PortalProgressLine[],
  held: readonly PortalProgressLine[],
  known: number,
): StoredLines {
  if (held.length < known) return 'unclear';
  const isHeld = said.map((line) => held.some((other) => isSameLine(line, other)));
  const stored = isHeld.includes(false) ? isHeld.indexOf(false) : said.length;
  return isHeld.includes(true, stored) ? 'unclear' : { stored };
}
