// Times as auditors give them.
import { UsageError } from '../usage-error.ts';

/** The time of an option as RFC 3339 in UTC; undefined where it was not given. @throws UsageError */
export function toInstant(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // A day alone begins in Viet Nam.
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00+07:00` : text);
  if (Number.isNaN(at.getTime()))
    throw new UsageError(`--${name} must be a time, as 2026-01-31T00:00:00+07:00`);
  return at.toISOString();
}
