// The format `instant` of the contracts: what the pattern of a time cannot say.

const form = /^(\d{4}-\d{2}-\d{2})T[^+-]*(?:[+-](\d{2}):\d{2})?$/;
const mostOffsetHours = 15;

/**
 * Whether a text in the form of RFC 3339 is a moment that PostgreSQL takes and the contracts can show: a day that a
 * calendar has, an offset that there is, a year from 1 to 9999 in UTC. Another form is for the pattern to refuse.
 */
export function isInstant(text: string): boolean {
  const [, date, offset = '0'] = form.exec(text) ?? [];
  if (date === undefined) return true;
  const midnight = new Date(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
  const year = new Date(text).getUTCFullYear();
  return isDay && Number(offset) <= mostOffsetHours && year >= 1 && year <= 9999;
}
