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

/** The smallest UUID of an instant: every UUIDv7 made then or later is greater. Source: RFC 9562 §5.7. */
export function toUuidFloor(at: Date): string {
  const digits = at.getTime().toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}

/** When a UUIDv7 was made. */
export const toUuidTime = (uuid: string): Date =>
  new Date(Number.parseInt(uuid.replace(/-/g, '').slice(0, 12), 16));
