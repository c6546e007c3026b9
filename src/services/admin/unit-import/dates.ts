// Days as people write them, as the instants at which they begin in Việt Nam.

const written = /^(?<day>\d{1,2})[/.-](?<month>\d{1,2})[/.-](?<year>\d{4})$/;
const iso = /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:T(?<time>\d{2}:\d{2}:\d{2}))?$/;

/**
 * `d/M/yyyy` or `yyyy-MM-dd`, from 1900 to 2999; with `Thh:mm:ss` where a spreadsheet keeps a time of day.
 * @returns RFC 3339 in UTC; undefined for a day that no calendar has, or another form
 */
export function parseDate(text: string): string | undefined {
  const {
    day = '',
    month = '',
    year = '',
    time = '00:00:00',
  } = (written.exec(text) ?? iso.exec(text))?.groups ?? {};
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const start = new Date(`${date}T00:00:00Z`);
  // The 30th of February becomes a day of March.
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== date) return undefined;
  if (year < '1900' || year > '2999') return undefined;
  const at = new Date(`${date}T${time}+07:00`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
