// Months in UTC, by which keys are made and sealed parts are purged, and their place among UUIDv7s; pure.

/** `yyyy-MM` in UTC of an instant. */
export const toMonth = (at: Date): string => at.toISOString().slice(0, 7);

/** Its first instant. @param month `yyyy-MM` */
export const toMonthStart = (month: string): Date => new Date(`${month}-01T00:00:00.000Z`);

/** The month so many after, or before where `count` is negative. */
export function addMonths(month: string, count: number): string {
  const start = toMonthStart(month);
  start.setUTCMonth(start.getUTCMonth() + count);
  return toMonth(start);
}

/** When a UUIDv7 was made. */
export const toUuidTime = (uuid: string): Date =>
  new Date(Number.parseInt(uuid.replace(/-/g, '').slice(0, 12), 16));
