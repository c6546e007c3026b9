// Reads multipart/form-data part by part while it arrives: short fields as text, the file as a stream. Source: RFC 7578,
// RFC 2046 §5.1.1. One file a body; it refuses what has none.

/** The part that is the file; what follows it is read when its content was. */
export interface FilePart {
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

const fieldMostBytes = 65_536;
const lineEnd = Buffer.from('\r\n\r\n', 'latin1');

/** The boundary of a content type; undefined when there is none. */
export function readBoundary(contentType: string | undefined): string | undefined {
  const found = /^multipart\/form-data;.*?boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType ?? '',
  );
  return found?.[1] ?? found?.[2];
}

/** Bytes that arrive, with a look ahead. */
class Window {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #grow(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
    return true;
  }

  /** What stands before `mark`, in pieces; the mark is taken off. @throws Error when it never comes */
  async *until(mark: Buffer): AsyncIterable<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      const sure = at >= 0 ? at : Math.max(0, this.#held.length - mark.length + 1);
      const piece = this.#held.subarray(0, sure);
      this.#held = this.#held.subarray(at >= 0 ? at + mark.length : sure);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      if (!(await this.#grow())) throw new Error('multipart: the body ended early');
    }
  }

  /** The next bytes. */
  async take(count: number): Promise<string> {
    while (this.#held.length < count) if (!(await this.#grow())) break;
    const taken = this.#held.subarray(0, count).toString('latin1');
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** Reads on to the end and forgets it. */
  async drain(): Promise<void> {
    do this.#held = Buffer.alloc(0);
    while (await this.#grow());
  }
}

async function readText(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > fieldMostBytes) throw new Error('multipart: a field is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Reads a body. `onFile` is called for the part `fileName` and must read its content to the end.
 * @returns the text of every other part, by name
 * @throws Error when the body is not multipart of this boundary
 */
export async function readMultipart(
  source: AsyncIterable<Buffer>,
  boundary: string,
  fileName: string,
  onFile: (part: FilePart) => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const window = new Window(source);
  const fields = new Map<string, string>();
  await readText(window.until(Buffer.from(`--${boundary}`, 'latin1')));
  const mark = Buffer.from(`\r\n--${boundary}`, 'latin1');
  while ((await window.take(2)) === '\r\n') {
    const headers = await readText(window.until(lineEnd));
    const name = /(?:^|[\s;])name="([^"]*)"/i.exec(headers)?.[1] ?? '';
    const content = window.until(mark);
    if (name === fileName) await onFile({ name, content });
    else fields.set(name, await readText(content));
  }
  await window.drain();
  return fields;
}
