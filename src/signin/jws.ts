// Reads a compact JWS strictly, without checking its signature: what two readers could understand in two ways is refused.
import { isUtf8 } from 'node:buffer';
import { hasRepeatedMember } from '../json.ts';

/** A JSON object as it came; every member must be checked before use. */
export type Members = Readonly<Record<string, unknown>>;

/** The parts of a compact JWS. */
export interface Jws {
  readonly header: Members;
  readonly payload: Members;
  /** The ASCII text that was signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses a JSON object in which no member name occurs twice, at any depth.
 * @throws Error without the text's words. Source: RFC 7519 §4, RFC 8725 §2.4.
 */
export function parseObject(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  if (!isObject(value)) throw new Error('not a JSON object');
  if (hasRepeatedMember(text)) throw new Error('duplicate member');
  return value;
}

function parsePart(part: string): Members {
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) throw new Error('not UTF-8');
  return parseObject(bytes.toString());
}

/**
 * Splits and decodes a compact JWS of at most `maxChars` characters.
 * @throws Error for any other shape, duplicate members, critical extensions and unencoded payloads.
 *   Source: RFC 7515 §7.1 and §4.1.11, RFC 7797 §3.
 */
export function parseJws(text: string, maxChars: number): Jws {
  if (text.length > maxChars) throw new Error('too long');
  const [, header, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  if (header === undefined || payload === undefined || signature === undefined)
    throw new Error('not a compact JWS');
  const decoded = parsePart(header);
  if ('crit' in decoded || 'b64' in decoded) throw new Error('header extension not understood');
  return {
    header: decoded,
    payload: parsePart(payload),
    signed: text.slice(0, header.length + 1 + payload.length),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** True for a NumericDate: seconds since 1970, not negative. Source: RFC 7519 §2. */
export const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** True for an identifier of 1 to 128 characters. */
export const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 128;
