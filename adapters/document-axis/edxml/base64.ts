// Base64 in pieces, both ways, strict about letters and tolerant of white space. No more than one piece is held.
import { EdxmlError } from './faults.ts';

const whiteSpace = /[\t\n\r ]+/g;

/** Decodes text that arrives in pieces of any size. */
export class Base64Decoder {
  hasWhiteSpace = false;
  readonly #where: string;
  /** Letters of an unfinished group of four. */
  #rest = '';
  #isPadded = false;

  constructor(where: string) {
    this.#where = where;
  }

  /** @throws EdxmlError base64 */
  write(text: Buffer): Buffer {
    const letters = this.#rest === '' ? text.toString('latin1') : this.#rest + text.toString('latin1');
    const whole = letters.length - (letters.length % 4);
    const decoded = Buffer.from(whole === letters.length ? letters : letters.slice(0, whole), 'base64');
    // Node leaves out what is no letter, so only clean text has the full length; it also takes the letters of base64url.
    if (decoded.length !== (whole / 4) * 3 || this.#isPadded || text.includes('-') || text.includes('_'))
      return this.#decodeCarefully(letters);
    this.#rest = letters.slice(whole);
    return decoded;
  }

  /** What is left when the text has ended. @throws EdxmlError base64 */
  end(): Buffer {
    const rest = this.#decodeCarefully(this.#rest);
    const last = this.#rest;
    if (last.length === 1 || last.includes('=')) throw new EdxmlError('base64', this.#where);
    return Buffer.concat([rest, Buffer.from(last, 'base64')]);
  }

  #decodeCarefully(letters: string): Buffer {
    const clean = letters.replace(whiteSpace, '');
    if (clean.length !== letters.length) this.hasWhiteSpace = true;
    const whole = clean.slice(0, clean.length - (clean.length % 4));
    this.#rest = clean.slice(whole.length);
    const pad = whole.indexOf('=');
    const isPadWrong = pad !== -1 && (pad < whole.length - 2 || this.#rest !== '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || isPadWrong || (this.#isPadded && clean !== ''))
      throw new EdxmlError('base64', this.#where);
    this.#isPadded ||= pad !== -1;
    return Buffer.from(whole, 'base64');
  }
}

/** A piece is at most this long, so that one big buffer of a source does not become several. Divisible by 3 and 4. */
export const pieceBytes = 196_608;

/** The same bytes in pieces of at most `pieceBytes`. */
export function* toPieces(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** Base64 without line breaks. */
export async function* encodeBase64(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source)
    for (const piece of toPieces(chunk)) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const whole = bytes.length - (bytes.length % 3);
      // A copy: the source may use its buffer again.
      rest = Buffer.from(bytes.subarray(whole));
      if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
    }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}
