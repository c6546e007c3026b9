// Strict conversions between text and bytes: one text for the same bytes, so that no altered character goes unseen.

/** Bytes of standard base64 (RFC 4648 §4). @throws Error when it is not the one canonical spelling */
export function parseBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Error('not canonical base64');
  return bytes;
}

/** Bytes of a SHA-256 hash in base64. @throws Error when it is not canonical or not 32 bytes */
export function parseHash(text: string): Buffer {
  const hash = parseBase64(text);
  if (hash.length !== 32) throw new Error('not a SHA-256 hash');
  return hash;
}

/** UTF-8 bytes of a text. @throws Error when it holds half a surrogate pair, which UTF-8 cannot tell apart */
export function toUtf8(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.toString('utf8') !== text) throw new Error('not a Unicode text');
  return bytes;
}
