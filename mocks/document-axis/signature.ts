// The header parameters of the XrdAdapter and their signature. Source: document-axis.md §3.1. Reads no body.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseStamp } from './clock.ts';
import type { Settings, System } from './config.ts';

const prefix = 'xroadvnpt-';

/** A header's text: Node hands bytes on as Latin-1, the axis writes UTF-8. */
function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? Buffer.from(value, 'latin1').toString('utf8') : undefined;
}

/** The value of a parameter; names are compared without case (`docId`, `docid`). */
export function readParameter(headers: IncomingHttpHeaders, name: string): string | undefined {
  return readHeader(headers, prefix + name.toLowerCase());
}

/** Texts of a JSON array; undefined for anything else. */
export function parseTexts(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseMembers(json: string): ReadonlyMap<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value).map(([name, text]) => [toBare(name), String(text)]));
  } catch {
    return undefined;
  }
}

/** A parameter's name in lower case, without the prefix that it may carry. */
function toBare(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower.startsWith(prefix) ? lower.slice(prefix.length) : lower;
}

function isSameHash(expected: string, received: string): boolean {
  const [one, other] = [Buffer.from(expected, 'latin1'), Buffer.from(received, 'latin1')];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** HMAC over the string as it was received, never over one written again. */
function isSignedBy(secret: string, headers: IncomingHttpHeaders): boolean {
  const literal = headers[`${prefix}sign-header`];
  const hash = headers[`${prefix}hash-header`];
  if (typeof literal !== 'string' || typeof hash !== 'string') return false;
  const expected = createHmac('sha256', secret).update(Buffer.from(literal, 'latin1')).digest('hex');
  return isSameHash(expected, hash);
}

function hasSameMembers(headers: IncomingHttpHeaders): boolean {
  const members = parseMembers(readParameter(headers, 'sign-header') ?? '');
  const order = (readParameter(headers, 'sign-header-key') ?? '').split(';').filter((name) => name !== '');
  if (!members || order.map(toBare).join(';') !== [...members.keys()].join(';')) return false;
  if (!members.has('systemid') || !members.has('timestamp')) return false;
  // HTTP drops spaces around a value.
  return [...members].every(([name, value]) => readParameter(headers, name)?.trim() === value.trim());
}

function isTimely(stamp: string, skewMs: number | undefined, nowMs: number): boolean {
  const at = parseStamp(stamp);
  return at !== undefined && (skewMs === undefined || Math.abs(at - nowMs) <= skewMs);
}

/** The system that signed the request's headers; undefined when nobody known did. Unsigned extra headers are no harm. */
export function findSigner(
  headers: IncomingHttpHeaders,
  { systems, skewMs }: Pick<Settings, 'systems' | 'skewMs'>,
  nowMs: number,
): System | undefined {
  const systemId = readParameter(headers, 'systemid');
  const system = systems.find((one) => one.systemId === systemId);
  if (!system || !isSignedBy(system.secret, headers) || !hasSameMembers(headers)) return undefined;
  return isTimely(readParameter(headers, 'timestamp') ?? '', skewMs, nowMs) ? system : undefined;
}

/** SHA-256 in hex as the vendor's Java SDK writes it: no leading zero in a byte. §3.1 */
export function toUnpadded(sha256: string): string {
  return sha256.replace(/0([0-9a-f])|([1-9a-f][0-9a-f])/g, '$1$2');
}

/** Whether `hash-file` is the digest, in either form. */
export function isHashFile(hash: string, sha256: string): boolean {
  const lower = hash.toLowerCase();
  return lower === sha256 || lower === toUnpadded(sha256);
}
