// The day of Asia/Ho_Chi_Minh (UTC+7, no daylight saving), by which quotas and limits are counted.

const dayMs = 86_400_000;
const zoneMs = 7 * 3_600_000;

/** `yyyy-MM-dd` of an instant in epoch milliseconds. */
export const toLocalDay = (atMs: number): string => new Date(atMs + zoneMs).toISOString().slice(0, 10);

/** Seconds until the local day ends, at least 1. */
export const secondsToLocalMidnight = (atMs: number): number =>
  Math.max(1, Math.ceil((dayMs - ((atMs + zoneMs) % dayMs)) / 1_000));

/** The instant at which a local day begins; undefined for a day that there is not. @param day `yyyy-MM-dd` */
export function toDayStart(day: string): Date | undefined {
  const start = new Date(`${day}T00:00:00+07:00`);
  return Number.isNaN(start.getTime()) || toLocalDay(start.getTime()) !== day ? undefined : start;
}

/** The instant at which the day after begins. */
export const toNextDay = (start: Date): Date => new Date(start.getTime() + dayMs);
