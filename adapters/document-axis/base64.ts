// A message that comes as base64 inside an answer's JSON (`getEdoc`), decoded while it comes in: the text is cut out of the
// envelope by hand, since every parser of JSON holds a text whole. Source: document-axis.md §3.2

/** What one byte of the answer is part of. */
type Place = 'outside' | 'text' | 'escape' | 'content' | 'contentEscape';

const quote = 0x22;
const backslash = 0x5c;
/** Escapes that stand for white space in base64, and `\/`. */
const escapes: Readonly<Record<number, string>> = { 110: '', 114: '', 116: '', 47: '/' };

/** An answer that is no envelope with one base64 text. */
export class ContentError extends Error {
  readonly code: 'content-not-base64' | 'envelope-too-large';
  constructor(code: ContentError['code']) {
    super(`no message in the answer: ${code}`);
    this.name = 'ContentError';
    this.code = code;
  }
}

/**
 * Splits an answer into the decoded content of its member `data` and the envelope around it, in which that member is left
 * empty. The member may stand at the top only.
 */
export class ContentCutter {
  /** Whether the beginning of the text was seen. */
  hasContent = false;
  readonly #mostBytes: number;
  #envelope: number[] = [];
  #place: Place = 'outside';
  #depth = 0;
  /** The text last read at the top: a member's name if a colon follows it. */
  #last = '';
  #name = '';
  #rest = '';
  #isPadded = false;

  /** @param mostBytes of the envelope without the content */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The answer without its content: JSON text. */
  get envelope(): string {
    return Buffer.from(this.#envelope).toString('utf8');
  }

  /** Takes a piece of the answer. @returns what it held of the content, decoded @throws ContentError */
  write(chunk: Buffer): Buffer {
    const pieces: string[] = [];
    let at = 0;
    while (at < chunk.length)
      at =
        this.#place === 'content' ? this.#takeContent(chunk, at, pieces) : this.#takeByte(chunk, at, pieces);
    return this.#decode(pieces.join(''));
  }

  /** Runs to the next quotation mark or backslash, which is fast where the bulk is. */
  #takeContent(chunk: Buffer, at: number, pieces: string[]): number {
    let end = at;
    while (end < chunk.length && chunk[end] !== quote && chunk[end] !== backslash) end += 1;
    pieces.push(chunk.toString('latin1', at, end));
    if (end === chunk.length) return end;
    if (chunk[end] === backslash) this.#place = 'contentEscape';
    else this.#endContent();
    return end + 1;
  }

  #endContent(): void {
    this.#keep(quote);
    this.#place = 'outside';
  }

  #takeByte(chunk: Buffer, at: number, pieces: string[]): number {
    const byte = chunk[at] ?? 0;
    if (this.#place === 'contentEscape') {
      const meant = escapes[byte];
      if (meant === undefined) throw new ContentError('content-not-base64');
      pieces.push(meant);
      this.#place = 'content';
      return at + 1;
    }
    this.#keep(byte);
    if (this.#place === 'outside') this.#takeOutside(byte);
    else this.#takeText(byte);
    return at + 1;
  }

  #takeText(byte: number): void {
    if (this.#place === 'escape') this.#place = 'text';
    else if (byte === backslash) this.#place = 'escape';
    else if (byte === quote) this.#place = 'outside';
    else if (this.#depth === 1 && this.#last.length < 32) this.#last += String.fromCharCode(byte);
  }

  #takeOutside(byte: number): void {
    const letter = String.fromCharCode(byte);
    if (letter === '"') {
      this.#place = this.#depth === 1 && this.#name === 'data' && !this.hasContent ? 'content' : 'text';
      if (this.#place === 'content') this.hasContent = true;
      this.#last = '';
    } else if (letter === ':') this.#name = this.#depth === 1 ? this.#last : this.#name;
    else if (letter === ',' && this.#depth === 1) this.#name = '';
    else if (letter === '{' || letter === '[') this.#depth += 1;
    else if (letter === '}' || letter === ']') this.#depth -= 1;
  }

  #keep(byte: number): void {
    if (this.#envelope.length >= this.#mostBytes) throw new ContentError('envelope-too-large');
    this.#envelope.push(byte);
  }

  /** Decodes whole groups of four letters and keeps the rest for the next piece. */
  #decode(piece: string): Buffer {
    const letters = `${this.#rest}${piece.replace(/[\t\n\r ]+/g, '')}`;
    if (letters === '') return Buffer.alloc(0);
    if (this.#isPadded || !/^[A-Za-z0-9+/]*={0,2}$/.test(letters))
      throw new ContentError('content-not-base64');
    this.#isPadded = letters.endsWith('=') && letters.length % 4 === 0;
    const whole = letters.length - (letters.length % 4);
    this.#rest = letters.slice(whole);
    return Buffer.from(letters.slice(0, whole), 'base64');
  }

  /** To be called once the answer has ended. @returns what was left @throws ContentError on a cut or missing letter */
  end(): Buffer {
    const rest = this.#rest;
    if (rest.length === 1 || rest.includes('=')) throw new ContentError('content-not-base64');
    return Buffer.from(rest, 'base64');
  }
}
