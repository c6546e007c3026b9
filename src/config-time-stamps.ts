// The member `timeStamps` of SETTINGS_FILE: the authority that stamps heads of the log.
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseCertificates } from './evidence/time-stamps/certificates.ts';

/** Which authority stamps, and how often. */
export interface TimeStampSettings {
  /** Where it is asked (RFC 3161 §3.4). It may be http: what counts is the signature of its answer. */
  readonly url: string;
  /** 1 to 1,440; default 60. */
  readonly everyMinutes: number;
  /** Longest wait for an answer, 100 to 60,000; default 10,000. */
  readonly timeoutMs: number;
  /** Its own certificate or those that issued it, from the files of `certificates`. */
  readonly authorities: readonly X509Certificate[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
const isAddress = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^https?:\/\/[^\s@]+$/.test(value) &&
  value.length <= 500 &&
  URL.canParse(value);

function readCertificates(files: unknown, mistakes: string[]): readonly X509Certificate[] {
  if (!Array.isArray(files) || files.length === 0 || files.length > 20) {
    mistakes.push('timeStamps.certificates in SETTINGS_FILE must list 1 to 20 files of certificates');
    return [];
  }
  return files.flatMap((file: unknown) => {
    try {
      return parseCertificates(readFileSync(String(file), 'utf8'));
    } catch {
      mistakes.push(`${JSON.stringify(file)} of timeStamps.certificates is no readable certificate in PEM`);
      return [];
    }
  });
}

/** Reads the member; undefined without one. @param mistakes what is wrong is added to them */
export function readTimeStamps(json: unknown, mistakes: string[]): TimeStampSettings | undefined {
  if (json === undefined) return undefined;
  const { url, everyMinutes = 60, timeoutMs = 10_000, certificates, ...more } = isObject(json) ? json : {};
  const authorities = readCertificates(certificates, mistakes);
  if (!isAddress(url)) mistakes.push('timeStamps.url in SETTINGS_FILE must be an http or https address');
  else if (!isWhole(everyMinutes, 1, 1_440))
    mistakes.push('timeStamps.everyMinutes in SETTINGS_FILE must be a whole number from 1 to 1440');
  else if (!isWhole(timeoutMs, 100, 60_000))
    mistakes.push('timeStamps.timeoutMs in SETTINGS_FILE must be a whole number from 100 to 60000');
  else if (Object.keys(more).length > 0)
    mistakes.push(
      'timeStamps in SETTINGS_FILE has url, everyMinutes, timeoutMs, certificates and no other member',
    );
  else return { url, everyMinutes, timeoutMs, authorities };
  return undefined;
}
