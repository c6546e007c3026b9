// The axis' ways to write a time: local time of Viet Nam, no zone in the text. Source: document-axis.md §1.4, §3.1.

const offsetMs = 7 * 3_600_000;
const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** `yyyy/MM/dd`. */
export function toDay(ms: number): string {
  const at = new Date(ms + offsetMs);
  return `${at.getUTCFullYear()}/${pad(at.getUTCMonth() + 1)}/${pad(at.getUTCDate())}`;
}

/** `yyyy/MM/dd HH:mm:ss`. */
export function toMoment(ms: number): string {
  const at = new Date(ms + offsetMs);
  return `${toDay(ms)} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
}

/** The instant of `ddMMyyyy'T'HHmmss+SSSS`, where the part after `+` is milliseconds; undefined when it has another form. */
export function parseStamp(text: string): number | undefined {
  const found = /^(\d\d)(\d\d)(\d{4})T(\d\d)(\d\d)(\d\d)\+(\d{4})$/.exec(text);
  if (!found) return undefined;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0, ms = 0] = found.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  return new Date(at).getUTCDate() === day ? at - offsetMs : undefined;
}

/** The first instant of a day written `yyyy/MM/dd`, `yyyy-MM-dd` or `dd/MM/yyyy`, a time after it ignored. */
export function parseDay(text: string): number | undefined {
  const found = /^(\d{4})[/-](\d\d)[/-](\d\d)/.exec(text);
  const turned = /^(\d\d)\/(\d\d)\/(\d{4})/.exec(text);
  const parts = found ? found.slice(1) : turned?.slice(1).reverse();
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day) - offsetMs;
}
