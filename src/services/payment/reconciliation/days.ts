// Days of Asia/Ho_Chi_Minh, as reconciliation counts them.
import { toLocalDay } from '../../../local-day.ts';

const dayMs = 86_400_000;
const zoneMs = 7 * 3_600_000;

/** Whether the calendar has this `yyyy-MM-dd`. */
export function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day;
}

/** The first instant of a day, and that of the day after it. */
export function toBounds(day: string): { readonly from: Date; readonly to: Date } {
  const fromMs = Date.parse(`${day}T00:00:00Z`) - zoneMs;
  return { from: new Date(fromMs), to: new Date(fromMs + dayMs) };
}

/** So many days before a day. */
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * dayMs).toISOString().slice(0, 10);

/** The last day that is due: the one before, from `fromHour` on. */
export function toLastDue(now: Date, fromHour: number): string {
  const today = toLocalDay(now.getTime());
  const hour = Math.floor(((now.getTime() + zoneMs) % dayMs) / 3_600_000);
  return daysBefore(today, hour >= fromHour ? 1 : 2);
}
