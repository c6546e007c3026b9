// Times as the portal writes them, in its zone and without a mark of it. Pure. Source: public-service-portal.md §4.4, §11.13

/** The forms that upstreams are told apart by. */
export const dateForms = ['yyyyMMddHHmmss', 'dd/MM/yyyy HH:mm:ss', 'yyyy-MM-ddTHH:mm:ss'] as const;

/** How an upstream writes a time. */
export type DateForm = (typeof dateForms)[number];

const instantForm =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-][01]\d:[0-5]\d)$/;

/** Asia/Ho_Chi_Minh has kept this distance since 1975. */
const zoneMs = 7 * 3_600_000;

function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return Number.isFinite(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`);
}

/** Epoch milliseconds of an RFC 3339 time; undefined when it is none. */
export function toEpochMs(instant: string): number | undefined {
  const [, year = '', month = '', day = ''] = instantForm.exec(instant) ?? [];
  return year !== '' && isDay(year, month, day) ? Date.parse(instant) : undefined;
}

/** Parts of the day and of the clock, each with all its digits. */
type Parts = readonly [
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second: string,
];

const writers: Readonly<Record<DateForm, (parts: Parts) => string>> = {
  yyyyMMddHHmmss: (parts) => parts.join(''),
  'dd/MM/yyyy HH:mm:ss': ([year, month, day, ...clock]) => `${day}/${month}/${year} ${clock.join(':')}`,
  'yyyy-MM-ddTHH:mm:ss': ([year, month, day, ...clock]) => `${year}-${month}-${day}T${clock.join(':')}`,
};

/**
 * A time in the portal's zone and form, on the 24-hour clock; fractions of a second have no place in it.
 * @returns undefined when it is no RFC 3339 time, or one outside the years 1000 to 9999
 */
export function toPortalTime(instant: string, form: DateForm): string | undefined {
  const ms = toEpochMs(instant);
  if (ms === undefined) return undefined;
  const found = /^([1-9]\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\./.exec(
    new Date(ms + zoneMs).toISOString(),
  );
  const [, year, month, day, hour, minute, second] = found ?? [];
  if (!year || !month || !day || !hour || !minute || !second) return undefined;
  return writers[form]([year, month, day, hour, minute, second]);
}

const readers: Readonly<Record<DateForm, RegExp>> = {
  yyyyMMddHHmmss: /^(?<y>[1-9]\d{3})(?<m>\d\d)(?<d>\d\d)(?<c>([01]\d|2[0-3])[0-5]\d[0-5]\d)$/,
  'dd/MM/yyyy HH:mm:ss': /^(?<d>\d\d)\/(?<m>\d\d)\/(?<y>[1-9]\d{3}) (?<c>([01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/,
  'yyyy-MM-ddTHH:mm:ss': /^(?<y>[1-9]\d{3})-(?<m>\d\d)-(?<d>\d\d)T(?<c>([01]\d|2[0-3]):[0-5]\d:[0-5]\d)$/,
};

/** A time of the portal as RFC 3339 in its zone; undefined when it is none of this form. */
export function toInstant(text: string, form: DateForm): string | undefined {
  const { y = '', m = '', d = '', c = '' } = readers[form].exec(text)?.groups ?? {};
  if (y === '' || !isDay(y, m, d)) return undefined;
  const clock = c.replaceAll(':', '').replace(/(\d\d)(\d\d)(\d\d)/, '$1:$2:$3');
  return `${y}-${m}-${d}T${clock}+07:00`;
}
