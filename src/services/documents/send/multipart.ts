// A multipart body read in its order: the part `document` first, then each part `file` as a stream, one after another.
// Source: RFC 7578
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { Problem } from '../../../problem.ts';
import type { StreamedContent } from '../../service.ts';

/** The parts of a body; what is not asked for is refused by `end`. */
export interface Multipart {
  /** The bytes of the part `document`. @throws Problem body-unreadable | body-too-large */
  document(): Promise<Buffer>;
  /** The next part `file`; undefined when there is none. The one before must have been read to its end. */
  file(): Promise<Readable | undefined>;
  /** That nothing follows. @throws Problem request-invalid */
  end(): Promise<void>;
  /** Ends reading; once and always. */
  close(): void;
}

/** Bounds of one body. */
export interface MultipartLimits {
  readonly documentBytes: number;
  readonly fileBytes: number;
  readonly files: number;
}

const unreadable = (vi: string, en: string): Problem =>
  new Problem('body-unreadable', { errors: [{ where: '/body', vi, en }] });

interface Part {
  readonly name: string;
  readonly stream: BusboyFileStream;
}

/** A queue of the parts as they come; one at a time, since a part that is not read holds back those after it. */
class Parts {
  readonly #waiting: Part[] = [];
  #isEnded = false;
  #error: unknown;
  #wake: () => void = () => undefined;

  add(part: Part): void {
    this.#waiting.push(part);
    this.#wake();
  }

  end(error?: unknown): void {
    this.#error ??= error;
    this.#isEnded = true;
    this.#wake();
  }

  async next(): Promise<Part | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }
}

const toFailure = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : unreadable('không phải multipart/form-data đúng cách', 'is no well-formed multipart/form-data');

function createParser({ type }: StreamedContent, limits: MultipartLimits): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      isPartAFile: () => true,
      limits: {
        fileSize: Math.max(limits.fileBytes, limits.documentBytes) + 1,
        files: limits.files + 2,
        parts: limits.files + 3,
        headerPairs: 20,
        headerSize: 4_096,
      },
    });
  } catch {
    throw unreadable('thiếu boundary của multipart/form-data', 'lacks the boundary of multipart/form-data');
  }
}

async function readWhole(stream: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Problem('body-too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const misplaced = (where: string): Problem =>
  new Problem('request-invalid', {
    errors: [
      {
        where,
        vi: 'phải là `document` trước, rồi đủ số phần `file`',
        en: 'must be `document` first, then as many parts `file` as are announced',
      },
    ],
  });

/** Begins to read. @throws Problem body-unreadable */
export function readMultipart(content: StreamedContent, limits: MultipartLimits): Multipart {
  const parser = createParser(content, limits);
  const parts = new Parts();
  const source = content.open();
  let current: BusboyFileStream | undefined;
  /** Ends everything: the parser alone would leave who reads a part waiting. */
  const fail = (error: unknown): void => {
    parts.end(error);
    current?.destroy(error instanceof Error ? error : undefined);
  };
  parser.on('file', (name: string | undefined, stream: BusboyFileStream) => {
    // A part that ends early ends the body too; whoever reads it is told by the iteration.
    stream.on('error', () => undefined);
    current = stream;
    parts.add({ name: name ?? '', stream });
  });
  parser.on('finish', () => parts.end());
  parser.on('error', (error: unknown) => fail(toFailure(error)));
  source.on('error', fail);
  source.pipe(parser);

  async function next(name: string): Promise<BusboyFileStream | undefined> {
    const part = await parts.next();
    if (part && part.name !== name)
      throw misplaced(`/body/${part.name === 'document' ? 'document' : 'file'}`);
    return part?.stream;
  }

  return {
    async document() {
      const stream = await next('document');
      if (!stream) throw misplaced('/body/document');
      return readWhole(stream, limits.documentBytes);
    },
    file: () => next('file'),
    async end() {
      if (await parts.next()) throw misplaced('/body/file');
    },
    close() {
      source.unpipe(parser);
      source.destroy();
      parser.destroy();
    },
  };
}
