// How long a server asks to be left alone. Pure.

const leastMs = 1_000;
const longestMs = 60 * 60_000;

/**
 * Seconds, or a date.
 * @returns from a second to an hour; undefined when there is none that can be read
 * Source: RFC 9110 §10.2.3
 */
export function toRetryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, leastMs), longestMs) : undefined;
}
