// Times as the platform writes them: 24-hour, Asia/Ho_Chi_Minh, without a mark of the zone. Pure. Source: payment-platform.md §1

/** Asia/Ho_Chi_Minh has kept this distance since 1975. */
const zoneMs = 7 * 3_600_000;

/** `yyyyMMddHHmmss`, 24-hour. @throws RangeError on an invalid date */
export const toStamp = (at: Date): string =>
  new Date(at.getTime() + zoneMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** The instant of a `yyyyMMddHHmmss` of this century; undefined where there is no such time. */
export function parseStamp(text: string): Date | undefined {
  const found = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - zoneMs;
  // The 31st of a short month rolls over; hour 24 does too.
  return Number.isFinite(ms) && toStamp(new Date(ms)) === text ? new Date(ms) : undefined;
}
